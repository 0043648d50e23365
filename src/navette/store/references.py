"""References that point to no row, counted after all rows of a load are stored, in whatever order they came."""

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from navette.core.sql import identifier
from navette.core.types import Kind
from navette.store.relation import relation
from navette.store.snapshot import Snapshot, TableVersion
from navette.tables import Field, Table


@dataclass(frozen=True)
class Dangling:
    """The number of references in a table's column that point to no row of the ``target`` table."""

    table: str
    column: str
    target: str
    count: int


class References:
    """The references of rows, each represented by a number. References that do not fit into memory go to disk."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._columns: list[tuple[Table, Field]] = []
        connection.execute("CREATE TABLE seen (number USMALLINT, id UBIGINT, count UBIGINT)")

    def add(self, table: Table, rows: pa.Table) -> None:
        """Record the references of the rows, which are in the table's schema."""
        self._connection.register("stored_rows", rows)
        for field in table.fields:
            if field.references:
                name = identifier(field.name)
                ids = f"unnest({name})" if field.type.kind is Kind.ARRAY else name
                self._connection.execute(
                    f"INSERT INTO seen SELECT $number, hash(id), count(*) FROM (SELECT {ids} AS id FROM stored_rows) "
                    "WHERE id IS NOT NULL GROUP BY id",
                    {"number": self._number(table, field)},
                )
        self._connection.unregister("stored_rows")

    def dangling(self, snapshot: Snapshot) -> list[Dangling]:
        """The references that point to no row in that state of the store, by table and column."""
        counts: dict[int, int] = {}
        for target in dict.fromkeys(field.references for _, field in self._columns):
            numbers = [number for number, (_, field) in enumerate(self._columns) if field.references == target]
            counts |= self._missing(numbers, snapshot.tables[str(target)])
        return [
            Dangling(table.name, field.name, str(field.references), counts[number])
            for number, (table, field) in enumerate(self._columns)
            if number in counts
        ]

    def _number(self, table: Table, field: Field) -> int:
        if (table, field) not in self._columns:
            self._columns.append((table, field))
        return self._columns.index((table, field))

    def _missing(self, numbers: list[int], target: TableVersion) -> dict[int, int]:
        known = f"SELECT hash(id) AS id FROM ({relation(target.table, target.files, ['id'])})"
        rows = self._connection.execute(
            f"SELECT number, sum(count)::BIGINT FROM (FROM seen WHERE list_contains($numbers, number)) "
            f"ANTI JOIN ({known}) USING (id) GROUP BY number",
            {"numbers": numbers},
        ).fetchall()
        return dict(rows)
