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


@dataclass(frozen=True)
class InMail:
    """How mails carry a format's files: as what media type, and whether one that is too large may go as a ZIP archive.

    Texts go as bytes (``application/octet-stream``): a mail server might rewrite the line ends of a text.
    """

    media_type: str = "application/octet-stream"
    zipped_to_fit: bool = False


@dataclass(frozen=True)
class Cells:
    """What a file shows: its titles, and each row's cells as texts, null where the file shows nothing at all."""

    titles: list[str]
    rows: list[list[str | None]]


class Format(Protocol):
    """Turns rows into a file of one kind, and declares everything that the rest of the program must know of it.

    ``label`` and ``description`` are shown where people choose a format, ``media_type`` is what browsers get.
    ``compressible``: its files may be compressed as a whole, as programs want them. ``packageable``: a data package can
    describe its files. ``codecs``: how it can compress what is inside of the file, its own choice first; a format of
    several has a field ``codec``.
    """

    name: str
    extension: str
    label: str
    description: str
    media_type: str
    in_mail: InMail
    compressible: bool
    packageable: bool

    @property
    def codecs(self) -> tuple[str, ...]: ...

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write titles and every row to ``sink``, which the caller opens and closes.

        Raises RequestError for a rendering that the format does not know.
        """
        ...

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        """What a file of these few rows shows: that of a binary format as a reader of it would show them.

        Raises what ``write`` raises.
        """
        ...
