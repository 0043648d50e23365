"""The store's operations: merge, delete, snapshot, compact, vacuum."""

import fcntl
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from navette.core.errors import ConfigurationError
from navette.core.files import alone, create_folder
from navette.core.scratch import scratch_folder
from navette.core.types import String, Text
from navette.store.column_names import COLUMN_NAMES, Naming, as_rows, known_names, members, stored_members
from navette.store.conform import conform
from navette.store.layout import SIZES, Sizes
from navette.store.references import References
from navette.store.snapshot import Snapshot, TableVersion, pin
from navette.store.summaries import remove_summaries, summarise
from navette.store.versions import Versions
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
        self._versions = Versions(root)
        self._sizes = sizes

    def snapshot(self, versions: Mapping[str, int] | None = None) -> Snapshot:
        """The current version of every table, fixed, or the given version for the tables in ``versions``.

        Raises ConfigurationError if such a version is no longer stored.
        """
        tables, chosen = (*TABLES.values(), REJECTED), versions or {}
        with ThreadPoolExecutor() as pool:  # in threads, because each log is read separately
            pinned = list(pool.map(lambda table: self._pinned_at(table, chosen.get(table.name)), tables))
        # Read after the others, because names are stored before the rows that bring them. Older versions of the store
        # have none.
        pinned.append(self._pinned_at(COLUMN_NAMES, chosen.get(COLUMN_NAMES.name, -1 if chosen else None)))
        return Snapshot(str(self.root.absolute()), {pin.table.name: pin for pin in pinned})

    def pinned(self, table: Table) -> TableVersion:
        """The current version of one table."""
        return self._versions.current(table)

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
        """Fill empty tables, much faster than by merging.

        Nobody else can write them until the end, when their rows become readable.
        """
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

        Readers and writers can work meanwhile; another compaction of the table waits, because both would do the same.
        Unless it is ``thorough``, only what is worth its cost is done. Large tables get their projections and
        summaries. Returns the number of files that are no longer needed; ``vacuum`` removes them.
        """
        from navette.store.compaction import compact
        from navette.store.projecting import project

        if self._versions.open(table) is None:
            return 0
        with alone(self.root / table.name), self._scratch() as scratch, self._connected(scratch) as connection:
            replaced = compact(
                connection, self.pinned(table), partial(self._writing, table), scratch, self._sizes, thorough=thorough
            )
            project(connection, self.pinned(table), scratch, self._sizes)
            summarise(connection, self.pinned(table), scratch, self._sizes)
        return replaced

    def vacuum(
        self, table: Table, keep_hours: float = 168, dry_run: bool = False, keep_versions: Iterable[int] = ()
    ) -> list[str]:
        """Remove the files that neither a version of the last ``keep_hours`` nor one of ``keep_versions`` needs.

        These include leftovers of killed writers. Returns their paths inside the table's folder. Older versions can no
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
                pin(table, self._versions.open(table, first)),
                *self._versions.available(table, {v for v in keep_versions if v < first}),
            ]
            needless = needless_files(log.folder, log.pinned, first, kept, cutoff)
            if not dry_run:
                for path in needless:
                    (log.folder / path).unlink()
                _shorten(log, min(pinned.version for pinned in kept))
                remove_needless(table, log.folder)
            return needless

    def _pinned_at(self, table: Table, version: int | None) -> TableVersion:
        return self.pinned(table) if version is None else self._versions.at(table, version)

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

    @contextmanager
    def _writing(self, table: Table) -> "Iterator[DeltaLog | None]":
        """Let one writer at a time write a table, whose log is given if the table exists.

        New rows are compared with the stored ones before they are written.
        """
        from navette.store.delta_log import DeltaLog

        create_folder(self.root)
        with (self.root / f".{table.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            delta = self._versions.open(table)
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

        names = known_names(connection, naming.family, self.pinned(COLUMN_NAMES))
        present = [] if names else stored_members(connection, naming, self.pinned(table))
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
        from navette.store.delta_log import create_table

        with self._writing(table) as log:
            yield log or create_table(table, self.root / table.name)


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
