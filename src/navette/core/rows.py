"""The rows of a query, as an engine offers them to a format."""

from collections.abc import Generator, Sequence
from typing import Protocol

import pyarrow as pa

from navette.core.columns import OutputColumn, Part

BATCH_ROWS = 8192
"""Rows of a batch: enough that a batch costs no more than its rows."""

WIDE = 200
"""From this many columns on, one SQL expression handles all of them: planning each would take longer than running it.
"""


class Rows(Protocol):
    """The result of one query over one snapshot, not computed yet."""

    columns: Sequence[OutputColumn]
    parts: Sequence[Part]
    """The same columns, as the columns of the result carry them."""

    def batches(self, *selects: Sequence[str], size: int = BATCH_ROWS) -> Generator[pa.RecordBatch]:
        """Yield every row in Arrow record batches, in the same order at every call for one snapshot.

        Each select is a list of SELECT's terms, in DuckDB's dialect and row by row, over the columns of the one before;
        the first is over ``parts``, by the (double-quoted) names of their first columns. Without selects, the columns
        are ``columns`` as they are. A batch has at most ``size`` rows. A caller that may not consume all batches must
        close the generator, so that the engine stops.
        """
        ...
