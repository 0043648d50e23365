"""The store: one Delta Lake table for each of the contact centre's tables."""

from navette.store.snapshot import DataFile, Snapshot, TableVersion
from navette.store.store import Merged, Store, TableInfo

__all__ = ["DataFile", "Merged", "Snapshot", "Store", "TableInfo", "TableVersion"]
