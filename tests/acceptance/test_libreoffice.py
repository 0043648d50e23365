"""An Excel file opened by LibreOffice: dates are dates, numbers are numbers, and nothing is run."""

import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from tests.duckdb_rows import DuckDBRows, written

from navette.core.types import Array, Boolean, Date, Datetime, Float, Integer, ObjectId, String, Text
from navette.formats import FORMATS, Rendering

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
    profile = f"-env:UserInstallation={(source.parent / 'profile').as_uri()}"
    command = [str(SOFFICE), profile, "--headless", "--convert-to", "xlsx", f"--infilter={options}"]
    subprocess.run([*command, "--outdir", source.parent, source], check=True, capture_output=True, timeout=180)
    return source.with_suffix(".xlsx")


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
