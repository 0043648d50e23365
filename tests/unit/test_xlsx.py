"""XLSX cells: each kind with its type, and nothing that a cell cannot hold unsaid. The file: test_workbook.py."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows, written
from tests.workbooks import MAIN, by_calamine, by_openpyxl, parts, sheets_of

from navette.core.types import Array, Boolean, ColumnType, Date, Datetime, Float, Integer, Json, ObjectId, String, Text
from navette.formats import FORMATS, Rendering, Subject, Written

XLSX = FORMATS["xlsx"]
PARIS = ZoneInfo("Europe/Paris")
ENGLISH, FRENCH = Rendering("en", PARIS), Rendering("fr", PARIS)
LIMIT = 32_767

Columns = dict[str, tuple[ColumnType, Sequence[Any]]]

moderate = settings(max_examples=30, deadline=None)


def cells(type_: ColumnType, values: Sequence[Any], rendering: Rendering = FRENCH) -> list[Any]:
    """A column's cells by openpyxl, after calamine has said the same."""
    content, answer = written(
        XLSX, DuckDBRows({"value": (type_, values), "n": (Integer, range(len(values)))}), rendering
    )
    assert answer.rows == len(values)
    found = by_openpyxl(content)["data"][1:]
    assert [line[1] for line in found] == list(range(len(values)))
    for (value, _), (other, _) in zip(found, by_calamine(content)["data"][1:], strict=True):
        same_day = isinstance(value, datetime) and isinstance(other, date) and not isinstance(other, datetime)
        assert other == ("" if value is None else value.date() if same_day else value)
    return [line[0] for line in found]


# A cell of each kind


def test_each_kind_has_its_type_in_the_sheet() -> None:
    columns: Columns = {
        "id": (ObjectId, ["523ffffb7aa58d1b6700000f", None]),
        "text": (Text, ["a", None]),
        "integer": (Integer, [12, None]),
        "float": (Float, [12.8, None]),
        "boolean": (Boolean, [False, None]),
        "date": (Date, [date(2013, 9, 24), None]),
        "datetime": (Datetime, [datetime(2013, 9, 24, 17, 0, 59, tzinfo=UTC), None]),
        "array": (Array, [["a", "b"], None]),
        "json": (Json, ['{"a": 1}', None]),
    }
    sheet = sheets_of(written(XLSX, DuckDBRows(columns), FRENCH)[0])[0]
    _, first, second = sheet.iter(f"{MAIN}row")
    content = [(cell.get("t"), "".join(cell.itertext())) for cell in first]
    assert content == [
        ("inlineStr", "523ffffb7aa58d1b6700000f"),
        ("inlineStr", "a"),
        (None, "12"),
        (None, "12.8"),
        ("b", "0"),
        (None, "41541"),
        (None, content[6][1]),
        ("inlineStr", "a, b"),
        ("inlineStr", '{"a": 1}'),
    ]
    assert float(content[6][1]) == pytest.approx(41541 + 19 / 24 + 59 / 86400, abs=1e-9)
    assert [(cell.attrib, list(cell)) for cell in second] == [({}, [])] * 9


@pytest.mark.parametrize(
    ("locale", "day", "moment"),
    [
        ("fr", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"),
        ("en", "mm-dd-yyyy", "mm-dd-yyyy hh:mm"),
        ("de", "dd.mm.yyyy", "dd.mm.yyyy hh:mm"),
        ("fr_CA", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"),
    ],
)
def test_dates_are_shown_in_the_locales_form(locale: str, day: str, moment: str) -> None:
    columns: Columns = {"d": (Date, [date(2013, 9, 24)]), "t": (Datetime, [datetime(2013, 9, 24, 17, tzinfo=UTC)])}
    content, _ = written(XLSX, DuckDBRows(columns), Rendering(locale, PARIS))
    first, second = openpyxl.load_workbook(BytesIO(content))["data"][2]
    assert (first.number_format, second.number_format) == (day, moment)
    assert (first.value, second.value) == (datetime(2013, 9, 24), datetime(2013, 9, 24, 19))


@moderate
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_integers_are_numbers_up_to_fifteen_digits_and_texts_beyond(values: list[int | None]) -> None:
    edges = [sign * (10**15 + step) for sign in (1, -1) for step in (-1, 0, 1)]
    expected = [str(n) if n is not None and len(str(abs(n))) > 15 else n for n in values + edges]
    assert cells(Integer, values + edges) == expected


@moderate
@given(st.lists(st.none() | st.floats(), min_size=1))
def test_floats_come_back_to_the_last_bit(values: list[float | None]) -> None:
    edges = [5e-324, -0.0, 0.1 + 0.2, 1.7976931348623157e308, 1e15, 1e16, 1e-7, math.nan, math.inf, -math.inf]
    expected = [value if value is not None and math.isfinite(value) else None for value in values + edges]
    assert cells(Float, values + edges) == expected


def spelled(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year:04}"


@moderate
@given(st.lists(st.none() | st.dates(), min_size=1))
def test_dates_are_dates_from_march_1900_and_texts_before(values: list[date | None]) -> None:
    edges: list[date | None] = [
        date.min,
        date(1899, 12, 31),
        date(1900, 2, 28),
        date(1900, 3, 1),
        date(2000, 2, 29),
        date.max,
    ]
    for value, cell in zip(values + edges, cells(Date, values + edges), strict=True):
        if value is not None and value < date(1900, 3, 1):
            assert cell == spelled(value)
        else:
            assert cell == (value and datetime(value.year, value.month, value.day))


# Zones and years on which all recent copies of the tz database agree; elsewhere the engine's may be the newer one.
AGREED = ["Europe/Paris", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe",
          "Pacific/Apia", "Etc/GMT+5", "UTC"]  # fmt: skip
agreed = st.datetimes(datetime(1973, 1, 1), datetime(2025, 1, 1)) | st.datetimes(datetime(2030, 1, 1))


@pytest.mark.parametrize("zone", AGREED)
@settings(max_examples=20, deadline=None)
@given(values=st.lists(agreed, min_size=1, max_size=50))
def test_datetimes_are_what_the_clock_shows_to_the_second(zone: str, values: list[datetime]) -> None:
    moments = [value.replace(tzinfo=UTC) for value in values if value < datetime(9999, 12, 30)]
    shown = [moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0) for moment in moments]
    assert cells(Datetime, moments, Rendering("fr", ZoneInfo(zone))) == shown


@pytest.mark.parametrize(
    ("zone", "utc", "cell"),
    [
        # The hour that comes twice in autumn, the one that spring skips, and the day that Samoa never had.
        ("Europe/Paris", "2024-10-27T00:30:00Z", datetime(2024, 10, 27, 2, 30)),
        ("Europe/Paris", "2024-10-27T01:30:00Z", datetime(2024, 10, 27, 2, 30)),
        ("Europe/Paris", "2024-03-31T00:59:59.999999Z", datetime(2024, 3, 31, 1, 59, 59)),
        ("Europe/Paris", "2024-03-31T01:00:00Z", datetime(2024, 3, 31, 3)),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", datetime(2011, 12, 31)),
        # Excel's calendar begins in March 1900 and ends with the year 9999, by the clocks of the zone.
        ("UTC", "1900-02-28T23:59:59Z", "28/02/1900 23:59"),
        ("UTC", "1900-03-01T00:00:00Z", datetime(1900, 3, 1)),
        ("America/New_York", "1900-03-01T00:00:00Z", "28/02/1900 19:00"),
        ("UTC", "9999-12-31T23:59:59.999999Z", datetime(9999, 12, 31, 23, 59, 59)),
        ("Europe/Paris", "9999-12-31T22:59:59Z", datetime(9999, 12, 31, 23, 59, 59)),
        ("Europe/Paris", "9999-12-31T23:00:00Z", "01/01/10000 00:00"),
        ("UTC", "0001-01-01T00:00:00Z", "01/01/0001 00:00"),
    ],
)
def test_datetimes_at_the_edges_of_clocks_and_calendars(zone: str, utc: str, cell: datetime | str) -> None:
    assert cells(Datetime, [datetime.fromisoformat(utc)], Rendering("fr", ZoneInfo(zone))) == [cell]


def test_an_empty_text_is_not_a_null() -> None:
    assert cells(String, ["", None, " "]) == ["", None, " "]
    assert cells(Array, [[], None, [None], [""]]) == ["", None, "", ""]


def test_ids_and_telephone_numbers_stay_texts() -> None:
    texts = ["007", "0612345678", "+33612345678", "123456789012345678", "1e5", "2013-09-24", "TRUE", "12.80", "1/2"]
    assert cells(String, texts) == texts
    assert cells(ObjectId, texts) == texts


def test_an_id_that_the_store_made_sure_of_is_written_as_it_is() -> None:
    rows = DuckDBRows({"id": (ObjectId, ["523ffffb7aa58d1b6700000f", None])})
    rows.columns = [replace(column, is_id=True) for column in rows.columns]
    assert by_openpyxl(written(XLSX, rows, ENGLISH)[0])["data"] == [["id"], ["523ffffb7aa58d1b6700000f"], [None]]


def test_nothing_is_a_formula_or_a_link() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "http://example.org/", "https://example.org/#a", "mailto:a@example.org",
             "ftp://example.org", "internal:Sheet1!A1", "external:c:\\a.xlsx", '=HYPERLINK("http://example.org")',
             "{=1}", "\t=1"]  # fmt: skip
    columns: Columns = {text: (Text, [text]) for text in texts}
    subject = Subject("data", "=1+1", filters={"source": ("http://example.org/", "=1")})
    content, _ = written(XLSX, DuckDBRows(columns), replace(ENGLISH, subject=subject))
    assert by_openpyxl(content)["data"] == [texts, texts]
    assert by_calamine(content)["data"] == [texts, texts]
    for sheet in sheets_of(content):
        tags = {element.tag.removeprefix(MAIN) for element in sheet.iter()}
        assert not tags & {"f", "hyperlinks", "hyperlink", "externalReference"}
    assert not [name for name in parts(content) if "externalLink" in name or "sheets/_rels" in name]


# Texts that are too long


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    "text",
    ["a" * LIMIT, "漢" * LIMIT, "😀" * (LIMIT // 2) + "a", "=" * LIMIT, "<&>" * (LIMIT // 3), "\0" * LIMIT,
     "_x0041_" * (LIMIT // 7)],
    ids=["ascii", "han", "emoji", "formula", "markup", "controls", "escapes"],
)  # fmt: skip
def test_what_fits_into_a_cell_is_whole(text: str) -> None:
    content, answer = written(XLSX, DuckDBRows({"t": (Text, [text])}), ENGLISH)
    assert by_calamine(content)["data"][1] == [text.replace("\0", "␀")]
    assert (answer.cut, answer.replaced) == (0, int("\0" in text))


@pytest.mark.parametrize(
    "text",
    ["a" * (LIMIT + 1), "漢" * 40_000, "😀" * 16_384, "a😀" * 20_000, "😀" * 10_000 + "a" * 20_000,
     "a" * 32_735 + "😀" * 100, "<" * 40_000, "=" * 1_234_567],
    ids=["ascii", "han", "emoji", "mixed", "emoji first", "emoji last", "markup", "a million"],
)  # fmt: skip
def test_a_text_too_long_is_cut_and_says_so(text: str) -> None:
    content, answer = written(XLSX, DuckDBRows({"t": (Text, [text, None, "short"])}), ENGLISH)
    (cell,), *others = by_calamine(content)["data"][1:]
    kept, _, told = cell.rpartition("… [")
    assert units(cell) <= LIMIT
    assert text.startswith(kept)
    assert units(kept) > LIMIT * 0.7
    assert told == f"cut: {len(text):,} characters]"
    assert others == [[""], ["short"]]
    assert answer.cut == 1


def test_every_cell_that_was_cut_or_replaced_is_counted() -> None:
    long, bell = "x" * 40_000, "\a"
    columns: Columns = {
        "text": (Text, [long, bell, long + bell]),
        "list": (Array, [["y" * 20_000] * 2, [bell, bell], None]),
        "json": (Json, ["{}", long, None]),
        "n": (Integer, [1, 2, 3]),
        "t" * 300: (Boolean, [True, False, None]),
        bell: (Integer, [None] * 3),
    }
    content, answer = written(XLSX, DuckDBRows(columns), ENGLISH)
    assert answer == Written(3, cut=5, replaced=4)
    told = {line[0]: line[1] for line in by_calamine(content)["Notice"]}
    assert (told["Rows"], told["Cells cut short"], told["Cells with control characters replaced"]) == ("3", "5", "4")


@pytest.mark.parametrize(("name", "is_cut"), [("n" * 255, False), ("n" * 256, True), ("😀" * 128, True)])
def test_a_title_has_at_most_255_characters(name: str, is_cut: bool) -> None:
    content, answer = written(XLSX, DuckDBRows({name: (Integer, [])}), ENGLISH)
    [title] = by_calamine(content)["data"][0]
    assert answer.cut == is_cut
    assert units(title) <= 255
    assert title == name or title.endswith(f"… [cut: {len(name)} characters]")
    assert (title == name) is not is_cut
