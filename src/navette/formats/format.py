"""What a format is, what a request asks of it, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol
from zoneinfo import ZoneInfo

from navette.core.rows import Rows
from navette.core.windows import OPEN, Window


@dataclass(frozen=True)
class Subject:
    """What a file is about, for formats that tell: the export, and what was asked of it.

    ``by`` names the time that the window applies to.
    """

    name: str = "data"
    description: str = ""
    window: Window = OPEN
    by: str | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendering:
    """What a request asks of a file: ``locale`` as ``fr`` or ``fr_CA``, ``zone`` of the datetimes shown."""

    locale: str
    zone: ZoneInfo
    subject: Subject = Subject()


@dataclass(frozen=True)
class Written:
    """What went into the file: rows, without the titles; and what the format could not carry.

    ``cut`` counts the cells that had to be shortened, titles included; ``replaced`` those in which characters that
    the format cannot hold were replaced by others that can be seen.
    """

    rows: int
    cut: int = 0
    replaced: int = 0


class Format(Protocol):
    """Turns rows into a file of one kind.

    ``compressible``: its files may be compressed as a whole, as programs want them. ``codecs``: how it can compress
    what is inside of the file, its own choice first; a format of several has a field ``codec``.
    """

    name: str
    extension: str
    label: str
    compressible: bool

    @property
    def codecs(self) -> tuple[str, ...]: ...

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write titles and every row to ``sink``, which the caller opens and closes.

        Raises RequestError for a rendering that the format does not know.
        """
        ...
