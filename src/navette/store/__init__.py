"""The store: one Delta Lake table for each of the contact centre's tables."""

from navette.store.references import Dangling, References
from navette.store.snapshot import DataFile, Snapshot, TableVersion
from navette.store.store import Merged, Store, TableInfo

__all__ = ["Dangling", "DataFile", "Merged", "References", "Snapshot", "Store", "TableInfo", "TableVersion"]
