"""Several files in one archive."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from navette.core.archives import PIECE, ArchiveMember, archive
from navette.core.errors import RequestError
from navette.core.files import complete_file

# Together with those before it, a file of up to here lies in the part of an archive that every program reads.
LARGE = 0xF000_0000


def bundle(
    files: Sequence[Path], target: Path, password: str | None = None, *, piece: int = PIECE, large: int = LARGE
) -> None:
    """Write ``target`` with the files in it, under their names without folders; encrypted (AES-256) with a password.

    It is made ``piece`` bytes at a time. A file that ends at ``large`` bytes or later is marked for ZIP64.
    Raises RequestError where two files have one name, or the password is empty.
    """
    names = [path.name for path in files]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RequestError("two files of the archive would be named {name}: leave one of them out.", name=twice[0])
    if password == "":
        raise RequestError("the password is empty: give one, or leave it out.")
    with complete_file(target) as file:
        for written in archive(_members(files, piece, large), password, piece):
            file.write(written)


def _members(files: Iterable[Path], piece: int, large: int) -> Iterator[ArchiveMember]:
    size = 0
    for path in files:
        size += path.stat().st_size
        yield ArchiveMember(path.name, _pieces(path, piece), large=size >= large)


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece
