"""Slices: the parts of a table that connections work on side by side, in the order of its rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from navette.engines.engine import CompiledQuery
from navette.store import DataFile, TableVersion

SLICE_ROWS = 100_000
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


def slices(pinned: TableVersion, query: CompiledQuery, workers: int = 1, slice_rows: int = SLICE_ROWS) -> list[Slice]:
    """The slices of a table in its order, without the files in which the window's statistics say there is nothing.

    They are about even and, when there are several, about a multiple of ``workers``, so that none works alone at the
    end.
    """
    files = worth_reading(pinned, query)
    total = sum(file.rows for file in files)
    even = total / (workers * ceil(total / (slice_rows * workers)) or 1)
    groups: dict[int, list[DataFile]] = {}
    before = 0
    for number, file in enumerate(files):
        # A large file stands alone, by a key of its own; small ones share a slice with their neighbours.
        key = -number - 1 if file.rows > slice_rows else int((before + file.rows / 2) / even)
        groups.setdefault(key, []).append(file)
        before += file.rows
    return [piece for together in groups.values() for piece in _pieces(together, slice_rows)] or [Slice(())]


def worth_reading(pinned: TableVersion, query: CompiledQuery) -> list[DataFile]:
    """The files in which the statistics do not rule out rows of the query's window."""
    window, bounds = query.window, query.bounds
    return [file for file in pinned.files if bounds is None or file.may_hold(bounds, window.start, window.end)]


def tells_all(file: DataFile, query: CompiledQuery) -> bool:
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
