"""The scheduler: makes the runs of slots that are due, once each, and follows them to their end.

Every worker has one; what one of them does in a transaction, the others skip. A slot is unique for its task, so that
neither a second scheduler nor a clock that steps back makes its runs again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from navette.catalogue.export import Export
from navette.control.ids import new_id
from navette.control.models import CatchUp, Domain, Extension, Paused, Run, Task, TaskDelivery, TaskSlot
from navette.control.models.runs import Delivery
from navette.control.models.work import Lane
from navette.control.requests import exports_for
from navette.core.errors import NavetteError
from navette.core.schedules import Slot
from navette.jobs.tasks.outcome import conclude, gather, pause
from navette.jobs.tasks.plan import file_name, requests_of, schedule_of
from navette.jobs.tasks.rights import may_still

EXTENSION = "automatic_exports"

LATE = timedelta(minutes=10)
"""A slot that nobody saw for so long was missed: what then happens is the task's to say."""

AT_ONCE = 500
"""So many tasks, and slots of a task, are looked at in one transaction."""


def tick(now: datetime | None = None) -> None:
    """Do what is to be done now. Called every second or so, by any number of processes."""
    while queue_due(now or timezone.now()) == AT_ONCE:
        pass
    for slot in _whose_runs_ended():
        gather(slot)
    for slot in _whose_deliveries_ended():
        conclude(slot)


@transaction.atomic
def queue_due(now: datetime) -> int:
    """Make the runs of the tasks that are due, and say how many tasks there were; none while the extension is off."""
    if not Extension.objects.filter(name=EXTENSION).exists():
        return 0
    due = Task.objects.filter(is_on=True, deleted_at=None, due_at__lte=now).order_by("due_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    tasks = list(due.select_related("owner__role")[:AT_ONCE])
    plan = Plan(Domain.current(), now, _run_already(tasks))
    for task in tasks:
        plan.add(task)
    plan.write()
    return len(tasks)


@dataclass
class Plan:
    """What is to be written for tasks that are due."""

    domain: Domain
    now: datetime
    done: set[tuple[str, datetime]] = field(default_factory=set)
    """Slots that were run already, with their tasks' ids."""
    slots: list[TaskSlot] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    _allowed: dict[str, dict[str, Export]] = field(default_factory=dict)

    def add(self, task: Task) -> None:
        """The runs of the task's slots until now, and its next slot; a task that may not run is paused instead."""
        try:
            self._check(task)
            slots = self._due(task)
        except NavetteError as error:
            pause(task, Paused.OWNER, str(error))
            return
        for slot, origin in self._wanted(task, slots):
            self.add_slot(task, slot, origin)
        if slots:
            task.due_at = schedule_of(task, self.domain).next(slots[-1].at).at
        self.tasks.append(task)

    def add_slot(self, task: Task, slot: Slot, origin: str) -> TaskSlot:
        """One slot with its runs."""
        row = TaskSlot(task=task, at=slot.at, day=slot.day, origin=origin)
        if task.zipped:
            row.file_name = file_name(task, None, slot, row.pk, self.domain)
        self.slots.append(row)
        for request in requests_of(task, slot, self.domain):
            run = Run(
                pk=new_id(),
                export=request.export,
                request=request.to_json(),
                requested_by=task.owner,
                slot=row,
                lane=Lane.BULK,  # nobody waits before a screen for it: it never holds up somebody who does
            )
            run.file_name = file_name(task, request, slot, run.pk, self.domain) if not task.zipped else ""
            self.runs.append(run)
        return row

    def write(self) -> None:
        """Write all of it."""
        TaskSlot.objects.bulk_create(self.slots)
        Run.objects.bulk_create(self.runs)
        Task.objects.bulk_update(self.tasks, ["due_at"])

    def _check(self, task: Task) -> None:
        if task.owner_id not in self._allowed:
            self._allowed[task.owner_id] = exports_for(task.owner)
        may_still(task, self._allowed[task.owner_id])

    def _due(self, task: Task) -> list[Slot]:
        """The task's slots from the first that is due until now."""
        if task.due_at is None:
            return []
        slots = schedule_of(task, self.domain).after(task.due_at - timedelta(seconds=1))
        return list(islice(takewhile(lambda slot: slot.at <= self.now, slots), AT_ONCE))

    def _wanted(self, task: Task, slots: list[Slot]) -> Iterable[tuple[Slot, str]]:
        """Those of the slots that are run, and why; never one that was run already."""
        missed = [slot for slot in slots if slot.at < self.now - LATE]
        kept = {CatchUp.ALL: missed, CatchUp.LAST: missed[-1:] if missed == slots else [], CatchUp.NONE: []}
        for slot in slots:
            if (task.pk, slot.at) in self.done:
                continue
            if slot not in missed:
                yield slot, TaskSlot.Origin.SCHEDULE
            elif slot in kept[CatchUp(task.catch_up)]:
                yield slot, TaskSlot.Origin.CATCH_UP


def _run_already(tasks: list[Task]) -> set[tuple[str, datetime]]:
    """The slots that the tasks had since the first of them is due: there are some where a clock stepped back."""
    first = min((task.due_at for task in tasks if task.due_at), default=None)
    of_schedule = (TaskSlot.Origin.SCHEDULE, TaskSlot.Origin.CATCH_UP)
    found = TaskSlot.objects.filter(task__in=tasks, at__gte=first, origin__in=of_schedule) if first else ()
    return {(slot.task_id, slot.at) for slot in found}


def _whose_runs_ended() -> QuerySet[TaskSlot]:
    """The slots whose runs have their files, or none: what goes out can be gathered."""
    ended = ("delivering", "done", "failed", "cancelled")
    open_runs = Run.objects.filter(slot=OuterRef("pk")).exclude(state__in=ended)
    return TaskSlot.objects.filter(~Exists(open_runs), state=TaskSlot.State.RUNNING)


def _whose_deliveries_ended() -> QuerySet[TaskSlot]:
    sent = TaskDelivery.objects.filter(slot=OuterRef("pk")).exclude(state__in=TaskDelivery.ENDED)
    mailed = Delivery.objects.filter(run__slot=OuterRef("pk")).exclude(state__in=Delivery.ENDED)
    return TaskSlot.objects.filter(~Exists(sent), ~Exists(mailed), state=TaskSlot.State.DELIVERING)
