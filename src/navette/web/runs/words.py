"""What the console says of runs and deliveries: their states, what happened to them, and what went wrong."""

from collections.abc import Callable, Mapping
from typing import Any

from babel.numbers import format_decimal
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from navette.web.templatetags.exports import file_size
from navette.wording.labels import warning_sentence

STATES = {
    "queued": pgettext_lazy("state of a run", "Waiting"),
    "retrying": gettext_lazy("Retrying"),
    "running": pgettext_lazy("state of a run", "Being prepared"),
    "writing": pgettext_lazy("state of a run", "Being written"),
    "delivering": pgettext_lazy("state of a run", "Being sent"),
    "done": pgettext_lazy("state of a run", "Done"),
    "failed": pgettext_lazy("state of a run", "Failed"),
    "undelivered": gettext_lazy("Delivery failed"),
    "unknown": gettext_lazy("Delivery unknown"),
    "unsent": gettext_lazy("Not sent"),
    "cancelled": pgettext_lazy("state of a run", "Cancelled"),
}
"""Of runs, by the states that ``jobs.states`` gives them, in the order in which one chooses from them."""

DELIVERY_STATES = {
    "queued": gettext_lazy("Waits to be sent"),
    "retrying": gettext_lazy("Retrying"),
    "sending": gettext_lazy("Being sent now"),
    "done": gettext_lazy("Delivered"),
    "failed": gettext_lazy("Delivery failed"),
    "unknown": gettext_lazy("Delivery unknown"),
    "cancelled": gettext_lazy("Not sent"),
}


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
    "put_off": lambda _entry: _("Did not succeed: to be tried again."),
    "failed": lambda _entry: _("Failed."),
    "cancelled": lambda _entry: _("Cancelled."),
    "file_deleted": lambda _entry: _("File deleted at the end of its retention."),
}


def number(value: float) -> str:
    """A number as the reader writes it."""
    return str(format_decimal(value, locale=_locale()))


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
