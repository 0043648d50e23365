"""What people call the settings of automated exports, and why a slot was run or a task is off."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from navette.control.models import TaskSlot
from navette.control.models.tasks import CatchUp, Empty, Frequency, Paused
from navette.core.periods import BEGINNING

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

FREQUENCIES: dict[str, "StrPromise"] = {
    Frequency.DAILY: _("Daily"),
    Frequency.WEEKLY: _("Weekly, on the first day"),
    Frequency.MONTHLY: _("Monthly, on the 1st"),
    Frequency.CRON: _("Cron expression"),
}

MISSED_RUNS: dict[str, "StrPromise"] = {
    CatchUp.ALL: _("Run all, in order"),
    CatchUp.LAST: _("Run only the last one"),
    CatchUp.NONE: pgettext_lazy("missed runs", "Run none"),
}

EMPTY_FILES: dict[str, "StrPromise"] = {
    Empty.SEND: _("Send the file with its header"),
    Empty.SKIP: _("Send nothing"),
}

WHY_PAUSED: dict[str, "StrPromise"] = {
    Paused.FAILURES: _("too many failures in a row"),
    Paused.PLAN: _("it cannot run as configured"),
    Paused.OWNER: _("its owner no longer has the permissions for it"),
}

ORIGINS: dict[str, "StrPromise"] = {
    TaskSlot.Origin.SCHEDULE: _("on time"),
    TaskSlot.Origin.CATCH_UP: _("caught up"),
    TaskSlot.Origin.BY_HAND: _("manual"),
    TaskSlot.Origin.BACKFILL: _("backfill"),
    TaskSlot.Origin.REPLAY: _("replay"),
    TaskSlot.Origin.TOO_EARLY: _("too early: the clock was wrong"),
}
"""Why a slot was run."""

PERIODS: dict[str, "StrPromise"] = {
    "yesterday": _("Previous day"),
    "last_week": _("Previous week"),
    "last_month": _("Previous month"),
    "last_year": _("Previous year"),
    "last_two_years": _("Previous two years"),
    BEGINNING: _("From the beginning"),
}

LIST_PERIODS: dict[str, "StrPromise"] = {
    BEGINNING: _("Everything"),
    **{name: label for name, label in PERIODS.items() if name != BEGINNING},
}
"""The periods of a list, with the whole list first, which is what people expect."""
