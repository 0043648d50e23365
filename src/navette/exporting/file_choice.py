"""The choice of a file's format and compression, and what browsers and mail programs need to know of the file."""

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
    """The names of a format and a compression (empty: the format's default), and a locale."""

    format: str
    compression: str = ""
    locale: str = "en"

    def writer(self) -> tuple[Format, Compression | None]:
        """The format that writes such a file, and the compression of the whole file.

        Raises RequestError where there is no such format, or its files are not compressed like that.
        """
        if self.format not in FORMATS:
            raise unknown("format", self.format, FORMATS)
        return compressed(FORMATS[self.format], self.compression)

    def file_type(self) -> FileType:
        """What such a file is; plain bytes if its format no longer exists."""
        try:
            format_, compression = self.writer()
        except RequestError:
            return FileType(_BYTES, InMail(_BYTES))
        if compression:
            return FileType(compression.media_type, InMail(compression.media_type))
        return FileType(format_.media_type, format_.in_mail)
