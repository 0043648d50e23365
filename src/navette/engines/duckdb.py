"""DuckDB over the Parquet files of a snapshot.

DuckDB's parallel joins do not keep the order of rows, and an export comes in the store's order, the same every time.
So a query runs slice by slice: each slice of the rows' table on one single-threaded connection, several at a time, and
their results follow each other in the slices' order. Memory is bounded, whatever the size of the export.
"""

import fcntl
import os
import queue
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Protocol, cast

import duckdb
import pyarrow as pa
from duckdb.sqltypes import VARCHAR

from navette.core.columns import OutputColumn, Part
from navette.core.errors import ConfigurationError, NavetteError, TryLaterError
from navette.core.files import alone
from navette.core.rows import BATCH_ROWS, WIDE
from navette.core.settings import Settings
from navette.core.sql import literal
from navette.core.types import Kind
from navette.core.windows import Window
from navette.engines.flow import in_order
from navette.store import DataFile, Snapshot, TableVersion

SLICE_ROWS = 100_000
"""About how many rows of the rows' table one slice has."""

CONNECTION_MB = 200
"""The memory that a connection needs at least: with less, the joins of one slice of cases do not fit."""

LIST_VALUES = 1 << 24
"""How many values a batch has at most where they come in lists and become columns."""

WIDE_ROWS = 512
"""How many rows with lists of hundreds of values are rendered at a time: a quarter of what the engine would take."""

WAITING_MB = 64
"""About how much of the slices' results waits to be written."""

_NICE = 5

_SOME_ROWS = "some_rows"

_RAISED = {
    "Out of Memory Error": duckdb.OutOfMemoryException,
    "IO Error": duckdb.IOException,
    "INTERRUPT Error": duckdb.InterruptException,
    "Conversion Error": duckdb.ConversionException,
    "Invalid Input Error": duckdb.InvalidInputException,
}
"""What DuckDB's messages begin with, and the errors that it raises with them."""

# The file whose lock says that a folder of temporary files is in use.
_LOCK = "in-use"

# What keeps a slice's rows in order besides the one thread: joins keep the declared sides, and no operator holds a
# small chunk of rows back (enable_caching_operators).
_FIXED_PLAN = "join_order,build_side_probe_side"

_SQL_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMPTZ",
    Kind.ARRAY: "VARCHAR[]",
    Kind.JSON: "VARCHAR",
}


class CompiledQuery(Protocol):
    """What an engine needs to know of a query; the catalogue compiles such ones."""

    @property
    def columns(self) -> tuple[OutputColumn, ...]: ...
    @property
    def parts(self) -> tuple[Part, ...]: ...
    @property
    def table(self) -> str: ...
    @property
    def tables(self) -> set[str]: ...
    @property
    def functions(self) -> set[str]: ...
    @property
    def ordered(self) -> bool: ...
    @property
    def window(self) -> Window: ...
    @property
    def bounds(self) -> str | None: ...
    @property
    def whole(self) -> bool: ...
    def counted(self) -> "CompiledQuery": ...
    def sql(self) -> str: ...
    def over(self, relation: str) -> "CompiledQuery": ...


@dataclass(frozen=True)
class Slice:
    """Some rows of a table: whole files, or the rows ``first <= n < last`` of one."""

    files: tuple[DataFile, ...]
    first: int = 0
    last: int | None = None

    @property
    def rows(self) -> int:
        """How many rows it has before the filters."""
        return sum(file.rows for file in self.files) if self.last is None else self.last - self.first


class DuckDBEngine:
    """Runs queries over one snapshot, in slices of about ``slice_rows``, on connections of ``connection_mb`` each."""

    def __init__(
        self,
        snapshot: Snapshot,
        settings: Settings,
        *,
        slice_rows: int = SLICE_ROWS,
        connection_mb: int = CONNECTION_MB,
    ) -> None:
        self.snapshot = snapshot
        self.slice_rows = slice_rows
        self.threads = settings.threads or os.cpu_count() or 1
        self.memory_limit_mb = settings.memory_limit_mb
        self.connections = max(1, min(self.threads, settings.memory_limit_mb // connection_mb))
        self.scratch = settings.scratch.absolute()
        self._open: set[duckdb.DuckDBPyConnection] = set()

    def rows(self, query: CompiledQuery, progress: Callable[[float], None] | None = None) -> "DuckDBRows":
        """The result of a query, not yet computed. ``progress`` is told the part done, from 0 to 1."""
        return DuckDBRows(self, query, progress or (lambda _: None))

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a small query over the snapshot's tables."""
        tables = {name for name in self.snapshot.tables if name in sql}
        with _explained(), self.folder() as folder, self._connected(tables, folder) as connection:
            return connection.execute(sql).fetchall()

    def count(self, query: CompiledQuery) -> int:
        """How many rows a query gives. Of files that lie within the window, the statistics tell."""
        pinned = self.snapshot.tables[query.table]
        files = _worth_reading(pinned, query)
        told = [file for file in files if query.whole and _tells_all(file, query)]
        left = tuple(file for file in files if file not in told)
        known = sum(file.rows for file in told)
        if query.whole and not left:
            return known
        question = query.counted().over("slice")
        with (
            _explained(),
            self.folder() as folder,
            self._connected(question.tables, folder, self.threads) as connection,
        ):
            _create_view(connection, "slice", pinned, Slice(left))
            [(counted,)] = connection.execute(question.sql()).fetchall()
        return known + cast(int, counted)

    def interrupt(self) -> None:
        """Stop what runs now: it raises ``duckdb.InterruptException``. To be said again until it has ended."""
        for connection in list(self._open):
            with suppress(duckdb.ConnectionException):  # just closed
                connection.interrupt()

    @contextmanager
    def _connected(self, tables: set[str], folder: Path, threads: int = 1) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = self.connect(tables, 1, folder, threads)
        try:
            yield connection
        finally:
            self.disconnect(connection)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A folder for what does not fit into memory; it goes at the end.

        Its lock tells that it is in use: those of processes that were killed are removed here.
        """
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone(self.scratch):
            _remove_abandoned(self.scratch)
            folder = Path(tempfile.mkdtemp(dir=self.scratch, prefix="run-"))
            lock = (folder / _LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
        with lock:
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def connect(
        self, tables: set[str], share: int, folder: Path, threads: int = 1, wide: bool = False
    ) -> duckdb.DuckDBPyConnection:
        """A connection that reads the store, writes into ``folder``, and can do nothing else, until ``disconnect``.

        ``share`` is how many connections divide the memory limit. With one thread, rows come in their order.
        """
        # The search for common expressions takes time with the square of their number.
        left_out = f"{_FIXED_PLAN},common_subexpressions" if wide else _FIXED_PLAN
        connection = duckdb.connect()
        self._open.add(connection)
        connection.execute(f"SET TimeZone = 'UTC'; SET threads = {threads}; SET enable_progress_bar = false")
        connection.execute(f"SET disabled_optimizers = '{left_out}'; SET enable_caching_operators = false")
        connection.execute(f"SET memory_limit = '{self.memory_limit_mb // share}MB'")
        connection.execute("SET temp_directory = $folder", {"folder": str(folder / "spilled")})
        connection.execute("SET allowed_directories = $folders", {"folders": [self.snapshot.root, str(folder)]})
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        for name in tables:
            pinned = self.snapshot.tables[name]
            _create_view(connection, name, pinned, Slice(pinned.files))
        return connection

    def disconnect(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Close a connection; nothing may run on it."""
        self._open.discard(connection)
        connection.close()


class DuckDBRows:
    """The rows of one query (see ``core.rows.Rows``)."""

    def __init__(self, engine: DuckDBEngine, query: CompiledQuery, progress: Callable[[float], None]) -> None:
        self.columns: Sequence[OutputColumn] = query.columns
        self.parts: Sequence[Part] = query.parts
        self._engine = engine
        self._query = query if query.ordered else query.over("slice")
        self._tables, self._functions = query.tables, query.functions
        self._pinned = engine.snapshot.tables[query.table]
        self._slices = (
            [Slice(self._pinned.files)]
            if query.ordered
            else slices(self._pinned, query, engine.connections, engine.slice_rows)
        )
        self._progress = progress

    def batches(self, *selects: Sequence[str], size: int = BATCH_ROWS) -> Generator[pa.RecordBatch]:
        """Every row as Arrow record batches in row order."""
        query, has_lists = self._query.sql(), len(self.parts) < len(self.columns)
        if has_lists and not selects:
            size = min(size, LIST_VALUES // len(self.columns) or 1)
        wide_rows = query if has_lists and selects else ""
        query = f"SELECT * FROM {_SOME_ROWS}" if wide_rows else query
        for select in selects:
            query = f"SELECT {', '.join(select)} FROM ({query}) AS result"
        total, done = sum(part.rows for part in self._slices), 0
        for part, batches in zip(self._slices, self._parts(query, wide_rows, size), strict=True):
            yield from map(self._in_columns, batches) if has_lists and not selects else batches
            done += part.rows
            self._progress(done / total if total else 1.0)

    def _in_columns(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The columns of the file, from a batch of the parts."""
        columns: list[pa.Array] = []
        for part, array in zip(self.parts, batch.columns, strict=True):
            columns += _transposed(array, len(part)) if len(part) > 1 else [array]
        return pa.RecordBatch.from_arrays(columns, [column.name for column in self.columns])

    def _connect(self, share: int, folder: Path) -> duckdb.DuckDBPyConnection:
        connection = self._engine.connect(self._tables, share, folder, wide=len(self.parts) >= WIDE)
        _add_functions(connection, self._functions)
        return connection

    def _close(self, workers: Sequence["_Worker"]) -> None:
        for worker in workers:
            self._engine.disconnect(worker.connection)

    def _parts(self, query: str, wide_rows: str, size: int) -> Iterator[Iterator[pa.RecordBatch]]:
        """The result of each slice, in order, several slices at a time."""
        count = min(self._engine.connections, len(self._slices))
        workers: list[_Worker] = []
        free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        with self._engine.folder() as folder, ExitStack() as stack:
            stack.callback(self._close, workers)
            pool = stack.enter_context(ThreadPoolExecutor(count, "slice", initializer=_step_back))
            stack.callback(_interrupt, workers)  # before the pool waits for its threads, when we are given up

            def run(part: Slice) -> Iterator[pa.RecordBatch]:
                with _explained():
                    try:
                        worker = free.get_nowait()
                    except queue.Empty:  # this thread's first slice: connections open side by side
                        worker = _Worker(self._connect(count, folder), query, wide_rows, self._pinned)
                        workers.append(worker)
                    try:
                        yield from worker.run(part, size)
                    finally:
                        free.put(worker)

            yield from in_order(pool, run, self._slices, count + 1, WAITING_MB << 20)


class _Worker:
    """Runs one query over one slice after the other on a connection of its own.

    ``wide_rows`` is the query of rows with lists of hundreds of values, where a slice has such rows. They are computed
    first, and ``query`` reads a few of them at a time: rendering a row takes many times the memory of its values.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, query: str, wide_rows: str, pinned: TableVersion) -> None:
        self.connection = connection
        self._query = query
        self._wide_rows = wide_rows
        self._pinned = pinned
        self._relation: duckdb.DuckDBPyRelation | None = None

    def run(self, part: Slice, size: int) -> Iterator[pa.RecordBatch]:
        """The query's rows where ``slice`` is that part of the table."""
        _create_view(self.connection, "slice", self._pinned, part)
        for _ in self._steps():
            if self._relation is None:
                self._relation = self.connection.sql(self._query)  # the text is read once, planned for every step
            with _as_duckdb_raises():
                yield from self._relation.to_arrow_reader(size)

    def _steps(self) -> Iterator[None]:
        """One step for the whole slice; where its rows are wide, one for each few of them."""
        if not self._wide_rows:
            yield
            return
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE wide_rows AS {self._wide_rows}")
        [(count,)] = self.connection.execute("SELECT count(*) FROM wide_rows").fetchall()
        for first in range(0, count, WIDE_ROWS):
            rows = f"rowid >= {first} AND rowid < {first + WIDE_ROWS}"
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {_SOME_ROWS} AS SELECT * FROM wide_rows WHERE {rows}")
            yield

    def interrupt(self) -> None:
        """Stop what runs, soon."""
        self.connection.interrupt()


def slices(pinned: TableVersion, query: CompiledQuery, workers: int = 1, slice_rows: int = SLICE_ROWS) -> list[Slice]:
    """The slices of a table in its order, without the files in which the window's statistics say there is nothing.

    They are about even and, when there are several, about a multiple of ``workers``, so that none works alone at the
    end.
    """
    files = _worth_reading(pinned, query)
    total = sum(file.rows for file in files)
    even = total / (workers * ceil(total / (slice_rows * workers)) or 1)
    found: dict[int, list[DataFile]] = {}
    before = 0
    for number, file in enumerate(files):
        # A large file stands alone, by a key of its own; small ones share a slice with their neighbours.
        key = -number - 1 if file.rows > slice_rows else int((before + file.rows / 2) / even)
        found.setdefault(key, []).append(file)
        before += file.rows
    return [piece for together in found.values() for piece in _pieces(together, slice_rows)] or [Slice(())]


def _worth_reading(pinned: TableVersion, query: CompiledQuery) -> list[DataFile]:
    """The files in which the statistics do not rule out rows of the query's window."""
    window, bounds = query.window, query.bounds
    return [file for file in pinned.files if bounds is None or file.may_hold(bounds, window.start, window.end)]


def _tells_all(file: DataFile, query: CompiledQuery) -> bool:
    """Whether the statistics say that the whole file lies within the query's window."""
    window = query.window
    return not window or (query.bounds is not None and file.holds_only(query.bounds, window.start, window.end))


def _pieces(files: list[DataFile], slice_rows: int) -> Iterator[Slice]:
    rows = files[0].rows
    if len(files) > 1 or rows <= slice_rows:
        yield Slice(tuple(files))
        return
    count = ceil(rows / slice_rows)
    for number in range(count):
        yield Slice((files[0],), rows * number // count, rows * (number + 1) // count)


def _create_view(connection: duckdb.DuckDBPyConnection, name: str, pinned: TableVersion, part: Slice) -> None:
    fields = pinned.table.fields
    if not part.files:
        nothing = ", ".join(f'CAST(NULL AS {_SQL_TYPES[field.type.kind]}) AS "{field.name}"' for field in fields)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {nothing} WHERE false")
        return
    paths = ", ".join(literal(file.path) for file in part.files)
    rows = f"WHERE file_row_number >= {part.first} AND file_row_number < {part.last}" if part.last is not None else ""
    columns = ", ".join(f'"{field.name}"' for field in fields)
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns} "
        f"FROM read_parquet([{paths}], hive_partitioning = false, file_row_number = {bool(rows)}) {rows}"
    )


def _transposed(lists: pa.ListArray, count: int) -> list[pa.Array]:
    """The first values of all lists, the second ones, and so on; each list has ``count`` of them, and none is null."""
    import numpy as np  # noqa: PLC0415 # takes long to import, and few exports have such lists

    rows = len(lists)
    places = np.arange(rows * count, dtype=np.int32).reshape(rows, count).T.ravel()
    values = lists.flatten().take(pa.array(places))
    return [values.slice(number * rows, rows) for number in range(count)]


def _add_functions(connection: duckdb.DuckDBPyConnection, names: set[str]) -> None:
    """Navette's own functions, each from a text to a text; null gives null."""
    for name in names:
        function = getattr(import_module(f"navette.core.{name}"), name)
        connection.create_function(name, function, [VARCHAR], VARCHAR)


def _step_back() -> None:
    """Let the writer go first, and whatever else the machine does: a worker that is ahead only waits."""
    if sys.platform == "linux":  # where threads have priorities of their own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(_NICE, os.getpriority(os.PRIO_PROCESS, thread)))


def _interrupt(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.interrupt()


def _remove_abandoned(scratch: Path) -> None:
    for folder in scratch.glob("run-*"):
        try:
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # in use, or gone


@contextmanager
def _as_duckdb_raises() -> Iterator[None]:
    """After the first batch Arrow raises what DuckDB says, as an error of its own: told apart by its first words."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        kind = str(error).partition(":")[0]
        raise _RAISED.get(kind, duckdb.Error)(kind) from error


@contextmanager
def _explained() -> Iterator[None]:
    """What the engine refuses, in words that help. Its own words may quote values, so they are not passed on."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise ConfigurationError(
            "the export needs more memory than the engine may use: raise NAVETTE_MEMORY_LIMIT_MB, or name fewer fields."
        ) from error
    except duckdb.IOException as error:
        raise TryLaterError(
            "a file could not be read or written: the disk is full, or the store was vacuumed meanwhile; run it again."
        ) from error
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise NavetteError(f"the engine could not run the query ({type(error).__name__}): please report it.") from error
