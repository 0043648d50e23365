"""The text formats: every published form, nothing altered in BI, nothing run and nothing too long in Excel."""

import csv
import math
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows, written

from navette.core.errors import RequestError
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
    Timestamp,
    Variable,
)
from navette.formats import FORMATS, Rendering, bi, excel

PARIS = ZoneInfo("Europe/Paris")
BI, EXCEL = FORMATS["bi"], FORMATS["excel"]
LIMIT = 32_767

Columns = Mapping[str, tuple[ColumnType, Sequence[Any]]]

moderate = settings(max_examples=30, deadline=None)


def file(name: str, columns: Columns, locale: str = "en", zone: ZoneInfo = PARIS) -> str:
    """The whole file as text; what an Excel file starts with is still there."""
    return written(FORMATS[name], DuckDBRows(columns), Rendering(locale, zone))[0].decode()


def rendered(name: str, type_: ColumnType, values: list[Any], locale: str = "en", zone: ZoneInfo = PARIS) -> list[str]:
    """The cells of one column, in a file that has another one as well."""
    text = file(name, {"value": (type_, values), "n": (Integer, list(range(len(values))))}, locale, zone)
    lines = list(csv.reader(StringIO(text, newline=""), delimiter=";" if "value;n" in text else ","))
    assert [line[1] for line in lines[1:]] == [str(n) for n in range(len(values))]
    return [line[0] for line in lines[1:]]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# The forms as published


@pytest.mark.parametrize(
    ("type_", "value", "in_bi", "in_english", "in_french"),
    [
        (Boolean, True, "1", "true", "vrai"),
        (Boolean, False, "0", "false", "faux"),
        (Date, date(2013, 9, 24), "2013-09-24", "09-24-2013", "24/09/2013"),
        (Datetime, instant("2013-09-24T17:00:00Z"), "2013-09-24T19:00:00+02:00", "09-24-2013 19:00",
         "24/09/2013 19:00"),
        (DatetimeString, instant("2013-12-31T23:59:59.999999Z"), "2014-01-01T00:59:59+01:00", "01-01-2014 00:59",
         "01/01/2014 00:59"),
        (Float, 12.8, "12.8", "12.8", "12,8"),
        (Float, -0.05, "-0.05", "-0.05", "-0,05"),
        (Duration, 3600.0, "3600", "3600", "3600"),
        (Duration, 10.0 + 0.01, "10.01", "10.01", "10,01"),
        (Float, 1e-7, "1e-07", "1e-07", "1e-07"),
        (Float, 1.5e300, "1.5e+300", "1.5e+300", "1,5e+300"),
        (Float, math.nan, "", "", ""),
        (Float, -math.inf, "", "", ""),
        (Integer, -1234567, "-1234567", "-1234567", "-1234567"),
        (Timestamp, 1380042000, "1380042000", "1380042000", "1380042000"),
        (Array, ["Mobile", "Adsl", "TV"], "Mobile, Adsl, TV", "Mobile, Adsl, TV", "Mobile, Adsl, TV"),
        (Array, ["Mobile", None, "TV"], "Mobile, TV", "Mobile, TV", "Mobile, TV"),
        (ObjectId, "523ffffb7aa58d1b6700000f", *["523ffffb7aa58d1b6700000f"] * 3),
        (Json, '{"a": "é"}', *['{"a": "é"}'] * 3),
        (Variable, "one\r\ntwo\rthree\nfour", *["one\r\ntwo\rthree\nfour"] * 3),
    ],
)  # fmt: skip
def test_a_value_has_its_published_form(
    type_: ColumnType, value: Any, in_bi: str, in_english: str, in_french: str
) -> None:
    assert rendered("bi", type_, [value]) == [in_bi]
    assert rendered("excel", type_, [value], "en") == [in_english]
    assert rendered("excel", type_, [value], "fr") == [in_french]


@pytest.mark.parametrize("table", [bi.RENDERED, excel.RENDERED])
def test_every_kind_is_rendered(table: dict[Kind, Any]) -> None:
    assert set(table) == set(Kind)


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_goes_by_the_name_it_is_listed_under(name: str) -> None:
    assert FORMATS[name].name == name
    assert FORMATS[name].extension == ("csv" if name in ("bi", "excel") else name)
    assert FORMATS[name].label


# The file around the values


@pytest.mark.parametrize(("name", "start"), [("bi", b"id,name\n"), ("excel", b"\xef\xbb\xbfid,name\n")])
def test_a_file_without_rows_has_its_titles(name: str, start: bytes) -> None:
    rows = DuckDBRows({"id": (ObjectId, []), "name": (String, [])})
    content, answer = written(FORMATS[name], rows, Rendering("en", PARIS))
    assert content == start
    assert (answer.rows, answer.cut) == (0, 0)


@pytest.mark.parametrize("name", FORMATS)
def test_rows_are_counted(name: str) -> None:
    rows = DuckDBRows({"name": (String, ["a", "b\nc", None])})
    assert written(FORMATS[name], rows, Rendering("en", PARIS))[1].rows == 3


def test_lines_end_in_lf_and_breaks_inside_values_are_kept() -> None:
    columns: Columns = {"a": (Text, ["one\r\ntwo", "three\rfour"]), "b": (Integer, [1, None])}
    assert file("bi", columns) == 'a,b\n"one\r\ntwo",1\n"three\rfour",\n'
    assert file("excel", columns, "fr") == '\ufeffa;b\n"one\r\ntwo";1\n"three\rfour";\n'


def test_an_empty_text_is_not_a_null() -> None:
    columns: Columns = {"a": (Text, ["", None]), "b": (Array, [[], None]), "c": (Boolean, [False, None])}
    assert file("bi", columns) == 'a,b,c\n"","",0\n,,\n'


@pytest.mark.parametrize("name", ["bi", "excel"])
def test_a_null_alone_on_its_line_is_still_a_row(name: str) -> None:
    assert file(name, {"n": (Integer, [1, None, 2])}).removeprefix("\ufeff") == 'n\n1\n""\n2\n'


def test_titles_are_quoted_where_they_must_be() -> None:
    names = ["plain", "a,b", 'say "hi"', "two\nlines", "a\rreturn", "a;b"]
    content = file("bi", {name: (Integer, []) for name in names})
    assert content == 'plain,"a,b","say ""hi""","two\nlines","a\rreturn",a;b\n'
    assert next(csv.reader(StringIO(content, newline=""))) == names


def test_columns_may_be_called_anything() -> None:
    types = {"x'": Text, 'y"': Array, "SELECT": Datetime, "%Y {} $1": Float}
    columns: Columns = {name: (type_, [None]) for name, type_ in types.items()}
    assert file("bi", columns).endswith("\n,,,\n")
    assert file("excel", columns, "fr").endswith("\n;;;\n")


def test_an_unknown_locale_writes_nothing() -> None:
    rows = DuckDBRows({"id": (ObjectId, ["a"])})
    with pytest.raises(RequestError, match="unknown locale 'zh'"):
        written(EXCEL, rows, Rendering("zh", PARIS))


# BI: byte for byte

texts = st.text() | st.text("=+-@'\" \t\r\n,;#\0\ufeff\u200bé😀0aA~")
# Four-digit years, beyond which ISO 8601 has no plain form.
instants = st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30), timezones=st.just(UTC))


@moderate
@given(st.lists(st.tuples(st.none() | texts, st.none() | texts), min_size=1, max_size=10))
def test_bi_texts_come_back_as_they_were(rows: list[tuple[str | None, str | None]]) -> None:
    first, second = (list(column) for column in zip(*rows, strict=True))
    content = file("bi", {"first": (Text, first), "second": (Json, second)})
    lines = list(csv.reader(StringIO(content, newline=""), strict=True))
    assert lines == [["first", "second"], *([a or "", b or ""] for a, b in rows)]


@moderate
@given(rows=st.lists(st.tuples(st.none() | texts, st.none() | texts), min_size=1, max_size=10))
def test_bi_nulls_and_empty_texts_come_back_apart(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str | None, str | None]]
) -> None:
    first, second = (list(column) for column in zip(*rows, strict=True))
    path = tmp_path_factory.mktemp("bi") / "file.csv"
    path.write_bytes(file("bi", {"first": (Text, first), "second": (Text, second)}).encode())
    with duckdb.connect() as connection:
        read = connection.execute(
            "FROM read_csv($path, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', comment = '', "
            "allow_quoted_nulls = false, columns = {'first': 'VARCHAR', 'second': 'VARCHAR'}, parallel = false)",
            {"path": str(path)},
        ).fetchall()
    assert read == rows


@moderate
@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False, allow_infinity=False),
            st.booleans(),
            st.dates(date(1, 1, 1), date(9999, 12, 31)),
            st.lists(st.none() | texts),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_bi_numbers_dates_and_lists_come_back_equal(rows: list[tuple[Any, ...]]) -> None:
    types = (Integer, Float, Boolean, Date, Array)
    values = (list(column) for column in zip(*rows, strict=True))
    content = file("bi", {type_.name: (type_, column) for type_, column in zip(types, values, strict=True)})
    lines = list(csv.reader(StringIO(content, newline=""), strict=True))[1:]
    read = [(int(n), float(f), {"1": True, "0": False}[b], date.fromisoformat(d), a) for n, f, b, d, a in lines]
    assert read == [(*row[:4], ", ".join(text for text in row[4] if text is not None)) for row in rows]


# Datetimes


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(available_timezones() - {"localtime"})), st.lists(instants, min_size=1, max_size=20))
def test_an_iso_datetime_denotes_the_instant_in_every_zone(zone: str, moments: list[datetime]) -> None:
    read = [datetime.fromisoformat(text) for text in rendered("bi", Datetime, moments, zone=ZoneInfo(zone))]
    assert read == [moment.replace(microsecond=0) for moment in moments]


# Zones and years on which all recent copies of the tz database agree; elsewhere the engine's may be the newer one.
AGREED = ["Europe/Paris", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe",
          "Pacific/Apia", "Africa/Monrovia", "Asia/Kolkata", "America/Caracas", "Etc/GMT+5", "UTC"]  # fmt: skip


@pytest.mark.parametrize("zone", AGREED)
@settings(max_examples=20, deadline=None)
@given(
    moments=st.lists(
        st.datetimes(datetime(1973, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC)), min_size=1, max_size=50
    )
)
def test_datetimes_show_the_clock_of_the_zone(zone: str, moments: list[datetime]) -> None:
    local = [moment.astimezone(ZoneInfo(zone)) for moment in moments]
    assert rendered("bi", Datetime, moments, zone=ZoneInfo(zone)) == [m.isoformat(timespec="seconds") for m in local]
    in_english = [f"{moment:%m-%d-%Y %H:%M}" for moment in local]
    assert rendered("excel", Datetime, moments, zone=ZoneInfo(zone)) == in_english


@pytest.mark.parametrize(
    ("zone", "utc", "text"),
    [
        # The hour that comes twice in autumn, and the one that spring skips.
        ("Europe/Paris", "2024-10-27T00:30:00Z", "2024-10-27T02:30:00+02:00"),
        ("Europe/Paris", "2024-10-27T01:30:00Z", "2024-10-27T02:30:00+01:00"),
        ("Europe/Paris", "2024-03-31T00:59:59.999Z", "2024-03-31T01:59:59+01:00"),
        ("Europe/Paris", "2024-03-31T01:00:00Z", "2024-03-31T03:00:00+02:00"),
        ("Australia/Lord_Howe", "2024-04-06T15:00:00Z", "2024-04-07T01:30:00+10:30"),
        ("America/St_Johns", "1988-06-01T00:00:00Z", "1988-05-31T22:30:00-01:30"),
        # A day that Samoa never had, and the cut before 1970.
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31T00:00:00+14:00"),
        ("UTC", "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59+00:00"),
        # Mean time, 9 minutes and 21 seconds ahead of UTC: no offset of ISO 8601 says so.
        ("Europe/Paris", "1905-01-01T00:00:00Z", "1905-01-01T00:00:00+00:00"),
    ],
)
def test_where_clocks_jump_the_offset_tells(zone: str, utc: str, text: str) -> None:
    assert rendered("bi", Datetime, [instant(utc)], zone=ZoneInfo(zone)) == [text]


# Nothing is run by Excel

RUN = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\rtext", "\ntext", " =1", "\xa0-1", "\ufeff=1", "\u200b\u2060@a",
       "＝1", "＋1", "－1", "＠a", "\u3000＝1", "-", "+", "=", "--1", "-1\n", "-1,5,5", "+123", "+1234567890123456",
       "+33 6", "-1e5", "\x01=1", "- item"]  # fmt: skip
HARMLESS = ["", "a=1", "'=1", "-5", "-12.5", "-12,50", "+33612345678", "+123456", "+123456789012345", "a\n=1", "(-1)",
            "#1", "😀", " a", "\u200ba", "1-1", "1e5", "~", "A", "É=1", "?", "<", ">=1"]  # fmt: skip


@pytest.mark.parametrize("type_", [String, Text, ObjectId, Json, Variable])
def test_what_would_run_as_a_formula_gets_an_apostrophe(type_: ColumnType) -> None:
    assert rendered("excel", type_, RUN) == [f"'{text}" for text in RUN]


@pytest.mark.parametrize("type_", [String, Text, ObjectId, Json, Variable])
def test_what_is_harmless_is_left_alone(type_: ColumnType) -> None:
    assert rendered("excel", type_, HARMLESS) == HARMLESS


def test_a_list_is_judged_as_it_is_shown() -> None:
    lists = [["=1", "a"], [None, "@b"], ["-1"], ["-1", "2"], ["", "=1"], []]
    assert rendered("excel", Array, lists) == ["'=1, a", "'@b", "-1", "'-1, 2", ", =1", ""]


def test_titles_are_no_formulas_either() -> None:
    columns: Columns = {name: (Integer, []) for name in ("=1+1", "\u200b@a", "-5", "fine")}
    assert file("excel", columns) == "\ufeff'=1+1,'\u200b@a,-5,fine\n"


INVISIBLE = "\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2064\u3164\ufe0f\ufeff"


def starts_formula(text: str) -> bool:
    """By Unicode's categories, where the product has ranges."""
    visible = [c for c in text if unicodedata.category(c) not in ("Cc", "Zs", "Zl", "Zp") and c not in INVISIBLE]
    return text.startswith(("\t", "\r", "\n")) or "".join(visible).startswith(tuple(SIGNS))


def is_number_or_telephone(text: str) -> bool:
    sign, digits = text[:1], text[1:].replace(",", ".", 1)
    plain = digits.isascii() and digits.replace(".", "", 1).isdigit()
    if sign == "+":
        return plain and "." not in digits and 6 <= len(digits) <= 15
    return sign == "-" and plain and not digits.startswith(".") and not digits.endswith(".")


SIGNS = "=+-@＝＋－＠"
tricky = (
    st.text(SIGNS + " \t\r\n\u200b\ufeff\u00a0'\",;.05a", max_size=6) | st.text(INVISIBLE + SIGNS + " a") | st.text()
)


@settings(max_examples=60, deadline=None)
@given(st.lists(tricky, min_size=1, max_size=30), st.sampled_from(["en", "fr"]))
def test_no_cell_of_an_excel_file_starts_a_formula(values: list[str], locale: str) -> None:
    for value, cell in zip(values, rendered("excel", Text, values, locale), strict=True):
        shown = value.replace("\0", "").replace("\x1a", "")
        assert cell in (shown, f"'{shown}")
        assert is_number_or_telephone(cell) or not starts_formula(cell)
        if is_number_or_telephone(value) or not set(value) & set(SIGNS + "\t\r\n"):
            assert cell == shown


@moderate
@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.booleans(),
            st.dates(date(1000, 1, 1), date(9999, 12, 31)),
            st.datetimes(datetime(1973, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC)),
        ),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from([("en", "true", "%m-%d-%Y", "."), ("fr", "vrai", "%d/%m/%Y", ",")]),
)
def test_excel_values_come_back_equal(rows: list[tuple[float, bool, date, datetime]], form: tuple[str, ...]) -> None:
    locale, yes, day, decimal = form
    types = {"f": Float, "b": Boolean, "d": Date, "t": Datetime}
    values = (list(column) for column in zip(*rows, strict=True))
    content = file("excel", {name: (types[name], column) for name, column in zip(types, values, strict=True)}, locale)
    lines = csv.reader(StringIO(content.removeprefix("\ufeff"), newline=""), delimiter=";" if locale == "fr" else ",")
    assert next(lines) == list(types)
    read = [
        (
            float(f.replace(decimal, ".")),
            b == yes,
            datetime.strptime(d, day).date(),
            datetime.strptime(t, f"{day} %H:%M"),
        )
        for f, b, d, t in lines
    ]
    wall = [moment.astimezone(PARIS).replace(second=0, microsecond=0, tzinfo=None) for *_, moment in rows]
    assert read == [(*row[:3], shown) for row, shown in zip(rows, wall, strict=True)]


def test_what_may_end_a_text_early_is_left_out_of_excel_alone() -> None:
    values = ["a\0b", "\0=1", "a\x1ab", "bell\x07"]
    assert rendered("excel", Text, values) == ["ab", "'=1", "ab", "bell\x07"]
    assert rendered("bi", Text, values) == values


# Nothing is too long for Excel


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def cut(type_: ColumnType, values: list[Any], locale: str = "en") -> int:
    return written(EXCEL, DuckDBRows({"value": (type_, values)}), Rendering(locale, PARIS))[1].cut


@pytest.mark.parametrize(
    "text",
    [
        "a" * LIMIT,
        "é" * LIMIT,
        "漢" * LIMIT,
        "😀" * (LIMIT // 2) + "a",
        "=" + "a" * (LIMIT - 2),
        "-" + "1" * (LIMIT - 1),
    ],
    ids=["ascii", "accents", "han", "emoji", "formula", "number"],
)
def test_what_fits_into_a_cell_is_whole(text: str) -> None:
    assert rendered("excel", Text, [text])[0].removeprefix("'") == text
    assert cut(Text, [text]) == 0


@pytest.mark.parametrize(
    "text",
    ["a" * (LIMIT + 1), "é" * (LIMIT + 1), "漢" * 40_000, "😀" * 16_384, "a😀" * 20_000, "😀" * 10_000 + "a" * 20_000,
     "a" * 32_735 + "😀" * 100, "=" + "a" * (LIMIT - 1), "=" * 1_234_567],
    ids=["ascii", "accents", "han", "emoji", "mixed", "emoji first", "emoji last", "formula", "a million"],
)  # fmt: skip
@pytest.mark.parametrize(("locale", "mark", "group"), [("en", " characters]", ","), ("fr", " caractères]", "\u202f")])
def test_a_text_too_long_is_cut_and_says_so(text: str, locale: str, mark: str, group: str) -> None:
    (cell,) = rendered("excel", Text, [text], locale)
    kept, _, told = cell.rpartition("… [")
    assert units(cell) <= LIMIT
    assert text.startswith(kept.removeprefix("'"))
    assert units(kept) > LIMIT * 0.7
    assert told.endswith(f" {len(text):,}".replace(",", group) + mark)
    assert cut(Text, [text], locale) == 1


def test_marks_are_in_the_readers_language() -> None:
    text = "a" * 40_000
    assert rendered("excel", Text, [text], "en")[0].endswith("a… [cut: 40,000 characters]")
    assert rendered("excel", Text, [text], "fr")[0].endswith("a… [coupé : 40\u202f000 caractères]")
    assert rendered("excel", Text, [text], "de")[0].endswith("a… [gekürzt: 40.000 Zeichen]")


def test_every_cell_that_was_cut_is_counted() -> None:
    long = "x" * 40_000
    columns: Columns = {
        "text": (Text, [long, None, long]),
        "list": (Array, [["y" * 20_000] * 2, ["z"], None]),
        "json": (Json, ["{}", long, None]),
        "n": (Integer, [1, 2, 3]),
        "t" * 300: (String, ["", "", ""]),
    }
    assert written(EXCEL, DuckDBRows(columns), Rendering("en", PARIS))[1].cut == 5
    assert written(BI, DuckDBRows(columns), Rendering("en", PARIS))[1].cut == 0


@pytest.mark.parametrize(
    ("name", "is_cut"), [("n" * 255, False), ("n" * 256, True), ("😀" * 128, True), ("=" * 255, True)]
)
def test_a_title_has_at_most_255_characters(name: str, is_cut: bool) -> None:
    content = file("excel", {name: (Integer, [])}).removeprefix("\ufeff").removesuffix("\n")
    title = next(csv.reader([content]))[0]
    assert (title != name) == is_cut
    assert units(title) <= 255
    assert title.endswith(f"… [cut: {len(name)} characters]") == is_cut
