"""What a merge would change: new rows and newer ones told from what is stored already, in SQL."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from navette.store.snapshot import TableVersion
from navette.tables import Table


@dataclass(frozen=True)
class Changes:
    """Rows to write, in time order. ``months`` are the partitions in which the rows to update are stored now."""

    inserts: pa.Table
    updates: pa.Table
    months: tuple[str, ...] = ()


def compare(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table, stored: TableVersion) -> Changes:
    """Tell which of ``rows`` (in the table's schema) are new and which are newer than what is stored.

    Of several rows with one key the last update counts, of equal ones the last row. A row that differs from the stored
    one is newer unless its update time is earlier.
    """
    connection.register("incoming", rows.append_column("_position", pa.array(range(rows.num_rows), pa.int64())))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT * EXCLUDE (_position) FROM incoming {_last(table)}"
    )
    connection.unregister("incoming")
    if not stored.files:
        return Changes(_sorted(connection, table, "SELECT * FROM fresh"), rows.slice(0, 0))
    paths = [file.path for file in stored.files]
    keys = ", ".join(table.key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT {keys} FROM read_parquet($paths, hive_partitioning = false) "
        f"SEMI JOIN fresh USING ({keys})",
        {"paths": paths},
    )
    inserts = _sorted(connection, table, f"SELECT fresh.* FROM fresh ANTI JOIN known USING ({keys})")
    if inserts.num_rows == connection.sql("FROM fresh").shape[0]:
        return Changes(inserts, rows.slice(0, 0))
    month = "coalesce(strftime(timezone('UTC', stored.created_at), '%Y-%m'), 'undated')" if table.monthly else "NULL"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE newer AS SELECT fresh.*, {month} AS _month "
        f"FROM fresh JOIN read_parquet($paths, hive_partitioning = false) AS stored USING ({keys}) "
        f"WHERE {_newer(table)}",
        {"paths": paths},
    )
    updates = _sorted(connection, table, "SELECT * EXCLUDE (_month) FROM newer")
    months = connection.sql("SELECT DISTINCT _month FROM newer WHERE _month IS NOT NULL ORDER BY 1").fetchall()
    return Changes(inserts, updates, tuple(month for (month,) in months))


def _last(table: Table) -> str:
    newest = f"{table.updated} DESC NULLS FIRST, " if table.updated else ""
    return f"QUALIFY row_number() OVER (PARTITION BY {', '.join(table.key)} ORDER BY {newest}_position DESC) = 1"


def _newer(table: Table) -> str:
    differs = " OR ".join(
        f'fresh."{field.name}" IS DISTINCT FROM stored."{field.name}"'
        for field in table.fields
        if field.name not in table.key
    )
    if table.updated is None:
        return f"({differs})"
    return f"coalesce(fresh.{table.updated} >= stored.{table.updated}, true) AND ({differs})"


def _sorted(connection: duckdb.DuckDBPyConnection, table: Table, query: str) -> pa.Table:
    return connection.sql(f"{query} ORDER BY {time_order(table)}").to_arrow_table().cast(table.schema)


def time_order(table: Table) -> str:
    """The SQL list by which the store sorts what it writes: creation, then key."""
    time = ["created_at"] if "created_at" in table.schema.names else []
    return ", ".join([*time, *table.key])
