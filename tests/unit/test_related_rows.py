"""The engine reads related rows slice by slice, through projections and around deleted rows: the result is the query's.

The expected rows are those of the whole query, as one statement over whole tables.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pyarrow import parquet

from navette.catalogue.compile import compile_query
from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.catalogue.query import Query
from navette.catalogue.request import Fields, Request
from navette.core.settings import Settings
from navette.core.types import ColumnType, Kind, ObjectId
from navette.core.windows import OPEN, Window
from navette.engines import DuckDBEngine
from navette.engines.duckdb.connection import add_functions
from navette.engines.duckdb.keys import merged
from navette.store import COLUMN_NAMES, DataFile, Snapshot, TableVersion
from navette.store.relation import ROW_NUMBER
from navette.store.vectors import Vector
from navette.tables import TABLES, Table

START = datetime(2025, 3, 1, tzinfo=UTC)
DAYS = 4

Row = dict[str, Any]
VALUES: Mapping[Kind, Callable[[Random], Any]] = {
    Kind.TEXT: lambda random: random.choice(["a", "b-7", "12", "html", "Closed", "Draft", " "]),
    Kind.INTEGER: lambda random: random.randrange(5),
    Kind.BOOLEAN: lambda random: random.random() < 0.5,
    Kind.DATE: lambda random: date(2025, 3, 1 + random.randrange(DAYS)),
    Kind.DATETIME: lambda random: START + timedelta(hours=random.randrange(24 * DAYS)),
    Kind.ARRAY: lambda random: [random.choice("ab")],
    Kind.JSON: lambda random: random.choice(['{"a": 1}', '{"questions": [{"text": "?", "replies": [{"text": "!"}]}]}']),
}


@dataclass(frozen=True)
class Domain:
    """A random contact centre of a few rows: its ``tables``, and the ids that their rows refer to."""

    random: Random

    def rows(self, table: Table) -> list[Row]:
        count = self.random.randrange(40)
        return [self._row(table, number) for number in self.random.sample(range(60), count)]

    def id(self, table: str, number: int) -> str:
        """An id begins with a time, far from most others."""
        return f"{number * 7_654_321 % 100_003 * 4000:08x}{TABLE_NUMBERS[table]:08x}{number:08x}"

    def _row(self, table: Table, number: int) -> Row:
        row = {field.name: self._value(field.type, field.references) for field in table.fields}
        return row | ({"id": self.id(table.name, number)} if "id" in row else {})

    def _value(self, type_: ColumnType, references: str | None) -> Any:
        if self.random.random() < 0.15:
            return None
        if references is None:
            return self.id("contents", 0) if type_ == ObjectId else VALUES[type_.kind](self.random)
        one = self.id(references, self.random.randrange(20))
        return one if type_ == ObjectId else [one] * self.random.randrange(3)


TABLE_NUMBERS = {name: number for number, name in enumerate(TABLES)}


def stored(table: Table, rows: list[Row], folder: Path, random: Random) -> TableVersion:
    """The rows in a few files, among deleted ones, some of them with projections and without statistics."""
    cuts = sorted(random.sample(range(len(rows) + 1), min(len(rows), 3)))
    parts = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    files = [write(table, part, folder / f"{table.name}-{n}", random) for n, part in enumerate(parts) if part]
    return TableVersion(table, 0, tuple(files))


def write(table: Table, rows: list[Row], path: Path, random: Random) -> DataFile:
    deleted = sorted(random.sample(range(len(rows) + 2), random.choice([0, 0, 2])))
    written = list(rows)
    for place in deleted:
        written.insert(place, dict(random.choice(rows)))
    columns = pa.Table.from_pylist(written, schema=table.schema)
    parquet.write_table(columns, path, row_group_size=7)
    numbered = columns.append_column(ROW_NUMBER, pa.array(range(len(written)), pa.int64()))
    projections = {}
    of_parents = [by for by in table.projections if table.field(by.by).type.kind is not Kind.ARRAY]
    for projection in of_parents if random.random() < 0.5 else ():
        projections[projection.by] = f"{path}.{projection.by}"
        copy = numbered.select([*dict.fromkeys([projection.by, *projection.columns, ROW_NUMBER])]).sort_by(
            projection.by
        )
        parquet.write_table(copy, projections[projection.by], row_group_size=7)
    known = {name: [row[name] for row in written if row[name] is not None] for name in table.statistics}
    known = {name: values for name, values in known.items() if values and random.random() < 0.8}
    return DataFile(
        str(path),
        len(written),
        {name: min(values) for name, values in known.items()},
        {name: max(values) for name, values in known.items()},
        {name: len(written) - len(values) for name, values in known.items()},
        vector=Vector.of(deleted) if deleted else None,
        projections=projections,
    )


def requests(export: Export, domain: Domain) -> Iterator[Request]:
    """Everything, one day of each time, and one value of each filter."""
    yield Request(export.name, fields=Fields(all=True))
    day = START + timedelta(days=domain.random.randrange(DAYS))
    for by in export.times:
        for window in (Window(day, day + timedelta(days=1)), Window(day, None), Window(None, day)):
            yield Request(export.name, window, by, fields=Fields(all=True))
    for name in export.filters:
        table = domain.random.choice(["sources", "categories", "agents", "channels", "tags"])
        value = domain.id(table, domain.random.randrange(20))
        window = Window(day, None) if export.times else OPEN
        yield Request(export.name, window, filters={name: (value, "a")}, fields=Fields(all=True))


def expected(query: Query, rows: Mapping[str, list[Row]]) -> list[str]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        for name in query.tables:
            connection.register(name, pa.Table.from_pylist(rows[name], schema=TABLES[name].schema))
        add_functions(connection, query.functions)
        return as_texts(connection.sql(query.sql()).to_arrow_table(), query)


def as_texts(result: pa.Table, query: Query) -> list[str]:
    return sorted(str([row[part[0].name] for part in query.parts]) for row in result.to_pylist())


@pytest.mark.parametrize("export", [e for e in EXPORTS.values() if e.related], ids=lambda export: export.name)
@examples(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), slice_rows=st.integers(1, 60))
def test_the_engine_gives_what_the_whole_query_gives(
    export: Export, seed: int, slice_rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    random, folder = Random(seed), tmp_path_factory.mktemp("domain")
    domain = Domain(random)
    rows = {name: domain.rows(table) for name, table in TABLES.items()}
    tables = {name: stored(table, rows[name], folder, random) for name, table in TABLES.items()}
    snapshot = Snapshot(str(folder), {**tables, "column_names": TableVersion(COLUMN_NAMES, -1, ())})
    engine = DuckDBEngine(snapshot, Settings(home=folder / "home", threads=2), slice_rows=slice_rows)
    for request in random.sample(list(requests(export, domain)), 2):
        query = compile_query(export, request, engine.ask)
        batches = list(engine.rows(query).batches())
        found = pa.Table.from_batches(batches) if batches else pa.table({})
        assert sorted(str(list(row.values())) for row in found.to_pylist()) == expected(query, rows), request
        assert engine.count(query) == found.num_rows


@given(st.lists(st.integers(0, 90), unique=True, max_size=20), st.integers(1, 5))
def test_ranges_hold_every_key_and_leave_the_widest_gaps(numbers: list[int], most: int) -> None:
    keys = [chr(33 + number) for number in sorted(numbers)]
    ranges = merged([(key, key) for key in keys], most)
    assert len(ranges) == min(most, len(keys))
    assert all(any(least <= key <= greatest for least, greatest in ranges) for key in keys)
    assert {end for range_ in ranges for end in range_} <= set(keys)
    gaps = [ord(after) - ord(before) for before, after in pairwise(keys)]
    between = [ord(after[0]) - ord(before[1]) for before, after in pairwise(ranges)]
    assert sorted(between) == sorted(gaps)[len(gaps) - len(between) :]
