"""Ways to compress a file: as a whole while it is written, in separate threads, or with a codec inside the file."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from backports.zstd import CompressionParameter, ZstdFile
from isal import igzip_threaded

from navette.core.errors import RequestError, unknown
from navette.formats.format import Format

_THREADS = 2


@dataclass(frozen=True)
class Compression:
    """``extension`` follows the file's own; ``around`` gives a sink that compresses into another until it is closed.

    ``packageable``: readers of data packages open such files.
    """

    name: str
    label: str
    extension: str
    media_type: str
    packageable: bool
    around: Callable[[BinaryIO], BinaryIO]


def _gzip(sink: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, igzip_threaded.open(sink, "wb", compresslevel=1, threads=_THREADS))  # type: ignore[no-untyped-call]


def _zstd(sink: BinaryIO) -> BinaryIO:
    options: dict[int, int] = {CompressionParameter.compression_level: 1, CompressionParameter.nb_workers: _THREADS}
    file = ZstdFile(cast(Any, sink), "w", options=options)
    file.write(b"")  # otherwise an empty file would have no frame, and the program zstd would reject it
    return cast(BinaryIO, file)


COMPRESSIONS = {
    compression.name: compression
    for compression in (
        Compression("gzip", "gzip", "gz", "application/gzip", True, _gzip),
        Compression("zstd", "Zstandard", "zst", "application/zstd", False, _zstd),
    )
}

CODECS = {"zstd": "Zstandard", "snappy": "Snappy", "gzip": "gzip", "none": "None"}
"""What users call the codecs that compress inside the file."""

COMPRESSION_NAMES = tuple(dict.fromkeys(("none", *COMPRESSIONS, *CODECS)))
"""Every compression that a format's files can have."""


def compressions(format_: Format) -> tuple[str, ...]:
    """The names of the compressions that a format's files can have, the default first."""
    return (*format_.codecs, *(COMPRESSIONS if format_.compressible else ()))


def compressed(format_: Format, name: str) -> tuple[Format, Compression | None]:
    """The format that writes such files, and the compression of whole files.

    Without a name, the format's own default applies. Raises RequestError for a compression that files of the format
    cannot have.
    """
    valid = compressions(format_)
    if not name or name == valid[0]:
        return format_, None
    if name not in COMPRESSION_NAMES:
        raise unknown("compression", name, COMPRESSION_NAMES)
    if name not in valid:
        raise _refused(format_, name, valid)
    if name in format_.codecs:
        return cast(Format, replace(cast(Any, format_), codec=name)), None
    return format_, COMPRESSIONS[name]


def _refused(format_: Format, name: str, valid: tuple[str, ...]) -> RequestError:
    if len(valid) == 1:
        return RequestError(
            "{format} files are not compressed: leave out the compression, or use a ZIP archive.", format=format_.label
        )
    return RequestError(
        "{format} files cannot be compressed with {name}: choose one of {valid}.",
        format=format_.label,
        name=name,
        valid=valid,
    )
