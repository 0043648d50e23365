"""The cells that a format shows, read back from the bytes that it writes."""

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any, BinaryIO, Protocol

from pyarrow import BufferReader, csv, string

from navette.core.rows import Rows
from navette.core.types import Kind
from navette.formats.format import Cells, Rendering, Written


class Writes(Protocol):
    """The part of a format that writes files."""

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write a file of the rows."""
        ...


def csv_cells(format_: Writes, rows: Rows, rendering: Rendering, separator: str) -> Cells:
    """The titles and cells of a CSV file. An empty list is null, because such a file cannot distinguish them."""
    titles, *lines = read_csv(_written(format_, rows, rendering), separator, len(rows.columns))
    lists = [column.type.kind is Kind.ARRAY for column in rows.columns]
    return Cells([title or "" for title in titles], [_without_empty_lists(line, lists) for line in lines])


def _without_empty_lists(line: Sequence[str | None], lists: Sequence[bool]) -> list[str | None]:
    return [cell or None if is_list else cell for cell, is_list in zip(line, lists, strict=True)]


def read_csv(content: bytes, separator: str, columns: int) -> list[list[str | None]]:
    """The lines of a CSV file in UTF-8, including the titles. An empty cell is null, ``""`` an empty text."""
    names = [str(number) for number in range(columns)]
    table = csv.read_csv(
        BufferReader(content),
        csv.ReadOptions(use_threads=False, column_names=names, block_size=len(content) + 1),
        csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return [list(line) for line in zip(*table.to_pydict().values(), strict=True)]


def json_cells(format_: Writes, rows: Rows, rendering: Rendering) -> Cells:
    """The columns and values of a file of JSON objects, one per line."""
    names = [column.name for column in rows.columns]
    records = [json.loads(line) for line in _written(format_, rows, rendering).splitlines()]
    return Cells(names, [[_as_text(record.get(name)) for name in names] for record in records])


def _as_text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _written(format_: Writes, rows: Rows, rendering: Rendering) -> bytes:
    sink = BytesIO()
    format_.write(rows, sink, rendering)
    return sink.getvalue()
