"""The Big List of Naughty Strings, and whatever Hypothesis thinks of, through every format and an independent reader.

Nothing changes but what a format cannot carry. Here that is computed a second time, character by character.
"""

import csv
import json
from collections.abc import Sequence
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows, written
from tests.naughty import CONTROLS, NAUGHTY, in_a_cell
from tests.workbooks import by_calamine, by_openpyxl

from navette.core.types import Array, ColumnType, Integer, Json, Text
from navette.formats import FORMATS, Rendering, Written

ENGLISH = Rendering("en", ZoneInfo("Europe/Paris"))
BESIDE = "the column beside"

texts = st.text() | st.text("_x0041Ff<&>]\r\n\t \0\x1a\ufffe\uffff\u2028😀é\"',;=+-@")
cells = st.lists(st.none() | texts, min_size=1, max_size=20)
moderate = settings(max_examples=30, deadline=None)


def made(name: str, type_: ColumnType, values: list[Any], title: str = "value") -> tuple[bytes, Written]:
    """A file of a column of values, and one of their numbers."""
    rows = DuckDBRows({title: (type_, values), BESIDE: (Text, [f"n{number}" for number in range(len(values))])})
    return written(FORMATS[name], rows, ENGLISH)


def csv_column(content: bytes) -> list[str]:
    lines = list(csv.reader(StringIO(content.decode("utf-8-sig"), newline=""), strict=True))[1:]
    assert [line[1] for line in lines] == [f"n{number}" for number in range(len(lines))]
    return [line[0] for line in lines]


# BI: nothing changes


def test_naughty_texts_come_back_from_bi_by_the_csv_module() -> None:
    content, answer = made("bi", Text, NAUGHTY)
    assert csv_column(content) == NAUGHTY
    assert answer == Written(len(NAUGHTY))


def bi_by_duckdb(content: bytes, folder: Path) -> list[str | None]:
    path = folder / "file.csv"
    path.write_bytes(content)
    read = duckdb.read_csv(
        str(path), header=True, delimiter=",", quotechar='"', escapechar='"', na_values="", all_varchar=True,
        allow_quoted_nulls=False, strict_mode=True, parallel=False,
    )  # fmt: skip
    return [row[0] for row in read.fetchall()]


def test_naughty_texts_come_back_from_bi_by_duckdb(tmp_path: Path) -> None:
    content, _ = made("bi", Text, [*NAUGHTY, None])
    assert bi_by_duckdb(content, tmp_path) == [*NAUGHTY, None]


# Excel: NUL and SUB are left out, and an apostrophe may come first (when: see test_formats.py)


def test_naughty_texts_come_back_from_excel_with_an_apostrophe_at_most() -> None:
    content, answer = made("excel", Text, NAUGHTY)
    shown = [text.replace("\0", "").replace("\x1a", "") for text in NAUGHTY]
    for text, cell in zip(shown, csv_column(content), strict=True):
        assert cell in (text, f"'{text}")
    assert answer == Written(len(NAUGHTY))


# JSON Lines: nothing changes


def by_json(content: bytes) -> list[Any]:
    *lines, end = content.decode().split("\n")
    assert end == ""
    return [json.loads(line)["value"] for line in lines]


def test_naughty_texts_come_back_from_json_lines() -> None:
    content, answer = made("jsonl", Text, [*NAUGHTY, None])
    assert by_json(content) == [*NAUGHTY, None]
    assert pyarrow.json.read_json(BytesIO(content))["value"].to_pylist() == [*NAUGHTY, None]
    assert answer == Written(len(NAUGHTY) + 1)


@moderate
@given(cells, st.lists(st.none() | st.lists(st.none() | texts), min_size=1, max_size=10))
def test_any_text_comes_back_from_json_lines(values: list[str | None], lists: list[list[str | None] | None]) -> None:
    assert by_json(made("jsonl", Text, values)[0]) == values
    assert by_json(made("jsonl", Array, lists)[0]) == lists


@moderate
@given(st.lists(st.dictionaries(texts, texts | st.lists(texts) | st.integers() | st.booleans() | st.none())))
def test_any_json_object_comes_back_from_json_lines(values: list[dict[str, Any]]) -> None:
    # Keys that differ in case only, and texts with line breaks between the members, are JSON too.
    compact = [json.dumps(value, ensure_ascii=False) for value in values]
    assert by_json(made("jsonl", Json, compact)[0]) == values
    spread = [json.dumps(value, indent=2) for value in values]
    assert by_json(made("jsonl", Json, spread)[0]) == values


# Parquet: nothing changes


def test_naughty_texts_come_back_from_parquet_by_arrow_and_duckdb(tmp_path: Path) -> None:
    content, answer = made("parquet", Text, [*NAUGHTY, None])
    path = tmp_path / "file.parquet"
    path.write_bytes(content)
    assert pq.read_table(path)["value"].to_pylist() == [*NAUGHTY, None]
    assert [row[0] for row in duckdb.read_parquet(str(path)).fetchall()] == [*NAUGHTY, None]
    assert answer == Written(len(NAUGHTY) + 1)


@moderate
@given(cells, st.lists(st.none() | st.lists(st.none() | texts), min_size=1, max_size=10))
def test_any_text_comes_back_from_parquet(values: list[str | None], lists: list[list[str | None] | None]) -> None:
    assert pq.read_table(BytesIO(made("parquet", Text, values)[0]))["value"].to_pylist() == values
    assert pq.read_table(BytesIO(made("parquet", Array, lists)[0]))["value"].to_pylist() == lists


# XLSX: what XML cannot hold is shown by other characters, and counted


def replaced(values: Sequence[str | None]) -> int:
    return sum(value is not None and in_a_cell(value) != value for value in values)


@pytest.mark.parametrize("type_", [Text, Json], ids=str)
def test_naughty_texts_come_back_from_xlsx(type_: ColumnType) -> None:
    content, answer = made("xlsx", type_, NAUGHTY)
    expected = [[in_a_cell(text), f"n{number}"] for number, text in enumerate(NAUGHTY)]
    assert by_openpyxl(content)["data"][1:] == expected
    assert by_calamine(content)["data"][1:] == expected
    assert answer == Written(len(NAUGHTY), cut=0, replaced=replaced(NAUGHTY))
    assert answer.replaced > 58


def test_naughty_lists_come_back_from_xlsx_as_they_are_shown() -> None:
    lists = [[text, None, text] for text in NAUGHTY]
    content, answer = made("xlsx", Array, lists)
    assert [line[0] for line in by_calamine(content)["data"][1:]] == [in_a_cell(f"{one}, {one}") for one in NAUGHTY]
    assert answer.replaced == replaced(NAUGHTY)


@moderate
@given(cells)
def test_any_text_comes_back_from_xlsx(values: list[str | None]) -> None:
    content, answer = made("xlsx", Text, values)
    expected = [value if value is None else in_a_cell(value) for value in values]
    assert [line[0] for line in by_openpyxl(content)["data"][1:]] == expected
    assert [line[0] for line in by_calamine(content)["data"][1:]] == [text or "" for text in expected]
    assert answer == Written(len(values), cut=0, replaced=replaced(values))


# Titles. They come from the data too; names that differ in case only or hold NUL do not come.


def title_of(name: str, content: bytes) -> str:
    """The first column's title, as an independent reader has it."""
    match name:
        case "jsonl":
            return next(iter(json.loads(content)))
        case "parquet":
            return pq.read_schema(BytesIO(content)).names[0]
        case "xlsx":
            sheets = by_calamine(content)
            assert sheets["Notice"][-2][0] == sheets["data"][0][0]
            return sheets["data"][0][0]
        case _:
            return next(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))[0]


def naughty_titles() -> list[str]:
    """The naughty strings that may be titles beside each other, and that Excel does not cut."""
    found = {text.lower(): text for text in NAUGHTY if text and "\0" not in text and len(text) <= 255}
    return list(found.values())


def test_naughty_titles_come_back_from_each_format() -> None:
    titles = naughty_titles()
    rows = DuckDBRows({title: (Integer, [1]) for title in titles})
    in_bi = next(csv.reader(StringIO(written(FORMATS["bi"], rows, ENGLISH)[0].decode(), newline="")))
    assert in_bi == titles
    assert list(json.loads(written(FORMATS["jsonl"], rows, ENGLISH)[0])) == titles
    assert pq.read_schema(BytesIO(written(FORMATS["parquet"], rows, ENGLISH)[0])).names == titles
    content, answer = written(FORMATS["xlsx"], rows, ENGLISH)
    sheets = by_calamine(content)
    assert sheets["data"] == [[in_a_cell(title) for title in titles], [1] * len(titles)]
    assert [line[0] for line in sheets["Notice"][-len(titles) :]] == sheets["data"][0]
    assert answer == Written(1, cut=0, replaced=replaced(titles))


@pytest.mark.parametrize("name", FORMATS)
@moderate
@given(title=texts.filter(lambda text: text and "\0" not in text))
def test_any_title_comes_back_from_each_format(name: str, title: str) -> None:
    content, answer = made(name, Text, ["x"], title)
    read = title_of(name, content)
    if name == "xlsx":
        assert (read, answer.replaced) == (in_a_cell(title), int(in_a_cell(title) != title))
    elif name == "excel":
        assert read.removeprefix("'") == title.replace("\x1a", "").removeprefix("'")
    else:
        assert read == title


def test_the_list_is_as_naughty_as_it_says() -> None:
    joined = "".join(NAUGHTY)
    assert len(NAUGHTY) > 600
    assert all(one in joined for one in (*CONTROLS, "\ufffe", "\uffff", "Ω≈ç√∫", "田中", "<script>"))
    assert pa.array(NAUGHTY).null_count == 0
