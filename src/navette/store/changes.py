"""The changes that a merge or a deletion makes: compare rows with the stored ones, in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from navette.core.sql import literal
from navette.store.months import in_time_order
from navette.store.relation import relation
from navette.store.snapshot import DataFile, TableVersion
from navette.tables import Table


@dataclass(frozen=True)
class Changes:
    """Rows to write, in time order, and by path the numbers of the stored rows that they replace."""

    inserts: pa.Table
    updates: pa.Table
    replaced: Mapping[str, Sequence[int]] = field(default_factory=dict)


def compare(connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table, stored: TableVersion) -> Changes:
    """Find out which of ``rows`` (in the table's schema) are new and which are newer than the stored ones.

    The result is the same as if they came one by one: a row that differs from the stored one of its key is newer
    unless its update time is earlier; if one of the two has no update time, the later row wins.
    """
    fresh = _newest(connection, table, rows)
    none = rows.slice(0, 0)
    files = _may_contain(table, fresh, stored.files)
    if not files:
        return Changes(in_time_order(table, fresh), none)
    connection.register("fresh", fresh)
    _find(connection, table, files, "fresh")
    if not connection.execute("SELECT 1 FROM known LIMIT 1").fetchall():
        return Changes(in_time_order(table, fresh), none)
    keys = ", ".join(table.key)
    inserts = connection.sql(f"SELECT fresh.* FROM fresh ANTI JOIN known USING ({keys})").to_arrow_table()
    _compare_times(connection, table)
    _compare_columns(connection, table, files)
    # Another writer may have stored a key twice: the new row replaces both.
    updates = connection.sql(f"SELECT DISTINCT ON ({keys}) * FROM newer").to_arrow_table()
    return Changes(in_time_order(table, inserts), in_time_order(table, updates), _places(connection, "newer"))


def stored_rows(
    connection: duckdb.DuckDBPyConnection, table: Table, keys: pa.Table, stored: TableVersion
) -> Mapping[str, Sequence[int]]:
    """By path, the numbers of the stored rows that have one of these keys."""
    files = _may_contain(table, keys, stored.files)
    if not files:
        return {}
    connection.register("wanted", keys)
    _find(connection, table, files, "wanted")
    connection.unregister("wanted")
    return _places(connection, "known")


def _may_contain(table: Table, rows: pa.Table, files: Sequence[DataFile]) -> list[DataFile]:
    """The files that, by the bounds of the key's first column, can contain the key of one of these rows."""
    if not files:
        return []
    name = table.key[0]
    keys = np.sort(rows[name].to_numpy())
    return [file for file in files if _between(keys, file.least.get(name), file.greatest.get(name))]


def _between(keys: "np.ndarray[Any, Any]", least: str | None, greatest: str | None) -> bool:
    """Whether one of the sorted keys is within the bounds. Other writers shorten long bounds."""
    first = 0 if least is None else np.searchsorted(keys, least)
    last = len(keys) if greatest is None or len(greatest) > _EXACT else np.searchsorted(keys, greatest, "right")
    return bool(first < last)


_EXACT = 31
"""Texts up to this length are never shortened in a log."""


def _find(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile], wanted: str) -> None:
    """Create ``known``: key, update time and place of each stored row whose key is among the wanted ones."""
    narrow = [*table.key, *([table.updated] if table.updated else [])]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS FROM ({relation(table, files, narrow, placed=True)}) "
        f"SEMI JOIN {wanted} USING ({', '.join(table.key)})"
    )


def _compare_times(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Create ``newer``, the rows that replace a stored one by their times alone, and ``doubtful``, the undecided."""
    later = f"_undated = 0 AND fresh.{table.updated} > known.{table.updated}" if table.updated else "false"
    earlier = f"_undated = 0 AND fresh.{table.updated} < known.{table.updated}" if table.updated else "false"
    undecided = f"coalesce(NOT ({later} OR {earlier}), true)"
    for name, condition in (("newer", later), ("doubtful", undecided)):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT fresh.*, _path, _number "
            f"FROM fresh JOIN known USING ({', '.join(table.key)}) WHERE {condition}"
        )


def _compare_columns(connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile]) -> None:
    """Add to ``newer`` the doubtful rows that differ from the stored ones, a file at a time."""
    differs = " OR ".join(
        f'doubtful."{field.name}" IS DISTINCT FROM stored."{field.name}"'
        for field in table.fields
        if field.name not in table.key
    )
    doubtful = {path for (path,) in connection.execute("SELECT DISTINCT _path FROM doubtful").fetchall()}
    for file in files:
        if file.path in doubtful:
            stored = relation(table, [file], placed=True)
            of_file = f"(FROM doubtful WHERE _path = {literal(file.path)}) AS doubtful"
            connection.execute(
                f"INSERT INTO newer SELECT doubtful.* FROM {of_file} "
                f"JOIN ({stored}) AS stored USING (_number) WHERE {differs}"
            )


def _places(connection: duckdb.DuckDBPyConnection, rows: str) -> dict[str, Sequence[int]]:
    return dict(connection.execute(f"SELECT _path, list(_number) FROM {rows} GROUP BY _path").fetchall())


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
