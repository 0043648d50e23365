"""The store's verbs: merge, delete, snapshot, compact, vacuum."""

import fcntl
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import TableNotFoundError

from navette.core.types import String, Text
from navette.store.changes import Changes, compare, time_order
from navette.store.conform import conform
from navette.store.snapshot import Snapshot, TableVersion, pin
from navette.tables import TABLES, Field, Table

REJECTED = Table(
    "rejected",
    (
        Field("id", String),
        Field("table_name", String),
        Field("origin", String),
        Field("reason", Text),
        Field("row", Text),
    ),
    updated=None,
)
"""Where bad rows go: the table they were meant for, where they came from, why they were refused, the row as it came."""

MONTH = "created_month"
"""The partition column of monthly tables: the UTC month of ``created_at``, as in ``2020-01``."""

UNDATED = "undated"
"""The month of rows without ``created_at``."""

# Small row groups: a day out of millions of rows is found by their statistics.
_WRITER = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=32_768)

# Statistics of keys and times only: the first and last body of each file do not belong into a log.
_CONFIGURATION = {"delta.dataSkippingStatsColumns": "id,created_at,updated_at"}


@dataclass(frozen=True)
class Merged:
    """What a merge did with the rows it was given."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0

    def __add__(self, other: "Merged") -> "Merged":
        return Merged(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True)
class TableInfo:
    """One table's state: ``rows``, ``files`` and ``bytes`` of its current version."""

    name: str
    version: int
    rows: int
    files: int
    bytes: int


class Store:
    """The Delta tables under one folder. Any number of processes may read while one writes a table."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def snapshot(self) -> Snapshot:
        """The current version of every table, pinned."""
        return Snapshot(
            str(self.root.absolute()), {table.name: self._pin(table) for table in (*TABLES.values(), REJECTED)}
        )

    def merge(self, table: Table, rows: pa.Table, origin: str = "") -> Merged:
        """Merge ``rows`` by the table's key: the last update wins, the same rows twice change nothing.

        Rows that cannot be read as the table's types (see ``conform``) go to the ``rejected`` table.
        """
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            conformed = conform(connection, table, rows)
            rejected = self.reject(table.name, origin, conformed.bad)
            return self._merge(connection, table, conformed.good) + Merged(rejected=rejected)

    def reject(self, table: str, origin: str, bad: pa.Table) -> int:
        """Keep refused rows (``reason`` and ``row``) in the ``rejected`` table; gives how many there were."""
        if bad.num_rows == 0:
            return 0
        with duckdb.connect() as connection:
            connection.register("bad", bad)
            query = (
                "SELECT left(sha256(concat_ws(chr(31), $table, $origin, reason, row)), 24) AS id, "
                "$table AS table_name, $origin AS origin, reason, row FROM bad"
            )
            rows = connection.sql(query, params={"table": table, "origin": origin}).to_arrow_table()
            self._merge(connection, REJECTED, rows.cast(REJECTED.schema))
        return int(bad.num_rows)

    def delete(self, table: Table, keys: Iterable[tuple[str, ...]]) -> None:
        """Delete the rows of those keys, each a tuple in the order of the table's key."""
        delta = self._delta(table)
        predicate = " OR ".join(_is_key(table, key) for key in keys)
        if delta is not None and predicate:
            with self._writing(table):
                delta.delete(predicate)

    def info(self) -> Iterator[TableInfo]:
        """The state of every table that was ever written."""
        for pinned in self.snapshot().tables.values():
            if pinned.version >= 0:
                size = sum(Path(file.path).stat().st_size for file in pinned.files)
                yield TableInfo(pinned.table.name, pinned.version, pinned.rows, len(pinned.files), size)

    def compact(self, table: Table) -> int:
        """Write each month (or the whole table) that is in several files as one, in time order.

        Gives the number of files that it made needless; ``vacuum`` removes them.
        """
        delta = self._delta(table)
        if delta is None:
            return 0
        with self._writing(table):
            before = delta.file_uris()
            for month in _scattered(table, delta):
                self._rewrite(table, delta, month)
                delta.update_incremental()
            return len(set(before) - set(delta.file_uris()))

    def vacuum(self, table: Table, keep_hours: int = 168, dry_run: bool = False) -> list[str]:
        """Remove the files that no version of the last ``keep_hours`` needs; gives their paths.

        Runs that pinned an older version can then no longer be replayed.
        """
        delta = self._delta(table)
        if delta is None:
            return []
        with self._writing(table):
            return delta.vacuum(keep_hours, dry_run=dry_run, enforce_retention_duration=False)

    def _path(self, table: Table) -> str:
        return str((self.root / table.name).absolute())

    def _delta(self, table: Table) -> DeltaTable | None:
        try:
            return DeltaTable(self._path(table))
        except TableNotFoundError:
            return None

    def _pin(self, table: Table) -> TableVersion:
        return pin(table, self._delta(table))

    @contextmanager
    def _writing(self, table: Table) -> Iterator[None]:
        """One writer a table at a time: what is new is told from what is there before it is written."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / f".{table.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _merge(self, connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> Merged:
        with self._writing(table):
            delta = self._delta(table) or self._create(table)
            changes = compare(connection, table, rows, pin(table, delta))
            if changes.updates.num_rows:
                self._upsert(table, delta, changes)
            elif changes.inserts.num_rows:
                write_deltalake(delta, _with_month(table, changes.inserts), mode="append", writer_properties=_WRITER)
            inserted, updated = changes.inserts.num_rows, changes.updates.num_rows
            return Merged(inserted, updated, rows.num_rows - inserted - updated)

    def _create(self, table: Table) -> DeltaTable:
        schema = _with_month(table, table.schema.empty_table()).schema
        partition = [MONTH] if table.monthly else None
        return DeltaTable.create(self._path(table), schema, partition_by=partition, configuration=_CONFIGURATION)

    def _upsert(self, table: Table, delta: DeltaTable, changes: Changes) -> None:
        predicate = " AND ".join(f"stored.{name} = fresh.{name}" for name in table.key)
        if changes.months:
            months = ", ".join(f"'{month}'" for month in changes.months)
            predicate += f" AND stored.{MONTH} IN ({months})"
        rows = _with_month(table, pa.concat_tables([changes.inserts, changes.updates]))
        merger = delta.merge(rows, predicate, source_alias="fresh", target_alias="stored", writer_properties=_WRITER)
        merger.when_matched_update_all().when_not_matched_insert_all().execute()

    def _rewrite(self, table: Table, delta: DeltaTable, month: str | None) -> None:
        paths = [file.path for file in pin(table, delta).files if month is None or f"{MONTH}={month}" in file.path]
        query = f"SELECT * FROM read_parquet($paths, hive_partitioning = false) ORDER BY {time_order(table)}"
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            rows = connection.sql(query, params={"paths": paths}).to_arrow_table().cast(table.schema)
        predicate = None if month is None else f"{MONTH} = '{month}'"
        write_deltalake(
            delta, _with_month(table, rows), mode="overwrite", predicate=predicate, writer_properties=_WRITER
        )


def _with_month(table: Table, rows: pa.Table) -> pa.Table:
    if not table.monthly:
        return rows
    return rows.append_column(MONTH, pc.fill_null(pc.strftime(rows["created_at"], "%Y-%m"), UNDATED))


def _is_key(table: Table, key: tuple[str, ...]) -> str:
    quoted = ("'" + value.replace("'", "''") + "'" for value in key)
    return "(" + " AND ".join(f"{name} = {value}" for name, value in zip(table.key, quoted, strict=True)) + ")"


def _scattered(table: Table, delta: DeltaTable) -> list[str | None]:
    """The months (None: the whole table) that are in more than one file."""
    partitions = pa.table(delta.get_add_actions(flatten=True))
    months = partitions[f"partition.{MONTH}"].to_pylist() if table.monthly else [None] * partitions.num_rows
    return [month for month, files in Counter(months).items() if files > 1]
