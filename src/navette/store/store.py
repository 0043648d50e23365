"""The store's verbs: merge, delete, snapshot, compact, vacuum."""

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

# What was read of logs in this process: the state of the log's folder then, and what the table was.
_READ: dict[str, tuple[tuple[int, int], TableVersion]] = {}

# Nanoseconds after which a folder that changes again is sure to have another time of change.
_SETTLED = 2_000_000_000

MEMORY_MB = 1024
"""Memory of one merge or compaction beyond the rows it is given; more goes to disk."""


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
        self.root = _usable(root)

    def snapshot(self, versions: Mapping[str, int] | None = None) -> Snapshot:
        """The current version of every table, pinned; of the tables in ``versions`` that one.

        Raises ConfigurationError where the log no longer knows such a version.
        """
        tables, wanted = (*TABLES.values(), REJECTED), versions or {}
        with ThreadPoolExecutor() as pool:  # each log is read on its own
            pinned = list(pool.map(lambda table: self._pin_at(table, wanted.get(table.name)), tables))
        # Read after them: names are stored before the rows that bring them. Older versions of the store have no names.
        pinned.append(self._pin_at(COLUMN_NAMES, wanted.get(COLUMN_NAMES.name, -1 if wanted else None)))
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
        """Merge ``rows`` by the table's key: the last update wins, the same rows twice change nothing.

        Rows that cannot be read as the table's types (see ``conform``) go to the ``rejected`` table, and why is counted
        in ``reasons``; what the others refer to is added to ``references``. ``namings`` name the columns that the rows
        bring, before anybody can read them.
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
        """Store refused rows (``origin``, ``reason``, ``row``) in the ``rejected`` table; return their number."""
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
        """Delete the rows of those keys, each a tuple in the order of the table's key; gives how many there were."""
        from navette.store.changes import stored_keys

        wanted = _keys(table, keys)
        with self._writing(table), self._connection() as connection:
            delta = self._delta(table)
            pinned = pin(table, delta)
            if delta is None or not pinned.files:
                return 0
            found, months = stored_keys(connection, table, wanted, pinned)
            if found.num_rows:
                merger = delta.merge(
                    found,
                    _same_key(table, months),
                    source_alias="fresh",
                    target_alias="stored",
                    writer_properties=WRITER,
                )
                merger.when_matched_delete().execute()
            return int(found.num_rows)

    def info(self) -> Iterator[TableInfo]:
        """The state of every table that was ever written."""
        for pinned in self.snapshot().tables.values():
            if pinned.version >= 0:
                size = sum(Path(file.path).stat().st_size for file in pinned.files)
                yield TableInfo(pinned.table.name, pinned.version, pinned.rows, len(pinned.files), size)

    def compact(self, table: Table) -> int:
        """Write each month (or the whole table) that is in several files, or not in time order, as one that is.

        Gives the number of files that it made needless; ``vacuum`` removes them.
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
        """Remove the files that no version of the last ``keep_hours`` needs, and what killed writers left of that age.

        Gives their paths inside the table's folder. Runs that pinned an older version can then no longer be replayed.
        """
        with self._writing(table):
            delta = self._delta(table)
            if delta is None:
                return []
            needless = delta.vacuum(keep_hours, dry_run=True, enforce_retention_duration=False, full=True)
            if needless and not dry_run:  # without any it would still write two versions
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
                f"the table '{table.name}' in the store cannot be read ({type(error).__name__}): restore its folder, "
                "or load the data again."
            ) from error

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own; what does not fit into its memory goes into the store's folder for the time."""
        with duckdb.connect() as connection:
            connection.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY_MB}MB'")
            folder = self.root.absolute() / f".spilled-{secrets.token_hex(8)}"
            connection.execute("SET temp_directory = $folder", {"folder": str(folder)})
            yield connection

    def _pin(self, table: Table) -> TableVersion:
        """The table as it is now; as long as its log's folder is what it was, what was read of it before is given."""
        log = self.root / table.name / "_delta_log"
        state = _state(log)
        known = _READ.get(str(log.absolute()))
        if known is not None and state is not None and known[0] == state:
            return known[1]
        pinned = pin(table, self._delta(table))
        if state is not None and time.time_ns() - state[1] > _SETTLED:
            _READ[str(log.absolute())] = state, pinned
        return pinned

    @contextmanager
    def _writing(self, table: Table) -> Iterator[None]:
        """One writer a table at a time: what is new is told from what is there before it is written."""
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
        """Assign a name to each member that has none. If there are no names yet, stored members are named first."""
        known = known_names(connection, naming.family, self._pin(COLUMN_NAMES))
        present = [] if known else stored_members(connection, naming, self._pin(table))
        present += members(connection, naming, table, rows)
        if all(key in known for key, _ in present):
            return
        with self._writing(COLUMN_NAMES):
            delta = self._delta(COLUMN_NAMES) or self._create(COLUMN_NAMES)
            known = known_names(connection, naming.family, pin(COLUMN_NAMES, delta))
            if new := naming.assign(known, present):
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
    """The condition under which a fresh row is a stored one's, looked for in those months alone."""
    conditions = [f"stored.{name} = fresh.{name}" for name in table.key]
    if months:
        conditions.append(f"stored.{MONTH} IN ({', '.join(repr(month) for month in months)})")
    return " AND ".join(conditions)


def _keys(table: Table, keys: Iterable[tuple[str, ...]]) -> pa.Table:
    schema = pa.schema([table.schema.field(name) for name in table.key])
    return pa.Table.from_pylist([dict(zip(table.key, key, strict=True)) for key in keys], schema)


def _usable(root: Path) -> Path:
    """The folder. Raises ConfigurationError for a name that a library below takes for a pattern or a URL's escape."""
    if wrong := sorted(set(str(root.absolute())) & set("%*?[]\\^|<>")):
        raise ConfigurationError(
            f"the store cannot be in '{root.absolute()}': choose a folder without {' '.join(wrong)} in its path."
        )
    return root


def _state(folder: Path) -> tuple[int, int] | None:
    """Which folder it is, and when something in it was last added or removed; None where there is none."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns
