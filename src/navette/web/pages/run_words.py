"""What the console says of runs and deliveries: their states, what happened to them, and what went wrong."""

from collections.abc import Callable, Mapping
from typing import Any

from babel.numbers import format_decimal
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy, gettext_noop, pgettext_lazy
from django.utils.translation import gettext as _

from navette.jobs.labels import warning_sentence
from navette.web.templatetags.exports import file_size

STATES = {
    "queued": pgettext_lazy("state of a run", "Waiting"),
    "running": pgettext_lazy("state of a run", "Being prepared"),
    "writing": pgettext_lazy("state of a run", "Being written"),
    "delivering": pgettext_lazy("state of a run", "Being sent"),
    "done": pgettext_lazy("state of a run", "Done"),
    "failed": pgettext_lazy("state of a run", "Failed"),
    "cancelled": pgettext_lazy("state of a run", "Cancelled"),
}
DELIVERY_STATES = {
    "queued": gettext_lazy("Waits to be sent"),
    "sending": gettext_lazy("Being sent now"),
    "done": gettext_lazy("Delivered"),
    "failed": gettext_lazy("Delivery failed"),
    "unknown": gettext_lazy("Delivery unknown"),
    "cancelled": gettext_lazy("Not sent"),
}

KNOWN_ERRORS = (
    gettext_noop("it was given up: 3 workers ended in the middle of it."),
    gettext_noop("the worker ended while the mail server was taking the mail."),
    gettext_noop("who asked for it may not have the file any more, or it is deleted."),
    gettext_noop("none of the columns asked for may be given any more."),
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
)
"""Errors of the layers below whose sentence never varies: shown in the reader's language."""


def told(error: str) -> str:
    """An error as a sentence: in the reader's language where it is one of ``KNOWN_ERRORS``, else as it came."""
    return capfirst(_(error)) if error else ""


def warning(given: Mapping[str, Any]) -> str:
    """The sentence of one of a run's warnings."""
    return warning_sentence(given, number(given.get("count", 0)))


def happened(entry: Mapping[str, Any]) -> str:
    """The sentence of one entry of a run's log."""
    return LOG[entry["what"]](entry) if entry["what"] in LOG else str(entry["what"])


LOG: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "begun": lambda entry: _("Begun, attempt %(attempt)s.") % entry,
    "counted": lambda entry: _("Rows to export: %(rows)s.") % {"rows": number(entry["rows"])},
    "written": lambda entry: (
        _("File written: %(rows)s rows, %(size)s.") % {"rows": number(entry["rows"]), "size": file_size(entry["bytes"])}
    ),
    "failed": lambda _entry: _("Failed."),
    "cancelled": lambda _entry: _("Cancelled."),
}


def number(value: float) -> str:
    """A number as the reader writes it."""
    return str(format_decimal(value, locale=_locale()))


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
