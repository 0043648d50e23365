"""What the console calls the parts of tasks, their slots and the steps of a test."""

from django.utils.translation import gettext_lazy as _

DELIVERY_STATES = {
    "queued": _("Waiting"),
    "sending": _("Being sent"),
    "done": _("Delivered"),
    "failed": _("Not delivered"),
    "cancelled": _("Cancelled"),
}

STEPS = {
    "address": _("Find an address that may be reached"),
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
