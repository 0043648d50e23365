"""The rows of an export over a few rows of tables, in memory: quick enough for property tests."""

from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from navette.catalogue.compile import compile_query
from navette.catalogue.exports import EXPORTS
from navette.catalogue.query import Query
from navette.catalogue.request import Fields, Request
from navette.tables import TABLES


def rows_of(export: str, tables: dict[str, Any], *fields: str, seconds: bool = False) -> list[Any]:
    """The export's rows as dicts; ``tables`` are lists of dicts, by the tables' names."""
    query = _query(export, fields, seconds)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        for name in query.tables:
            connection.register(name, pa.Table.from_pylist(tables.get(name, []), schema=TABLES[name].schema))
        return connection.sql(query.sql()).to_arrow_table().to_pylist()


@cache
def _query(export: str, fields: tuple[str, ...], seconds: bool) -> Query:
    return compile_query(EXPORTS[export], Request(export, fields=Fields(only=fields), seconds=seconds), _ask_nothing)


def _ask_nothing(_sql: str) -> list[tuple[object, ...]]:
    raise AssertionError("the queries of these tests have no families of columns")
