"""What the states of runs, slots, deliveries and tests are called, and the entries of a run's log.

The keys are the states that ``control.shown_states`` gives.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from navette.control.models import Delivery, Run, TaskSlot
from navette.control.shown_states import RETRYING, UNDELIVERED, UNKNOWN, UNSENT
from navette.wording.reader import Reader

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

RUN_STATES: dict[str, "StrPromise"] = {
    Run.State.QUEUED: pgettext_lazy("state of a run", "Waiting"),
    RETRYING: gettext_lazy("Retrying"),
    Run.State.RUNNING: pgettext_lazy("state of a run", "Being prepared"),
    Run.State.WRITING: pgettext_lazy("state of a run", "Being written"),
    Run.State.DELIVERING: pgettext_lazy("state of a run", "Being sent"),
    Run.State.DONE: pgettext_lazy("state of a run", "Done"),
    Run.State.FAILED: pgettext_lazy("state of a run", "Failed"),
    UNDELIVERED: gettext_lazy("Delivery failed"),
    UNKNOWN: gettext_lazy("Delivery unknown"),
    UNSENT: gettext_lazy("Not sent"),
    Run.State.CANCELLED: pgettext_lazy("state of a run", "Cancelled"),
}
"""In the order in which the history's filter offers them."""

SLOT_STATES: dict[str, "StrPromise"] = {
    TaskSlot.State.RUNNING: gettext_lazy("Running"),
    TaskSlot.State.DELIVERING: gettext_lazy("Being delivered"),
    TaskSlot.State.DONE: pgettext_lazy("state of a slot", "Done"),
    TaskSlot.State.FAILED: pgettext_lazy("state of a slot", "Failed"),
    TaskSlot.State.CANCELLED: pgettext_lazy("state of a slot", "Cancelled"),
    TaskSlot.State.SKIPPED: gettext_lazy("Missed"),
    RETRYING: gettext_lazy("Retrying"),
}

DELIVERY_STATES: dict[str, "StrPromise"] = {
    Delivery.State.QUEUED: gettext_lazy("Waiting"),
    RETRYING: gettext_lazy("Retrying"),
    Delivery.State.SENDING: gettext_lazy("Being sent"),
    Delivery.State.DONE: gettext_lazy("Delivered"),
    Delivery.State.FAILED: pgettext_lazy("state of a delivery", "Failed"),
    Delivery.State.UNKNOWN: gettext_lazy("Delivery unknown"),
    Delivery.State.CANCELLED: pgettext_lazy("state of a delivery", "Cancelled"),
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
