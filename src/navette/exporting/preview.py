"""The first rows of a file before it is written, and its estimated size."""

from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

from navette.core.columns import OutputColumn
from navette.exporting.prepare import Prepared

PREVIEW_ROWS = 20
SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Preview:
    """The titles and cells of the first rows, as texts: see ``formats.format.Cells``."""

    columns: tuple[OutputColumn, ...]
    titles: list[str]
    rows: list[list[str | None]]


def first_rows(prepared: Prepared) -> Preview:
    """The first rows as the file would show them."""
    rows = prepared.engine.rows(prepared.query.first(PREVIEW_ROWS))
    cells = prepared.format.preview(rows, prepared.rendering)
    return Preview(prepared.query.columns, cells.titles, cells.rows)


def estimated_size(prepared: Prepared, rows: int) -> int:
    """The estimated size in bytes of a file with this many rows, from a sample of rows."""
    if rows <= SAMPLE_ROWS:
        return _size_of_first(prepared, rows)
    overhead = _size_of_first(prepared, 0)
    return overhead + (_size_of_first(prepared, SAMPLE_ROWS) - overhead) * rows // SAMPLE_ROWS


def _size_of_first(prepared: Prepared, rows: int) -> int:
    sink = _Counter()
    _write_first(prepared, rows, sink)
    return sink.count


def _write_first(prepared: Prepared, rows: int, sink: BytesIO) -> None:
    replace(prepared, query=prepared.query.first(rows)).write(sink)


class _Counter(BytesIO):
    """Counts the bytes that are written to it without storing them: a message may have millions."""

    count = 0

    def write(self, piece: Any, /) -> int:
        """Count them."""
        self.count += memoryview(piece).nbytes
        return memoryview(piece).nbytes

    def tell(self) -> int:
        """The number of bytes written so far."""
        return self.count
