"""JSON Lines: one JSON object per row, for programs. UTF-8; every row has every column, null if it has no value."""

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import BinaryIO
from zoneinfo import ZoneInfo

from navette.core.columns import OutputColumn, Part
from navette.core.messages import message
from navette.core.rows import WIDE, Rows
from navette.core.sql import identifier, literal, of_each, of_list
from navette.core.types import Kind
from navette.formats.format import Cells, InMail, Rendering, Written
from navette.formats.instants import iso_text
from navette.formats.lines import write_lines
from navette.formats.preview import json_cells

# How to write a column of each kind in JSON: SQL from its quoted name and the zone.
RENDERED: dict[Kind, Callable[[str, ZoneInfo], str]] = {
    Kind.TEXT: lambda column, _: column,
    Kind.INTEGER: lambda column, _: column,
    Kind.FLOAT: lambda column, _: f"CASE WHEN isfinite({column}) THEN {column} END",  # JSON has no other numbers
    Kind.BOOLEAN: lambda column, _: column,
    Kind.DATE: lambda column, _: f"CAST({column} AS VARCHAR)",
    Kind.DATETIME: iso_text,
    Kind.ARRAY: lambda column, _: column,
    Kind.JSON: lambda column, _: f"CAST({column} AS JSON)",
}

_PLAIN, _QUOTED = (Kind.INTEGER, Kind.BOOLEAN), (Kind.DATE, Kind.DATETIME)
"""The kinds whose text is valid JSON, as it is or in quotes."""


class JsonLines:
    """For programs that read a file line by line: numbers, booleans, lists and objects have JSON's own types."""

    name = "jsonl"
    extension = "jsonl"
    label = "JSON Lines"
    description = message("One JSON object per line, for programs.")
    media_type = "application/jsonl"
    in_mail = InMail(zipped_to_fit=True)
    compressible = True
    packageable = False
    codecs = ("none",)

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write the file. The locale has no effect, and nothing is ever shortened."""
        record = _record(rows.parts, rendering.zone)
        return write_lines(rows, [[f"concat({record}, chr(10)) AS line", "0 AS cut"]], sink)

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        """The objects' members."""
        return json_cells(self, rows, rendering)


def _record(parts: Sequence[Part], zone: ZoneInfo) -> str:
    """The SQL of a row's object, in pieces: the engine's own objects take longer, especially with many members."""
    runs = []
    for is_one, run in groupby(parts, lambda part: len(part) == 1):
        together = list(run)
        if not is_one:
            runs += [_of_list(part, zone) for part in together]
        elif len(parts) < WIDE:
            runs += [f"{literal(_key(column))}, {_value(column, zone)}" for [column] in together]
        else:  # a piece for each column would take longer to plan
            runs.append(_without_braces(_object(together, zone)))
    return "'{', " + ", ',', ".join(runs) + ", '}'"


def _key(column: OutputColumn) -> str:
    return json.dumps(column.name, ensure_ascii=False) + ":"


def _value(column: OutputColumn, zone: ZoneInfo) -> str:
    """The SQL of a value as JSON."""
    kind = column.type.kind
    value = RENDERED[kind](identifier(column.name), zone)
    if kind in _QUOTED or (kind is Kind.TEXT and column.is_id):  # these have nothing to escape
        text = f"""'"' || {value} || '"'"""
    else:
        text = f"CAST({value if kind in _PLAIN else f'to_json({value})'} AS VARCHAR)"
    return f"coalesce({text}, 'null')"


def _object(parts: Sequence[Part], zone: ZoneInfo) -> str:
    return f"to_json(struct_pack({', '.join(_member(column, zone) for [column] in parts)}))"


def _without_braces(record: str) -> str:
    return f"CAST({record} AS VARCHAR)[2:-2]"


def _of_list(part: Part, zone: ZoneInfo) -> str:
    """The SQL of the members of a part with many columns, without braces."""
    keys = of_each((literal(column.name) for column in part), lambda text: f"to_json({text}) || ':'")
    values = of_list(
        identifier(part[0].name),
        lambda text: f"coalesce(CAST(to_json({RENDERED[part[0].type.kind](text, zone)}) AS VARCHAR), 'null')",
    )
    return f"array_to_string(list_transform(list_zip({keys}, {values}), lambda pair: pair[1] || pair[2]), ',')"


def _member(column: OutputColumn, zone: ZoneInfo) -> str:
    name = identifier(column.name)
    return f"{name} := {RENDERED[column.type.kind](name, zone)}"
