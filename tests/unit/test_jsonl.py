"""JSON Lines: every line is one object, and every value is JSON's own. Texts: see test_naughty.py."""

import json
import math
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows, written

from navette.core.types import (
    Array,
    Boolean,
    ColumnType,
    Date,
    Datetime,
    DatetimeString,
    Duration,
    Float,
    Integer,
    Json,
    Kind,
    ObjectId,
    String,
    Text,
    Variable,
)
from navette.formats import FORMATS, Rendering, Written, jsonl

JSONL = FORMATS["jsonl"]
FRENCH = Rendering("fr", ZoneInfo("Europe/Paris"))

moderate = settings(max_examples=30, deadline=None)


def lines(columns: dict[str, tuple[ColumnType, Any]], rendering: Rendering = FRENCH) -> list[str]:
    content, answer = written(JSONL, DuckDBRows(columns), rendering)
    *found, end = content.decode().split("\n")
    assert end == ""
    assert answer == Written(len(found))
    return found


def values(type_: ColumnType, column: list[Any]) -> list[Any]:
    return [json.loads(line)["value"] for line in lines({"value": (type_, column)})]


@pytest.mark.parametrize(
    ("type_", "value", "text"),
    [
        (Boolean, True, "true"),
        (Boolean, False, "false"),
        (Integer, -1234567, "-1234567"),
        (Integer, 2**63 - 1, "9223372036854775807"),
        (Integer, -(2**63), "-9223372036854775808"),
        (Float, 12.8, "12.8"),
        (Float, 1e300, "1e300"),
        (Duration, 3600.0, "3600.0"),
        (Float, math.nan, "null"),
        (Float, math.inf, "null"),
        (Float, -math.inf, "null"),
        (Date, date(2013, 9, 24), '"2013-09-24"'),
        (Datetime, datetime(2013, 9, 24, 17, tzinfo=UTC), '"2013-09-24T19:00:00+02:00"'),
        (DatetimeString, datetime(2013, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), '"2014-01-01T00:59:59+01:00"'),
        (ObjectId, "523ffffb7aa58d1b6700000f", '"523ffffb7aa58d1b6700000f"'),
        (String, "", '""'),
        (Text, 'é "😀"\n\0', '"é \\"😀\\"\\n\\u0000"'),
        (Variable, "007", '"007"'),
        (Array, ["Mobile", None, ""], '["Mobile",null,""]'),
        (Array, [], "[]"),
        (Json, '{"a": {"b": [1, 2.50, null]}}', '{"a":{"b":[1,2.50,null]}}'),
        *((type_, None, "null") for type_ in (Boolean, Integer, Float, Date, Datetime, Text, Array, Json)),
    ],
)
def test_a_value_is_written_as_json_has_it(type_: ColumnType, value: Any, text: str) -> None:
    [line] = lines({"value": (type_, [value])})
    shown = line.removeprefix('{"value":').removesuffix("}")
    # JSON does not say how many zeros a number has.
    assert shown == text or (type_ in (Float, Json) and json.loads(shown) == json.loads(text))


def test_every_kind_is_rendered() -> None:
    assert set(jsonl.RENDERED) == set(Kind)


def test_every_column_is_in_every_object_and_in_order() -> None:
    columns = {"b": (Text, ["x", None]), "a": (Integer, [None, 1]), "A b": (Array, [None, []])}
    assert lines(columns) == ['{"b":"x","a":null,"A b":null}', '{"b":null,"a":1,"A b":[]}']


def test_names_that_look_alike_stay_apart() -> None:
    names = ["city", "city ", "cité", "cite\u0301", "city_2", "сity", "'city'", '"city"', "city\n", "city := 1"]
    [line] = lines({name: (Integer, [number]) for number, name in enumerate(names)})
    assert json.loads(line) == {name: number for number, name in enumerate(names)}


def test_a_file_without_rows_is_empty() -> None:
    assert written(JSONL, DuckDBRows({"id": (ObjectId, [])}), FRENCH) == (b"", Written(0))


def test_line_breaks_of_other_alphabets_do_not_end_a_line() -> None:
    texts = ["a\u2028b", "a\u2029b", "a\x85b", "a\x0bb", "a\r\nb"]
    assert values(Text, texts) == texts
    assert values(Json, [json.dumps({"a\u2028": "b\u0085"}, ensure_ascii=False)]) == [{"a\u2028": "b\u0085"}]


@moderate
@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_come_back_to_the_last_bit(column: list[float | None]) -> None:
    read = values(Float, [*column, 5e-324, -0.0, 1.7976931348623157e308])
    assert list(map(repr, read)) == list(map(repr, [*column, 5e-324, -0.0, 1.7976931348623157e308]))


@moderate
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_come_back_exactly(column: list[int | None]) -> None:
    assert values(Integer, column) == column


def test_integers_inside_json_objects_keep_all_their_digits() -> None:
    objects = ['{"id":123456789012345678901234567890}', '{"id":-9223372036854775809}', '{"id":[0,{"a":1234567890}]}']
    assert lines({"value": (Json, objects)}) == [f'{{"value":{text}}}' for text in objects]


@moderate
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_decimals_inside_json_objects_are_the_same_numbers(column: list[float]) -> None:
    objects = [{"n": number, "many digits": 12345678901234567.25} for number in column]
    assert values(Json, list(map(json.dumps, objects))) == objects


@moderate
@given(st.lists(st.datetimes(datetime(1973, 1, 1), datetime(9999, 12, 30)), min_size=1))
def test_a_datetime_denotes_the_instant_to_the_second(moments: list[datetime]) -> None:
    read = [datetime.fromisoformat(text) for text in values(Datetime, [one.replace(tzinfo=UTC) for one in moments])]
    assert read == [one.replace(microsecond=0, tzinfo=UTC) for one in moments]


def test_neither_locale_nor_second_run_changes_anything() -> None:
    columns = {"n": (Float, [12.8]), "d": (Date, [date(2013, 9, 24)]), "b": (Boolean, [True])}
    german = Rendering("de", FRENCH.zone)
    assert lines(columns) == lines(columns, german) == lines(columns)
