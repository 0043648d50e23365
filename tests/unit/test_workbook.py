"""XLSX workbooks: sheets that follow each other, a notice, and a file that every reader opens. Cells: test_xlsx.py."""

import posixpath
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.batches import InBatches
from tests.duckdb_rows import DuckDBRows, written
from tests.workbooks import MAIN, by_calamine, by_openpyxl, parts

from navette.core.columns import OutputColumn
from navette.core.errors import RequestError
from navette.core.languages import LANGUAGES
from navette.core.types import Boolean, ColumnType, Date, Datetime, Integer, ObjectId, Text
from navette.core.windows import Window
from navette.formats import FORMATS, Rendering, Subject, Written
from navette.formats.xlsx import Xlsx
from navette.formats.xlsx.workbook import sheet_name

XLSX = FORMATS["xlsx"]
PARIS = ZoneInfo("Europe/Paris")
ENGLISH, FRENCH = Rendering("en", PARIS), Rendering("fr", PARIS)
LIMIT = 32_767


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9, 13])
@pytest.mark.parametrize("size", [1, 3, 4, 1000])
def test_a_sheet_is_followed_by_another_where_it_is_full(count: int, size: int) -> None:
    content, answer = written(Xlsx(sheet_rows=4), InBatches(count, size), replace(ENGLISH, subject=Subject("messages")))
    *sheets, notice = by_openpyxl(content).items()
    lines = [[n, f"t{n}"] for n in range(count)]
    assert [name for name, _ in sheets] == ["messages", "messages 2", "messages 3", "messages 4"][: len(sheets)]
    assert [cells for _, cells in sheets] == [
        [["n", "text"], *lines[first : first + 4]] for first in range(0, max(count, 1), 4)
    ]
    assert notice[0] == "Notice"
    assert list(by_calamine(content).items())[:-1] == sheets
    assert answer.rows == count
    assert_parts_agree(content)


@pytest.mark.slow
def test_more_rows_than_a_sheet_of_excel_has_are_on_two_sheets() -> None:
    count = 1_048_577
    content, answer = written(XLSX, DuckDBRows({"n": (Integer, range(count))}), ENGLISH)
    first, second = list(by_calamine(content).values())[:-1]
    assert first[0] == second[0] == ["n"]
    assert [len(first), len(second)] == [1_000_001, count - 1_000_000 + 1]
    assert [line[0] for sheet in (first, second) for line in sheet[1:]] == list(range(count))
    assert answer == Written(count)
    file = openpyxl.load_workbook(BytesIO(content), read_only=True)
    assert [line[0] for line in file["data 2"].values][1:] == list(range(1_000_000, count))


def test_a_sheet_of_very_much_text_ends_early() -> None:
    *sheets, _ = by_openpyxl(written(Xlsx(sheet_bytes=1500), InBatches(100, 5), ENGLISH)[0]).values()
    assert len(sheets) > 3
    assert {tuple(sheet[0]) for sheet in sheets} == {("n", "text")}
    assert [line[0] for sheet in sheets for line in sheet[1:]] == list(range(100))


def test_every_sheet_has_frozen_titles_filters_and_widths() -> None:
    content, _ = written(Xlsx(sheet_rows=4), InBatches(6, 3), replace(ENGLISH, subject=Subject("messages")))
    file = openpyxl.load_workbook(BytesIO(content))
    first, second, notice = file.worksheets
    assert [sheet.freeze_panes for sheet in file] == ["A2", "A2", None]
    assert [sheet.auto_filter.ref for sheet in file] == ["A1:B5", "A1:B3", None]
    assert "<definedName" in parts(content)["xl/workbook.xml"].decode()
    assert [sheet.title for sheet in file] == ["messages", "messages 2", "Notice"]
    assert all(cell.font.bold for sheet in (first, second) for cell in sheet[1])
    assert not first["A2"].font.bold
    assert notice["A1"].font.bold


def test_the_filters_range_is_named_in_each_sheet() -> None:
    subject = Subject("reply_assistant-knowledge_base")
    content, _ = written(Xlsx(sheet_rows=4), InBatches(6, 3), replace(ENGLISH, subject=subject))
    names = ElementTree.fromstring(parts(content)["xl/workbook.xml"]).iter(f"{MAIN}definedName")
    assert sorted((name.get("name"), name.get("localSheetId"), name.text) for name in names) == [
        ("_xlnm._FilterDatabase", "0", "'reply_assistant-knowledge_base'!$A$1:$B$5"),
        ("_xlnm._FilterDatabase", "1", "'reply_assistant-knowledge_bas 2'!$A$1:$B$3"),
    ]


def test_columns_are_as_wide_as_what_they_hold() -> None:
    columns: dict[str, tuple[ColumnType, list[Any]]] = {
        "id": (ObjectId, []),
        "day": (Date, []),
        "at": (Datetime, []),
        "yes": (Boolean, []),
        "n": (Integer, []),
        "body": (Text, []),
        "a title that is wider than most": (Integer, []),
        "t" * 100: (Integer, []),
    }
    content, _ = written(XLSX, DuckDBRows(columns), ENGLISH)
    sheet = openpyxl.load_workbook(BytesIO(content))["data"]
    widths = [round(sheet.column_dimensions[letter].width) for letter in "ABCDEFGH"]
    day, moment = len("24/09/2013"), len("24/09/2013 19:00")
    assert widths[0] > len("523ffffb7aa58d1b6700000f")
    assert day < widths[1] < moment < widths[2] < widths[5]
    assert len("FALSE") < widths[3] < widths[4] < len("a title that is wider than most") < widths[6] < widths[7] < 42


@given(st.text(st.characters(codec="ascii"), min_size=1, max_size=40) | st.just("reply_assistant-knowledge_base"))
def test_a_sheets_name_is_one_that_excel_takes(name: str) -> None:
    names = [sheet_name(name, number) for number in range(1, 120)]
    assert len(set(names)) == 119
    assert all(0 < len(one) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", one) for one in names)


@pytest.mark.parametrize("name", ["notice", "Notice", "NOTICE"])
def test_an_export_may_be_called_like_the_notice(name: str) -> None:
    content, _ = written(XLSX, DuckDBRows({"n": (Integer, [1])}), replace(ENGLISH, subject=Subject(name)))
    assert list(by_openpyxl(content)) == list(by_calamine(content)) == [name, "Notice (2)"]


# The notice


def test_the_notice_says_what_the_file_is() -> None:
    rows = DuckDBRows({"id": (ObjectId, ["523ffffb7aa58d1b6700000f"]), "closed": (Boolean, [True])})
    rows.columns = [
        OutputColumn("id", ObjectId, "Identifiant", "L'identifiant du cas."),
        OutputColumn("closed", Boolean, "Fermé", "Si le cas est fermé.", sensitive=True),
    ]
    window = Window(datetime(2025, 2, 28, 23, tzinfo=UTC), datetime(2025, 3, 31, 22, tzinfo=UTC))
    subject = Subject("interventions", "Une ligne par cas.", window, "created", {"source": ("a", "b")})
    content, _ = written(XLSX, rows, replace(FRENCH, subject=subject))
    *_, (name, lines) = by_openpyxl(content).items()
    assert name == "Notice"
    assert [[cell for cell in line if cell is not None] for line in lines] == [
        ["Exportation", "interventions"],
        ["Description", "Une ligne par cas."],
        ["Intervalle", "created à partir du 01/03/2025 00:00:00, avant le 01/04/2025 00:00:00"],
        ["Filtres: source", "a, b"],
        ["Fuseau horaire", "Europe/Paris"],
        ["Lignes", "1"],
        ["Cellules coupées", "0"],
        ["Cellules aux caractères de contrôle remplacés", "0"],
        [],
        ["Colonne", "Libellé", "Type", "Sensible", "Signification"],
        ["id", "Identifiant", "ObjectId", "", "L'identifiant du cas."],
        ["closed", "Fermé", "Boolean", "vrai", "Si le cas est fermé."],
    ]


@pytest.mark.parametrize(("locale", "words"), LANGUAGES.items())
def test_the_notice_is_in_the_readers_language(locale: str, words: Any) -> None:
    rows = DuckDBRows({"n": (Integer, [1])})
    rows.columns = [replace(column, sensitive=True) for column in rows.columns]
    content, _ = written(XLSX, rows, Rendering(locale, PARIS))
    *_, (name, lines) = by_calamine(content).items()
    assert name == words.notice.title
    assert ["n", "", "Integer", words.yes, ""] in lines
    assert words.notice.all_records in {line[1] for line in lines}


@pytest.mark.parametrize(
    ("window", "told"),
    [
        (Window(start=datetime(2025, 1, 1, tzinfo=UTC)), "updated from 01-01-2025 01:00:00"),
        (Window(end=datetime(2025, 7, 1, tzinfo=UTC)), "updated before 07-01-2025 02:00:00"),
    ],
)
def test_a_window_may_be_open_on_one_side(window: Window, told: str) -> None:
    subject = Subject("messages", window=window, by="updated")
    content, _ = written(XLSX, DuckDBRows({"n": (Integer, [1])}), replace(ENGLISH, subject=subject))
    assert ["Window", told] in [line[:2] for line in by_calamine(content)["Notice"]]


def test_a_filter_of_very_many_values_is_cut_in_the_notice_too() -> None:
    subject = Subject("messages", filters={"thread": tuple(f"{n:024}" for n in range(2000))})
    content, _ = written(XLSX, DuckDBRows({"n": (Integer, [1])}), replace(ENGLISH, subject=subject))
    [told] = [line[1] for line in by_calamine(content)["Notice"] if line[0] == "Filters: thread"]
    assert units(told) <= LIMIT
    assert told.endswith(f"… [cut: {2000 * 26 - 2:,} characters]")


# The file


def assert_parts_agree(content: bytes) -> None:
    """Every part is well-formed XML and has a type, and every part that is named is there."""
    found = parts(content)
    trees = {name: ElementTree.fromstring(text) for name, text in found.items()}
    types = trees.pop("[Content_Types].xml")
    named = {element.get("PartName", "").removeprefix("/") for element in types.iterfind("{*}Override")}
    endings = {element.get("Extension") for element in types.iterfind("{*}Default")}
    assert named <= set(trees)
    assert {name for name in trees if name.rsplit(".", 1)[1] not in endings} <= named
    assert {name for name in trees if not name.endswith(".rels")} <= named
    for name, tree in trees.items():
        if name.endswith(".rels"):
            folder = posixpath.dirname(posixpath.dirname(name))
            targets = {posixpath.normpath(posixpath.join(folder, one.get("Target", ""))) for one in tree}
            assert targets <= set(trees)
            assert "External" not in {one.get("TargetMode") for one in tree}


def test_the_file_is_a_sound_package_whatever_it_holds() -> None:
    texts = ["<r>&</r>", "]]>", "\0\ufffe", "&amp;", "</row></sheetData>", '<row r="2"', "<dimension x>"]
    subject = Subject("a:b*?/'", "<r>&</r>\ufffe", filters={"source": tuple(texts)})
    content, _ = written(
        XLSX, DuckDBRows({text.strip("\0"): (Text, [text]) for text in texts}), replace(ENGLISH, subject=subject)
    )
    assert_parts_agree(content)
    assert next(iter(by_openpyxl(content))) == "a_b____"


def test_a_file_without_rows_has_its_titles_and_its_notice() -> None:
    content, answer = written(XLSX, DuckDBRows({"id": (ObjectId, []), "day": (Date, [])}), FRENCH)
    assert by_openpyxl(content)["data"] == [["id", "day"]]
    assert answer == Written(0)
    assert_parts_agree(content)


def test_a_second_file_of_the_same_rows_has_the_same_bytes() -> None:
    expected = written(XLSX, InBatches(100, 7), ENGLISH)
    assert written(XLSX, InBatches(100, 7), ENGLISH) == expected
    assert written(XLSX, InBatches(100, 1000), ENGLISH) == expected


def test_a_workbook_needs_no_zip64() -> None:
    content, _ = written(Xlsx(sheet_rows=40), InBatches(100, 7), ENGLISH)
    assert b"PK\x06\x06" not in content  # the mark of ZIP64's end
    assert content.count(b"PK\x05\x06") == 1


def test_the_file_is_whole_wherever_the_pieces_of_it_end() -> None:
    rows = DuckDBRows({"n": (Integer, [1])})
    expected = parts(written(XLSX, rows, ENGLISH)[0])
    for size in range(45, 80):
        assert parts(written(Xlsx(piece=size), rows, ENGLISH)[0]) == expected


def test_what_no_workbook_can_hold_is_refused_before_anything_is_written() -> None:
    rows = DuckDBRows({"n": (Integer, [1])})
    rows.columns = [replace(rows.columns[0], name=f"n{number}") for number in range(16_385)]
    with pytest.raises(RequestError, match="16,384 columns"):
        written(XLSX, rows, ENGLISH)
    with pytest.raises(RequestError, match="unknown locale 'zh'"):
        written(XLSX, DuckDBRows({"n": (Integer, [1])}), Rendering("zh", PARIS))
