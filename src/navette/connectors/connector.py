"""What a connector is: it brings rows for the tables, as Arrow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Batch:
    """Rows for one table.

    The columns of ``rows`` are fields of the table, in any order; missing ones are null. Each has either the
    field's Arrow type, or strings or bytes to be read as that type (then lists and JSON are JSON text): what cannot
    be read is rejected by the store, row by row. ``origin`` says where the rows come from, for people.
    """

    table: str
    rows: pa.Table
    origin: str


@dataclass(frozen=True)
class Refused:
    """A row that the connector itself could not read: why, and the row as it came."""

    table: str
    reason: str
    row: str
    origin: str


@dataclass(frozen=True)
class Unread:
    """A part of the input that could not be read at all, such as the rest of a broken file: a sentence for people."""

    problem: str


class Connector(Protocol):
    """Brings the rows of a contact centre."""

    def read(self) -> Iterator[Batch | Refused | Unread]:
        """Every row, table by table or mixed; a second call gives the same rows again.

        Raises RequestError before the first batch where the input as a whole cannot be read.
        """
        ...
