"""Compaction: rewrite small, overlapping or partly deleted files in time order, without changing a row."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from navette.store.data_files import read_batches, write_batches
from navette.store.delta_log import DeltaLog
from navette.store.layout import Sizes, month_of_file, time_order
from navette.store.relation import scanned
from navette.store.snapshot import DataFile, TableVersion
from navette.tables import Table

LARGEST = 1.25
"""A file beyond this multiple of the largest size was written by an earlier version of Navette."""

MANY_FILES = 8
"""This number of small files in one month is combined even if their rows are few."""

SMALL_SHARE = 0.25
"""A file below this share of the largest size is small; one below this share of the month's largest is an addition."""

CHANGED_SHARE = 0.1
"""A month is rewritten when this share of its rows is in additions or deleted."""

# Files of these names were written in time order; those of deltalake's own writer have dashes.
_ORDERED = re.compile(r"part-[0-9]{5}-[0-9a-f]{32}-c000\.zstd\.parquet")

OpenLog = Callable[[], AbstractContextManager[DeltaLog | None]]


def compact(
    connection: duckdb.DuckDBPyConnection,
    stored: TableVersion,
    open_log: OpenLog,
    scratch: Path,
    sizes: Sizes,
    *,
    thorough: bool,
) -> int:
    """Replace groups of files by files in time order. Returns the number of replaced files.

    ``thorough`` leaves nothing to improve; otherwise only what is worth its cost is done. ``open_log`` locks the table:
    only while a group is replaced. A group stays as it is if another writer changed one of its files in the meantime.
    Rows that do not fit into the connection's memory are sorted on its disk.
    """
    months: dict[str | None, list[DataFile]] = defaultdict(list)
    for file in stored.files:
        months[month_of_file(stored.table, file.path)].append(file)
    replaced = 0
    for files in months.values():
        for group in (
            _to_improve(connection, stored.table, files, sizes)
            if thorough
            else _worthwhile(stored.table, files, sizes.file)
        ):
            rows = read_batches(connection, stored.table, group, sizes)
            written = list(write_batches(stored.table, scratch, rows, sizes))
            with open_log() as log:
                replaced += _replace(log, group, written) if log else 0
    return replaced


def _to_improve(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile], sizes: Sizes
) -> Iterator[list[DataFile]]:
    """The groups of one month's files that are not yet one file in time order without deleted rows."""
    for group in _neighbours(table, files, sizes.file):
        if len(group) > 1 or not _is_settled(table, group[0], sizes) or not _in_order(connection, table, group[0].path):
            yield group


def _is_settled(table: Table, file: DataFile, sizes: Sizes) -> bool:
    """Whether the file has no deleted rows, and the size and the statistics of this version of Navette."""
    known = all(file.nulls.get(name) is not None for name in table.statistics)
    bounded = file.size <= sizes.file * LARGEST or file.rows <= sizes.row_group_rows
    return file.vector is None and bounded and known


def _worthwhile(table: Table, files: Sequence[DataFile], size: int) -> Iterator[list[DataFile]]:
    """The groups of one month's files that cost readers more than rewriting them would."""
    largest = max(file.size for file in files)
    settled = sum(file.live_rows for file in files if file.size >= largest * SMALL_SHARE)
    small = [file for file in files if file.size < size * SMALL_SHARE]
    if settled < (1 - CHANGED_SHARE) * sum(file.rows for file in files):
        yield from (group for group in _neighbours(table, files, size) if len(group) > 1 or group[0].vector)
    elif len(small) >= MANY_FILES:
        yield small


def _neighbours(table: Table, files: Sequence[DataFile], size: int) -> list[list[DataFile]]:
    """The files in groups that follow one another in time, or by key where there is no time.

    Files are in one group if their times overlap, or if they fit into one file together.
    """
    groups: list[list[DataFile]] = []
    for file in sorted(files, key=partial(_place, table)):
        if groups and (_overlap(table, groups[-1], file) or sum(f.size for f in (*groups[-1], file)) <= size):
            groups[-1].append(file)
        else:
            groups.append([file])
    return groups


def _overlap(table: Table, group: Sequence[DataFile], file: DataFile) -> bool:
    """Whether the file begins before the group's end, as far as is known."""
    name, begin = _begin(table, file)
    ends = [other.greatest.get(name) for other in group]
    return begin is None or any(end is None or end > begin for end in ends)


def _begin(table: Table, file: DataFile) -> tuple[str, Any]:
    """The column by which the file's rows are sorted first, where they have a value, and the smallest one."""
    names = time_order(table)
    name = next((name for name in names if file.least.get(name) is not None), names[0])
    return name, file.least.get(name)


def _place(table: Table, file: DataFile) -> tuple[int, bool, Any]:
    """What sorts files as their rows are sorted: nulls come last, and an unknown beginning before known ones."""
    name, begin = _begin(table, file)
    return time_order(table).index(name), begin is not None, begin


def _in_order(connection: duckdb.DuckDBPyConnection, table: Table, path: str) -> bool:
    if _ORDERED.fullmatch(Path(path).name):
        return True
    # Tuples compare as they are sorted, nulls last; without a PARTITION or ORDER the window streams in file order.
    row = f"({', '.join(time_order(table))})"
    steps = f"SELECT {row} < lag({row}) OVER () AS back FROM {scanned([path])}"
    return connection.execute(f"SELECT 1 FROM ({steps}) WHERE back LIMIT 1").fetchall() == []


def _replace(log: DeltaLog, group: Sequence[DataFile], written: Sequence[DataFile]) -> int:
    """Replace the group if its files are still current. Returns how many were replaced."""
    current = {(file.path, file.vector) for file in log.pinned.files}
    if not {(file.path, file.vector) for file in group} <= current:
        return 0
    folder = Path(group[0].path).parent
    moved = [replace(file, path=str(Path(file.path).rename(folder / Path(file.path).name))) for file in written]
    log.commit(
        "OPTIMIZE",
        [
            *(log.remove(file, changed=False) for file in group),
            *(log.add(file, changed=False) for file in moved),
        ],
    )
    return len(group)
