"""The scheduler: makes the runs of slots that are due, once each, and follows them to their end.

Every worker has one; what one of them does in a transaction, the others skip. A slot is unique for its task, so that
neither a second scheduler nor a clock that steps back makes its runs again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from navette.control.models import Domain, Run, Task, TaskDelivery, TaskSlot
from navette.control.models.runs import Delivery
from navette.jobs.tasks.due import AT_ONCE, Plan, run_already
from navette.jobs.tasks.outcome import conclude, gather, warn_if_late
from navette.jobs.tasks.plan import schedule_of
from navette.jobs.tasks.rights import are_on

log = structlog.get_logger()

AHEAD = timedelta(days=1)
"""A slot that lies so far ahead was made by a clock that was wrong."""


def tick(now: datetime | None = None) -> None:
    """Do what is to be done now. Called every second or so, by any number of processes."""
    at = now or timezone.now()
    if _ahead(at).exists():
        forget_what_lies_ahead(at)
    while _due(at).exists() and queue_due(at):  # where nothing is due, nothing is locked
        pass
    for slot in _whose_runs_ended():
        _guarded(gather, slot)
    for slot in _whose_deliveries_ended():
        _guarded(conclude, slot)
    for slot in _open_and_expected() if are_on() else ():
        _guarded(warn_if_late, slot)


def _guarded(action: Callable[[TaskSlot], None], slot: TaskSlot) -> None:
    """One slot that cannot be followed keeps no other from being."""
    try:
        action(slot)
    except OperationalError:  # the database is away or busy: the next time
        raise
    except Exception:
        log.exception("slot.failed", slot=slot.pk, doing=action.__name__)


@transaction.atomic
def queue_due(now: datetime) -> bool:
    """Make the runs of tasks that are due, and say whether there may be more; none while the extension is off."""
    if not are_on():
        return False
    due = _due(now).order_by("due_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    tasks = list(due.select_related("owner__role").prefetch_related("destinations")[:AT_ONCE])
    plan = Plan(Domain.current(), now, run_already(tasks))
    for task in tasks:
        if len(plan.slots) < AT_ONCE:
            plan.add(task)
    plan.write()
    return bool(tasks)


def _ahead(now: datetime) -> QuerySet[TaskSlot]:
    return TaskSlot.objects.filter(at__gt=now + AHEAD, origin__in=TaskSlot.OF_SCHEDULE)


@transaction.atomic
def forget_what_lies_ahead(now: datetime) -> None:
    """After a clock that was ahead: what it ran too early runs once more when it is due, and tasks are due again."""
    domain, slots = Domain.current(), _ahead(now)
    tasks = list(Task.objects.select_for_update().filter(is_on=True, pk__in=slots.values("task")))
    for task in tasks:
        task.due_at = schedule_of(task, domain).next(now).at
    Task.objects.bulk_update(tasks, ["due_at"])
    log.warning("clock.was_ahead", slots=slots.update(origin=TaskSlot.Origin.TOO_EARLY), tasks=len(tasks))


def _due(now: datetime) -> QuerySet[Task]:
    return Task.objects.filter(is_on=True, deleted_at=None, due_at__lte=now)


def _open_and_expected() -> QuerySet[TaskSlot]:
    """The slots that go on though somebody may expect their files by now."""
    found = TaskSlot.objects.filter(state__in=TaskSlot.GOING_ON, task__expected_by__isnull=False, warnings=[])
    return found.filter(task__is_on=True).select_related("task__owner").order_by("at")


def _whose_runs_ended() -> QuerySet[TaskSlot]:
    """The slots whose runs have their files, or none: what goes out can be gathered."""
    ended = ("delivering", "done", "failed", "cancelled")
    open_runs = Run.objects.filter(slot=OuterRef("pk")).exclude(state__in=ended)
    return TaskSlot.objects.filter(~Exists(open_runs), state=TaskSlot.State.RUNNING)


def _whose_deliveries_ended() -> QuerySet[TaskSlot]:
    sent = TaskDelivery.objects.filter(slot=OuterRef("pk")).exclude(state__in=TaskDelivery.ENDED)
    mailed = Delivery.objects.filter(run__slot=OuterRef("pk")).exclude(state__in=Delivery.ENDED)
    return TaskSlot.objects.filter(~Exists(sent), ~Exists(mailed), state=TaskSlot.State.DELIVERING)
