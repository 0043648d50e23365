"""Patterns of file names and directories: text with ``{{variables}}`` from a fixed list; nothing is evaluated."""

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime

from navette.core.errors import RequestError
from navette.core.file_names import FORBIDDEN, UNSEEN, clean_name

LONGEST = 150
"""Bytes. Systems allow 255, but extensions and temporary names need some of them."""

_VARIABLE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


def check_name_pattern(pattern: str, variables: Iterable[str]) -> None:
    """Check that a pattern has only characters of file names and these variables in double braces.

    Raises RequestError.
    """
    allowed = list(variables)
    strange = [name for name in _VARIABLE.findall(pattern) if name not in allowed]
    fixed = _VARIABLE.sub("", pattern)
    if strange or set("{}") & set(fixed):
        raise RequestError(
            "the pattern '{pattern}' has something in braces that is not a variable: choose from {variables}.",
            pattern=_printable(pattern),
            variables=["{{" + name + "}}" for name in allowed],
        )
    if FORBIDDEN.search(fixed):
        raise RequestError(
            "the pattern '{pattern}' has a character that file names cannot contain: remove it.",
            pattern=_printable(pattern),
        )
    if not pattern.strip(" ."):
        raise RequestError("the file name pattern is empty: enter one.")
    if len(pattern.encode()) > LONGEST:
        raise RequestError("the pattern is longer than {most} bytes: shorten it.", most=LONGEST)


def filled(pattern: str, values: Mapping[str, str]) -> str:
    """Fill the values into a pattern: one plain, visible file name of at most LONGEST bytes."""
    return clean_name(_whole(pattern, values), LONGEST)


def check_filled(pattern: str, values: Mapping[str, str]) -> None:
    """Check that a name would not be cut, because the cut part might be what tells two files apart.

    Raises RequestError.
    """
    name = clean_name(_whole(pattern, values), sys.maxsize)
    if len(name.encode()) > LONGEST:
        raise RequestError(
            "the name {name} is longer than {most} bytes: shorten the label or the pattern.",
            name=_printable(name),
            most=LONGEST,
        )


def _whole(pattern: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values[match[1]], pattern)


def names_in(pattern: str) -> set[str]:
    """The variables that a pattern names."""
    return set(_VARIABLE.findall(pattern))


def check_directory_pattern(pattern: str, variables: Iterable[str]) -> None:
    """Check a directory. Raises RequestError unless its parts from the first variable on are patterns of names."""
    allowed = list(variables)
    for part in _varying(pattern)[1]:
        check_name_pattern(part, allowed)


def check_filled_directory(pattern: str, values: Mapping[str, str]) -> None:
    """Check a directory's names. Raises RequestError if it is no such pattern, or if a name would be cut."""
    check_directory_pattern(pattern, values)
    for part in _varying(pattern)[1]:
        check_filled(part, values)


def filled_directory(pattern: str, values: Mapping[str, str]) -> tuple[str, int]:
    """Fill the values into a directory, and return how many of its last parts come from variables.

    The parts before the first variable stay as they are; each later part is one plain name and cannot lead elsewhere.
    """
    fixed, varying = _varying(pattern)
    return "/".join([*fixed, *(filled(part, values) for part in varying)]), len(varying)


def _varying(pattern: str) -> tuple[list[str], list[str]]:
    """Split a directory into the parts before the first variable, and those from there on."""
    parts = pattern.split("/")
    first = next((index for index, part in enumerate(parts) if "{{" in part), len(parts))
    return parts[:first], [part for part in parts[first:] if part]


def times(local: datetime) -> dict[str, str]:
    """The variables for a local time."""
    return {
        "year": f"{local:%Y}",
        "month": f"{local:%m}",
        "day": f"{local:%d}",
        "hour": f"{local:%H}",
        "minute": f"{local:%M}",
    }


def _printable(pattern: str) -> str:
    return UNSEEN.sub("\N{REPLACEMENT CHARACTER}", pattern)[:LONGEST]
