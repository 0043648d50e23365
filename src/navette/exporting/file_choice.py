"""How a file is asked for, and what it then is to browsers and mail programs."""

from dataclasses import dataclass

from navette.core.errors import RequestError, unknown
from navette.formats import FORMATS, Compression, Format, InMail, compressed

_BYTES = "application/octet-stream"


@dataclass(frozen=True)
class FileType:
    """What a stored file is: the media type for browsers, and how mails carry it."""

    media_type: str
    in_mail: InMail


@dataclass(frozen=True)
class FileChoice:
    """How a file is asked for: the names of a format and a compression (empty: the format's own way), and a locale."""

    format: str
    compression: str = ""
    locale: str = "en"

    def writer(self) -> tuple[Format, Compression | None]:
        """What writes such a file, and what compresses it as a whole.

        Raises RequestError where there is no such format, or its files are not compressed like that.
        """
        if self.format not in FORMATS:
            raise unknown("format", self.format, FORMATS)
        return compressed(FORMATS[self.format], self.compression)

    def file_type(self) -> FileType:
        """What such a file is; just bytes where the format that once wrote it is gone."""
        try:
            format_, compression = self.writer()
        except RequestError:
            return FileType(_BYTES, InMail(_BYTES))
        if compression:
            return FileType(compression.media_type, InMail(compression.media_type))
        return FileType(format_.media_type, format_.in_mail)
