"""The protocol of a format, the rendering that a request asks for, and the result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol
from zoneinfo import ZoneInfo

from navette.core.messages import Message
from navette.core.rows import Rows
from navette.core.windows import OPEN, Window


@dataclass(frozen=True)
class Subject:
    """The subject of a file, for formats that describe it: the export and the request.

    ``by`` names the time that the window applies to.
    """

    name: str = "data"
    description: str = ""
    window: Window = OPEN
    by: str | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendering:
    """How a request wants a file rendered: ``locale`` such as ``fr`` or ``fr_CA``, ``zone`` of the shown datetimes."""

    locale: str
    zone: ZoneInfo
    subject: Subject = Subject()


@dataclass(frozen=True)
class Written:
    """The number of rows in the file, without the titles, and the number of cells that the format could not hold.

    ``cut`` counts the shortened cells, including titles; ``replaced`` those in which characters that the format
    cannot hold were replaced with visible ones.
    """

    rows: int
    cut: int = 0
    replaced: int = 0


@dataclass(frozen=True)
class InMail:
    """How mails carry a format's files: their media type, and whether a ZIP archive may replace a file that is too
    large.

    Texts are sent as bytes (``application/octet-stream``), because a mail server might rewrite the line ends of a
    text.
    """

    media_type: str = "application/octet-stream"
    zipped_to_fit: bool = False


@dataclass(frozen=True)
class Cells:
    """What a file shows: its titles, and each row's cells as texts, or null if the file shows nothing."""

    titles: list[str]
    rows: list[list[str | None]]


class Format(Protocol):
    """Turns rows into a file of one kind, and declares everything that the rest of the program must know about it.

    ``label`` and ``description`` are shown where users choose a format; ``media_type`` is what browsers get.
    ``compressible``: its files can be compressed as a whole, as programs want them. ``packageable``: a data package
    can describe its files. ``codecs``: how it can compress inside the file, its default first; a format with several
    has a field ``codec``.
    """

    name: str
    extension: str
    label: str
    description: Message
    media_type: str
    in_mail: InMail
    compressible: bool
    packageable: bool

    @property
    def codecs(self) -> tuple[str, ...]: ...

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write titles and every row to ``sink``, which the caller opens and closes.

        Raises RequestError for a rendering that the format does not support.
        """
        ...

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        """The cells of a file with these few rows; for a binary format, as a program shows them.

        Raises the errors of ``write``.
        """
        ...
