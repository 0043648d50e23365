"""The rows of a query: slice by slice, several at a time, in the order of the slices."""

import os
import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from itertools import accumulate
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from navette.core.columns import OutputColumn, Part
from navette.core.rows import BATCH_ROWS, WIDE
from navette.core.sql import identifier
from navette.engines.duckdb.connection import as_duckdb_raises, explaining_errors
from navette.engines.duckdb.reading import Reading
from navette.engines.duckdb.slices import LEAST_SHARE, Slice, slices
from navette.engines.engine import CompiledQuery
from navette.engines.flow import in_order

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

    slice_rows: int
    connections: int
    threads: int

    def folder(self) -> AbstractContextManager[Path]: ...
    def reading(self, query: CompiledQuery, folder: Path) -> Reading: ...
    def connect(
        self, tables: set[str], share: int, folder: Path, threads: int, *, wide: bool
    ) -> duckdb.DuckDBPyConnection: ...
    def disconnect(self, connection: duckdb.DuckDBPyConnection) -> None: ...


class DuckDBRows:
    """The rows of one query (see ``core.rows.Rows``)."""

    def __init__(self, engine: Connections, query: CompiledQuery, progress: Callable[[float], None]) -> None:
        self.columns: Sequence[OutputColumn] = query.columns
        self.parts: Sequence[Part] = query.parts
        self._engine = engine
        self._query = query
        self._progress = progress

    def batches(self, *selects: Sequence[str], size: int = BATCH_ROWS) -> Generator[pa.RecordBatch]:
        """Every row as Arrow record batches in row order."""
        has_lists = len(self.parts) < len(self.columns)
        if has_lists and not selects:
            size = min(size, LIST_VALUES // len(self.columns) or 1)
        for done, batches in self._slices(selects, size, has_lists and bool(selects)):
            yield from map(self._in_columns, batches) if has_lists and not selects else batches
            self._progress(done)

    def _in_columns(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The columns of the file, from a batch of the parts."""
        columns: list[pa.Array] = []
        for part, array in zip(self.parts, batch.columns, strict=True):
            columns += _transposed(array, len(part)) if len(part) > 1 else [array]
        return pa.RecordBatch.from_arrays(columns, [column.name for column in self.columns])

    def _slices(
        self, selects: Sequence[Sequence[str]], size: int, is_wide: bool
    ) -> Iterator[tuple[float, Iterator[pa.RecordBatch]]]:
        """How much is done after each slice, and its result: in order, several slices at a time."""
        with self._engine.folder() as folder, ExitStack() as stack:
            reading = self._engine.reading(self._query, folder)
            rows = reading.rest.sql()
            query = _selected(f"SELECT * FROM {_SOME_ROWS}" if is_wide else rows, selects)
            wide_rows = rows if is_wide else ""
            parts = self._divided(reading)
            count = min(self._engine.connections, len(parts))
            workers: list[_Worker] = []
            free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
            stack.callback(self._close, workers)
            pool = stack.enter_context(ThreadPoolExecutor(count, "slice", initializer=step_back))
            stack.callback(_interrupt, workers)  # before the pool waits for its threads, when we are given up

            def run(part: Slice) -> Iterator[pa.RecordBatch]:
                with explaining_errors():
                    try:
                        worker = free.get_nowait()
                    except queue.Empty:  # this thread's first slice: connections open side by side
                        worker = _Worker(self._connect(reading, count, folder), reading, query, wide_rows)
                        workers.append(worker)
                    try:
                        yield from worker.run(part, size)
                    finally:
                        free.put(worker)

            yield from zip(_done(parts), in_order(pool, run, parts, count + 1, WAITING_MB << 20), strict=True)

    def _divided(self, reading: Reading) -> list[Slice]:
        """The slices of the query's table; only one if all of its rows are sorted or grouped."""
        if self._query.ordered:
            return [Slice(tuple(reading.files))]
        rows = int(self._engine.slice_rows / max(reading.share, LEAST_SHARE))
        if reading.related_per_row > 1:  # a case with its messages takes the memory of several messages
            rows = max(1, rows // 6)
        return slices(reading.files, self._engine.connections, rows, self._query)

    def _connect(self, reading: Reading, share: int, folder: Path) -> duckdb.DuckDBPyConnection:
        threads = self._engine.threads if self._query.sorted else 1
        tables, wide = reading.rest.tables, len(self.parts) >= WIDE
        connection = self._engine.connect(tables, share, folder, threads, wide=wide)
        reading.start(connection)
        return connection

    def _close(self, workers: Sequence["_Worker"]) -> None:
        for worker in workers:
            self._engine.disconnect(worker.connection)


class _Worker:
    """Runs one query over one slice after the other on a connection of its own.

    ``wide_rows`` is the query of rows with lists of hundreds of values, where a slice has such rows. They are computed
    first, and ``query`` reads a few of them at a time: rendering a row takes many times the memory of its values.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, reading: Reading, query: str, wide_rows: str) -> None:
        self.connection = connection
        self._reading = reading
        self._query = query
        self._wide_rows = wide_rows
        self._relation: duckdb.DuckDBPyRelation | None = None

    def run(self, part: Slice, size: int) -> Iterator[pa.RecordBatch]:
        """The query's rows where ``slice`` is that part of the table."""
        self._reading.create_slice(self.connection, part)
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
        parts = self._reading.query.parts
        # Columns of the table are numbered: one of the data may be called rowid.
        numbers = ", ".join(f"c{number}" for number in range(len(parts)))
        names = ", ".join(identifier(part[0].name) for part in parts)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE wide_rows({numbers}) AS {self._wide_rows}")
        [(count,)] = self.connection.execute("SELECT count(*) FROM wide_rows").fetchall()
        for first in range(0, count, WIDE_ROWS):
            rows = f"rowid >= {first} AND rowid < {first + WIDE_ROWS}"
            few = f"SELECT * FROM wide_rows WHERE {rows}"
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {_SOME_ROWS}({names}) AS {few}")
            yield

    def interrupt(self) -> None:
        """Interrupt the running query."""
        self.connection.interrupt()


def _selected(query: str, selects: Iterable[Sequence[str]]) -> str:
    for select in selects:
        query = f"SELECT {', '.join(select)} FROM ({query}) AS result"
    return query


def _done(slices: Sequence[Slice]) -> Iterator[float]:
    """The part of the rows that is done after each slice."""
    total = sum(part.rows for part in slices)
    return (done / total if total else 1.0 for done in accumulate(part.rows for part in slices))


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
