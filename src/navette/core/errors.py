"""Errors, grouped by what the reader can do about them. Each carries a message that a person can act on."""

from collections.abc import Iterable
from difflib import get_close_matches

from navette.core.messages import Message, message

_LONGEST_NAME = 100
"""Most characters of an unknown name that an error quotes, because a user may have sent a long text."""
_NEAR = 0.56
"""How much alike two names must be: "fr" is offered for "fr_XX", but "roles" not for "people"."""


class NavetteError(Exception):
    """An error that Navette can explain: ``message`` says what happened and what to do.

    It is built from a literal template and the values of its fields, or from a message.
    """

    exit_code = 1

    def __init__(self, text: str | Message, /, **values: object) -> None:
        self.message = text if isinstance(text, Message) else Message(text, values)
        super().__init__(self.message)


class RequestError(NavetteError):
    """The request cannot be fulfilled as it is: correct it. ``field`` names the wrong value, if there is one."""

    exit_code = 2
    field = ""


class ConfigurationError(NavetteError):
    """The installation's settings or files are wrong: correct the configuration."""

    exit_code = 3


class TryLaterError(NavetteError):
    """Something outside Navette is busy or unavailable: the same request may succeed later."""

    exit_code = 4


def unexpected(error: Exception) -> Message:
    """The message for an unexpected error. The log has the details."""
    return message(
        "something went wrong in Navette ({kind}): give this message and the time to the person who runs this"
        " installation. The server log has the details.",
        kind=type(error).__name__,
    )


def unknown(kind: str | Message, name: str, valid: Iterable[str], /, **values: object) -> RequestError:
    """A request error for an unknown name, with the nearest valid name if there is one.

    ``kind`` is the kind of thing in plain words, a template (``"export"``); ``valid`` has the valid names.
    """
    kind_of_thing = kind if isinstance(kind, Message) else Message(kind, values)
    names, name = sorted(valid), _beginning(name)
    if not names:
        return RequestError("unknown {kind} '{name}': there is none to choose from.", kind=kind_of_thing, name=name)
    lowered = {_ending(candidate): candidate for candidate in names} | {one.lower(): one for one in names}
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=_NEAR)
    if near:
        return RequestError(
            "unknown {kind} '{name}': did you mean '{near}'?", kind=kind_of_thing, name=name, near=lowered[near[0]]
        )
    if len(names) <= 12:
        return RequestError(
            "unknown {kind} '{name}': choose one of {names}.", kind=kind_of_thing, name=name, names=names
        )
    return RequestError("unknown {kind} '{name}'.", kind=kind_of_thing, name=name)


def _ending(path: str) -> str:
    """The last part of a path, as people type it: "new york" of "America/New_York"."""
    return path.rpartition("/")[2].replace("_", " ").lower()


def _beginning(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
