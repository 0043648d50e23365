"""ZIP archives that are created while they are read, in memory that does not grow with their size."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

if TYPE_CHECKING:
    from stream_zip import MemberFile

MEDIA_TYPE = "application/zip"

PIECE = 1 << 20
"""Bytes of an archive that are created at a time."""

_MODE = 0o100644
# The earliest time that ZIP can represent, so that an archive's bytes depend on its members alone.
_MADE = datetime(1980, 1, 1)


class ArchiveMember(NamedTuple):
    """One file of an archive. A ``large`` one has, or starts after, 4 GiB; not every program can read such archives."""

    name: str
    chunks: Iterable[bytes | memoryview]
    large: bool = False


def archive(members: Iterable[ArchiveMember], password: str | None = None, piece: int = PIECE) -> Iterator[bytes]:
    """The bytes of an archive, ``piece`` at a time, encrypted with AES-256 (WinZip's AE-2) if there is a password.

    Raises ``stream_zip.ZipOverflowError`` if a member should have been ``large``.
    """
    from stream_zip import stream_zip

    # stream-zip makes the key from the Latin-1 bytes, so these must be the password's bytes in UTF-8.
    key = None if password is None else password.encode().decode("latin-1")
    yield from stream_zip(map(_member_file, members), piece, _compressor, extended_timestamps=False, password=key)


def _member_file(member: ArchiveMember) -> "MemberFile":
    from stream_zip import ZIP_32, ZIP_64

    chunks = cast(Iterable[bytes], member.chunks)
    return member.name, _MADE, _MODE, ZIP_64 if member.large else ZIP_32, chunks


def _compressor() -> Any:
    """A compressor with zlib's interface that is several times as fast."""
    from isal import isal_zlib

    return isal_zlib.compressobj(level=1, wbits=-15)
