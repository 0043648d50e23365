"""Rows over an Arrow table, for tests of formats: DuckDB as the engines use it, without a store."""

from collections.abc import Generator, Mapping, Sequence
from functools import cache
from io import BytesIO
from typing import Any

import duckdb
import pyarrow as pa

from navette.core.arrow import ARROW
from navette.core.columns import OutputColumn, Part
from navette.core.rows import BATCH_ROWS
from navette.core.types import ColumnType
from navette.formats import Format, Rendering, Written


class DuckDBRows:
    """One typed column each of ``columns``: its type and its values."""

    def __init__(self, columns: Mapping[str, tuple[ColumnType, Sequence[Any]]]) -> None:
        self.columns: Sequence[OutputColumn] = [OutputColumn(name, type_) for name, (type_, _) in columns.items()]
        self.parts: Sequence[Part] = [[column] for column in self.columns]
        self._table = pa.table({name: pa.array(values, ARROW[type_.kind]) for name, (type_, values) in columns.items()})

    def batches(self, *selects: Sequence[str], size: int = BATCH_ROWS) -> Generator[pa.RecordBatch]:
        query = "SELECT * FROM result"
        for select in selects:
            query = f"SELECT {', '.join(select)} FROM ({query})"
        with self._connection() as connection:
            yield from connection.sql(query).to_arrow_table().to_batches(size)

    def _connection(self) -> duckdb.DuckDBPyConnection:
        connection = _database().cursor()
        connection.execute("SET TimeZone = 'UTC'")
        return connection.register("result", self._table)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """One database in memory for all rows, which have connections of their own: opening one takes long."""
    return duckdb.connect(config={"threads": 1})


def written(format_: Format, rows: DuckDBRows, rendering: Rendering) -> tuple[bytes, Written]:
    """The file that a format makes, and what it says of it."""
    sink = BytesIO()
    answer = format_.write(rows, sink, rendering)
    return sink.getvalue(), answer
