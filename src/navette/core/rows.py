"""The rows of a query, as an engine offers them to a format."""

from collections.abc import Generator, Sequence
from typing import Protocol

import pyarrow as pa

from navette.core.columns import OutputColumn, Part

BATCH_ROWS = 8192
"""Enough rows for a batch not to cost more than its rows."""

WIDE = 200
"""From this many columns on, one SQL expression treats all: planning each would take longer than running them."""


class Rows(Protocol):
    """The result of one query over one snapshot, not yet computed."""

    columns: Sequence[OutputColumn]
    parts: Sequence[Part]
    """The same columns, as the columns of the result carry them."""

    def batches(self, *selects: Sequence[str], size: int = BATCH_ROWS) -> Generator[pa.RecordBatch]:
        """Every row as Arrow record batches, in an order that is the same at every call for one snapshot.

        Each select is a list of SELECT's terms, in DuckDB's dialect and row by row, over the columns of the one
        before; the first is over ``parts``, by the (double-quoted) names of their first columns. Without one,
        ``columns`` as they are. A batch has at most ``size`` rows. Who keeps the generator and may not take all of it
        closes it, for the engine to stop.
        """
        ...
