"""CSV files: UTF-8 with or without a byte order mark, cells separated by , ; tab or |, quoted as in RFC 4180.

An empty cell is null; a quoted empty cell (``""``) is the empty text.
"""

import codecs
import csv
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from pyarrow.csv import ConvertOptions, CSVStreamingReader, InvalidRow, ParseOptions, ReadOptions, open_csv

from navette.connectors.connector import Refused
from navette.connectors.files.opened import ROW_BYTES, opened
from navette.core.errors import RequestError
from navette.tables import Table

DELIMITERS = ",;\t|"
BATCH_ROWS = 100_000
# A row must fit into two consecutive blocks.
BLOCK_BYTES = ROW_BYTES
HEADER_BYTES = 2**20
# Read after the last row, with more cells than a row has. If it does not turn up as an odd row of its own, a quote that
# was opened before and never closed has swallowed it.
END_MARK = "\x03end of rows\x03"
NEVER_CLOSED = "a quote is opened in this row and never closed, so that the rest of the file is inside it"


def columns(path: Path, table: Table) -> list[str] | None:
    """The names in the header. Raises RequestError if there is none."""
    return _header(path, table)[0]


def read(
    path: Path, table: Table, _note_unknown: Callable[[str], None], block_bytes: int = BLOCK_BYTES
) -> Iterator[pa.Table | Refused]:
    """Yield the table's fields of every row, as bytes. A row with too few or too many cells is refused."""
    fields = [field.name for field in table.fields]
    for rows in _rows(path, table, block_bytes):
        yield rows if isinstance(rows, Refused) else rows.select([name for name in fields if name in rows.column_names])


def _rows(path: Path, table: Table, block_bytes: int) -> Iterator[pa.Table | Refused]:
    names, delimiter = _header(path, table)
    utf8 = _is_utf8(path)
    odd = _OddRows(path.name, table.name, utf8)
    with opened(path) as file:
        source = _Source(file, f"\n{END_MARK}{delimiter * len(names)}\n".encode(), utf8)
        pending: pa.Table | None = None  # the very last row may have to be refused
        try:
            for block in _blocks(source, delimiter, odd, block_bytes):
                yield from odd.take()
                if pending is not None and block.num_rows:
                    yield from _at_most(pending)
                pending = block.rename_columns(names) if block.num_rows or pending is None else pending
        except Exception:  # the file turns out to be broken: the rows read so far count
            yield from odd.take()
            if pending is not None:
                yield from _at_most(pending)
            raise
        yield from odd.take()
    if pending is not None and not odd.ended:
        yield odd.refused(NEVER_CLOSED, _swallowed(pending, delimiter), origin=f"{path.name}, last row")
        pending = pending.slice(0, pending.num_rows - 1)
    if pending is not None:
        yield from _at_most(pending)


def _header(path: Path, table: Table) -> tuple[list[str], str]:
    """The names of the columns and the delimiter: the one with which most names are fields of the table."""
    with opened(path) as file:
        head = file.read(HEADER_BYTES)
    text = head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "backslashreplace")
    try:
        candidates = [(names, delimiter) for delimiter in DELIMITERS if (names := _first_row(text, delimiter))]
    except csv.Error as error:
        raise RequestError(
            "{name} does not begin with the names of its columns: {error}.", name=path.name, error=error
        ) from error
    if not candidates:
        raise RequestError("{name} is empty: its first line must name its columns.", name=path.name)
    fields = {field.name for field in table.fields}
    return max(candidates, key=lambda candidate: (len(fields & set(candidate[0])), len(candidate[0])))


def _first_row(text: str, delimiter: str) -> list[str]:
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    return [name.strip() for name in next((row for row in rows if row), [])]


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with opened(path) as file:
            while chunk := file.read(2**20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(source: "_Source", delimiter: str, odd: "_OddRows", block_bytes: int) -> Iterator[pa.Table]:
    try:
        for batch in _reader(source, delimiter, odd, block_bytes):
            block = pa.Table.from_batches([batch])
            yield block if odd.utf8 else _as_written(block)
    except pa.ArrowInvalid as error:
        if "straddling" not in str(error):
            raise
        raise RequestError(
            "{file} has a row of more than {most} MB: look for a quote that is never closed.",
            file=odd.file,
            most=block_bytes // 2**20,
        ) from error


def _reader(source: "_Source", delimiter: str, odd: "_OddRows", block_bytes: int) -> CSVStreamingReader:
    return open_csv(
        source,
        ReadOptions(use_threads=False, block_size=block_bytes),
        ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=odd),
        ConvertOptions(
            default_column_type=pa.binary(),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _as_written(block: pa.Table) -> pa.Table:
    """The original bytes of the file, from its reading as Latin-1."""
    columns = [
        pa.array(
            [cell if cell is None else cell.decode().encode("latin-1") for cell in column.to_pylist()], pa.binary()
        )
        for column in block.columns
    ]
    return pa.Table.from_arrays(columns, names=block.column_names)


def _at_most(rows: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, rows.num_rows, BATCH_ROWS):
        yield rows.slice(start, BATCH_ROWS)


def _swallowed(rows: pa.Table, delimiter: str) -> str:
    cells = [(column[-1].as_py() or b"").decode("utf-8", "backslashreplace") for column in rows.columns]
    return delimiter.join(cells).split(END_MARK)[0].rstrip("\n")


class _Source:
    """A file's bytes without its byte order mark and followed by ``end``, for pyarrow to read.

    Bytes that are not UTF-8 are read as Latin-1, in which every byte is a character, and converted back later,
    because the parser stops at an odd row that is not UTF-8. No block ends between CR and LF, because pyarrow drops
    an LF at the start of a block after one that ends with CR, even within quotes (apache/arrow#51368).
    """

    closed = False

    def __init__(self, file: BinaryIO, end: bytes, utf8: bool) -> None:
        self._file, self._end, self._utf8 = file, end, utf8
        self._pending = b""
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            file.seek(0)

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True  # the caller that opened the file closes it

    def read(self, size: int = -1) -> bytes:
        chunk = self._pending + self._file.read(size - len(self._pending))
        if len(chunk) < size:  # in the same block as the last row, because pyarrow rejects a first block without any
            chunk, self._end = chunk + self._end, b""
        block = chunk.removesuffix(b"\r")
        self._pending = chunk[len(block) :]
        return block if self._utf8 else block.decode("latin-1").encode()


class _OddRows:
    """Collects the rows that have too few or too many cells, while pyarrow continues to read."""

    def __init__(self, file: str, table: str, utf8: bool) -> None:
        self.file, self._table, self.utf8 = file, table, utf8
        self.ended = False
        self._refused: list[Refused] = []

    def __call__(self, row: InvalidRow) -> str:
        text = row.text if self.utf8 else row.text.encode("latin-1").decode("utf-8", "backslashreplace")
        before, end, _ = text.partition(END_MARK)
        self.ended = self.ended or bool(end)
        if before:
            cells = "1 cell" if row.actual_columns == 1 else f"{row.actual_columns} cells"
            counted = f"it has {cells}, but the header has {row.expected_columns}"
            self._refused.append(
                self.refused(NEVER_CLOSED if end else counted, before, f"{self.file}, row {row.number}")
            )
        return "skip"

    def refused(self, reason: str, text: str, origin: str) -> Refused:
        return Refused(self._table, reason, text.rstrip("\n"), origin)

    def take(self) -> list[Refused]:
        """Return the rows refused since the last call."""
        refused, self._refused = self._refused, []
        return refused
