"""The rows of a query: slice by slice, several at a time, in the order of the slices."""

import os
import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from navette.core.columns import OutputColumn, Part
from navette.core.rows import BATCH_ROWS, WIDE
from navette.engines.duckdb.connection import add_functions, as_duckdb_raises, create_view, explaining_errors
from navette.engines.duckdb.slices import Slice, slices
from navette.engines.engine import CompiledQuery
from navette.engines.flow import in_order
from navette.store import Snapshot, TableVersion

LIST_VALUES = 1 << 24
"""The most values of a batch whose lists become columns."""

WIDE_ROWS = 512
"""How many rows with lists of hundreds of values are rendered at a time: a quarter of what the engine would take."""

WAITING_MB = 64
"""About how many bytes of the slices' results wait to be written."""

_NICE = 5

_SOME_ROWS = "some_rows"


class Connections(Protocol):
    """What the rows need of their engine."""

    snapshot: Snapshot
    slice_rows: int
    connections: int

    def folder(self) -> AbstractContextManager[Path]: ...
    def connect(self, tables: set[str], share: int, folder: Path, *, wide: bool) -> duckdb.DuckDBPyConnection: ...
    def disconnect(self, connection: duckdb.DuckDBPyConnection) -> None: ...


class DuckDBRows:
    """The rows of one query (see ``core.rows.Rows``)."""

    def __init__(self, engine: Connections, query: CompiledQuery, progress: Callable[[float], None]) -> None:
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
        total, rows_read = sum(part.rows for part in self._slices), 0
        for part, batches in zip(self._slices, self._parts(query, wide_rows, size), strict=True):
            yield from map(self._in_columns, batches) if has_lists and not selects else batches
            rows_read += part.rows
            self._progress(rows_read / total if total else 1.0)

    def _in_columns(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The columns of the file, from a batch of the parts."""
        columns: list[pa.Array] = []
        for part, array in zip(self.parts, batch.columns, strict=True):
            columns += _transposed(array, len(part)) if len(part) > 1 else [array]
        return pa.RecordBatch.from_arrays(columns, [column.name for column in self.columns])

    def _connect(self, share: int, folder: Path) -> duckdb.DuckDBPyConnection:
        connection = self._engine.connect(self._tables, share, folder, wide=len(self.parts) >= WIDE)
        add_functions(connection, self._functions)
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
            pool = stack.enter_context(ThreadPoolExecutor(count, "slice", initializer=step_back))
            stack.callback(_interrupt, workers)  # before the pool waits for its threads, when we are given up

            def run(part: Slice) -> Iterator[pa.RecordBatch]:
                with explaining_errors():
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
        create_view(self.connection, "slice", self._pinned, part)
        for _ in self._steps():
            if self._relation is None:
                self._relation = self.connection.sql(self._query)  # the text is read once, planned for every step
            with as_duckdb_raises():
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
        """Interrupt the running query."""
        self.connection.interrupt()


def _transposed(lists: pa.ListArray, count: int) -> list[pa.Array]:
    """The first values of all lists, the second ones, and so on; each list has ``count`` of them, and none is null."""
    import numpy as np  # noqa: PLC0415 # takes long to import, and few exports have such lists

    rows = len(lists)
    places = np.arange(rows * count, dtype=np.int32).reshape(rows, count).T.ravel()
    values = lists.flatten().take(pa.array(places))
    return [values.slice(number * rows, rows) for number in range(count)]


def step_back() -> None:
    """Lower the thread's priority: the writer and other programs go first, as a worker that is ahead only waits."""
    if sys.platform == "linux":  # where threads have priorities of their own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(_NICE, os.getpriority(os.PRIO_PROCESS, thread)))


def _interrupt(workers: Sequence[_Worker]) -> None:
    for worker in workers:
        worker.interrupt()
