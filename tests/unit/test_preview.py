"""The first rows as the file shows them, and the size that a file will have."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

import pytest

from navette.catalogue.request import Fields, Request
from navette.core.rows import Rows
from navette.core.windows import window
from navette.engines import DuckDBEngine
from navette.exporting.prepare import Prepared, prepare
from navette.exporting.preview import PREVIEW_ROWS, estimated_size, first_rows
from navette.formats import COMPRESSIONS, FORMATS, Format, Rendering, Written
from navette.formats.preview import read_csv

FRENCH = Rendering("fr", ZoneInfo("Europe/Paris"))


def prepared(engine: DuckDBEngine, format_name: str = "bi", compression: str | None = None, **asked: Any) -> Prepared:
    request = Request("messages", **{"fields": Fields(all=True), **asked})
    return prepare(request, engine, FORMATS[format_name], FRENCH, COMPRESSIONS[compression] if compression else None)


def content(ready: Prepared) -> bytes:
    sink = KeptOpen()
    ready.write(sink)
    return sink.getvalue()


class KeptOpen(io.BytesIO):
    """Still tells its content when it was closed."""

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("format_name", "separator"), [("bi", ","), ("excel", ";")])
def test_the_preview_is_the_files_beginning(engine: DuckDBEngine, format_name: str, separator: str) -> None:
    ready = prepared(engine, format_name)
    text = io.StringIO(content(ready).decode("utf-8-sig"), newline="")
    titles, *rows = csv.reader(text, delimiter=separator)
    found = first_rows(ready)
    shown = [[cell or "" for cell in row] for row in found.rows]
    assert (found.titles, shown) == (titles, rows[:PREVIEW_ROWS])
    assert [column.name for column in found.columns] == [column.name for column in ready.query.columns]


def test_a_workbooks_preview_is_as_excel_shows_it(engine: DuckDBEngine) -> None:
    assert first_rows(prepared(engine, "xlsx")).rows == first_rows(prepared(engine, "excel")).rows


@pytest.mark.parametrize("format_name", ["jsonl", "parquet"])
def test_json_tells_null_from_empty(engine: DuckDBEngine, format_name: str) -> None:
    found = first_rows(prepared(engine, format_name))
    assert len(found.rows) == PREVIEW_ROWS
    assert {len(row) for row in found.rows} == {len(found.titles)}
    assert any(cell is None for row in found.rows for cell in row)


def test_a_preview_of_nothing_has_titles(engine: DuckDBEngine) -> None:
    nothing = window("1999-01-01", "1999-01-02", FRENCH.zone)
    assert first_rows(prepared(engine, window=nothing)).rows == []
    assert first_rows(prepared(engine, window=nothing)).titles[0] == "created_at"


@pytest.mark.parametrize(
    ("format_name", "compression"),
    [("bi", None), ("excel", None), ("jsonl", None), ("xlsx", None), ("parquet", None), ("bi", "gzip"), ("bi", "zstd")],
)
def test_the_estimate_is_about_the_size(engine: DuckDBEngine, format_name: str, compression: str | None) -> None:
    ready = prepared(engine, format_name, compression)
    assert 0.5 < estimated_size(ready, ready.count()) / len(content(ready)) < 2


def test_the_estimate_of_few_rows_is_their_size(engine: DuckDBEngine) -> None:
    ready = prepared(engine, window=window("2024-01-02", "2024-01-02", FRENCH.zone))
    assert 0 < ready.count() < 200
    assert estimated_size(ready, ready.count()) == len(content(ready))


@contextmanager
def memory_of_at_most(most: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["a\n", '""', 'a""', "é;,"])
def test_a_long_cell_takes_little_more_memory_than_its_text(text: str) -> None:
    line = f'"{text * 500_000}",b\n'
    with memory_of_at_most(10 * len(line)):
        [[long, short]] = read_csv(line.encode(), ",", 2)
    assert (long, short) == (text.replace('""', '"') * 500_000, "b")


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('a,,""', ["a", None, ""]),
        ('"a,b","c\nd","e\rf"', ["a,b", "c\nd", "e\rf"]),
        ('"say ""hi""","""",NULL', ['say "hi"', '"', "NULL"]),
        ("été, x ,1", ["été", " x ", "1"]),
    ],
)
def test_cells_are_read_as_they_stand(line: str, cells: list[str | None]) -> None:
    assert read_csv(f"{line}\n{line}\n".encode(), ",", 3) == [cells, cells]


class Large:
    """A format whose files have a hundred megabytes, whatever the rows."""

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        for _ in range(100):
            sink.write(bytes(1_000_000))
        return Written(rows=0)


@pytest.mark.parametrize("compression", [None, "gzip", "zstd"])
def test_estimating_a_large_file_keeps_none_of_its_bytes(engine: DuckDBEngine, compression: str | None) -> None:
    ready = replace(prepared(engine, "bi", compression), format=cast(Format, Large()))
    with memory_of_at_most(40_000_000):
        assert (estimated_size(ready, 1) == 100_000_000) is (compression is None)
