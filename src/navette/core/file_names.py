"""The names of files: what makes names that are valid on every system, and what checks names.

Only names that mean something else have rules elsewhere: sheets of a workbook, columns of a database.
"""

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST_NAME = 255
"""Bytes of UTF-8, the limit of file systems."""

CONTROL = re.compile("[\0-\x1f\x7f-\x9f]")
"""Control characters."""

UNSEEN = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line and paragraph separators, direction marks and lone surrogates."""

FORBIDDEN = re.compile(rf"""[/\\:*?"<>|]|{UNSEEN.pattern}""")
"""Characters that file systems, shells or Windows do not accept in a name."""

# Windows opens a device under these names, whatever follows the first dot:
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *", re.IGNORECASE)

_LONGEST_TYPES = 20


def clean_name(text: str, longest: int = LONGEST_NAME) -> str:
    """Make the text a valid name of one visible file on every system, in Unicode's form NFC.

    Forbidden characters become ``_``, other blanks become spaces, and a name that Windows reserves gets a ``_``
    (``CON_.csv``). A name longer than that many bytes is cut between characters, before its extensions. If nothing is
    left, the name is ``export``.
    """
    name = _unreserved(_plain(unicodedata.normalize("NFC", text)))
    if len(name.encode()) <= longest:
        return name
    types = "".join(PurePosixPath(name).suffixes[-2:])
    types = types if len(types) <= _LONGEST_TYPES else ""
    stem = beginning(name.removesuffix(types), longest - len(types.encode()))
    return _unreserved(_plain(stem)) + types


def is_plain_name(name: str) -> bool:
    """Whether the name is that of one file or directory, and valid on a Windows server too."""
    plain = name not in ("", ".", "..") and not re.search(rf"[/\\]|{UNSEEN.pattern}", name)
    return plain and len(name.encode()) <= LONGEST_NAME


def beginning(text: str, most: int) -> str:
    """The beginning of a text, cut to a number of bytes in UTF-8; an accent stays with its letter."""
    end = len(cut(text, most))
    while 0 < end < len(text) and unicodedata.combining(text[end]):
        end -= 1
    return text[:end]


def cut(text: str, most: int) -> str:
    """The beginning of a text, cut between characters to a number of bytes in UTF-8."""
    return text.encode()[: max(most, 0)].decode(errors="ignore")


def _plain(name: str) -> str:
    return re.sub(r"\s", " ", FORBIDDEN.sub("_", name)).strip(" .") or "export"


def _unreserved(name: str) -> str:
    stem, dot, ending = name.partition(".")
    return f"{stem.rstrip()}_{dot}{ending}" if _RESERVED.fullmatch(stem) else name
