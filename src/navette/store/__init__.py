"""The store: one Delta Lake table for each of the contact centre's tables."""

from navette.store.column_names import COLUMN_NAMES, Naming
from navette.store.references import Dangling, References
from navette.store.relation import relation
from navette.store.snapshot import DataFile, Snapshot, TableVersion
from navette.store.store import EVERY_TABLE, Merged, Store, TableInfo
from navette.store.summaries import create_summary

__all__ = [
    "COLUMN_NAMES",
    "EVERY_TABLE",
    "Dangling",
    "DataFile",
    "Merged",
    "Naming",
    "References",
    "Snapshot",
    "Store",
    "TableInfo",
    "TableVersion",
    "create_summary",
    "relation",
]
