"""Fill tables with rows in the order in which they are stored: each is written once, and compared with no other."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from queue import Full, Queue

import pyarrow as pa

from navette.store.conform import in_schema
from navette.store.data_files import write_batches
from navette.store.delta_log import DeltaLog, overtaken
from navette.store.layout import Sizes
from navette.store.months import by_month, in_time_order
from navette.store.snapshot import DataFile
from navette.tables import Table

MonthRows = tuple[str, pa.Table]


class Filling:
    """Fills tables side by side, each in one version."""

    def __init__(self, open_log: Callable[[Table], DeltaLog], sizes: Sizes) -> None:
        self._open_log, self._sizes = open_log, sizes
        self._tables: dict[str, tuple[DeltaLog, _TableFilling]] = {}

    def add(self, table: Table, rows: pa.Table) -> None:
        """Take rows of the fields' types. They must be later than all rows taken before.

        Raises TryLaterError if another program has filled the table in the meantime.
        """
        if table.name not in self._tables:
            log = self._open_log(table)
            if log.pinned.files:
                raise overtaken(table)
            self._tables[table.name] = log, _TableFilling(table, log.folder, self._sizes)
        self._tables[table.name][1].add(in_schema(table, rows))

    def __enter__(self) -> "Filling":
        return self

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        try:
            written = [(log, filling.end()) for log, filling in self._tables.values() if kind is None]
        finally:
            for _, filling in self._tables.values():
                filling.stop()
        for log, files in written:
            log.commit("WRITE", map(log.add, files))


class _TableFilling:
    """Writes the files of one table in a thread of its own, while the next rows are prepared."""

    def __init__(self, table: Table, folder: Path, sizes: Sizes) -> None:
        self._pieces: Queue[pa.Table | None] = Queue(1)
        self._pool = ThreadPoolExecutor(1, f"fill {table.name}")
        self._written: Future[list[DataFile]] = self._pool.submit(_write, table, folder, self._remaining(), sizes)

    def add(self, rows: pa.Table) -> None:
        """Take rows that are later than those taken before. Raises what the thread raised."""
        self._put(rows)

    def end(self) -> list[DataFile]:
        """The files, once all rows are written."""
        self._put(None)
        return self._written.result()

    def stop(self) -> None:
        """End the thread, even if it failed."""
        with suppress(Exception):
            self._put(None)
        self._pool.shutdown()

    def _put(self, rows: pa.Table | None) -> None:
        while True:
            if self._written.done():
                self._written.result()
            try:
                return self._pieces.put(rows, timeout=1)
            except Full:
                continue

    def _remaining(self) -> Iterator[pa.Table]:
        while (rows := self._pieces.get()) is not None:
            yield rows


def _write(table: Table, folder: Path, pieces: Iterable[pa.Table], sizes: Sizes) -> list[DataFile]:
    months = (month for rows in pieces for month in _months(table, rows, sizes.row_group_rows))
    return [
        file
        for month, runs in groupby(months, itemgetter(0))
        for file in write_batches(table, folder / month, _row_groups(runs, sizes.row_group_rows), sizes)
    ]


def _months(table: Table, rows: pa.Table, size: int) -> Iterator[MonthRows]:
    for month, batches in by_month(table, in_time_order(table, rows), size):
        yield month, pa.Table.from_batches(batches, table.schema)


def _row_groups(runs: Iterable[MonthRows], size: int) -> Iterator[pa.RecordBatch]:
    """The rows in batches of ``size`` rows; only the last can be smaller."""
    waiting: list[pa.Table] = []
    count = 0
    for _, rows in runs:
        waiting.append(rows)
        count += rows.num_rows
        if count >= size:
            together = pa.concat_tables(waiting).combine_chunks()
            whole = count - count % size
            yield from together.slice(0, whole).to_batches(size)
            waiting, count = [together.slice(whole)], count - whole
    yield from pa.concat_tables(waiting).combine_chunks().to_batches(size)
