"""Checks of the values that a form, a command or a program sends. Each returns the value as it is stored."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from navette.core.errors import RequestError
from navette.core.file_names import CONTROL
from navette.core.locales import locale_name
from navette.core.zones import zone

Value = TypeVar("Value")

_UNSTORABLE = re.compile(f"{CONTROL.pattern}|[\ud800-\udfff]")
"""What no text may contain: control characters, and halves of characters, which no database can store."""


@contextmanager
def concerning(field: str) -> Iterator[None]:
    """Let an error raised in the block name the field of the request that it is about."""
    try:
        yield
    except RequestError as error:
        error.field = error.field or field
        raise


def typed(field: str, value: object, kind: type[Value]) -> Value:
    """The value, of that type: a program may have given another one."""
    with concerning(field):
        if not isinstance(value, kind):
            raise RequestError("This value has the wrong type: correct it.")
    return value


def text(field: str, value: str, longest: int) -> str:
    """The text without spaces around it: one line of at least one and at most ``longest`` characters."""
    with concerning(field):
        value = typed(field, value, str).strip()
        if not value:
            raise missing(field)
        if len(value) > longest:
            raise RequestError("This is longer than {longest} characters: shorten it.", longest=longest)
        if _UNSTORABLE.search(value):
            raise RequestError("Remove the invisible characters.")
    return value


def missing(field: str) -> RequestError:
    """The error for a field without a value."""
    error = RequestError("This value is missing: enter it.")
    error.field = field
    return error


def email_address(field: str, value: str) -> str:
    """The address in lower case."""
    value = text(field, value, 254).lower()
    with concerning(field):
        try:
            validate_email(value)
            value.rpartition("@")[2].encode("idna")  # as mails carry the domain
        except (ValidationError, UnicodeError) as error:
            raise RequestError("'{address}' is not a valid e-mail address: correct it.", address=value) from error
    return value


def number(field: str, value: int, least: int, most: int) -> int:
    """The number, within these limits."""
    with concerning(field):
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise RequestError("Enter a number from {least} to {most}.", least=least, most=most)
    return value


def choice(field: str, value: str, choices: Iterable[str]) -> str:
    """The value, which is one of the choices."""
    names = list(choices)
    with concerning(field):
        if value not in names:
            raise RequestError("'{value}' is not one of the choices: choose another.", value=str(value)[:100])
    return value


def locale(field: str, value: str) -> str:
    """The name of a locale that files and pages can be in."""
    with concerning(field):
        return locale_name(typed(field, value, str))


def time_zone(field: str, value: str) -> str:
    """The name of a time zone."""
    with concerning(field):
        return zone(typed(field, value, str)).key
