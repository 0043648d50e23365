"""What the text formats share: each row is one text, which the engine assembles."""

from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from navette.core.rows import Rows
from navette.formats.format import Written


def write_lines(rows: Rows, selects: Sequence[Sequence[str]], sink: BinaryIO) -> Written:
    """Write a text for every row, one after the other, as UTF-8.

    The last of ``selects`` (see ``Rows.batches``) gives ``line``, which is never null and holds the line's end, and
    ``cut``, how many of the row's cells are shortened.
    """
    count = cut = 0
    for batch in rows.batches(*selects):
        _pour(batch.column("line"), sink)
        count += batch.num_rows
        cut += batch.column("cut").sum().as_py() or 0
    return Written(count, cut)


def _pour(texts: pa.Array, sink: BinaryIO) -> None:
    """Write the texts without a copy: so they lie in memory."""
    _, offsets, data = texts.buffers()
    if data is not None:
        ends = np.frombuffer(offsets, np.int64 if pa.types.is_large_string(texts.type) else np.int32)
        sink.write(memoryview(data)[ends[texts.offset] : ends[texts.offset + len(texts)]])
