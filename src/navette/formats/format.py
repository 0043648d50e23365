"""What a format is, what a request asks of it, and what it answers."""

from dataclasses import dataclass
from typing import BinaryIO, Protocol
from zoneinfo import ZoneInfo

from navette.core.rows import Rows


@dataclass(frozen=True)
class Rendering:
    """What a request asks of a text: ``locale`` as ``fr`` or ``fr_CA``, ``zone`` of the datetimes shown."""

    locale: str
    zone: ZoneInfo


@dataclass(frozen=True)
class Written:
    """What went into the file: rows, without the titles; and cells that had to be shortened, titles included."""

    rows: int
    cut: int = 0


class Format(Protocol):
    """Turns rows into a file of one kind."""

    name: str
    extension: str
    label: str

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write titles and every row to ``sink``, which the caller opens and closes.

        Raises RequestError for a rendering that the format does not know.
        """
        ...
