"""Rows over an Arrow table, for tests of formats: DuckDB as the engines use it, without a store."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

from navette.core.columns import OutputColumn
from navette.core.rows import pour
from navette.core.types import ARROW, ColumnType
from navette.formats import Format, Rendering, Written


class DuckDBRows:
    """One typed column each of ``columns``: its type and its values."""

    def __init__(self, columns: dict[str, tuple[ColumnType, Sequence[Any]]]) -> None:
        self.columns = [OutputColumn(name, type_) for name, (type_, _) in columns.items()]
        self._table = pa.table({name: pa.array(values, ARROW[type_.kind]) for name, (type_, values) in columns.items()})

    def write_text(self, select: Sequence[tuple[str, str]], line: str, sink: BinaryIO) -> int:
        query = f"SELECT {line} AS line FROM ({_query(select)}) AS rendered"
        with self._connection() as connection:
            batches = connection.sql(query).to_arrow_table().to_batches()
        for batch in batches:
            pour(batch.column(0), sink)
        return sum(batch.num_rows for batch in batches)

    def batches(self, select: Sequence[tuple[str, str]] | None = None) -> Iterator[pa.RecordBatch]:
        with self._connection() as connection:
            yield from connection.sql(_query(select or [("*", "")])).to_arrow_table().to_batches()

    def totals(self, expressions: Sequence[str]) -> list[int]:
        query = _query([(f"coalesce(sum({sql}), 0)", f"total_{n}") for n, sql in enumerate(expressions)])
        with self._connection() as connection:
            return [int(total) for total in connection.execute(query).fetchall()[0]]

    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        return connection.register("result", self._table)


def _query(select: Sequence[tuple[str, str]]) -> str:
    terms = ", ".join(f'{sql} AS "{name.replace(chr(34), chr(34) * 2)}"' if name else sql for sql, name in select)
    return f"SELECT {terms} FROM result"


def written(format_: Format, rows: DuckDBRows, rendering: Rendering) -> tuple[bytes, Written]:
    """The file that a format makes, and what it says of it."""
    sink = BytesIO()
    answer = format_.write(rows, sink, rendering)
    return sink.getvalue(), answer
