"""The names of columns that follow the data, stored with the data so that a snapshot includes its names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from navette.core.types import String
from navette.store.relation import relation
from navette.store.snapshot import TableVersion
from navette.tables import Field, Table

COLUMN_NAMES = Table(
    "column_names",
    (Field("family", String), Field("key", String), Field("name", String)),
    key=("family", "key"),
    updated=None,
)
"""The name of each member of a family of columns: assigned once, with its first row, and never changed."""

Members = list[tuple[str, str]]


@dataclass(frozen=True)
class Naming:
    """How rows of a table name columns.

    ``members`` is a query over the table, or a summary of it, for the ``key`` and the ``name`` of each member.
    ``assign`` gives a free name to each member that has none yet (by key).
    """

    family: str
    members: str
    assign: Callable[[Mapping[str, str], Sequence[tuple[str, str]]], Mapping[str, str]]


def members(connection: duckdb.DuckDBPyConnection, naming: Naming, table: Table, rows: pa.Table) -> Members:
    """The members of ``rows``, in order."""
    connection.register(table.name, rows)
    listed = _members(connection, naming, table)
    connection.unregister(table.name)
    return listed


def stored_members(connection: duckdb.DuckDBPyConnection, naming: Naming, stored: TableVersion) -> Members:
    """The members of the stored rows."""
    if not stored.files:
        return []
    connection.execute(f"CREATE TEMP VIEW {stored.table.name} AS {relation(stored.table, stored.files)}")
    listed = _members(connection, naming, stored.table)
    connection.execute(f"DROP VIEW {stored.table.name}")
    return listed


def _members(connection: duckdb.DuckDBPyConnection, naming: Naming, table: Table) -> Members:
    for summary in table.summaries:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {summary.name} AS {summary.query}")
    rows = connection.execute(naming.members).fetchall()
    return [(str(key), str(name)) for key, name, *_ in rows]


def known_names(connection: duckdb.DuckDBPyConnection, family: str, names: TableVersion) -> dict[str, str]:
    """The names of a family's members, by key."""
    query = f"SELECT key, name FROM ({relation(COLUMN_NAMES, names.files)}) WHERE family = $family"
    return dict(connection.execute(query, {"family": family}).fetchall())


def as_rows(family: str, names: Mapping[str, str]) -> pa.Table:
    """The names as rows of the table."""
    columns: Iterable[list[str]] = ([family] * len(names), list(names.keys()), list(names.values()))
    return pa.Table.from_arrays([pa.array(values, pa.string()) for values in columns], schema=COLUMN_NAMES.schema)
