"""Load what a connector brings into the store."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from navette.connectors import Batch, Connector, Refused
from navette.store import Merged, Store
from navette.tables import TABLES

REFUSED_AT_ONCE = 10_000
"""How many refused rows are held in memory before they are written."""


@dataclass
class LoadSummary:
    """What a load did, by table."""

    tables: dict[str, Merged] = field(default_factory=dict)

    def add(self, table: str, merged: Merged) -> None:
        """Count what happened to some rows of a table."""
        self.tables[table] = self.tables.get(table, Merged()) + merged

    @property
    def total(self) -> Merged:
        """The sum over all tables."""
        return sum(self.tables.values(), Merged())


def load(connector: Connector, store: Store, progress: Callable[[str, int], None] = lambda _, __: None) -> LoadSummary:
    """Merge all rows of the connector into the store.

    Rows that cannot be read never stop the load: they go to the ``rejected`` table and are counted. ``progress`` is
    told each table and the number of rows that it just got.
    """
    summary = LoadSummary()
    refused: list[Refused] = []
    for item in connector.read():
        if isinstance(item, Batch):
            merged = store.merge(TABLES[item.table], item.rows, item.origin)
            summary.add(item.table, merged)
            progress(item.table, item.rows.num_rows)
        else:
            refused.append(item)
            if len(refused) >= REFUSED_AT_ONCE:
                _reject(store, summary, refused)
                refused = []
    _reject(store, summary, refused)
    return summary


def _reject(store: Store, summary: LoadSummary, refused: list[Refused]) -> None:
    for table, origin, rows in _grouped(refused):
        summary.add(table, Merged(rejected=store.reject(table, origin, rows)))


def _grouped(refused: list[Refused]) -> Iterator[tuple[str, str, pa.Table]]:
    for table, origin in sorted({(item.table, item.origin) for item in refused}):
        mine = [item for item in refused if (item.table, item.origin) == (table, origin)]
        reasons, rows = [item.reason for item in mine], [item.row for item in mine]
        yield table, origin, pa.table({"reason": pa.array(reasons, pa.string()), "row": pa.array(rows, pa.string())})
