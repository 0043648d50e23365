"""The common parts of the text formats: each row is one text, which the engine assembles."""

from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from navette.core.rows import Rows
from navette.formats.format import Written


def write_lines(rows: Rows, selects: Sequence[Sequence[str]], sink: BinaryIO) -> Written:
    """Write the text of every row, one after the other, as UTF-8.

    The last of ``selects`` (see ``Rows.batches``) gives ``line``, which is never null and includes the line's end,
    and ``cut``, the number of shortened cells in the row.
    """
    count = cut = 0
    for batch in rows.batches(*selects):
        sink.write(in_memory(batch.column("line")))
        count += batch.num_rows
        cut += total(batch.column("cut"))
    return Written(count, cut)


def in_memory(texts: pa.Array) -> memoryview:
    """The bytes of consecutive texts (none of them null) in UTF-8, directly from memory without a copy."""
    _, offsets, data = texts.buffers()
    if data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    return memoryview(data)[ends[texts.offset] : ends[texts.offset + len(texts)]]


def total(counts: pa.Array) -> int:
    """The sum of some numbers, 0 if there are none. Arrow's own sum would import all of Arrow's compute functions."""
    return int(np.nansum(counts.to_numpy(zero_copy_only=False)))
