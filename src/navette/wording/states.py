"""What the states of runs, slots, deliveries and tests are called, and the entries of a run's log.

The keys are the states that ``control.shown_states`` gives.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from navette.control.models import TaskSlot
from navette.wording.reader import Reader

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

RUN_STATES: dict[str, "StrPromise"] = {
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
"""In the order in which the history's filter offers them."""

SLOT_STATES: dict[str, Any] = {**dict(TaskSlot.State.choices), "retrying": gettext_lazy("Retrying")}

DELIVERY_STATES: dict[str, "StrPromise"] = {
    "queued": gettext_lazy("Waiting"),
    "retrying": gettext_lazy("Retrying"),
    "sending": gettext_lazy("Being sent"),
    "done": gettext_lazy("Delivered"),
    "failed": pgettext_lazy("state of a delivery", "Failed"),
    "unknown": gettext_lazy("Delivery unknown"),
    "cancelled": pgettext_lazy("state of a delivery", "Cancelled"),
}
"""Of a file by e-mail, and of a slot's files on their way to a destination."""

STEP_STATES: dict[str, "StrPromise"] = {
    "ok": gettext_lazy("OK"),
    "failed": gettext_lazy("failed"),
    "skipped": gettext_lazy("not tested"),
    "unknown": gettext_lazy("not reported"),
}
"""Of the steps of a connection test."""

_LOG: dict[str, Callable[[Mapping[str, Any], Reader], str]] = {
    "begun": lambda entry, _reader: _("Started (attempt %(attempt)s).") % entry,
    "counted": lambda entry, reader: _("Rows to export: %(rows)s.") % {"rows": reader.number(entry["rows"])},
    "written": lambda entry, reader: (
        ngettext("File written: %(rows)s row, %(size)s.", "File written: %(rows)s rows, %(size)s.", entry["rows"])
        % {"rows": reader.number(entry["rows"]), "size": reader.size(entry["bytes"])}
    ),
    "put_off": lambda _entry, _reader: _("Failed: Navette retries."),
    "failed": lambda _entry, _reader: _("Failed."),
    "cancelled": lambda _entry, _reader: _("Cancelled."),
    "file_deleted": lambda _entry, _reader: _("File deleted at the end of its retention period."),
}


def log_entry(entry: Mapping[str, Any], reader: Reader) -> str:
    """The sentence of one entry of a run's log."""
    return _LOG[entry["what"]](entry, reader) if entry["what"] in _LOG else str(entry["what"])
