"""Patterns of file names: text with ``{{variables}}`` of a closed list, and nothing that is evaluated."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from navette.core.errors import RequestError

LONGEST = 150
"""In bytes of UTF-8. Systems allow 255; extensions and temporary names need some."""

_VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")

# What file systems, shells or spreadsheets' owners would not have in a name.
_FORBIDDEN = re.compile(r"""[/\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]""")


def check_name_pattern(pattern: str, variables: Iterable[str]) -> None:
    """Raise RequestError unless the pattern has only characters of file names and those variables, in double braces."""
    known = list(variables)
    strange = [name for name in _VARIABLE.findall(pattern) if name not in known]
    rest = _VARIABLE.sub("", pattern)
    if strange or set("{}") & set(rest):
        choices = ", ".join(f"{{{{{name}}}}}" for name in known)
        raise RequestError(f"the pattern '{_shown(pattern)}' has something else in braces than {choices}.")
    if _FORBIDDEN.search(rest):
        raise RequestError(f"the pattern '{_shown(pattern)}' has a character that file names cannot have.")
    if not pattern.strip(" ."):
        raise RequestError("the pattern of file names is empty.")
    if len(pattern.encode()) > LONGEST:
        raise RequestError(f"the pattern is longer than {LONGEST} bytes: shorten it.")


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """The name that the pattern makes of the values: one plain file name, not hidden, of at most LONGEST bytes."""
    name = _VARIABLE.sub(lambda found: values[found[1]], pattern)
    name = _FORBIDDEN.sub("_", name).strip(" .")
    return name.encode()[:LONGEST].decode(errors="ignore").strip(" .") or "export"


def times(local: datetime) -> dict[str, str]:
    """The variables that name a time, as clocks show it."""
    return {
        "year": f"{local:%Y}",
        "month": f"{local:%m}",
        "day": f"{local:%d}",
        "hour": f"{local:%H}",
        "minute": f"{local:%M}",
    }


def _shown(pattern: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", pattern)[:LONGEST]
