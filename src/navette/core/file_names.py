"""The names of files: one function that makes a name which every system can have, and one that says what a name is."""

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST_NAME = 255
"""In bytes of UTF-8, as file systems have it."""

UNSEEN = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line and paragraph separators, what turns the direction of writing, lone surrogates."""

FORBIDDEN = re.compile(rf"""[/\\:*?"<>|]|{UNSEEN.pattern}""")
"""What file systems, shells or Windows would not have in a name."""

# Windows opens a device under these, whatever follows the first dot:
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *", re.IGNORECASE)

_LONGEST_TYPES = 20


def clean_name(text: str, longest: int = LONGEST_NAME) -> str:
    """The text as the name of one file that is not hidden, on every system the same: in Unicode's form NFC.

    Other characters become ``_``, other blanks plain ones, and what Windows reserves gets a ``_`` (``CON_.csv``).
    What is longer than that many bytes is cut between characters, before its extensions. Where nothing is left, it is
    ``export``.
    """
    name = _unreserved(_plain(unicodedata.normalize("NFC", text)))
    if len(name.encode()) <= longest:
        return name
    types = "".join(PurePosixPath(name).suffixes[-2:])
    types = types if len(types) <= _LONGEST_TYPES else ""
    stem = beginning(name.removesuffix(types), longest - len(types.encode()))
    return _unreserved(_plain(stem)) + types


def is_plain_name(name: str) -> bool:
    """Whether it is the name of one file or directory in a directory, fit for a server that is Windows, too."""
    plain = name not in ("", ".", "..") and not re.search(rf"[/\\]|{UNSEEN.pattern}", name)
    return plain and len(name.encode()) <= LONGEST_NAME


def beginning(text: str, most: int) -> str:
    """The beginning of a text, cut to a number of bytes in UTF-8; an accent stays with its letter."""
    end = len(text.encode()[: max(most, 0)].decode(errors="ignore"))
    while 0 < end < len(text) and unicodedata.combining(text[end]):
        end -= 1
    return text[:end]


def _plain(name: str) -> str:
    return re.sub(r"\s", " ", FORBIDDEN.sub("_", name)).strip(" .") or "export"


def _unreserved(name: str) -> str:
    stem, dot, rest = name.partition(".")
    return f"{stem.rstrip()}_{dot}{rest}" if _RESERVED.fullmatch(stem) else name
