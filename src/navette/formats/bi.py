"""BI: CSV for programs. UTF-8 without BOM, commas, ISO 8601; every text byte for byte as it is stored."""

from collections.abc import Callable
from typing import BinaryIO
from zoneinfo import ZoneInfo

from navette.core.messages import message
from navette.core.rows import Rows
from navette.core.types import Kind
from navette.formats.csv import float_text, list_text, rendered_values, title_line, write_rows
from navette.formats.format import Cells, InMail, Rendering, Written
from navette.formats.instants import iso_text
from navette.formats.preview import csv_cells

SEPARATOR = ","

# How to render a column of each kind: SQL from its quoted name and the zone.
RENDERED: dict[Kind, Callable[[str, ZoneInfo], str]] = {
    Kind.TEXT: lambda column, _: column,
    Kind.INTEGER: lambda column, _: column,
    Kind.FLOAT: lambda column, _: float_text(column),
    Kind.BOOLEAN: lambda column, _: f"CAST({column} AS INTEGER)",
    Kind.DATE: lambda column, _: f"CAST({column} AS VARCHAR)",
    Kind.DATETIME: iso_text,
    Kind.ARRAY: lambda column, _: list_text(column),
    Kind.JSON: lambda column, _: column,
}


class Bi:
    """The default format of automated exports."""

    name = "bi"
    extension = "csv"
    label = "BI"
    description = message("A CSV file for programs such as Power BI, with ISO dates and unchanged values.")
    media_type = "text/csv; charset=utf-8"
    in_mail = InMail(zipped_to_fit=True)
    compressible = True
    packageable = True
    codecs = ("none",)

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write the file. The locale has no effect, and nothing is ever shortened."""
        sink.write(title_line([column.name for column in rows.columns], SEPARATOR))
        values = rendered_values(
            rows.parts, SEPARATOR, lambda column, name: RENDERED[column.type.kind](name, rendering.zone)
        )
        cells = [f"v{n} AS c{n}" for n in range(len(rows.parts))]
        return write_rows(rows, [*values, [*cells, "0 AS cut"]], SEPARATOR, sink)

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        """The file's cells."""
        return csv_cells(self, rows, rendering, SEPARATOR)
