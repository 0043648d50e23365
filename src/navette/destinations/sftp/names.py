"""Names on the server: those that files get, and the hidden ones that they have until they are whole."""

import hashlib
import re

from navette.core.file_names import CONTROL, LONGEST_NAME, cut, is_plain_name
from navette.core.foreign_words import one_line
from navette.destinations.destination import split_directory
from navette.destinations.sftp.errors import SFTPRefusedError

_HIDDEN = re.compile(rb"\.[^/]+\.[0-9a-f]{24}\.(part|aside)")
_ATTEMPT = re.compile("[0-9a-f]{24}")


def remote_file_name(name: str) -> bytes:
    """The name as the server gets it. Raises RefusedError for what is not the plain name of a file."""
    if not is_plain_name(name):
        raise SFTPRefusedError(
            "'{name}' is not a valid file name: it is empty, contains a path or control characters, or has more than "
            "255 bytes.",
            name=_short(name),
            code="bad_name",
        )
    encoded = name.encode()
    if is_hidden(encoded):
        raise SFTPRefusedError(
            "'{name}' is not a valid file name: it looks like the hidden names of unfinished files.",
            name=_short(name),
            code="bad_name",
        )
    return encoded


def directory_name(directory: str) -> bytes:
    """The directory as the server gets it. Raises RefusedError where it cannot be one's name."""
    encoded = _encoded(directory)
    if CONTROL.search(directory):
        raise SFTPRefusedError("the directory contains control characters: correct it.", code="bad_name")
    return encoded or b"."


def directory_names(directory: str, creatable: int) -> tuple[bytes, list[bytes]]:
    """The part of a directory that must exist, and the names below it that may be created, as the server gets them.

    Raises RefusedError where one of them cannot be a directory's name.
    """
    existing, names = split_directory(directory, creatable)
    return directory_name(existing), [name.encode() for name in names]


def hidden_name(name: bytes, attempt_id: str, kind: str) -> bytes:
    """``.NAME.ATTEMPT.KIND``; where that would be too long, the name is cut, and a hash keeps it apart from others."""
    end = f".{attempt_id}.{kind}".encode()
    room = LONGEST_NAME - 1 - len(end)
    if len(name) > room:
        mark = b"~" + hashlib.sha256(name).hexdigest()[:16].encode()
        name = cut(name.decode(), room - len(mark)).encode() + mark
    return b"." + name + end


def is_attempt(attempt_id: str) -> bool:
    """Whether it can be part of a hidden name: 24 hexadecimal digits, as ids have."""
    return bool(_ATTEMPT.fullmatch(attempt_id))


def path_in(directory: bytes, name: bytes) -> bytes:
    """The path of a name in a directory of the server."""
    return directory.rstrip(b"/") + b"/" + name


def is_hidden(name: bytes) -> bool:
    """Whether a name has the form of our hidden ones."""
    return bool(_HIDDEN.fullmatch(name))


def is_leftover(name: bytes) -> bool:
    """Whether a name is of a file that was never whole. What was set aside is not: it may be the only copy."""
    return is_hidden(name) and name.endswith(b".part")


def _encoded(name: str) -> bytes:
    try:
        return name.encode()
    except UnicodeEncodeError as error:
        raise SFTPRefusedError(
            "'{name}' is not a valid directory name: it cannot be written in UTF-8.",
            name=_short(name),
            code="bad_name",
        ) from error


def _short(name: str) -> str:
    return one_line(name)[:80]
