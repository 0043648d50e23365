"""Load the rows of a connector into the store."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa

from navette.catalogue.column_names import namings
from navette.connectors import Batch, Connector, Refused, RowSource, Unread
from navette.core.messages import Message
from navette.store import Dangling, Merged, Store
from navette.tables import TABLES

REFUSED_AT_ONCE = 10_000
"""How many refused rows are collected in memory before they are written."""

MOST_SHOWN = 10
"""How many refused rows a summary names at most, and how many reasons for rejected rows."""

REFUSED_CHARACTERS = 2**24
"""How many characters they may have."""


@dataclass
class LoadSummary:
    """What a load did, by table.

    ``dangling`` are the references of its rows that point nowhere once all are stored; ``unread`` says in sentences
    what could not be read at all, and ``refused`` where the first rows stand that the connector refused, and why.
    ``reasons`` counts the rows that the store rejected by their file and the reason.
    """

    tables: dict[str, Merged] = field(default_factory=dict)
    dangling: list[Dangling] = field(default_factory=list)
    unread: list[Message] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, table: str, merged: Merged) -> None:
        """Count what happened to some rows of a table."""
        self.tables[table] = self.tables.get(table, Merged()) + merged

    @property
    def total(self) -> Merged:
        """The sum over all tables."""
        return sum(self.tables.values(), Merged())


def load(
    source: RowSource,
    store: Store,
    progress: Callable[[str, int], None] = lambda _, __: None,
    refused_characters: int = REFUSED_CHARACTERS,
) -> LoadSummary:
    """Merge all rows of the source into the store.

    Rows that cannot be read never stop the load: they go to the ``rejected`` table and are counted. ``progress``
    is called with a table and the number of rows that it just received. Refused rows of more than
    ``refused_characters`` in all are written before more are collected.
    """
    if isinstance(source, Connector) and source.in_time_order and store.is_empty():
        return _fill(source, store, progress)
    summary = LoadSummary()
    refused = _RefusedRows(store, summary, refused_characters)
    named = {table: namings(table) for table in TABLES}
    with store.references() as references:
        for item in source.read():
            match item:
                case Batch():
                    table, reasons = TABLES[item.table], Counter[str]()
                    merged = store.merge(table, item.rows, item.origin, references, named[item.table], reasons=reasons)
                    summary.add(item.table, merged)
                    summary.reasons.update({f"{item.origin}: {reason}": count for reason, count in reasons.items()})
                    progress(item.table, item.rows.num_rows)
                case Refused():
                    refused.add(item)
                case Unread():
                    summary.unread.append(item.problem)
        refused.write()
        summary.dangling = references.dangling(store.snapshot())
    return summary


def _fill(source: RowSource, store: Store, progress: Callable[[str, int], None]) -> LoadSummary:
    """Write all rows into an empty store as they come."""
    summary = LoadSummary()
    with store.filling() as filling:
        for batch in source.read():
            if isinstance(batch, Batch):
                table = TABLES[batch.table]
                store.name_columns(table, batch.rows, namings(batch.table))
                filling.add(table, batch.rows)
                summary.add(batch.table, Merged(inserted=batch.rows.num_rows))
                progress(batch.table, batch.rows.num_rows)
    return summary


class _RefusedRows:
    """Collects refused rows and writes many at once, because every write makes a version of the table."""

    def __init__(self, store: Store, summary: LoadSummary, most_characters: int) -> None:
        self._store, self._summary, self._most_characters = store, summary, most_characters
        self._rows: dict[str, list[Refused]] = {}
        self._count = self._characters = 0

    def add(self, row: Refused) -> None:
        self._rows.setdefault(row.table, []).append(row)
        self._count += 1
        self._characters += len(row.row)
        if len(self._summary.refused) < MOST_SHOWN:
            self._summary.refused.append(f"{row.origin}: {row.reason}")
        if self._count >= REFUSED_AT_ONCE or self._characters >= self._most_characters:
            self.write()

    def write(self) -> None:
        for table, rows in self._rows.items():
            columns = {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in _KEPT}
            self._summary.add(table, Merged(rejected=self._store.reject(table, pa.table(columns))))
        self._rows.clear()
        self._count = self._characters = 0


_KEPT = ("origin", "reason", "row")
