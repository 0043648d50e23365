"""The scheduler: makes the runs of slots that are due, once each, and follows them to their end.

Every worker has one; what one of them does in a transaction, the others skip. A slot is unique for its task, so that
neither a second scheduler nor a clock that steps back makes its runs again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from navette.automation.outcome import end_slot, queue_deliveries, warn_if_late
from navette.automation.rights import automated_exports_are_on
from navette.automation.slot_planning import AT_ONCE, SlotPlan, existing_slots, restart_schedules
from navette.control.models import Delivery, Domain, Run, Task, TaskSlot

log = structlog.get_logger()

AHEAD = timedelta(days=1)
"""A slot this far in the future was planned by a wrong clock, or the clock is wrong now."""

CERTAIN = 3600.0
"""Seconds after which it was the former clock: one that is behind at boot is soon corrected."""


@dataclass
class Scheduler:
    """The scheduler of one worker. ``ahead_since``: when, by a monotonic clock, it first saw slots in the future.

    After ``certain_seconds`` of that, the slots were made by a clock that was wrong.
    """

    certain_seconds: float = CERTAIN
    ahead_since: float | None = None

    def step(self) -> None:
        """Plan and follow slots. Called about every second."""
        now, elapsed = timezone.now(), monotonic()
        if not has_slots_ahead(now):
            self.ahead_since = None
        elif self.ahead_since is None:
            self.ahead_since = elapsed
        elif elapsed - self.ahead_since >= self.certain_seconds:
            restart_after_wrong_clock(now)
            self.ahead_since = None
        plan_and_follow_slots(now)


def plan_and_follow_slots(now: datetime) -> None:
    """Plan the slots that are due, and follow those in progress. Any number of processes can do so at a time."""
    while _due_tasks(now).exists() and plan_due_slots(now):  # where nothing is due, nothing is locked
        pass
    for slot in _whose_runs_ended():
        _guarded(queue_deliveries, slot)
    for slot in _whose_deliveries_ended():
        _guarded(end_slot, slot)
    if automated_exports_are_on() and (expected := list(_open_and_expected())):
        domain = Domain.current()
        for slot in expected:
            _guarded(warn_if_late, slot, domain)


def _guarded(action: Callable[..., None], slot: TaskSlot, *arguments: Domain) -> None:
    """Follow one slot: if that fails, the others are followed all the same."""
    try:
        action(slot, *arguments)
    except OperationalError:  # the database is away or busy: the next time
        raise
    except Exception:
        log.exception("slot.failed", slot=slot.pk, doing=action.__name__)


@transaction.atomic
def plan_due_slots(now: datetime) -> bool:
    """Plan the slots of tasks that are due. Returns whether there may be more; none if the extension is off."""
    if not automated_exports_are_on():
        return False
    due = _due_tasks(now).order_by("due_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    tasks = list(due.select_related("owner__role").prefetch_related("destinations")[:AT_ONCE])
    plan = SlotPlan(Domain.current(), now, existing_slots(tasks))
    for task in tasks:
        if len(plan.slots) < AT_ONCE:
            plan.add(task)
    plan.write()
    return bool(tasks)


def has_slots_ahead(now: datetime) -> bool:
    """Whether slots were run, or tasks saved, in the future: the clock was ahead then, or is behind now."""
    slots = TaskSlot.objects.filter(at__gt=now + AHEAD, origin__in=TaskSlot.OF_SCHEDULE)
    return slots.exists() or Task.objects.filter(is_on=True, updated_at__gt=now + AHEAD).exists()


@transaction.atomic
def restart_after_wrong_clock(now: datetime) -> None:
    """Recover from a clock that was ahead: slots that ran too early run again, and tasks are due again.

    Nothing was due since the future slots were first seen, so schedules restart from there.
    """
    restart_schedules(now - timedelta(seconds=CERTAIN))
    early = TaskSlot.objects.filter(created_at__gt=now, origin__in=TaskSlot.OF_SCHEDULE)
    log.warning("clock.was_ahead", slots=early.update(origin=TaskSlot.Origin.TOO_EARLY))


def _due_tasks(now: datetime) -> QuerySet[Task]:
    return Task.objects.filter(is_on=True, deleted_at=None, due_at__lte=now)


def _open_and_expected() -> QuerySet[TaskSlot]:
    """The slots in progress whose files somebody may already expect."""
    slots = TaskSlot.objects.filter(state__in=TaskSlot.GOING_ON, task__expected_by__isnull=False, warnings=[])
    return slots.filter(task__is_on=True, origin__in=TaskSlot.OF_SCHEDULE).select_related("task__owner").order_by("at")


def _whose_runs_ended() -> QuerySet[TaskSlot]:
    """The slots whose runs have all ended, so that their deliveries can be queued."""
    ended = (Run.State.DELIVERING, *Run.ENDED)
    open_runs = Run.objects.filter(slot=OuterRef("pk")).exclude(state__in=ended)
    return TaskSlot.objects.filter(~Exists(open_runs), state=TaskSlot.State.RUNNING)


def _whose_deliveries_ended() -> QuerySet[TaskSlot]:
    open_deliveries = Delivery.objects.filter(slot=OuterRef("pk")).exclude(state__in=Delivery.ENDED)
    return TaskSlot.objects.filter(~Exists(open_deliveries), state=TaskSlot.State.DELIVERING)
