"""What went wrong below the console, as a sentence in the reader's language.

The layers below raise errors with whole English sentences, some with values in them. Those that people meet are known
here; any other is shown as it came.
"""

import re
from functools import cache

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

KNOWN = (
    gettext_noop("it was given up: 3 workers ended in the middle of it."),
    gettext_noop("the worker ended while the mail server was taking the mail."),
    gettext_noop("who asked for it may not have the file any more, or it is deleted."),
    gettext_noop("none of the columns asked for may be given any more."),
    gettext_noop("the control database did not answer in time."),
    gettext_noop("an error of Navette's own ({kind}): please report it."),
    gettext_noop("the engine could not run the query ({kind}): please report it."),
    gettext_noop("{reason}: free the disk or mend its folder, and run it again."),
    gettext_noop(
        "the export needs more memory than the engine may use: raise NAVETTE_MEMORY_LIMIT_MB, or name fewer fields."
    ),
    gettext_noop(
        "a file could not be read or written: the disk is full, or the store was vacuumed meanwhile; run it again."
    ),
    gettext_noop("the file is gone: its retention ended. Run the export again."),
    gettext_noop("the run has no file."),
    gettext_noop("the link of this mail does not work any more: find the run under Exports > History."),
    gettext_noop("you may not have this run's file: it is another user's, or holds sensitive columns."),
    gettext_noop("only a delivery that failed, or whose outcome is unknown, can be sent again."),
    gettext_noop("only who asked for a run, or who may download everybody's files, may cancel it."),
    gettext_noop("this run is another user's."),
    gettext_noop("so many of your runs are waiting that no more can be added: let some end, or cancel some."),
    gettext_noop("the extension of the export '{export}' is off: an administrator can add it."),
    gettext_noop("your role does not permit the sensitive columns {columns}."),
    gettext_noop("the end ({end}) is before the start ({start}): give an end on or after the start."),
    gettext_noop("the mail server cannot take this mail now: {reason}"),
    gettext_noop("the mail server's certificate is not trusted: {reason}."),
    gettext_noop("the mail server does not take the user and password of NAVETTE_SMTP_URL: {reason}"),
    gettext_noop("NAVETTE_SMTP_URL asks for what the mail server cannot do: {reason}"),
    gettext_noop("'{address}' is not an e-mail address: correct it."),
    gettext_noop("the mail server does not know e-mail addresses with letters beyond ASCII."),
)
"""The sentences, with a name in braces for each value."""


def sentence(error: object) -> str:
    """An error as a sentence: in the reader's language where it is known, with a capital at its beginning."""
    text = str(error)
    for known, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return capfirst(_(known).format(**found.groupdict()))
    return capfirst(text)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each sentence, with what it looks like once it has its values."""
    return [(known, re.compile(_pattern(known), re.DOTALL)) for known in KNOWN]


def _pattern(known: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(known))
