"""Parquet: Arrow's types, nothing altered, and each column with what it means. Texts: see test_naughty.py."""

import math
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.batches import InBatches
from tests.duckdb_rows import DuckDBRows, written

from navette.core.columns import OutputColumn
from navette.core.types import (
    Array,
    Boolean,
    ColumnType,
    Date,
    Datetime,
    DatetimeString,
    Float,
    Integer,
    Json,
    ObjectId,
    Text,
)
from navette.formats import FORMATS, Rendering, Subject, Written, compressed
from navette.formats.parquet import Parquet

PARQUET = FORMATS["parquet"]
FRENCH = Rendering("fr", ZoneInfo("Europe/Paris"), Subject("interventions"))

COLUMNS: dict[str, tuple[ColumnType, list[Any]]] = {
    "id": (ObjectId, ["523ffffb7aa58d1b6700000f", None, "007"]),
    "body": (Text, ["", None, "é😀\0"]),
    "count": (Integer, [2**63 - 1, None, -(2**63)]),
    "hours": (Float, [0.1 + 0.2, None, math.inf]),
    "closed": (Boolean, [True, None, False]),
    "day": (Date, [date(1, 1, 1), None, date(9999, 12, 31)]),
    "created_at": (Datetime, [datetime(1900, 1, 1, tzinfo=UTC), None, datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)]),
    "first_reply_at": (DatetimeString, [datetime(2024, 10, 27, 1, 30, tzinfo=UTC), None, None]),
    "categories": (Array, [[], None, ["a", None, ""]]),
    "extra": (Json, ['{"a": 1}', None, "{}"]),
}


def table(rows: DuckDBRows) -> pa.Table:
    content, answer = written(PARQUET, rows, FRENCH)
    found = pq.read_table(BytesIO(content))
    assert answer == Written(found.num_rows)
    return found


def test_values_come_back_as_they_were_by_arrow() -> None:
    assert table(DuckDBRows(COLUMNS)).to_pydict() == {name: values for name, (_, values) in COLUMNS.items()}


def test_values_come_back_as_they_were_by_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "interventions.parquet"
    path.write_bytes(written(PARQUET, DuckDBRows(COLUMNS), FRENCH)[0])
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.read_parquet(str(path))
        types = dict(zip(found.columns, map(str, found.types), strict=True))
        seconds = connection.execute(f"SELECT epoch_us(created_at) FROM '{path}'").fetchall()
        values = found.project("* EXCLUDE (created_at, first_reply_at)").fetchall()
    assert types == {
        "id": "VARCHAR",
        "body": "VARCHAR",
        "count": "BIGINT",
        "hours": "DOUBLE",
        "closed": "BOOLEAN",
        "day": "DATE",
        "created_at": "TIMESTAMP WITH TIME ZONE",
        "first_reply_at": "TIMESTAMP WITH TIME ZONE",
        "categories": "VARCHAR[]",
        "extra": "VARCHAR",
    }
    assert seconds == [(-2_208_988_800_000_000,), (None,), (253_402_300_799_999_999,)]
    others = [column for name, (_, column) in COLUMNS.items() if not name.endswith("_at")]
    assert values == list(zip(*others, strict=True))


def test_each_field_has_its_arrow_type_and_what_it_means() -> None:
    rows = DuckDBRows({"id": (ObjectId, ["a"]), "at": (DatetimeString, [None]), "tags": (Array, [["x"]])})
    rows.columns = [
        OutputColumn("id", ObjectId, "Identifiant", "L'identifiant du cas."),
        OutputColumn("at", DatetimeString, "Première réponse", "", sensitive=True),
        OutputColumn("tags", Array),
    ]
    schema = table(rows).schema
    assert schema.types == [pa.string(), pa.timestamp("us", tz="UTC"), pa.list_(pa.string())]
    assert schema.metadata == {b"navette.export": b"interventions"}
    told = [{key.decode(): value.decode() for key, value in field.metadata.items()} for field in schema]
    assert told == [
        {"label": "Identifiant", "description": "L'identifiant du cas.", "type": "ObjectId", "sensitive": "false"},
        {"label": "Première réponse", "description": "", "type": "String", "sensitive": "true"},
        {"label": "", "description": "", "type": "Array", "sensitive": "false"},
    ]


def test_a_file_without_rows_has_its_columns() -> None:
    found = table(DuckDBRows({name: (type_, []) for name, (type_, _) in COLUMNS.items()}))
    assert (found.num_rows, found.schema) == (0, table(DuckDBRows(COLUMNS)).schema)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.none() | st.floats(), min_size=1), st.lists(st.none() | st.datetimes(), min_size=1))
def test_numbers_and_instants_come_back_to_the_last_bit(
    floats: list[float | None], instants: list[datetime | None]
) -> None:
    read = table(DuckDBRows({"value": (Float, floats)}))["value"].to_pylist()
    assert list(map(repr, read)) == list(map(repr, floats))
    moments = [one and one.replace(tzinfo=UTC) for one in instants]
    assert table(DuckDBRows({"value": (Datetime, moments)}))["value"].to_pylist() == moments


@pytest.mark.parametrize(("count", "size"), [(100, 7), (101, 1), (50, 1000), (0, 5), (30, 10)])
def test_row_groups_are_about_even(count: int, size: int) -> None:
    file = pq.ParquetFile(BytesIO(written(Parquet(group_rows=10), InBatches(count, size), FRENCH)[0]))
    groups = [file.metadata.row_group(number).num_rows for number in range(file.metadata.num_row_groups)]
    assert file.read()["n"].to_pylist() == list(range(count))
    assert all(10 <= rows < 10 + size for rows in groups[:-1])


def test_columns_are_compressed_and_those_that_are_compared_have_statistics() -> None:
    group = pq.ParquetFile(BytesIO(written(PARQUET, DuckDBRows(COLUMNS), FRENCH)[0])).metadata.row_group(0)
    columns = [group.column(number) for number in range(group.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}
    compared = {column.path_in_schema for column in columns if column.is_stats_set}
    assert compared == {"count", "hours", "closed", "day", "created_at", "first_reply_at"}


@pytest.mark.parametrize("name", Parquet.codecs)
def test_columns_have_the_requested_compression(name: str) -> None:
    format_, around = compressed(PARQUET, name)
    content, _ = written(format_, DuckDBRows(COLUMNS), FRENCH)
    file = pq.ParquetFile(BytesIO(content))
    group = file.metadata.row_group(0)
    found = {group.column(number).compression for number in range(group.num_columns)}
    assert (found, around) == ({name.upper().replace("NONE", "UNCOMPRESSED")}, None)
    assert file.read().to_pydict() == {name: values for name, (_, values) in COLUMNS.items()}


def test_neither_locale_nor_zone_nor_second_run_changes_anything() -> None:
    english = Rendering("en", ZoneInfo("UTC"), FRENCH.subject)
    rows = DuckDBRows(COLUMNS)
    assert written(PARQUET, rows, FRENCH) == written(PARQUET, rows, english) == written(PARQUET, rows, FRENCH)
