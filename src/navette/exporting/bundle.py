"""Several files in one archive."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from navette.core.archives import PIECE, Member, archive
from navette.core.errors import RequestError
from navette.core.files import complete_file

# Together with those before it, a file of up to here lies in the part of an archive that every program reads.
_LARGE = 0xF000_0000


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
    with complete_file(target) as file:
        for piece in archive(_members(files), password):
            file.write(piece)


def _members(files: Iterable[Path]) -> Iterator[Member]:
    size = 0
    for path in files:
        size += path.stat().st_size
        yield Member(path.name, _pieces(path), large=size >= _LARGE)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
