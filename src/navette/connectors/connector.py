"""The protocol of a connector, which reads rows for the tables, as Arrow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Batch:
    """Rows for one table.

    The columns of ``rows`` are fields of the table, in any order; missing ones are null. Each has either the field's
    Arrow type, or strings or bytes to be read as that type (lists and JSON are then JSON text). The store rejects
    values that cannot be read, row by row. ``origin`` says where the rows come from, for people.
    """

    table: str
    rows: pa.Table
    origin: str


@dataclass(frozen=True)
class Refused:
    """A row that the connector itself could not read: the reason, and the original row."""

    table: str
    reason: str
    row: str
    origin: str


@dataclass(frozen=True)
class Unread:
    """A sentence for people about a part of the input that could not be read at all, such as the rest of a broken
    file."""

    problem: str


class Connector(Protocol):
    """Reads the rows of a contact centre."""

    def read(self) -> Iterator[Batch | Refused | Unread]:
        """Yield every row, table by table or mixed; a second call yields the same rows again.

        Raises RequestError before the first batch if the input as a whole cannot be read.
        """
        ...
