"""Rows that come as an engine brings them: in many small record batches, none of which begins its buffers."""

from collections.abc import Generator, Sequence

import pyarrow as pa
from tests.duckdb_rows import DuckDBRows

from navette.core.rows import BATCH_ROWS
from navette.core.types import Integer, String


class InBatches(DuckDBRows):
    """So many numbers from 0 on, each with a text, in batches of ``size`` rows."""

    def __init__(self, count: int, size: int) -> None:
        super().__init__({"n": (Integer, range(count)), "text": (String, [f"t{n}" for n in range(count)])})
        self._size = size

    def batches(self, *selects: Sequence[str], size: int = BATCH_ROWS) -> Generator[pa.RecordBatch]:
        for batch in super().batches(*selects, size=size):
            yield from (batch.slice(first, self._size) for first in range(0, batch.num_rows, self._size))
