"""A format that is declared here and nowhere else: each row as one line of cells with bars between them."""

from typing import BinaryIO

from navette.core.messages import message
from navette.core.rows import Rows
from navette.core.sql import identifier
from navette.formats import Cells, InMail, Rendering, Written
from navette.formats.lines import write_lines


class Toy:
    name = "toy"
    extension = "bars"
    label = "Bars"
    description = message("Cells with bars between them.")
    media_type = "text/x-bars"
    in_mail = InMail("application/x-bars", zipped_to_fit=True)
    compressible = True
    packageable = False
    codecs = ("none",)

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        cells = ", ".join(f"CAST({identifier(column.name)} AS VARCHAR)" for column in rows.columns)
        return write_lines(rows, [[f"concat_ws('|', {cells}) || chr(10) AS line", "0 AS cut"]], sink)

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        return Cells(["first", "second"], [["as", "toys"]])
