"""Parquet of every type: what its field can hold arrives unchanged, and what it cannot is rejected row by row."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from tests.folder_of_files import parquet, read, written

from navette.connectors.files.arrow_columns import as_field
from navette.connectors.files.arrow_json import as_json_texts
from navette.core.arrow import ARROW
from navette.ingesting.load import load
from navette.store import Merged, Store
from navette.tables import TABLES, Field

CONTENTS = TABLES["contents"]


def value(field: str, values: pa.Array) -> list[Any]:
    """What a column of ``contents`` becomes."""
    return as_field(values, CONTENTS.field(field)).to_pylist()


class TestInstants:
    @pytest.mark.parametrize("year", [1, 1677, 1970, 2262, 9999])
    def test_int96_reaches_as_far_as_the_store_does(self, tmp_path: Path, store: Store, year: int) -> None:
        instant = datetime(year, 12, 31, 23, 59, 59)
        columns = {"id": ["t"], "expire_at": pa.array([instant], pa.timestamp("us"))}
        file = parquet(columns, use_deprecated_int96_timestamps=True)
        rows, _ = read(written(tmp_path, tasks__parquet=file))
        assert rows["tasks.parquet"][0]["expire_at"] == instant.replace(tzinfo=UTC)

    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    @pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo", "+05:30"])
    def test_units_and_zones_are_one_instant(self, unit: str, zone: str | None) -> None:
        noon = pa.array([1_704_110_400, None], pa.timestamp("s", zone)).cast(pa.timestamp(unit, zone))
        assert value("created_at", noon) == [datetime(2024, 1, 1, 12, tzinfo=UTC), None]

    @pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
    def test_nanoseconds_are_cut_off_alike_before_and_after_1970(self, zone: str | None) -> None:
        instants = pa.array([-1, -1_001, 0, 999, 1_001], pa.timestamp("ns", zone))
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        assert value("created_at", instants) == [epoch + timedelta(microseconds=n) for n in (-1, -2, 0, 0, 1)]

    @pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
    def test_one_that_is_out_of_range_rejects_its_row_alone(
        self, tmp_path: Path, store: Store, zone: str | None
    ) -> None:
        columns = {"id": ["a", "b"], "created_at": pa.array([2**60, 0], pa.timestamp("ms", zone))}
        assert load(written(tmp_path, contents__parquet=parquet(columns)), store).total == Merged(1, rejected=1)

    @pytest.mark.parametrize("type_", [pa.date32(), pa.date64()])
    def test_a_day_is_its_midnight(self, type_: pa.DataType) -> None:
        assert value("created_at", pa.array([date(2024, 1, 1)], type_)) == [datetime(2024, 1, 1, tzinfo=UTC)]

    def test_a_duration_is_not_taken_for_a_number(self, tmp_path: Path, store: Store) -> None:
        columns = {"id": ["p"], "seconds": pa.array([timedelta(hours=1)], pa.duration("ns"))}
        assert load(written(tmp_path, presence_times__parquet=parquet(columns)), store).total == Merged(rejected=1)


class TestNumbers:
    @pytest.mark.parametrize("type_", [pa.decimal128(5, 2), pa.decimal256(50, 2), pa.float16(), pa.float32()])
    def test_a_fraction_rejects_its_row_alone(
        self, tmp_path: Path, store: Store, type_: pa.DataType | pa.Decimal128Type | pa.Decimal256Type
    ) -> None:
        ratings = pa.array([Decimal("4.00"), Decimal("5.00"), Decimal("4.50")], pa.decimal128(5, 2))
        ratings = ratings.cast(type_) if pa.types.is_decimal(type_) else ratings.cast(pa.float64()).cast(type_)
        folder = written(tmp_path, contents__parquet=parquet({"id": [1, 2, 3], "rating": ratings}))
        assert load(folder, store).total == Merged(inserted=2, rejected=1)

    def test_a_number_too_large_rejects_its_row_alone(self, tmp_path: Path, store: Store) -> None:
        columns = {"id": [1, 2], "rating": pa.array([2**64 - 1, 5], pa.uint64())}
        assert load(written(tmp_path, contents__parquet=parquet(columns)), store).total == Merged(1, rejected=1)

    @pytest.mark.parametrize("field", ["thread_id", "body"])
    def test_a_whole_float_is_written_as_a_whole_number(self, field: str) -> None:
        floats = pa.array([1234567890123456.0, 2.0**53, -3.0, 1.5, None, 2.0**53 + 2, 1e300])
        whole = ["1234567890123456", "9007199254740992", "-3", "1.5", None]
        assert value(field, floats)[:5] == whole
        assert all("e+" in text for text in value(field, floats)[5:])

    @pytest.mark.parametrize("type_", [pa.float16(), pa.float32(), pa.float64()])
    @pytest.mark.parametrize("field", ["body", "rating", "published", "created_at"])
    def test_nan_is_a_missing_value(self, field: str, type_: pa.DataType, store: Store, tmp_path: Path) -> None:
        column = pa.array([float("nan"), None], pa.float64()).cast(type_)
        assert value(field, column) == [None, None]
        columns = {"id": ["a", "b"], field: column}
        assert load(written(tmp_path, contents__parquet=parquet(columns)), store).total == Merged(inserted=2)

    def test_nan_is_no_identifier(self, tmp_path: Path) -> None:
        columns = {"id": ["a"], "thread_id": pa.array([float("nan")])}
        _, refused = read(written(tmp_path, contents__parquet=parquet(columns)))
        assert [row.reason for row in refused] == ["thread_id: 'nan' stands for a missing value: leave it empty"]

    def test_fewer_bits_hold_fewer_whole_numbers(self) -> None:
        assert value("thread_id", pa.array([2.0**24, 2.0**24 + 2], pa.float32())) == ["16777216", "1.677722e+07"]
        assert value("thread_id", pa.array([2048.0, 2050.0], pa.float16())) == ["2048", "2.050000e+03"]

    def test_an_integer_key_beside_float_references_is_linked(self, tmp_path: Path) -> None:
        threads = parquet({"id": pa.array([1234567890123456, 7])})
        contents = parquet({"id": ["a", "b", "c"], "thread_id": pa.array([1234567890123456.0, 7.0, None])})
        rows, _ = read(written(tmp_path, threads__parquet=threads, contents__parquet=contents))
        ids = [row["id"] for row in rows["threads.parquet"]]
        assert [row["thread_id"] for row in rows["contents.parquet"]] == [*ids, None]

    @pytest.mark.parametrize("type_", [pa.float64(), pa.decimal128(22, 2), pa.int64(), pa.string()])
    def test_members_of_a_list_are_linked_alike(self, type_: pa.DataType | pa.Decimal128Type) -> None:
        members = pa.array([1, 2]).cast(type_)
        lists = pa.ListArray.from_arrays(pa.array([0, 2], pa.int32()), members)
        assert value("category_ids", lists) == [["1", "2"]]


class TestTexts:
    @pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.binary(2)])
    @pytest.mark.parametrize("field", ["body", "thread_id"])
    def test_texts_are_texts_whatever_they_are_stored_as(
        self, type_: pa.DataType | pa.FixedSizeBinaryType, field: str
    ) -> None:
        assert value(field, pa.array([b"ab", None]).cast(pa.binary()).cast(pa.string()).cast(type_)) == ["ab", None]
        dictionary = pa.array([b"ab", None]).cast(pa.string()).dictionary_encode()
        assert value(field, dictionary) == ["ab", None]

    def test_a_uuid_is_its_usual_text(self) -> None:
        uuid = UUID("12345678-1234-5678-1234-567812345678")
        assert value("thread_id", pa.array([uuid.bytes, None], pa.uuid())) == [str(uuid), None]


class TestObjects:
    def test_a_map_is_taken_where_a_struct_is(self, tmp_path: Path, store: Store) -> None:
        maps = [[("plan", "gold"), ("no", None)], [], None, [("plan", "a"), ("plan", "b")]]
        columns = {"id": ["a", "b", "c", "d"], "custom_variables": pa.array(maps, pa.map_(pa.string(), pa.string()))}
        folder = written(tmp_path, threads__parquet=parquet(columns))
        rows, _ = read(folder)
        assert [row["custom_variables"] for row in rows["threads.parquet"]][:3] == [
            '{"plan": "gold", "no": null}',
            "{}",
            None,
        ]
        assert load(folder, store).total == Merged(inserted=3, rejected=1)  # a key twice

    def test_values_of_every_type_have_a_json_text(self) -> None:
        members = {
            "decimal": pa.array([Decimal("4.50")]),
            "nanoseconds": pa.array([1], pa.timestamp("ns")),
            "time": pa.array([time(1)]),
            "duration": pa.array([timedelta(days=1)]),
            "bytes": pa.array([b"x"]),
            "lists": pa.array([[[1, None], None]]),
            "map": pa.array([[(1, True)]], pa.map_(pa.int64(), pa.bool_())),
            "null": pa.nulls(1),
            "float": pa.array([0.1]),
        }
        (text,) = as_json_texts(pa.StructArray.from_arrays(list(members.values()), list(members)))
        assert text == (
            '{"decimal": 4.50, "nanoseconds": "1970-01-01 00:00:00.000000001", "time": "01:00:00.000000", '
            '"duration": "86400000000 us", "bytes": "x", "lists": [[1, null], null], "map": {"1": true}, '
            '"null": null, "float": 0.1}'
        )

    @pytest.mark.parametrize("field", ["foreign_categories", "category_ids", "structured_reply_payload"])
    def test_bytes_that_are_not_utf8_reject_their_row_alone(self, tmp_path: Path, store: Store, field: str) -> None:
        values = [b"\xff", b"x"]
        if field == "structured_reply_payload":
            column = pa.StructArray.from_arrays([pa.array(values).view(pa.string())], ["a"])
        else:
            column = pa.array([[each] for each in values])
        folder = written(tmp_path, contents__parquet=parquet({"id": [1, 2], field: column}))
        assert load(folder, store).total == Merged(inserted=1, rejected=1)


SCALARS = {
    pa.int32(): st.integers(-(2**31), 2**31 - 1),
    pa.float64(): st.floats(allow_nan=False, allow_infinity=False),
    pa.bool_(): st.booleans(),
    pa.string(): st.text(max_size=5),
    pa.null(): st.nothing(),
}

Typed = st.SearchStrategy[tuple[pa.DataType, st.SearchStrategy[Any]]]
"""Types, each with a strategy of its values."""


def typed(types: dict[pa.DataType, st.SearchStrategy[Any]]) -> Typed:
    """A type built of those, and values of it."""
    pairs = st.sampled_from(list(types)).map(lambda type_: (type_, types[type_]))
    return st.recursive(pairs, lambda inner: lists(inner) | structs(inner) | maps(inner), max_leaves=4)


def lists(inner: Typed) -> Typed:
    return inner.map(lambda pair: (pa.list_(pair[0]), st.lists(nullable(pair[1]), max_size=3)))


def structs(inner: Typed) -> Typed:
    return st.lists(inner, min_size=1, max_size=3).map(
        lambda pairs: (
            pa.struct([(f"k{n}", type_) for n, (type_, _) in enumerate(pairs)]),
            st.fixed_dictionaries({f"k{n}": nullable(values) for n, (_, values) in enumerate(pairs)}),
        )
    )


def maps(inner: Typed) -> Typed:
    return inner.map(
        lambda pair: (
            pa.map_(pa.string(), pair[0]),
            st.dictionaries(st.text(max_size=3), nullable(pair[1]), max_size=3),
        )
    )


def nullable(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


@given(data=st.data(), pair=typed(SCALARS), start=st.integers(0, 2))
@settings(max_examples=100, deadline=None)
def test_any_nested_value_is_the_json_that_python_writes(
    data: DataObject, pair: tuple[pa.DataType, st.SearchStrategy[Any]], start: int
) -> None:
    type_, strategy = pair
    values = data.draw(st.lists(nullable(strategy), max_size=4))
    array = pa.array(values, type_)[start:]
    assert [text and json.loads(text) for text in as_json_texts(array)] == values[start:]


NUMBERS = (pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.decimal128(22, 3), pa.string())
TIMES = (pa.date64(), pa.time64("ns"), pa.timestamp("s"), pa.timestamp("ns", "Asia/Tokyo"), pa.duration("ms"))


def of_type(numbers: list[Any], type_: pa.DataType) -> pa.Array:
    """An array of that type made of whole numbers."""
    values = pa.array(numbers, pa.int64())
    return values.view(type_) if type_ in TIMES else values.cast(type_)


@given(
    numbers=st.lists(nullable(st.integers(0, 100)), max_size=4),
    type_=st.sampled_from([*NUMBERS, *TIMES]),
    field=st.sampled_from(CONTENTS.fields),
    is_list=st.booleans(),
    encoded=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_a_column_of_any_type_has_its_fields_type_or_is_text(
    numbers: list[Any], type_: pa.DataType, field: Field, is_list: bool, encoded: bool
) -> None:
    column = of_type(numbers, type_)
    column = column.dictionary_encode() if encoded else column
    if is_list:
        column = pa.ListArray.from_arrays(pa.array([0, len(column)], pa.int32()), column)
    result = as_field(column, field)
    assert result.type in (ARROW[field.type.kind], pa.string(), pa.binary())
    assert (len(result), result.null_count) == (len(column), column.null_count)
