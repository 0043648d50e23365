"""The layout of a table in the store: its months, the order of its rows, its files and their row groups."""

from pathlib import Path

from deltalake import WriterProperties

from navette.tables import Table

MONTH = "created_month"
"""The partition column of monthly tables: the UTC month of ``created_at``, as in ``2020-01``."""

UNDATED = "undated"
"""The month of rows without ``created_at``."""

# Small row groups: their statistics find a day among millions of rows.
ROW_GROUP_ROWS = 32_768

WRITER = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=ROW_GROUP_ROWS)

STATISTICS = ("id", "created_at", "updated_at")
"""Statistics of keys and times only, because message bodies must not appear in a log."""


def partitions(table: Table) -> list[str]:
    """The columns that the table is partitioned by."""
    return [MONTH] if table.monthly else []


def month_of(created_at: str) -> str:
    """The SQL expression of the month of that creation time."""
    return f"coalesce(strftime(timezone('UTC', {created_at}), '%Y-%m'), '{UNDATED}')"


def month_of_file(table: Table, path: str) -> str | None:
    """The month that a file of a monthly table contains."""
    return Path(path).parent.name.removeprefix(f"{MONTH}=") if table.monthly else None


def time_order(table: Table) -> tuple[str, ...]:
    """The columns by which the store sorts the rows that it writes: creation, then key; nulls come last."""
    time = ("created_at",) if "created_at" in table.schema.names else ()
    return (*time, *table.key)
