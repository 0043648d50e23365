"""Errors, grouped by what one can do about them. Each carries a sentence that a person can act on."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST_NAME = 100
"""How many characters of an unknown name an error quotes: somebody may have sent a long text."""


class NavetteError(Exception):
    """Something went wrong that Navette can explain; the message says what, and what to do."""

    exit_code = 1


class RequestError(NavetteError):
    """What was asked cannot be done as asked: correct the request."""

    exit_code = 2


class ConfigurationError(NavetteError):
    """The installation's settings or files need mending: correct the configuration."""

    exit_code = 3


class TryLaterError(NavetteError):
    """Something outside is busy or away for now: the same request may succeed later."""

    exit_code = 4


def unknown(what: str, name: str, valid: Iterable[str]) -> RequestError:
    """A request error for a name that is not known, with the nearest valid one where there is one.

    ``what`` is the kind of thing in plain words (``"export"``), ``valid`` the names it could have been.
    """
    names, name = sorted(valid), _beginning(name)
    if not names:
        return RequestError(f"unknown {what} '{name}': there is none to choose from.")
    lowered = {candidate.lower(): candidate for candidate in names}
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    if near:
        return RequestError(f"unknown {what} '{name}': did you mean '{lowered[near[0]]}'?")
    if len(names) <= 12:
        return RequestError(f"unknown {what} '{name}': choose one of {', '.join(names)}.")
    return RequestError(f"unknown {what} '{name}'.")


def _beginning(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
