"""Several files in one ZIP archive, which is written as it is read, in memory that does not grow."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from isal import isal_zlib
from stream_zip import ZIP_32, ZIP_64, MemberFile, stream_zip

from navette.core.errors import RequestError
from navette.core.files import complete_file

_PIECE = 1 << 20
_MODE = 0o100644
# Files of up to so many bytes are archived in the form that every program reads; larger ones in ZIP64.
_LARGE = 0xF000_0000
# The earliest time that ZIP knows: an archive's bytes follow from its files.
_MADE = datetime(1980, 1, 1)  # ZIP has no time zones


def bundle(files: Sequence[Path], target: Path, password: str | None = None) -> None:
    """Write ``target`` with the files in it, under their names without folders; encrypted (AES-256) with a password.

    Raises RequestError where two files have one name, or the password is empty.
    """
    names = [path.name for path in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RequestError(f"two files of the archive would be named {twice[0]}.")
    if password == "":
        raise RequestError("the password is empty: give one, or leave it out.")
    with complete_file(target) as archive:
        members = _members(files)
        for chunk in stream_zip(members, _PIECE, _compressor, extended_timestamps=False, password=password):
            archive.write(chunk)


def _members(files: Iterable[Path]) -> Iterator[MemberFile]:
    before = 0
    for path in files:
        before += path.stat().st_size
        # Only together can small files make an archive that needs ZIP64 for where its last ones are.
        yield path.name, _MADE, _MODE, ZIP_32 if before < _LARGE else ZIP_64, _pieces(path)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _compressor() -> Any:
    """zlib's interface, several times as fast."""
    return isal_zlib.compressobj(level=1, wbits=-15)
