"""The rows of a query, as an engine offers them to a format."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Protocol

import numpy as np
import pyarrow as pa

from navette.core.columns import OutputColumn


class Rows(Protocol):
    """The result of one query over one snapshot, not yet computed.

    The order of rows is the same at every call for one snapshot. ``select`` is a list of SQL expressions in
    DuckDB's dialect over the columns' (double-quoted) names; each comes with the name of its result.
    """

    columns: Sequence[OutputColumn]

    def write_text(self, select: Sequence[tuple[str, str]], line: str, sink: BinaryIO) -> int:
        """Write one text for every row, one after the other, as UTF-8; gives the number of rows.

        ``line`` is an SQL expression over the names that ``select`` gives its results; it holds the line's end.
        """
        ...

    def batches(self, select: Sequence[tuple[str, str]] | None = None) -> Iterator[pa.RecordBatch]:
        """Every row as Arrow record batches in row order; without ``select``, the columns as they are."""
        ...

    def totals(self, expressions: Sequence[str]) -> list[int]:
        """The sum of each integer expression over all rows; nothing is 0."""
        ...


def pour(texts: pa.Array, sink: BinaryIO) -> None:
    """Write texts (none of them null) to ``sink``, one after the other, without a copy: so they lie in memory."""
    _, offsets, data = texts.buffers()
    if data is not None:
        ends = np.frombuffer(offsets, np.int64 if pa.types.is_large_string(texts.type) else np.int32)
        sink.write(memoryview(data)[ends[texts.offset] : ends[texts.offset + len(texts)]])
