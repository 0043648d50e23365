"""Ranges of keys, which a reader compares with the statistics of files and row groups."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import duckdb

from navette.core.sql import literal
from navette.store import DataFile

RANGES = 16
"""The largest number of ranges that cover all keys."""

# The number of equal first characters of keys that are close together: ids begin with a time, so these share an hour.
_BUCKET = 5

Range = tuple[str, str]


def key_ranges(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Range]:
    """A few ranges that hold every value of ``key``."""
    buckets = f"SELECT min(key), max(key) FROM {relation} GROUP BY left(key, {_BUCKET}) ORDER BY 1"
    return merged(connection.execute(buckets).fetchall(), RANGES)


def merged(ranges: Sequence[Range], most: int) -> list[Range]:
    """At most ``most`` ranges that cover the given ones, which are in order; the widest gaps stay between them."""
    gaps = [_place(after[0]) - _place(before[1]) for before, after in pairwise(ranges)]
    widest = sorted(range(len(gaps)), key=gaps.__getitem__, reverse=True)[: most - 1]
    ends = [*sorted(widest), len(ranges) - 1] if ranges else []
    starts = [0, *(end + 1 for end in ends)]
    return [(ranges[start][0], ranges[end][1]) for start, end in zip(starts, ends, strict=False)]


def within(column: str, ranges: Iterable[Range]) -> str:
    """The condition that a column's value is in one of the ranges."""
    return " OR ".join(f"{column} BETWEEN {literal(least)} AND {literal(most)}" for least, most in ranges) or "false"


def may_hold(file: DataFile, column: str, ranges: Iterable[Range]) -> bool:
    """Whether, by its statistics, the file can contain a row whose value is in one of the ranges."""
    least, most = file.least.get(column), file.greatest.get(column)
    return least is None or most is None or any(low <= most and least <= high for low, high in ranges)


def _place(key: str) -> int:
    """A number that grows with the key."""
    return int.from_bytes(key.encode()[:8].ljust(8, b"\0"))
