"""The first rows of a file before it is made, and about how large it will be."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from navette.core.columns import OutputColumn
from navette.core.locales import locale_facts
from navette.core.types import Kind
from navette.exporting.prepare import Prepared
from navette.formats import FORMATS

PREVIEW_ROWS = 20
SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Preview:
    """The titles and cells of the first rows, as texts.

    Null where the file shows nothing at all, and for an empty list of a CSV file, which is no empty text.
    """

    columns: tuple[OutputColumn, ...]
    titles: list[str]
    rows: list[list[str | None]]


def preview(prepared: Prepared) -> Preview:
    """The first rows as the file would show them: a workbook's as Excel does, Parquet's as JSON."""
    shown_by = {"xlsx": "excel", "parquet": "jsonl"}.get(prepared.format.name, prepared.format.name)
    sink = BytesIO()
    _write_first(replace(prepared, format=FORMATS[shown_by], compression=None), PREVIEW_ROWS, sink)
    text = sink.getvalue().decode("utf-8-sig")
    titles, rows = _json_cells(prepared, text) if shown_by == "jsonl" else _csv_cells(prepared, text, shown_by)
    return Preview(prepared.query.columns, titles, rows)


def estimated_size(prepared: Prepared, rows: int) -> int:
    """About how many bytes the file of so many rows will have, from what a few rows take."""
    if rows <= SAMPLE_ROWS:
        return _size_of_first(prepared, rows)
    nothing = _size_of_first(prepared, 0)
    return nothing + (_size_of_first(prepared, SAMPLE_ROWS) - nothing) * rows // SAMPLE_ROWS


def _size_of_first(prepared: Prepared, rows: int) -> int:
    sink = _Counter()
    _write_first(prepared, rows, sink)
    return sink.count


def _write_first(prepared: Prepared, rows: int, sink: BytesIO) -> None:
    replace(prepared, query=prepared.query.first(rows)).write(sink)


class _Counter(BytesIO):
    """Counts the bytes that are written to it without keeping them: a message may have millions."""

    count = 0

    def write(self, piece: Any, /) -> int:
        """Count them."""
        self.count += memoryview(piece).nbytes
        return memoryview(piece).nbytes

    def tell(self) -> int:
        """As many as were written."""
        return self.count


def _csv_cells(prepared: Prepared, text: str, shown_by: str) -> tuple[list[str], list[list[str | None]]]:
    separator = locale_facts(prepared.rendering.locale).separator if shown_by == "excel" else ","
    titles, *lines = _lines(text, separator)
    lists = [column.type.kind is Kind.ARRAY for column in prepared.query.columns]
    rows = [[cell or None if is_list else cell for cell, is_list in zip(line, lists, strict=True)] for line in lines]
    return [title or "" for title in titles], rows


def _lines(text: str, separator: str) -> Iterator[list[str | None]]:
    """The lines of a CSV text; the csv module would make nothing at all and an empty text (``""``) the same."""
    line: list[str | None] = []
    # Possessive (++): backtracking would take a hundred bytes for each character.
    for cell in re.finditer(rf'(?:"((?:[^"]++|"")*+)"|([^"{separator}\n]*+))([{separator}\n])', text):
        quoted, bare, end = cell.groups()
        line.append(bare or None if quoted is None else quoted.replace('""', '"'))
        if end == "\n":
            yield line
            line = []


def _json_cells(prepared: Prepared, text: str) -> tuple[list[str], list[list[str | None]]]:
    names = [column.name for column in prepared.query.columns]
    records = [json.loads(line) for line in text.split("\n")[:-1]]
    return names, [[_shown(record.get(name)) for name in names] for record in records]


def _shown(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
