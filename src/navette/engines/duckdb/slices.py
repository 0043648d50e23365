"""Slices: the parts of a table that connections work on side by side, in the order of its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from navette.engines.engine import CompiledQuery
from navette.store import DataFile, TableVersion

SLICE_ROWS = 200_000
"""About how many rows of the rows' table one slice has."""


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


LEAST_SHARE = 1 / 16
"""The smallest share of a file's rows expected within a window, because rows can be uneven between its bounds."""

Rows = tuple[int, int]
"""The rows ``first <= n < last`` of a file."""


def slices(
    files: Sequence[DataFile], workers: int = 1, slice_rows: int = SLICE_ROWS, query: CompiledQuery | None = None
) -> list[Slice]:
    """The slices of some files of a table, in its order, or of the rows of these files that can be in a query's window.

    They are about even and, when there are several, about a multiple of ``workers``, so that none works alone at the
    end.
    """
    expected = [expected_rows(file, query) for file in files]
    total = sum(expected)
    even = total / (workers * ceil(total / (slice_rows * workers)) or 1) or 1  # files of other writers can be empty
    groups: dict[int, list[DataFile]] = {}
    before = 0.0
    for number, (file, rows) in enumerate(zip(files, expected, strict=True)):
        # A large file stands alone, by a key of its own; small ones share a slice with their neighbours.
        key = -number - 1 if rows > slice_rows else int((before + rows / 2) / even)
        groups.setdefault(key, []).append(file)
        before += rows
    pieces = (
        [Slice(tuple(group))] if key >= 0 else _pieces(group[0], slice_rows, query) for key, group in groups.items()
    )
    return [piece for several in pieces for piece in several] or [Slice(())]


def _pieces(file: DataFile, slice_rows: int, query: CompiledQuery | None) -> Iterator[Slice]:
    """The slices of a large file."""
    share = expected_rows(file, query) / file.rows
    for first, last in rows_worth_reading(file, query) if query else [(0, file.rows)]:
        count = ceil((last - first) * share / slice_rows)
        for number in range(count):
            start, end = (first + (last - first) * place // count for place in (number, number + 1))
            yield Slice((file,), start, end)


def expected_rows(file: DataFile, query: CompiledQuery | None) -> float:
    """About how many of a file's rows are within a query's window, if they are even between the file's bounds."""
    if query is None or query.bounds is None or not query.window:
        return file.rows
    least, most = file.least.get(query.bounds), file.greatest.get(query.bounds)
    if not isinstance(least, datetime) or not isinstance(most, datetime) or least >= most:
        return file.rows
    start, end = max(least, query.window.start or least), min(most, query.window.end or most)
    return file.rows * max(LEAST_SHARE, (end - start) / (most - least))


def rows_worth_reading(file: DataFile, query: CompiledQuery) -> list[Rows]:
    """The rows of the row groups in which the statistics do not rule out rows of the query's window."""
    if query.bounds is None or not query.window:
        return [(0, file.rows)]
    from pyarrow.parquet import read_metadata  # noqa: PLC0415 # takes long to import, and few queries need it

    stretches: list[Rows] = []
    metadata, first = read_metadata(file.path), 0
    column = metadata.schema.names.index(query.bounds)
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if _may_hold(group.column(column).statistics, query):
            start = stretches.pop()[0] if stretches and stretches[-1][1] == first else first
            stretches.append((start, first + group.num_rows))
        first += group.num_rows
    return stretches


def _may_hold(statistics: Any, query: CompiledQuery) -> bool:
    if statistics is None or not statistics.has_min_max or not isinstance(statistics.min, datetime):
        return True
    start, end = query.window.start, query.window.end
    return (end is None or statistics.min < end) and (start is None or statistics.max >= start)


def worth_reading(pinned: TableVersion, query: CompiledQuery) -> list[DataFile]:
    """The files in which the statistics do not rule out rows of the query's window."""
    window, bounds = query.window, query.bounds
    return [file for file in pinned.files if bounds is None or file.may_hold(bounds, window.start, window.end)]


def tells_all(file: DataFile, query: CompiledQuery) -> bool:
    """Whether the statistics say that the whole file lies within the query's window."""
    window = query.window
    return not window or (query.bounds is not None and file.holds_only(query.bounds, window.start, window.end))
