"""The XLSX format: sheets are compressed while their rows arrive, in memory that does not grow."""

from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO

import pyarrow as pa
from stream_zip import ZipOverflowError

from navette.core.archives import PIECE, ArchiveMember, archive
from navette.core.errors import RequestError
from navette.core.messages import message
from navette.core.rows import Rows
from navette.formats.excel import Excel
from navette.formats.format import Cells, InMail, Rendering, Written
from navette.formats.lines import in_memory, total
from navette.formats.spreadsheet import is_long_title
from navette.formats.xlsx.cells import row_selects, without_controls
from navette.formats.xlsx.workbook import Workbook, sheet_part

SHEET_ROWS = 1_000_000
"""Rows of a sheet, after the titles. Excel's limit is 1,048,576."""

SHEET_BYTES = 3 << 30
"""Bytes of XML after which a sheet ends early: without ZIP64, which Excel warns about, a part has less than 4 GiB."""

LARGEST_COLUMNS = 16_384

# A row's XML is several times as long as a line of text.
_BATCH_ROWS = 2048


class Xlsx:
    """For people: opens with a double click in Excel, LibreOffice and similar programs, with typed cells."""

    name = "xlsx"
    extension = "xlsx"
    label = "XLSX"
    description = message("A workbook with typed cells and a sheet describing its contents.")
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    in_mail = InMail(media_type)
    compressible = False
    packageable = False
    codecs = ("none",)

    def __init__(self, sheet_rows: int = SHEET_ROWS, sheet_bytes: int = SHEET_BYTES, piece: int = PIECE) -> None:
        """``sheet_rows`` and ``sheet_bytes`` end a sheet; ``piece`` is the number of bytes written at a time."""
        self.sheet_rows, self.sheet_bytes, self.piece = sheet_rows, sheet_bytes, piece

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write the workbook. Raises RequestError for an unknown locale, and for contents that no workbook can hold."""
        if len(rows.columns) > LARGEST_COLUMNS:
            raise RequestError("a sheet holds at most {most} columns: choose fewer fields.", most=LARGEST_COLUMNS)
        book = _Book(rows, rendering, self.sheet_rows, self.sheet_bytes)
        try:
            with closing(book):
                for piece in archive(book.members(), piece=self.piece):
                    sink.write(piece)
        except ZipOverflowError as error:
            raise RequestError(
                "the workbook would be larger than 4 GiB, which Excel cannot open: choose a shorter period, "
                "fewer fields or another format."
            ) from error
        return book.written

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        """The cells as Excel shows them, which are those of the CSV file for Excel."""
        return Excel().preview(rows, rendering)


class _Book:
    """The members of the file, created one after the other while the rows arrive."""

    def __init__(self, rows: Rows, rendering: Rendering, sheet_rows: int, sheet_bytes: int) -> None:
        titles = [column.name for column in rows.columns]
        cut, replaced = (
            (is_long_title(title, "") for title in titles),
            (without_controls(title) != title for title in titles),
        )
        self.written = Written(0, cut=sum(cut), replaced=sum(replaced))
        self._sheet_rows, self._sheet_bytes = sheet_rows, sheet_bytes
        self._workbook = Workbook(rows.columns, rendering)
        selects = row_selects(rows.parts, rendering.zone, self._workbook.facts, self._workbook.styles())
        self._batches = rows.batches(*selects, size=_BATCH_ROWS)
        self._waiting: pa.RecordBatch | None = next(self._batches, None)
        self._rows: list[int] = []

    def close(self) -> None:
        """Stop the engine, even if not all rows were consumed."""
        self._batches.close()

    def members(self) -> Iterator[ArchiveMember]:
        while not self._rows or self._waiting is not None:
            yield ArchiveMember(sheet_part(len(self._rows) + 1), self._sheet())
        for name, content in self._workbook.parts(self._rows, self.written):
            yield ArchiveMember(name, [content])

    def _sheet(self) -> Iterator[bytes | memoryview]:
        self._rows.append(0)
        head = self._workbook.head(len(self._rows))
        yield head
        size = len(head)
        while self._waiting is not None and size < self._sheet_bytes and (room := self._sheet_rows - self._rows[-1]):
            lines = in_memory(self._take(self._waiting, room))
            size += len(lines)
            yield lines
        yield self._workbook.tail(self._rows[-1])

    def _take(self, rows: pa.RecordBatch, room: int) -> pa.Array:
        """Yield the XML of the next rows, at most that many."""
        batch, following = rows.slice(0, room), rows.slice(room)
        self._waiting = following if following.num_rows else next(self._batches, None)
        self._rows[-1] += batch.num_rows
        self.written = Written(
            self.written.rows + batch.num_rows,
            self.written.cut + total(batch.column("cut")),
            self.written.replaced + total(batch.column("replaced")),
        )
        return batch.column("line")
