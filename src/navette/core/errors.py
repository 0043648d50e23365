"""Errors, grouped by what one can do about them. Each carries a message that a person can act on."""

from collections.abc import Iterable
from difflib import get_close_matches

from navette.core.messages import Message, message

_LONGEST_NAME = 100
"""How many characters of an unknown name an error quotes: somebody may have sent a long text."""


class NavetteError(Exception):
    """Something went wrong that Navette can explain: ``message`` says what, and what to do.

    It is made of a template, written out, and the values of its fields; or of a message.
    """

    exit_code = 1

    def __init__(self, text: str | Message, /, **values: object) -> None:
        self.message = text if isinstance(text, Message) else message(text, **values)
        super().__init__(self.message)


class RequestError(NavetteError):
    """What was asked cannot be done as asked: correct the request."""

    exit_code = 2


class ConfigurationError(NavetteError):
    """The installation's settings or files are wrong: correct the configuration."""

    exit_code = 3


class TryLaterError(NavetteError):
    """Something outside is busy or away for now: the same request may succeed later."""

    exit_code = 4


def unknown(kind: str, name: str, valid: Iterable[str], /, **values: object) -> RequestError:
    """A request error for a name that is not known, with the nearest valid one where there is one.

    ``kind`` is the kind of thing in plain words, a template (``"export"``), ``valid`` the names it could have been.
    """
    what = message(kind, **values)
    names, name = sorted(valid), _beginning(name)
    if not names:
        return RequestError("unknown {kind} '{name}': there is none to choose from.", kind=what, name=name)
    lowered = {candidate.lower(): candidate for candidate in names}
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    if near:
        return RequestError(
            "unknown {kind} '{name}': did you mean '{near}'?", kind=what, name=name, near=lowered[near[0]]
        )
    if len(names) <= 12:
        return RequestError("unknown {kind} '{name}': choose one of {names}.", kind=what, name=name, names=names)
    return RequestError("unknown {kind} '{name}'.", kind=what, name=name)


def _beginning(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
