"""Rows are read as their table's types; what cannot be read is told apart with the reason and the row as it came."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import example, given, settings
from hypothesis import strategies as st

from navette.core.arrow import ARROW
from navette.core.types import Array, Boolean, Date, Datetime, Float, Integer, Json, Kind, String, Text
from navette.store import Store
from navette.store.conform import conform
from navette.tables import TABLES, Field, Table

ID = "0123456789abcdef01234567"
DAY, INSTANT = "a day such as 2020-01-31", "an instant such as 2020-01-31T13:00:00Z"

ONE_OF_EACH = Table(
    "one_of_each",
    (
        Field("id", String),
        Field("text", Text),
        Field("integer", Integer),
        Field("float", Float),
        Field("boolean", Boolean),
        Field("date", Date),
        Field("datetime", Datetime),
        Field("array", Array),
        Field("json", Json),
    ),
    updated=None,
)
FIELDS = [field.name for field in ONE_OF_EACH.fields if field.name != "id"]


@pytest.fixture(scope="module")
def connection() -> Iterator[DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        yield connection


def read(connection: DuckDBPyConnection, field: str, value: str | bytes | None, type_: pa.DataType = None) -> object:
    """What becomes of one value: the value read, or the reason why its row is rejected."""
    rows = pa.table({"id": ["x"], field: pa.array([value], type_)})
    conformed = conform(connection, ONE_OF_EACH, rows)
    assert conformed.good.schema == ONE_OF_EACH.schema
    assert conformed.good.num_rows + conformed.bad.num_rows == 1
    if conformed.bad.num_rows:
        return Rejected(conformed.bad["reason"][0].as_py())
    return conformed.good[field][0].as_py()


class Rejected(str):
    """The reason why a row was rejected."""

    __slots__ = ()


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("text", "", ""),
        ("text", " à ", " à "),
        ("text", "a\x00b", "a\x00b"),
        ("integer", " -5 ", -5),
        ("integer", "+5", 5),
        ("integer", "4.0", 4),
        ("integer", "-4.000", -4),
        ("integer", "9223372036854775807.0", 2**63 - 1),
        ("integer", "9223372036854775807", 2**63 - 1),
        ("float", "12.8", 12.8),
        ("float", "-1e5", -100_000.0),
        ("boolean", "true", True),
        ("boolean", "False", False),
        ("boolean", "0", False),
        ("date", "2020-02-29", date(2020, 2, 29)),
        ("date", "0001-01-01", date(1, 1, 1)),
        ("date", "9999-12-31", date(9999, 12, 31)),
        ("datetime", "2020-01-31T13:00:00Z", datetime(2020, 1, 31, 13, tzinfo=UTC)),
        ("datetime", "2020-01-31 13:00:00.25+01:30", datetime(2020, 1, 31, 11, 30, 0, 250_000, UTC)),
        ("datetime", "2020-01-31 13:00:00 UTC", datetime(2020, 1, 31, 13, tzinfo=UTC)),
        ("datetime", "2020-01-31T13:00-0500", datetime(2020, 1, 31, 18, tzinfo=UTC)),
        ("datetime", "2020-01-31 13:00", datetime(2020, 1, 31, 13, tzinfo=UTC)),
        ("datetime", " 2020-01-31 ", datetime(2020, 1, 31, tzinfo=UTC)),
        ("datetime", "2020-01-31T13:00:00.123456789Z", datetime(2020, 1, 31, 13, 0, 0, 123_456, UTC)),
        ("datetime", "0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("datetime", "9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
        ("array", "[]", []),
        ("array", '["a", "b,c", "\\u00e9"]', ["a", "b,c", "é"]),
        ("array", "[1, true]", ["1", "true"]),
        ("json", "{}", "{}"),
        ("json", '{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}', '{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}'),
        ("json", '{"a.b": 1, "a": {"b": 2}}', '{"a.b": 1, "a": {"b": 2}}'),
        ("json", '{"a": "NaN", "b": ",}"}', '{"a":"NaN","b":",}"}'),
        ("json", '{"a": [1, ], }', '{"a":[1]}'),
    ],
)
@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()], ids=str)
def test_texts_and_bytes_are_read_as_the_fields_type(
    connection: DuckDBPyConnection, field: str, text: str, value: object, type_: pa.DataType
) -> None:
    given = text.encode() if "binary" in str(type_) else text
    assert read(connection, field, given, type_) == value


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "text"])
@pytest.mark.parametrize("nothing", ["", "  ", None])
def test_nothing_is_null(connection: DuckDBPyConnection, field: str, nothing: str | None) -> None:
    assert read(connection, field, nothing, pa.string()) is None


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        *(
            ("integer", text, "a whole number")
            for text in ("4.5", "4.", ".0", "1e3", "x", "1_000", "9223372036854775808", "٣")
        ),
        *(("float", text, "a number") for text in ("nan", "inf", "-Infinity", "1e999", "1,5", "1_000", "0x1F")),
        *(("boolean", text, "true or false") for text in ("oui", "2", "-")),
        *(("date", text, DAY) for text in ("0000-01-01", "10000-01-1", "2019-02-29", "31/12/2020", "20200101")),
        *(("date", text, DAY) for text in ("-001-01-01", "2020-01-01 (BC)", "infinity", "epoch", "2020-01-01T10:00")),
        *(("datetime", text, INSTANT) for text in ("0000-01-01", "10000-01-01", "2020-01-01 (BC)", "infinity")),
        *(("datetime", text, INSTANT) for text in ("2020-02-30T00:00Z", "2020", "1577836800", "31/12/2020 10:00")),
        *(
            ("datetime", text, INSTANT)
            for text in ("2020-01-01T10:00+99:00", "2020-01-01T10:00 CET", "2020-01-01T25:00")
        ),
        *(("datetime", text, INSTANT) for text in ("9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00")),
        *(
            ("array", text, "a JSON array of texts")
            for text in ("a, b", '{"a": 1}', '["a"', '"a"', "null", '["\\ud800"]')
        ),
    ],
)
def test_what_cannot_be_read_is_rejected_with_what_was_expected(
    connection: DuckDBPyConnection, field: str, text: str, expected: str
) -> None:
    assert read(connection, field, text) == Rejected(f"{field}: not {expected}")
    assert read(connection, field, text.encode()) == Rejected(f"{field}: not {expected}")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": 1, "\\u0061": 2}',
        '{"a": {"b": 1, "b": 1}}',
        '{"a": [{"b": 1, "b": 1}]}',
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1e999}',
        '{"a": 1} {}',
        '{"a": "\\ud800"}',
        "{'a': 1}",
        "[]",
        "null",
        '"{}"',
        "{",
        '\ufeff{"a": 1}',
    ],
)
def test_json_that_others_read_differently_or_not_at_all_is_rejected(connection: DuckDBPyConnection, text: str) -> None:
    assert read(connection, "json", text) == Rejected("json: not a JSON object whose keys differ")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("given", [b"\xff", b"caf\xe9", b"\xed\xa0\x80", b"2020-01-01\x80", b"\xc0\x80"])
def test_bytes_that_are_not_utf8_are_rejected(connection: DuckDBPyConnection, field: str, given: bytes) -> None:
    assert read(connection, field, given, pa.binary()) == Rejected(f"{field}: not UTF-8")


def test_a_text_column_that_is_not_utf8_rejects_its_own_row_alone(connection: DuckDBPyConnection) -> None:
    offsets = pa.array([0, 1, 3], pa.int32()).buffers()[1]
    broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"a\xff\xfe")])
    conformed = conform(connection, ONE_OF_EACH, pa.table({"id": ["good", "bad"], "text": broken}))
    assert conformed.good["id"].to_pylist() == ["good"]
    assert conformed.bad.to_pylist() == [{"reason": "text: not UTF-8", "row": '{"id":"bad","text":"\\\\xFF\\\\xFE"}'}]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("float", float("nan")),
        ("float", float("-inf")),
        ("date", -719_163),  # 0000-12-31
        ("date", 2_932_897),  # 10000-01-01
        ("datetime", 253_402_300_800_000_000),  # 10000-01-01
        ("datetime", -62_135_596_800_000_001),  # the last microsecond of year 0
        ("datetime", 2**63 - 1),  # infinity, in the engine
        ("datetime", -(2**63) + 1),
        ("datetime", -(2**63)),
    ],
)
def test_typed_values_that_others_cannot_read_are_rejected_too(
    connection: DuckDBPyConnection, field: str, given: float
) -> None:
    type_ = ONE_OF_EACH.schema.field(field).type
    values = pa.array([given], type_ if field == "float" else pa.int32() if field == "date" else pa.int64())
    rows = pa.table({"id": ["x"], field: values.view(type_)})
    conformed = conform(connection, ONE_OF_EACH, rows)
    assert conformed.good.num_rows == 0
    assert conformed.bad["reason"].to_pylist()[0].startswith(f"{field}: not ")


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("agents", {"firstname": "A"}, "id: missing"),
        ("agents", {"id": None}, "id: missing"),
        ("agents", {"id": ""}, "id: not an id of 24 hexadecimal digits"),
        ("agents", {"id": ID.upper()}, "id: not an id of 24 hexadecimal digits"),
        ("agents", {"id": ID + "0"}, "id: not an id of 24 hexadecimal digits"),
        ("agents", {"id": ID + "\n"}, "id: not an id of 24 hexadecimal digits"),
        ("agents", {"id": ID, "role_id": "admin"}, "role_id: not an id of 24 hexadecimal digits"),
        ("agent_permissions", {"user_id": ID}, "source_id: missing"),
        ("agent_permissions", {"user_id": ID, "source_id": None}, "source_id: missing"),
        ("presence_times", {"id": ""}, "id: missing"),
    ],
)
def test_a_row_needs_its_whole_key_and_ids_that_are_ids(
    connection: DuckDBPyConnection, table: str, row: dict[str, Any], reason: str
) -> None:
    rows = pa.table({name: pa.array([value], pa.string()) for name, value in row.items()})
    conformed = conform(connection, TABLES[table], rows)
    assert conformed.good.num_rows == 0
    assert conformed.bad["reason"].to_pylist() == [reason]
    assert json.loads(conformed.bad["row"][0].as_py()) == row


def test_the_rejected_row_is_kept_as_it_came(connection: DuckDBPyConnection) -> None:
    row = {"id": "é".encode(), "text": b'"\x00\n\\', "integer": b"x", "date": None, "json": b'{"a": 1}'}
    conformed = conform(connection, ONE_OF_EACH, pa.table({k: pa.array([v], pa.binary()) for k, v in row.items()}))
    kept = json.loads(conformed.bad["row"][0].as_py())
    assert kept == {name: value and value.decode() for name, value in row.items()}


def test_columns_of_any_name_may_come_beside_the_fields(connection: DuckDBPyConnection) -> None:
    odd = {"reason": "r", "_reason": "s", "_came": "t", 'a"b': "u", "row": "v"}
    good = conform(connection, ONE_OF_EACH, pa.table({"id": ["x"], **{k: [v] for k, v in odd.items()}}))
    assert good.good["id"].to_pylist() == ["x"]
    bad = conform(connection, ONE_OF_EACH, pa.table({"id": ["x"], "date": ["?"], **{k: [v] for k, v in odd.items()}}))
    assert json.loads(bad.bad["row"][0].as_py()) == {"id": "x", "date": "?", **odd}


def test_good_rows_keep_their_order_and_no_rows_are_no_trouble(connection: DuckDBPyConnection) -> None:
    ids = [f"{n:06}" for n in range(5_000)]
    rows = pa.table({"id": ids, "integer": ["x" if n % 7 == 0 else str(n) for n in range(5_000)]})
    conformed = conform(connection, ONE_OF_EACH, rows)
    assert conformed.good["integer"].to_pylist() == [n for n in range(5_000) if n % 7]
    assert conform(connection, ONE_OF_EACH, rows.slice(0, 0)).good.schema == ONE_OF_EACH.schema


texts = st.text(max_size=12) | st.sampled_from(
    ["2020-01-31", "2020-01-31T13:00:00Z", "true", "5", "1.5", '["a"]', '{"a": 1}', "nan", "[[[[", "{" * 50, "\x00"]
)
cells = st.none() | st.binary(max_size=12) | texts.map(str.encode)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(("id", *FIELDS), cells)), min_size=1, max_size=8))
@example([{"id": b"x", **dict.fromkeys(FIELDS, b'["\\ud800", {"a": 1, "a": ' + b"[" * 9)}])
@example([{"id": b"x", **dict.fromkeys(FIELDS, b"[" * 5000 + b"]" * 5000)}])
def test_any_bytes_are_read_or_rejected_and_never_lost(connection: DuckDBPyConnection, rows: list[Any]) -> None:
    given_rows = pa.Table.from_pylist(rows, pa.schema([(name, pa.binary()) for name in ("id", *FIELDS)]))
    conformed = conform(connection, ONE_OF_EACH, given_rows)
    assert conformed.good.num_rows + conformed.bad.num_rows == len(rows)
    conformed.good.validate(full=True)
    for row in conformed.good.to_pylist():  # Python reads all of it: no date that it does not know
        assert row["json"] is None or isinstance(json.loads(row["json"]), dict)
    for row in conformed.bad.to_pylist():
        assert row["reason"].partition(": ")[0] in {"id", *FIELDS}
        assert set(json.loads(row["row"])) == {"id", *FIELDS}


@settings(max_examples=25, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "id": st.text(min_size=1, max_size=5),
            "text": st.none() | st.text(max_size=20),
            "integer": st.none() | st.integers(-(2**63), 2**63 - 1),
            "float": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "boolean": st.none() | st.booleans(),
            "date": st.none() | st.dates(),
            "datetime": st.none() | st.datetimes(timezones=st.just(UTC)),
            "array": st.none() | st.lists(st.text(max_size=5), max_size=3),
            "json": st.none()
            | st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=4)).map(json.dumps),
        }
    )
)
def test_typed_values_and_their_texts_are_the_same_row(connection: DuckDBPyConnection, row: dict[str, Any]) -> None:
    texts = {name: _text(value) for name, value in row.items()}
    typed = pa.Table.from_pylist([row], ONE_OF_EACH.schema)
    written = pa.Table.from_pylist([texts], pa.schema([(name, pa.string()) for name in row]))
    for rows in (typed, written):
        (read,) = conform(connection, ONE_OF_EACH, rows).good.to_pylist()
        assert {**read, "json": _parsed(read)} == {**row, "json": _parsed(row)}


def _parsed(row: dict[str, Any]) -> dict[str, int | str] | None:
    return row["json"] and json.loads(row["json"])


def _text(value: str | None) -> str | None:
    if isinstance(value, date):  # datetimes too
        return value.isoformat()
    return value if value is None or isinstance(value, str) else json.dumps(value)


def test_every_kind_is_covered() -> None:
    assert {field.type.kind for field in ONE_OF_EACH.fields} == set(Kind) == set(ARROW)


@pytest.mark.parametrize(
    "deep", ['{"a":' * 30_000 + "1" + "}" * 30_000, '{"a": {}, "b":' + "[" * 30_000 + "]" * 30_000 + "}"]
)
def test_json_of_thousands_of_levels_is_rejected_and_stops_nothing(store: Store, deep: str) -> None:
    """Time and memory must not grow with the square of the depth."""
    rows = pa.table({"id": ["1" * 24, "2" * 24], "custom_variables": [deep, '{"a": 1}']})
    merged = store.merge(TABLES["threads"], rows)
    assert (merged.inserted, merged.rejected) == (1, 1)


def test_json_with_long_keys_above_many_others_is_accepted(store: Store) -> None:
    nested = json.dumps({"x" * 100_000: dict.fromkeys(map(str, range(10_000)), 1)})
    rows = pa.table({"id": ["1" * 24], "custom_variables": [nested]})
    assert store.merge(TABLES["threads"], rows).inserted == 1
