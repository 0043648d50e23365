"""The store's operations: merge, delete, snapshot, compact, vacuum."""

import fcntl
import secrets
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from navette.core.errors import ConfigurationError
from navette.core.types import String, Text
from navette.store.column_names import COLUMN_NAMES, Naming, as_rows, known_names, members, stored_members
from navette.store.conform import conform
from navette.store.layout import MONTH, STATISTICS, WRITER, partitions
from navette.store.references import References
from navette.store.snapshot import Snapshot, TableVersion, pin
from navette.tables import TABLES, Field, Table

if TYPE_CHECKING:
    from navette.store.changes import Changes

# ``changes`` and ``compaction`` need pyarrow's compute functions and its Parquet writer, whose import takes longer than
# reading a small table does: only the methods that write import them.

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
"""The rejected rows: their table, their origin, the reason, and the original row."""

# The logs that this process has read: the state of the log's folder then, and the table.
_READ: dict[str, tuple[tuple[int, int], TableVersion]] = {}

# Nanoseconds after which another change of a folder is certain to have another modification time.
_SETTLED = 2_000_000_000

MEMORY_MB = 1024
"""Memory of one merge or compaction beyond its rows; more goes to disk."""


@dataclass(frozen=True)
class Merged:
    """The result of a merge."""

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
    """The Delta tables under one folder. Any number of processes can read while one writes a table."""

    def __init__(self, root: Path) -> None:
        self.root = _usable(root)

    def snapshot(self, versions: Mapping[str, int] | None = None) -> Snapshot:
        """The current version of every table, fixed, or the given version for the tables in ``versions``.

        Raises ConfigurationError if the log no longer has such a version.
        """
        tables, chosen = (*TABLES.values(), REJECTED), versions or {}
        with ThreadPoolExecutor() as pool:  # in threads, because each log is read separately
            pinned = list(pool.map(lambda table: self._pin_at(table, chosen.get(table.name)), tables))
        # Read after the others, because names are stored before the rows that bring them. Older versions of the store
        # have none.
        pinned.append(self._pin_at(COLUMN_NAMES, chosen.get(COLUMN_NAMES.name, -1 if chosen else None)))
        return Snapshot(str(self.root.absolute()), {pin.table.name: pin for pin in pinned})

    def pinned(self, table: Table) -> TableVersion:
        """The current version of one table."""
        return self._pin(table)

    def merge(
        self,
        table: Table,
        rows: pa.Table,
        origin: str = "",
        references: References | None = None,
        namings: Sequence[Naming] = (),
        *,
        reasons: Counter[str] | None = None,
    ) -> Merged:
        """Merge ``rows`` by the table's key: the last update wins, and merging the same rows again changes nothing.

        Rows that cannot be read as the table's types (see ``conform``) go to the ``rejected`` table, and ``reasons``
        counts why. The references of the other rows are added to ``references``. ``namings`` assign names to the
        columns that the rows bring, before anybody can read the rows.
        """
        with self._connection() as connection:
            conformed = conform(connection, table, rows)
            bad = conformed.bad.append_column(
                "origin", pa.repeat(pa.scalar(origin, pa.string()), conformed.bad.num_rows)
            )
            rejected = self.reject(table.name, bad)
            if reasons is not None:
                reasons.update(bad["reason"].to_pylist())
            if references is not None:
                references.add(table, conformed.good)
            for naming in namings:
                self._name(connection, naming, table, conformed.good)
            return self._merge(connection, table, conformed.good) + Merged(rejected=rejected)

    @contextmanager
    def references(self) -> Iterator[References]:
        """Collect the references of several merges, to count at the end those that point to no row."""
        with self._connection() as connection:
            yield References(connection)

    def reject(self, table: str, bad: pa.Table) -> int:
        """Store rejected rows (``origin``, ``reason``, ``row``) in the ``rejected`` table, and return their number."""
        if bad.num_rows == 0:
            return 0
        with self._connection() as connection:
            connection.register("bad", bad)
            query = (
                "SELECT left(sha256(concat_ws(chr(31), $table, origin, reason, row)), 24) AS id, "
                "$table AS table_name, origin, reason, row FROM bad"
            )
            rows = connection.sql(query, params={"table": table}).to_arrow_table()
            self._merge(connection, REJECTED, rows.cast(REJECTED.schema))
        return int(bad.num_rows)

    def delete(self, table: Table, keys: Iterable[tuple[str, ...]]) -> int:
        """Delete the rows with these keys, each a tuple in the order of the table's key. Returns their number."""
        from navette.store.changes import stored_keys

        to_delete = _keys(table, keys)
        with self._writing(table), self._connection() as connection:
            delta = self._delta(table)
            pinned = pin(table, delta)
            if delta is None or not pinned.files:
                return 0
            stored, months = stored_keys(connection, table, to_delete, pinned)
            if stored.num_rows:
                merger = delta.merge(
                    stored,
                    _same_key(table, months),
                    source_alias="fresh",
                    target_alias="stored",
                    writer_properties=WRITER,
                )
                merger.when_matched_delete().execute()
            return int(stored.num_rows)

    def info(self) -> Iterator[TableInfo]:
        """The state of every table that was ever written."""
        for pinned in self.snapshot().tables.values():
            if pinned.version >= 0:
                size = sum(Path(file.path).stat().st_size for file in pinned.files)
                yield TableInfo(pinned.table.name, pinned.version, pinned.rows, len(pinned.files), size)

    def compact(self, table: Table) -> int:
        """Write each month (or the whole table) that is in several files, or not in time order, as one sorted file.

        Returns the number of files that are no longer needed; ``vacuum`` removes them.
        """
        from navette.store.compaction import compact

        with self._writing(table), self._connection() as connection:
            delta = self._delta(table)
            if delta is None:
                return 0
            needless = compact(connection, table, delta)
            delta.create_checkpoint()  # so that opening the table does not read every commit
            return needless

    def vacuum(self, table: Table, keep_hours: int = 168, dry_run: bool = False) -> list[str]:
        """Remove the files that no version of the last ``keep_hours`` needs, and old leftovers of killed writers.

        Returns their paths inside the table's folder. Slots that read an older version can no longer be replayed.
        """
        with self._writing(table):
            delta = self._delta(table)
            if delta is None:
                return []
            needless = delta.vacuum(keep_hours, dry_run=True, enforce_retention_duration=False, full=True)
            if needless and not dry_run:  # without it, deltalake would still write two versions
                delta.vacuum(keep_hours, dry_run=False, enforce_retention_duration=False, full=True)
            return needless

    def _url(self, table: Table) -> str:
        return (self.root / table.name).absolute().as_uri()

    def _pin_at(self, table: Table, version: int | None) -> TableVersion:
        if version is None:
            return self._pin(table)
        return pin(table, self._delta(table, version) if version >= 0 else None)

    def _delta(self, table: Table, version: int | None = None) -> DeltaTable | None:
        try:
            return DeltaTable(self._url(table), version)
        except TableNotFoundError:
            return None
        except DeltaError as error:
            raise ConfigurationError(
                "the table '{table}' in the store cannot be read ({kind}): restore its folder, or load the data again.",
                table=table.name,
                kind=type(error).__name__,
            ) from error

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A separate connection; data that do not fit into its memory go into the store's folder while it is open."""
        with duckdb.connect() as connection:
            connection.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY_MB}MB'")
            folder = self.root.absolute() / f".spilled-{secrets.token_hex(8)}"
            connection.execute("SET temp_directory = $folder", {"folder": str(folder)})
            yield connection

    def _pin(self, table: Table) -> TableVersion:
        """The table in its current state, from memory if its log's folder has not changed since it was read."""
        log = self.root / table.name / "_delta_log"
        state = _state(log)
        remembered = _READ.get(str(log.absolute()))
        if remembered is not None and state is not None and remembered[0] == state:
            return remembered[1]
        pinned = pin(table, self._delta(table))
        if state is not None and time.time_ns() - state[1] > _SETTLED:
            _READ[str(log.absolute())] = state, pinned
        return pinned

    @contextmanager
    def _writing(self, table: Table) -> Iterator[None]:
        """Let one writer at a time write a table.

        New rows are compared with the stored ones before they are written.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / f".{table.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _merge(self, connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> Merged:
        from navette.store.changes import compare, with_month

        if rows.num_rows == 0:
            return Merged()
        with self._writing(table):
            delta = self._delta(table) or self._create(table)
            changes = compare(connection, table, rows, pin(table, delta))
            if changes.updates.num_rows:
                self._upsert(table, delta, changes)
            elif changes.inserts.num_rows:
                write_deltalake(delta, with_month(table, changes.inserts), mode="append", writer_properties=WRITER)
            inserted, updated = changes.inserts.num_rows, changes.updates.num_rows
            return Merged(inserted, updated, rows.num_rows - inserted - updated)

    def _name(self, connection: duckdb.DuckDBPyConnection, naming: Naming, table: Table, rows: pa.Table) -> None:
        """Assign a name to each member that has none. If there are no names yet, stored members come first."""
        names = known_names(connection, naming.family, self._pin(COLUMN_NAMES))
        present = [] if names else stored_members(connection, naming, self._pin(table))
        present += members(connection, naming, table, rows)
        if all(key in names for key, _ in present):
            return
        with self._writing(COLUMN_NAMES):
            delta = self._delta(COLUMN_NAMES) or self._create(COLUMN_NAMES)
            names = known_names(connection, naming.family, pin(COLUMN_NAMES, delta))
            if new := naming.assign(names, present):
                write_deltalake(delta, as_rows(naming.family, new), mode="append", writer_properties=WRITER)

    def _create(self, table: Table) -> DeltaTable:
        from navette.store.changes import with_month

        schema = with_month(table, table.schema.empty_table()).schema
        configuration = {
            "delta.dataSkippingStatsColumns": ",".join(STATISTICS),
            # Opening a table reads the commits since the last checkpoint, and every run opens every table.
            "delta.checkpointInterval": "10",
        }
        return DeltaTable.create(self._url(table), schema, partition_by=partitions(table), configuration=configuration)

    def _upsert(self, table: Table, delta: DeltaTable, changes: "Changes") -> None:
        from navette.store.changes import with_month

        rows = with_month(table, pa.concat_tables([changes.inserts, changes.updates]))
        merger = delta.merge(
            rows,
            _same_key(table, changes.months),
            source_alias="fresh",
            target_alias="stored",
            writer_properties=WRITER,
        )
        merger.when_matched_update_all().when_not_matched_insert_all().execute()


def _same_key(table: Table, months: Sequence[str]) -> str:
    """The condition that a new row has a stored one's key, restricted to these months."""
    conditions = [f"stored.{name} = fresh.{name}" for name in table.key]
    if months:
        conditions.append(f"stored.{MONTH} IN ({', '.join(repr(month) for month in months)})")
    return " AND ".join(conditions)


def _keys(table: Table, keys: Iterable[tuple[str, ...]]) -> pa.Table:
    schema = pa.schema([table.schema.field(name) for name in table.key])
    return pa.Table.from_pylist([dict(zip(table.key, key, strict=True)) for key in keys], schema)


def _usable(root: Path) -> Path:
    """The folder. Raises ConfigurationError for a name that a library would take for a pattern or an escaped URL."""
    if wrong := sorted(set(str(root.absolute())) & set("%*?[]\\^|<>")):
        raise ConfigurationError(
            "the store cannot be in '{folder}': choose a folder without {characters} in its path.",
            folder=root.absolute(),
            characters=" ".join(wrong),
        )
    return root


def _state(folder: Path) -> tuple[int, int] | None:
    """The folder's identity and its last modification, or None if it does not exist."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
