"""DuckDB over the Parquet files of a snapshot.

DuckDB's parallel joins do not keep the order of rows, and an export comes in the store's order, the same every time.
So a query runs slice by slice: each slice of the rows' table on one single-threaded connection, several at a time, and
their results follow each other in the slices' order. Memory is bounded, whatever the size of the export.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import duckdb

from navette.core.scratch import scratch_folder
from navette.core.settings import Settings
from navette.engines.duckdb.connection import create_view, explaining_errors
from navette.engines.duckdb.reading import Reading, write_row_keys
from navette.engines.duckdb.rows import DuckDBRows
from navette.engines.duckdb.slices import SLICE_ROWS, Slice, tells_all
from navette.engines.engine import CompiledQuery
from navette.store import Snapshot, create_summary

CONNECTION_MB = 200
"""The least memory of a connection: with less, the joins of one slice of cases do not fit."""

# What keeps a slice's rows in order besides the one thread: joins keep the declared sides, and no operator holds a
# small chunk of rows back (enable_caching_operators).
_FIXED_PLAN = "join_order,build_side_probe_side"


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

    def rows(self, query: CompiledQuery, progress: Callable[[float], None] | None = None) -> DuckDBRows:
        """The result of a query, not yet computed. ``progress`` is called with the fraction done, from 0 to 1."""
        return DuckDBRows(self, query, progress or (lambda _: None))

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """The rows of a small query over the snapshot's tables and their summaries."""
        tables = {name for name in self.snapshot.tables if name in sql}
        with explaining_errors(), self.folder() as folder, self._connected(tables, folder) as connection:
            for stored in self.snapshot.tables.values():
                for summary in stored.table.summaries:
                    if summary.name in sql:
                        create_summary(connection, stored, summary)
            return connection.execute(sql).fetchall()

    def count(self, query: CompiledQuery) -> int:
        """How many rows a query returns. For files that lie within the window, the statistics are enough."""
        with explaining_errors(), self.folder() as folder:
            reading = self.reading(query.counted(), folder)
            countable = [file for file in reading.files if query.whole and tells_all(file, query)]
            total = sum(file.live_rows for file in countable)
            to_count = Slice(tuple(file for file in reading.files if file not in countable))
            if query.whole and not to_count.files:
                return total
            with self._connected(reading.rest.tables, folder, self.threads) as connection:
                return total + reading.count(connection, to_count.files)

    def reading(self, query: CompiledQuery, folder: Path) -> Reading:
        """What the query reads. The keys of its rows, if they are known before the rows, are written to ``folder``."""
        source = query.row_keys
        if source is None:
            return Reading(self.snapshot, query, slice_rows=self.slice_rows)
        with explaining_errors(), self._connected(set(), folder, self.threads) as connection:
            keys = write_row_keys(connection, source, self.snapshot.tables[source.table], folder)
        return Reading(self.snapshot, query, keys, self.slice_rows)

    def interrupt(self) -> None:
        """Interrupt running queries, which raise ``duckdb.InterruptException``. Repeat it until they have ended."""
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

    def folder(self) -> AbstractContextManager[Path]:
        """A folder for data that does not fit into memory; it is removed at the end.

        Its lock tells that it is in use: those of processes that were killed are removed here.
        """
        return scratch_folder(self.scratch)

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
        # A query opens a file several times, and slices are of the same files.
        connection.execute("SET parquet_metadata_cache = true")
        connection.execute(f"SET disabled_optimizers = '{left_out}'; SET enable_caching_operators = false")
        connection.execute(f"SET memory_limit = '{self.memory_limit_mb // share}MB'")
        connection.execute("SET temp_directory = $folder", {"folder": str(folder / "spilled")})
        connection.execute("SET allowed_directories = $folders", {"folders": [self.snapshot.root, str(folder)]})
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
        for name in tables:
            pinned = self.snapshot.tables[name]
            create_view(connection, name, pinned, Slice(pinned.files))
        return connection

    def disconnect(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Close a connection; nothing may run on it."""
        self._open.discard(connection)
        connection.close()
