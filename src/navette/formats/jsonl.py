"""JSON Lines: one JSON object a row, for programs. UTF-8, every column in every row, null where there is nothing."""

from collections.abc import Callable
from typing import BinaryIO
from zoneinfo import ZoneInfo

from navette.core.columns import OutputColumn
from navette.core.rows import Rows
from navette.core.sql import identifier
from navette.core.types import Kind
from navette.formats.format import Rendering, Written
from navette.formats.instants import iso_text
from navette.formats.lines import write_lines

# What a column of each kind is in JSON: its quoted name and the zone give SQL.
RENDERED: dict[Kind, Callable[[str, ZoneInfo], str]] = {
    Kind.TEXT: lambda column, _: column,
    Kind.INTEGER: lambda column, _: column,
    Kind.FLOAT: lambda column, _: f"CASE WHEN isfinite({column}) THEN {column} END",  # JSON knows no other
    Kind.BOOLEAN: lambda column, _: column,
    Kind.DATE: lambda column, _: f"CAST({column} AS VARCHAR)",
    Kind.DATETIME: iso_text,
    Kind.ARRAY: lambda column, _: column,
    Kind.JSON: lambda column, _: f"CAST({column} AS JSON)",
}


class JsonLines:
    """For programs that read a file line by line: numbers, truth, lists and objects are what they are."""

    name = "jsonl"
    extension = "jsonl"
    label = "JSON Lines"
    compressible = True
    codecs = ("none",)

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write the file; the locale changes nothing here, and nothing is ever shortened."""
        members = ", ".join(_member(column, rendering.zone) for column in rows.columns)
        return write_lines(rows, [[f"concat(to_json(struct_pack({members})), chr(10)) AS line", "0 AS cut"]], sink)


def _member(column: OutputColumn, zone: ZoneInfo) -> str:
    name = identifier(column.name)
    return f"{name} := {RENDERED[column.type.kind](name, zone)}"
