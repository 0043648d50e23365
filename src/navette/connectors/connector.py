"""The protocol of a connector, which reads rows for the tables, as Arrow."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import pyarrow as pa

from navette.core.messages import Message


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
    """A sentence about a part of the input that could not be read, such as the rest of a broken file."""

    problem: Message


@dataclass(frozen=True)
class CommandOption:
    """An argument or option of the command that loads through a connector.

    Without a ``default`` it is required, and an argument. ``least`` is the smallest number allowed.
    """

    name: str
    type: type[int] | type[str] | type[Path]
    help: str
    default: int | str | None = None
    least: int | None = None


class RowSource(Protocol):
    """Something that yields rows for the tables."""

    def read(self) -> Iterator[Batch | Refused | Unread]:
        """Yield every row, table by table or mixed. A second call yields the same rows again.

        Raises RequestError before the first batch if the input as a whole cannot be read.
        """
        ...


class Connector(ABC):
    """A kind of source, declared: what people call it, and the command and options that load through it.

    ``summary`` is the help of its command, ``command`` an example of it for the page about connectors. After reading,
    ``notes`` says in sentences what was in the input and was not read. ``in_time_order`` says that its rows need no
    check: each comes once, with the fields' types, after all earlier rows of its table.
    """

    label: ClassVar[Message]
    description: ClassVar[Message]
    summary: ClassVar[str]
    command: ClassVar[str]
    options: ClassVar[tuple[CommandOption, ...]]

    notes: Sequence[str] = ()

    @property
    def in_time_order(self) -> bool:
        """Whether its rows can be stored as they come."""
        return False

    @classmethod
    def opened(cls, **options: Any) -> "Connector":
        """Return the connector for these values of its options. Raises RequestError for values that are wrong."""
        return cls(**options)

    @abstractmethod
    def read(self) -> Iterator[Batch | Refused | Unread]:
        """Yield rows, as ``RowSource`` says."""
