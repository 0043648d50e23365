"""The store's operations: merge, delete, snapshot, compact, vacuum."""

import fcntl
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from navette.core.errors import ConfigurationError
from navette.core.files import alone, create_folder, flush
from navette.core.scratch import scratch_folder
from navette.core.types import String, Text
from navette.store.column_names import COLUMN_NAMES, Naming, as_rows, known_names, members, stored_members
from navette.store.conform import conform
from navette.store.layout import SIZES, Sizes, partitions
from navette.store.references import References
from navette.store.snapshot import Snapshot, TableVersion, pin, projections_folder, unreadable
from navette.store.summaries import remove_summaries, summarise
from navette.tables import TABLES, Field, Table

if TYPE_CHECKING:
    from navette.store.delta_log import DeltaLog
    from navette.store.filling import Filling

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

EVERY_TABLE = (*TABLES.values(), REJECTED, COLUMN_NAMES)
"""The tables of the store: the contact centre's, and its own."""

# The logs that this process has read: the state of the folders then, and the table.
_READ: dict[str, tuple[tuple[int, ...], TableVersion]] = {}

# Nanoseconds after which another change of a folder is certain to have another modification time.
_SETTLED = 2_000_000_000

MEMORY_MB = 512
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

    def __init__(self, root: Path, sizes: Sizes = SIZES) -> None:
        self.root = _usable(root)
        self._sizes = sizes

    def snapshot(self, versions: Mapping[str, int] | None = None) -> Snapshot:
        """The current version of every table, fixed, or the given version for the tables in ``versions``.

        Raises ConfigurationError if such a version is no longer stored.
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

    @contextmanager
    def filling(self) -> Iterator["Filling"]:
        """Fill tables that have no rows yet, much faster than by merging. Nobody else can write them until the end,
        when their rows become readable."""
        from navette.store.filling import Filling

        with (
            ExitStack() as locks,
            Filling(lambda table: locks.enter_context(self._writing_new(table)), self._sizes) as filling,
        ):
            yield filling

    def name_columns(self, table: Table, rows: pa.Table, namings: Sequence[Naming]) -> None:
        """Assign names to the columns that rows bring, which are of the fields' types."""
        if namings:
            with self._connection() as connection:
                for naming in namings:
                    self._name(connection, naming, table, rows)

    def delete(self, table: Table, keys: Iterable[tuple[str, ...]]) -> int:
        """Delete the rows with these keys, each a tuple in the order of the table's key. Returns their number."""
        from navette.store.changes import stored_rows
        from navette.store.writing import write_changes

        to_delete = _keys(table, keys)
        with self._writing(table) as log, self._connection() as connection:
            if log is None:
                return 0
            stored = stored_rows(connection, table, to_delete, log.pinned)
            if stored:
                write_changes(connection, log, table.schema.empty_table(), stored, self._sizes)
            return sum(map(len, stored.values()))

    def is_empty(self) -> bool:
        """Whether no table was ever written."""
        return not any((self.root / table.name / "_delta_log").exists() for table in TABLES.values())

    def info(self) -> Iterator[TableInfo]:
        """The state of every table that was ever written."""
        for pinned in self.snapshot().tables.values():
            if pinned.version >= 0:
                size = sum(file.size for file in pinned.files)
                yield TableInfo(pinned.table.name, pinned.version, pinned.rows, len(pinned.files), size)

    def compact(self, table: Table, *, thorough: bool = True) -> int:
        """Write each month (or the whole table) in files of bounded size, in time order, without deleted rows.

        Readers and writers go on meanwhile; another compaction of the table waits, because both would do the same.
        Unless it is ``thorough``, only what is worth its cost is done. Large tables get their projections and
        summaries. Returns the number of files that are no longer needed; ``vacuum`` removes them.
        """
        from navette.store.compaction import compact
        from navette.store.projecting import project

        if self._delta(table) is None:
            return 0
        with alone(self.root / table.name), self._scratch() as scratch, self._connected(scratch) as connection:
            replaced = compact(
                connection, self._pin(table), partial(self._writing, table), scratch, self._sizes, thorough=thorough
            )
            project(connection, self._pin(table), scratch, self._sizes)
            summarise(connection, self._pin(table), scratch, self._sizes)
        return replaced

    def vacuum(
        self, table: Table, keep_hours: float = 168, dry_run: bool = False, keep_versions: Iterable[int] = ()
    ) -> list[str]:
        """Remove the files that neither a version of the last ``keep_hours`` nor one of ``keep_versions`` needs.

        These are also leftovers of killed writers. Returns their paths inside the table's folder. Older versions can no
        longer be read.
        """
        from navette.store.projecting import remove_needless
        from navette.store.vacuum import first_kept, needless_files

        with self._writing(table) as log:
            if log is None:
                if not dry_run:
                    remove_needless(table, self.root / table.name)
                    remove_summaries(table, self.root / table.name)
                return []
            cutoff = time.time() - keep_hours * 3600
            first = first_kept(log.folder / "_delta_log", cutoff)
            kept = [
                pin(table, self._delta(table, first)),
                *self._available(table, {v for v in keep_versions if v < first}),
            ]
            needless = needless_files(log.folder, log.pinned, first, kept, cutoff)
            if not dry_run:
                for path in needless:
                    (log.folder / path).unlink()
                _shorten(log, min(pinned.version for pinned in kept))
                remove_needless(table, log.folder)
            return needless

    def _url(self, table: Table) -> str:
        return (self.root / table.name).absolute().as_uri()

    def _pin_at(self, table: Table, version: int | None) -> TableVersion:
        if version is None:
            return self._pin(table)
        if version < 0:
            return pin(table, None)
        for pinned in self._available(table, [version]):
            return pinned
        raise ConfigurationError(
            "version {version} of the table '{table}' is no longer stored: run the export again with today's data.",
            version=version,
            table=table.name,
        )

    def _available(self, table: Table, versions: Iterable[int]) -> Iterator[TableVersion]:
        """The table at those of the versions that the log and the folder still have."""
        for version in versions:
            with suppress(ConfigurationError):
                delta = self._delta(table, version)
                pinned = pin(table, delta)
                if delta and all(Path(file.path).exists() for file in pinned.files):
                    yield pinned

    def _delta(self, table: Table, version: int | None = None) -> DeltaTable | None:
        try:
            return DeltaTable(self._url(table), version)
        except DeltaError as error:
            if isinstance(error, TableNotFoundError) and not _has_data_files(self.root / table.name):
                return None
            raise unreadable(table, type(error).__name__) from error

    @contextmanager
    def _connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A separate connection; data that do not fit into its memory go into the store's folder while it is open."""
        with self._scratch() as scratch, self._connected(scratch) as connection:
            yield connection

    def _scratch(self) -> AbstractContextManager[Path]:
        """A folder of the store for files that are not, or not yet, part of a table."""
        create_folder(self.root)
        return scratch_folder(self.root.absolute(), ".tmp-")

    @contextmanager
    def _connected(self, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
        with _explaining_errors(), duckdb.connect() as connection:
            connection.execute(f"SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY_MB}MB'")
            connection.execute("SET temp_directory = $folder", {"folder": str(scratch / "spilled")})
            yield connection

    def _pin(self, table: Table) -> TableVersion:
        """The table in its current state, from memory if its log's folder has not changed since it was read."""
        log = self.root / table.name / "_delta_log"
        state = _state(log, projections_folder(self.root / table.name))
        remembered = _READ.get(str(log.absolute()))
        if remembered is not None and state is not None and remembered[0] == state:
            return remembered[1]
        pinned = pin(table, self._delta(table))
        if state is not None and time.time_ns() - max(state[:2]) > _SETTLED:
            _READ[str(log.absolute())] = state, pinned
        return pinned

    @contextmanager
    def _writing(self, table: Table) -> "Iterator[DeltaLog | None]":
        """Let one writer at a time write a table, whose log is given if the table exists.

        New rows are compared with the stored ones before they are written.
        """
        from navette.store.delta_log import DeltaLog

        create_folder(self.root)
        with (self.root / f".{table.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            delta = self._delta(table)
            yield DeltaLog(table, delta) if delta else None

    def _merge(self, connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> Merged:
        from navette.store.changes import compare
        from navette.store.writing import write_changes

        if rows.num_rows == 0:
            return Merged()
        with self._writing_new(table) as log:
            changes = compare(connection, table, rows, log.pinned)
            inserted, updated = changes.inserts.num_rows, changes.updates.num_rows
            if inserted or updated:
                new = pa.concat_tables([changes.inserts, changes.updates])
                write_changes(connection, log, new, changes.replaced, self._sizes)
            return Merged(inserted, updated, rows.num_rows - inserted - updated)

    def _name(self, connection: duckdb.DuckDBPyConnection, naming: Naming, table: Table, rows: pa.Table) -> None:
        """Assign a name to each member that has none. If there are no names yet, stored members come first."""
        from navette.store.writing import write_changes

        names = known_names(connection, naming.family, self._pin(COLUMN_NAMES))
        present = [] if names else stored_members(connection, naming, self._pin(table))
        present += members(connection, naming, table, rows)
        if all(key in names for key, _ in present):
            return
        with self._writing_new(COLUMN_NAMES) as log:
            names = known_names(connection, naming.family, log.pinned)
            if new := naming.assign(names, present):
                write_changes(connection, log, as_rows(naming.family, new), {}, self._sizes)

    @contextmanager
    def _writing_new(self, table: Table) -> "Iterator[DeltaLog]":
        """As ``_writing``; a table that does not exist is created."""
        with self._writing(table) as log:
            yield log or self._create(table)

    def _create(self, table: Table) -> "DeltaLog":
        from navette.store.delta_log import DeltaLog, properties_of

        fields = [*table.schema, *(pa.field(name, pa.string()) for name in partitions(table))]
        delta = DeltaTable.create(
            self._url(table),
            pa.schema(fields),
            partition_by=partitions(table),
            configuration=properties_of(table),
        )
        log = self.root / table.name / "_delta_log"
        for path in (log / f"{0:020}.json", log, log.parent, self.root):
            flush(path)
        return DeltaLog(table, delta)


def _shorten(log: "DeltaLog", oldest: int) -> None:
    """Remove what the log does not need for the versions from ``oldest`` on."""
    from navette.store.vacuum import forget_versions, needs_checkpoint, remove_checkpoints

    folder = log.folder / "_delta_log"
    if oldest == log.pinned.version and needs_checkpoint(folder, oldest):
        log.checkpoint()
    forget_versions(folder, oldest)
    remove_checkpoints(folder, before=time.time() - 3600)


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


def _has_data_files(folder: Path) -> bool:
    return next(folder.rglob("*.parquet"), None) is not None


@contextmanager
def _explaining_errors() -> Iterator[None]:
    """Turn DuckDB's errors about files into one that people can act on. Its text names the file."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InvalidInputException) as error:
        words = str(error).partition("\n")[0]
        if isinstance(error, duckdb.InvalidInputException) and ".parquet" not in words:
            raise
        raise ConfigurationError(
            "the store cannot be read or written ({words}): free disk space if the disk is full; restore the store "
            "from a backup if a file is missing or damaged.",
            words=words,
        ) from error


def _state(log: Path, projections: Path) -> tuple[int, ...] | None:
    """The log's identity and when it and the projections last changed, or None if there is no log."""
    try:
        status = log.stat()
    except FileNotFoundError:
        return None
    changed = projections.stat().st_mtime_ns if projections.exists() else 0
    return changed, status.st_mtime_ns, status.st_ino
