"""The changes that a merge or a deletion makes: compare rows with the stored ones, in SQL."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.store.layout import MONTH, UNDATED, month_of, time_order
from navette.store.snapshot import TableVersion
from navette.tables import Table


@dataclass(frozen=True)
class Changes:
    """Rows to write, in time order. ``months`` are the partitions that contain the rows to update."""

    inserts: pa.Table
    updates: pa.Table
    months: tuple[str, ...] = ()


def compare(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table, stored: TableVersion) -> Changes:
    """Find out which of ``rows`` (in the table's schema) are new and which are newer than the stored ones.

    The result is the same as if they came one by one: a row that differs from the stored one of its key is newer
    unless its update time is earlier; if one of the two has no update time, the later row wins.
    """
    keys = ", ".join(table.key)
    fresh = _newest(connection, table, rows)
    if not stored.files:
        return Changes(_in_time_order(table, fresh), rows.slice(0, 0))
    connection.register("fresh", fresh)
    paths = [file.path for file in stored.files]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT {keys} FROM read_parquet($paths, hive_partitioning = false) "
        f"SEMI JOIN fresh USING ({keys})",
        {"paths": paths},
    )
    if connection.sql("FROM known").shape[0] == 0:
        return Changes(_in_time_order(table, fresh), rows.slice(0, 0))
    inserts = connection.sql(f"SELECT fresh.* FROM fresh ANTI JOIN known USING ({keys})").to_arrow_table()
    month = month_of("stored.created_at") if table.monthly else "NULL"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE newer AS SELECT fresh.*, {month} AS _month "
        f"FROM fresh JOIN read_parquet($paths, hive_partitioning = false) AS stored USING ({keys}) "
        f"WHERE {_newer(table)}",
        {"paths": paths},
    )
    updates = connection.sql("FROM newer").to_arrow_table()
    return Changes(_in_time_order(table, inserts), _in_time_order(table, updates), _months(connection, "newer"))


def stored_keys(
    connection: duckdb.DuckDBPyConnection, table: Table, keys: pa.Table, stored: TableVersion
) -> tuple[pa.Table, tuple[str, ...]]:
    """The stored ones among ``keys``, each once, and the months that contain them."""
    names = ", ".join(table.key)
    month = month_of("created_at") if table.monthly else "NULL"
    connection.register("wanted", keys)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE found AS SELECT {names}, {month} AS _month "
        f"FROM read_parquet($paths, hive_partitioning = false) SEMI JOIN wanted USING ({names})",
        {"paths": [file.path for file in stored.files]},
    )
    connection.unregister("wanted")
    distinct = connection.sql(f"SELECT DISTINCT {names} FROM found").to_arrow_table()
    return distinct.cast(keys.schema), _months(connection, "found")


def with_month(table: Table, rows: pa.Table) -> pa.Table:
    """The rows as they are written: those of a monthly table with their month, all in one piece.

    The writer processes several pieces at once and writes them as they finish; one piece keeps the order.
    """
    if table.monthly:
        rows = rows.append_column(MONTH, pc.fill_null(pc.strftime(rows["created_at"], "%Y-%m"), UNDATED))
    return rows.combine_chunks()


def _months(connection: duckdb.DuckDBPyConnection, rows: str) -> tuple[str, ...]:
    months = connection.sql(f"SELECT DISTINCT _month FROM {rows} WHERE _month IS NOT NULL ORDER BY 1").fetchall()
    return tuple(month for (month,) in months)


def _newest(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table) -> pa.Table:
    """One row for each key, with ``_undated``: whether one of the rows that it stands for has no update time."""
    connection.register("incoming", rows.append_column("_position", pa.array(np.arange(rows.num_rows))))
    [(keys,)] = connection.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(table.key)} FROM incoming)"
    ).fetchall()
    if keys == rows.num_rows:
        newest = rows.append_column("_undated", pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows))
    else:
        newest = connection.sql(_last(table)).to_arrow_table()
    connection.unregister("incoming")
    return newest


def _last(table: Table) -> str:
    """The query of the row that remains for each key when the incoming rows come one by one.

    ``_undated`` counts the rows without update time: such a row always replaces the one before it, so only the last
    of them and the rows after it count.
    """
    keys = ", ".join(table.key)
    undated = f"count(*) FILTER ({table.updated} IS NULL)" if table.updated else "count(*)"
    newest = f"{table.updated} DESC NULLS LAST, " if table.updated else ""
    return (
        f"SELECT * EXCLUDE (_position) FROM "
        f"(SELECT *, {undated} OVER (PARTITION BY {keys} ORDER BY _position) AS _undated FROM incoming) "
        f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY _undated DESC, {newest}_position DESC) = 1"
    )


def _newer(table: Table) -> str:
    differs = " OR ".join(
        f'fresh."{field.name}" IS DISTINCT FROM stored."{field.name}"'
        for field in table.fields
        if field.name not in table.key
    )
    if table.updated is None:
        return f"({differs})"
    later = f"coalesce(fresh.{table.updated} >= stored.{table.updated}, true)"
    return f"(_undated > 0 OR {later}) AND ({differs})"


def _in_time_order(table: Table, rows: pa.Table) -> pa.Table:
    rows = rows.select(table.schema.names).cast(table.schema)
    order = pc.sort_indices(rows, [(name, "ascending", "at_end") for name in time_order(table)])
    return rows if pc.all(pc.equal(order, np.arange(rows.num_rows))).as_py() else rows.take(order)
