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
        sink.write(in_memory(batch.column("line")))
        count += batch.num_rows
        cut += total(batch.column("cut"))
    return Written(count, cut)


def in_memory(texts: pa.Array) -> memoryview:
    """The texts (none of them null), one after the other, as UTF-8: as they lie in memory, without a copy."""
    _, offsets, data = texts.buffers()
    if data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    return memoryview(data)[ends[texts.offset] : ends[texts.offset + len(texts)]]


def total(counts: pa.Array) -> int:
    """The sum of some numbers, 0 where there are none. Arrow's own sum imports all that Arrow can compute."""
    return int(np.nansum(counts.to_numpy(zero_copy_only=False)))
