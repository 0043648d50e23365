"""The layout of a table in the store: its months, the order of its rows, its files and their row groups."""

from dataclasses import dataclass
from pathlib import Path

from navette.tables import Table

MONTH = "created_month"
"""The partition column of monthly tables: the UTC month of ``created_at``, as in ``2020-01``."""

UNDATED = "undated"
"""The month of rows without ``created_at``."""


@dataclass(frozen=True)
class Sizes:
    """The sizes of a store's files, in bytes unless said otherwise."""

    row_group_rows: int = 32_768
    """Small row groups: their statistics find a day among millions of rows."""

    file: int = 128 << 20
    """A data file ends with the row group that reaches this size."""

    rewritten: int = 256 << 10
    """A file up to this size is rewritten when some of its rows change; in a larger one, they are only marked."""

    vector: int = 16 << 10
    """The largest deletion vector. A file with more deleted rows is rewritten without them."""

    projected_rows: int = 100_000
    """Files with at least this number of rows have projections; smaller ones are read directly."""


SIZES = Sizes()


def partitions(table: Table) -> list[str]:
    """The columns that the table is partitioned by."""
    return [MONTH] if table.monthly else []


def month_of_file(table: Table, path: str) -> str | None:
    """The month that a file of a monthly table contains."""
    return Path(path).parent.name.removeprefix(f"{MONTH}=") if table.monthly else None


def time_order(table: Table) -> tuple[str, ...]:
    """The columns by which the store sorts the rows that it writes: creation, then key; nulls come last."""
    time = ("created_at",) if "created_at" in table.schema.names else ()
    return (*time, *table.key)
