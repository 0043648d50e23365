"""Excel and XLSX files opened by LibreOffice: dates are dates, numbers are numbers, and nothing is run."""

import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook
from tests.duckdb_rows import DuckDBRows, written
from tests.naughty import NAUGHTY, in_a_cell

from navette.catalogue.request import Fields, Request
from navette.core.types import Array, Boolean, Date, Datetime, Float, Integer, Kind, ObjectId, String, Text
from navette.engines import DuckDBEngine
from navette.exporting.prepare import prepare
from navette.formats import FORMATS, Rendering, Subject
from navette.formats.xlsx import Xlsx

PARIS = ZoneInfo("Europe/Paris")

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is not installed: apt-get install --no-install-recommends libreoffice-calc"
)

ROWS = DuckDBRows(
    {
        "id": (ObjectId, ["523ffffb7aa58d1b6700000f", "5240b1bca90ffbb6c7000006"]),
        "count": (Integer, [12, None]),
        "hours": (Float, [12.8, 0.0]),
        "closed": (Boolean, [True, False]),
        "day": (Date, [date(2013, 9, 24), date(2013, 2, 3)]),
        "created_at": (Datetime, [datetime(2013, 9, 24, 17, tzinfo=UTC), datetime(2013, 2, 3, 12, 5, tzinfo=UTC)]),
        "categories": (Array, [["Mobile", "Adsl"], ["=1+1"]]),
        "title": (String, ["=1+1", "\u200b@SUM(1;2)"]),
        "body": (Text, ['Bonjour ; «\u00a0l\'été\u00a0»,\r\n"à bientôt"', "😀" * 40_000]),
        "temperature": (String, ["-5", "-"]),
        "=2+2": (String, ["nul\0 and sub\x1a", "end"]),
    }
)
# Codes of LibreOffice's CSV filter: the separator, the language, and the columns told to be month-day-year. The
# published English date has dashes, which Excel takes for a date and LibreOffice only when told.
LOCALES = {"fr": (59, 1036, ""), "de_AT": (59, 3079, ""), "en": (44, 1033, "5/3/6/3")}


@pytest.fixture(scope="module", params=sorted(LOCALES))
def cells(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    """The cells that LibreOffice makes of the file, title line first."""
    folder = tmp_path_factory.mktemp("libreoffice")
    content, _ = written(FORMATS["excel"], ROWS, Rendering(request.param, ZoneInfo("Europe/Paris")))
    source = folder / "export.csv"
    source.write_bytes(content)
    return list(load_workbook(opened(source, *LOCALES[request.param])).active.iter_rows())


def opened(source: Path, separator: int, language: int, columns: str) -> Path:
    """The file as LibreOffice opens it (UTF-8, numbers and dates recognised, formulas run), saved as XLSX."""
    options = f"CSV:{separator},34,76,1,{columns},{language},false,true,false,false,false,-1,true"
    return converted(source, "xlsx", f"--infilter={options}")


def converted(source: Path, form: str, *options: str) -> Path:
    """What LibreOffice makes of a file; ``form`` is an extension, and what its filter is told."""
    profile = f"-env:UserInstallation={(source.parent / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", form, *options]
    target = source.parent / "converted" / f"{source.stem}.{form.partition(':')[0]}"
    subprocess.run([*command, "--outdir", target.parent, source], check=True, capture_output=True, timeout=180)
    return target


def values(cells: list[tuple[Any, ...]], title: str) -> list[Any]:
    position = [cell.value for cell in cells[0]].index(title)
    return [line[position].value for line in cells[1:]]


def test_every_row_and_column_is_there(cells: list[tuple[Any, ...]]) -> None:
    assert [cell.value for cell in cells[0]] == ["id", "count", "hours", "closed", "day", "created_at", "categories",
                                                 "title", "body", "temperature", "'=2+2"]  # fmt: skip
    assert len(cells) == 3


def test_dates_are_dates(cells: list[tuple[Any, ...]]) -> None:
    assert values(cells, "day") == [datetime(2013, 9, 24), datetime(2013, 2, 3)]
    assert values(cells, "created_at") == [datetime(2013, 9, 24, 19), datetime(2013, 2, 3, 13, 5)]


def test_numbers_are_numbers(cells: list[tuple[Any, ...]]) -> None:
    assert values(cells, "hours") == [12.8, 0]
    assert values(cells, "count") == [12, None]
    assert values(cells, "temperature") == [-5, "'-"]


def test_truth_is_truth(cells: list[tuple[Any, ...]]) -> None:
    first, second = values(cells, "closed")
    assert first is True
    assert second is False


def test_texts_are_texts(cells: list[tuple[Any, ...]]) -> None:
    assert values(cells, "id") == ["523ffffb7aa58d1b6700000f", "5240b1bca90ffbb6c7000006"]
    assert values(cells, "categories") == ["Mobile, Adsl", "'=1+1"]
    assert values(cells, "'=2+2") == ["nul and sub", "end"]
    body, long = values(cells, "body")
    assert body.replace("\r", "").replace("_x000D_", "") == 'Bonjour ; «\u00a0l\'été\u00a0»,\n"à bientôt"'
    assert long.startswith("😀" * 16_000)
    assert len(long.encode("utf-16-le")) <= 2 * 32_767


def test_no_cell_is_a_formula(cells: list[tuple[Any, ...]]) -> None:
    assert values(cells, "title") == ["'=1+1", "'\u200b@SUM(1;2)"]
    assert [cell.coordinate for line in cells for cell in line if cell.data_type == "f"] == []


# XLSX


# Cells are compared up to here; longer ones may be cut.
COMPARED = 32_000
# A cell of LibreOffice's CSV when texts, and nothing else, stand in quotes: text or other, then what ends it.
CELL = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\n]*))([,\n])')


def typed_lines(source: Path) -> list[list[tuple[str, bool]]]:
    """The first sheet's cells, each with whether it is a text; dates are month, day and year, times to the second."""
    content = converted(source, "csv:Text - txt - csv (StarCalc):44,34,76,1,,1033,true,true,false").read_text("utf-8")
    lines: list[list[tuple[str, bool]]] = [[]]
    for text, other, end in CELL.findall(content):
        lines[-1].append((text.replace('""', '"')[:COMPARED] or other, bool(text)))
        if end == "\n":
            lines.append([])
    return lines[:-1]


def as_libreoffice_shows(value: Any, kind: Kind) -> tuple[str, bool]:
    """The value as its type is shown; LibreOffice keeps neither empty texts nor carriage returns."""
    match kind:
        case _ if value is None or value == "":
            return "", False
        case Kind.BOOLEAN:
            return str(value).upper(), False
        case Kind.DATETIME:
            return f"{value.astimezone(PARIS):%m/%d/%Y %H:%M:%S}", False
        case Kind.DATE:
            return f"{value:%m/%d/%Y}", False
        case Kind.INTEGER | Kind.FLOAT:
            return f"{value:.15g}", False
        case Kind.ARRAY:
            return ", ".join(one for one in value if one is not None), bool(value)
        case _:
            return in_a_cell(value).replace("\r\n", "\n").replace("\r", "\n")[:COMPARED], True


@pytest.mark.parametrize("export", ["messages", "interventions", "presence_time"])
def test_every_value_of_the_demo_domain_has_its_type_in_libreoffice(
    engine: DuckDBEngine, tmp_path: Path, export: str
) -> None:
    request = Request(export, fields=Fields(all=True), zone=PARIS)
    xlsx, parquet = (
        prepare(request, engine, FORMATS[name], Rendering("fr", PARIS)).produce(tmp_path)
        for name in ("xlsx", "parquet")
    )
    columns = xlsx.query.columns
    rows = zip(*(column.to_pylist() for column in pq.read_table(parquet.path)), strict=True)
    titles, *lines = typed_lines(xlsx.path)
    assert titles == [(column.name, True) for column in columns]
    kinds = [column.type.kind for column in columns]
    assert lines == [[as_libreoffice_shows(*cell) for cell in zip(row, kinds, strict=True)] for row in rows]
    assert len(lines) == xlsx.rows > 500


def test_naughty_texts_come_back_from_xlsx_by_libreoffice(tmp_path: Path) -> None:
    rows = DuckDBRows({"text": (Text, NAUGHTY), "n": (Integer, range(len(NAUGHTY)))})
    source = tmp_path / "naughty.xlsx"
    source.write_bytes(written(FORMATS["xlsx"], rows, Rendering("en", PARIS))[0])
    assert typed_lines(source)[1:] == [
        [as_libreoffice_shows(text, Kind.TEXT), (str(number), False)] for number, text in enumerate(NAUGHTY)
    ]


def test_a_workbook_of_several_sheets_opens_with_its_dates_in_the_locales_form(
    tmp_path: Path,
) -> None:
    source = tmp_path / "export.xlsx"
    rendering = Rendering("fr", PARIS, Subject("reply_assistant-knowledge_base"))
    source.write_bytes(written(Xlsx(sheet_rows=1), ROWS, rendering)[0])
    first, second, notice = load_workbook(converted(source, "xlsx"))
    assert [first.title, second.title, notice.title] == [
        "reply_assistant-knowledge_base",
        "reply_assistant-knowledge_bas 2",
        "Notice",
    ]
    titles = [cell.value for cell in first[1]]
    assert titles == [cell.value for cell in second[1]] == [column.name for column in ROWS.columns]
    cells = dict(zip(titles, second[2], strict=True))
    assert (cells["day"].value, cells["day"].number_format) == (datetime(2013, 2, 3), "dd/mm/yyyy")
    assert cells["created_at"].value == datetime(2013, 2, 3, 13, 5)
    assert cells["created_at"].number_format.replace("\\", "") == "dd/mm/yyyy hh:mm"
    assert (cells["hours"].value, cells["count"].value) == (0, None)
    assert (cells["title"].value, cells["title"].data_type) == ("\u200b@SUM(1;2)", "s")
    assert [sheet.auto_filter.ref for sheet in (first, second)] == ["A1:K2", "A1:K2"]
