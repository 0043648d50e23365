"""What the console calls the parts of tasks, their slots and the steps of a test."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from navette.control.models import TaskSlot

SLOT_STATES = {**dict(TaskSlot.State.choices), "retrying": _("Retrying")}
"""Of slots, by the states that ``jobs.states`` gives them."""

DELIVERY_STATES = {
    "queued": _("Waiting"),
    "retrying": _("Retrying"),
    "sending": _("Being sent"),
    "done": _("Delivered"),
    "failed": _("Not delivered"),
    "cancelled": _("Cancelled"),
}

STEPS = {
    "address": _("Find an allowed address"),
    "connect": _("Connect"),
    "algorithms": _("Agree on encryption"),
    "host_key": _("The server's key"),
    "authenticate": _("Sign in with our key"),
    "directory": _("The directory is there"),
    "write": _("Write a file"),
    "rename": _("Rename it into place"),
    "free_space": _("Free space"),
}
"""The steps of a test of a connection, in their order."""

STEP_STATES = {"ok": _("ok"), "failed": _("failed"), "skipped": _("not tried"), "unknown": _("not told")}

REMARKS = {
    "unsynced": _("The server does not confirm that files are on its disk."),
    "unsized": _(
        "The server does not report the size of files: Navette cannot verify that all of their bytes arrived."
    ),
    "in_place": _(
        "The server does not rename files: they are visible under their final names before they are complete."
    ),
    "there": _("The same file already existed, and the server does not let us replace it."),
    "left": _("The server does not let us remove files: our hidden files stay in the directory."),
}
"""What a delivery did without, or a test says that deliveries will do without."""


def remarks(codes: Iterable[str]) -> list[str]:
    """The sentences of remarks."""
    return [str(REMARKS[code]) for code in codes]


VARIABLES = {
    "label": _("the task's label"),
    "export_name": _("the export's name"),
    "year": _("year"),
    "month": _("month"),
    "day": _("day"),
    "hour": _("hour"),
    "minute": _("minute"),
    "window_start": _("first day of the window"),
    "window_end": _("last day of the window"),
    "run_id": _("id of the run"),
    "extension": _("the format's extension"),
}
"""What a pattern of file names may name."""
