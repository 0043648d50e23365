"""The rows of a query, as an engine offers them to a format."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Protocol

import pyarrow as pa

from navette.core.columns import OutputColumn


class Rows(Protocol):
    """The result of one query over one snapshot, not yet computed.

    The order of rows is the same at every call for one snapshot. ``select`` is a list of SQL expressions in
    DuckDB's dialect over the columns' (double-quoted) names; each comes with the name of its result.
    """

    columns: Sequence[OutputColumn]

    def copy(self, select: Sequence[tuple[str, str]], options: str, sink: BinaryIO) -> int:
        """Write every row through the engine's own writer (DuckDB's ``COPY`` options) to ``sink``.

        Gives the number of rows. Headers are the caller's: options must not ask for one.
        """
        ...

    def batches(self, select: Sequence[tuple[str, str]] | None = None) -> Iterator[pa.RecordBatch]:
        """Every row as Arrow record batches in row order; without ``select``, the columns as they are."""
        ...

    def totals(self, expressions: Sequence[str]) -> list[int]:
        """The sum of each integer expression over all rows; nothing is 0."""
        ...
