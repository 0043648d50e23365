"""What a query reads: small tables as a whole, and of large ones a slice of its rows and the rows related to these."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

import duckdb

from navette.core.sql import literal
from navette.engines.duckdb.connection import add_functions, create_view
from navette.engines.duckdb.keys import Range, key_ranges, may_hold, within
from navette.engines.duckdb.slices import SLICE_ROWS, Slice, expected_rows, worth_reading
from navette.engines.engine import CompiledQuery, ElementFilter, RelatedRows, RowKeys
from navette.store import DataFile, Snapshot, TableVersion, relation
from navette.store.relation import PATH, ROW_NUMBER, scanned
from navette.tables import Projection

_SLICE = "slice"


@dataclass(frozen=True)
class KeyFile:
    """The keys of a query's rows, in a file, where they are known before the rows are read."""

    source: RowKeys
    path: Path
    count: int
    ranges: list[Range]


def write_row_keys(
    connection: duckdb.DuckDBPyConnection, source: RowKeys, pinned: TableVersion, folder: Path
) -> KeyFile:
    """Write the keys of a query's rows into a file in ``folder``; ``pinned`` is the table that decides them."""
    files = [file for file in pinned.files if file.may_hold(source.time, source.start, None)]
    create_view(connection, source.table, pinned, Slice(tuple(files)))
    path = folder / f"{source.name}.keys"
    [(count,)] = connection.execute(f"COPY ({source.keys}) TO {literal(str(path))} (FORMAT parquet)").fetchall()
    return KeyFile(source, path, count, key_ranges(connection, _keys(path)))


@dataclass(frozen=True)
class Reading:
    """One query over a snapshot, ready to read one slice after the other on any number of connections."""

    snapshot: Snapshot
    query: CompiledQuery
    row_keys: KeyFile | None = None
    slice_rows: int = SLICE_ROWS

    @cached_property
    def files(self) -> list[DataFile]:
        """The files of the query's table that can contain rows that it reads."""
        files = worth_reading(self.snapshot.tables[self.query.table], self.query)
        keys = self.row_keys
        return [file for file in files if keys is None or may_hold(file, keys.source.by, keys.ranges)]

    @cached_property
    def rest(self) -> CompiledQuery:
        """The query over the relations that ``create_slice`` creates, and small tables."""
        return self._of_slice.rest()

    @property
    def share(self) -> float:
        """The part of the rows of the query's table whose keys were found."""
        return self.row_keys.count / (self.snapshot.tables[self.query.table].rows or 1) if self.row_keys else 1.0

    @property
    def related_per_row(self) -> float:
        """How many rows of large tables go with each row on average, apart from those that the row itself refers to."""
        tables = self.snapshot.tables
        children = [tables[r.table] for r in self._of_slice.related if r.by not in tables[r.table].table.key]
        return sum(table.rows for table in children) / (tables[self.query.table].rows or 1)

    def start(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create what is the same for all slices, besides small tables."""
        add_functions(connection, self.query.functions)
        if self.row_keys is not None:
            keys = f"SELECT key FROM {_keys(self.row_keys.path)}"
            connection.execute(f"CREATE TEMP VIEW {self.row_keys.source.name} AS {keys}")

    def create_slice(self, connection: duckdb.DuckDBPyConnection, part: Slice) -> None:
        """Create the relations of a slice, which replace those of the previous slice."""
        condition = within(self.row_keys.source.by, self.row_keys.ranges) if self.row_keys is not None else ""
        create_view(connection, _SLICE, self.snapshot.tables[self.query.table], part, condition)
        is_large = self._expected_rows(part) > 2 * self.slice_rows
        for related in self._of_slice.related:
            pinned = self.snapshot.tables[related.table]
            if related.filters and is_large:  # a filter leaves few of them: let the query apply it first
                create_view(connection, related.name, pinned, Slice(pinned.files))
            else:
                _create_related(connection, related, pinned)

    def _expected_rows(self, part: Slice) -> float:
        return part.rows if part.last is not None else sum(expected_rows(file, self.query) for file in part.files)

    def count(self, connection: duckdb.DuckDBPyConnection, files: Sequence[DataFile]) -> int:
        """The number of rows that a counting query counts in some files of its table."""
        self.start(connection)
        by = self._element_projection
        projected = [file for file in files if by and by in file.projections and not file.vector]
        self.create_slice(connection, Slice(tuple(file for file in files if file not in projected)))
        count = _number(connection, self.rest.sql())
        return count + self._count_elements(connection, [file.projections[str(by)] for file in projected])

    @property
    def _element_projection(self) -> str | None:
        """The list whose elements have projections with everything that the query reads."""
        element, pinned = self.query.element, self.snapshot.tables[self.query.table]
        names = (p.by for p in pinned.table.projections if element and _has(p, element))
        return next(names, None)

    def _count_elements(self, connection: duckdb.DuckDBPyConnection, paths: Sequence[str]) -> int:
        """The number of rows that the query counts in projections by the elements of a list, which it looks for."""
        if not paths:
            return 0
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {_SLICE} AS FROM {scanned(paths, placed=True)}")
        return _number(connection, self.query.by_element(PATH, ROW_NUMBER).over(_SLICE).sql())

    @cached_property
    def _of_slice(self) -> CompiledQuery:
        return self.query.over(_SLICE)


def _has(projection: Projection, element: ElementFilter) -> bool:
    return projection.by == element.column and element.read <= {projection.by, *projection.columns}


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    [(number,)] = connection.execute(sql).fetchall()
    return cast(int, number)


def _create_related(connection: duckdb.DuckDBPyConnection, related: RelatedRows, pinned: TableVersion) -> None:
    """Create a temporary table of related rows. It spills to disk if memory is short."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE related_keys AS {related.keys}")
    ranges = key_ranges(connection, "related_keys")
    files = [file for file in pinned.files if may_hold(file, related.by, ranges)]
    stored = relation(pinned.table, files, related.columns, where=within(related.by, ranges), by=related.by)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {related.name} AS SELECT * FROM ({stored}) "
        f"WHERE {related.by} IN (SELECT key FROM related_keys)"
    )


def _keys(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"
