"""The slots of tasks that are due, with their runs: what is to be written for them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile

import structlog
from django.db import transaction
from django.utils import timezone

from navette.automation.destinations import planned
from navette.automation.outcome import pause
from navette.automation.rights import require_owners_rights
from navette.automation.task_plan import of_slot, requests_of, schedule_of, task_file_name
from navette.catalogue.export import Export
from navette.control.errors import ForbiddenError
from navette.control.ids import new_id
from navette.control.models import CatchUp, Domain, Paused, Run, Task, TaskSlot
from navette.control.models.work import Lane
from navette.control.requests import exports_for
from navette.core.errors import NavetteError, unexpected
from navette.core.schedules import Schedule, Slot
from navette.wording.task_mails import Stopped

log = structlog.get_logger()

LATE = timedelta(minutes=10)
"""A slot that was due longer ago was missed; the task's setting decides whether it still runs."""

AT_ONCE = 500
"""Most tasks, and about how many slots, in one transaction, so that other writers get their turn."""

MOST_SKIPPED = 100
"""How many of a task's latest missed slots appear in its history."""

RECENT = timedelta(days=32)
"""For a task that runs only its last missed slot, older slots are considered only if there is none since."""


@dataclass
class SlotPlan:
    """The slots and runs to store for tasks that are due."""

    domain: Domain
    now: datetime
    existing: set[tuple[str, datetime]] = field(default_factory=set)
    """Slots that exist already, with their tasks' ids."""
    slots: list[TaskSlot] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    paused: list[Stopped] = field(default_factory=list)
    _allowed: dict[str, dict[str, Export]] = field(default_factory=dict)

    def add(self, task: Task) -> None:
        """Plan the task's slots until now, and its next one. A task that may not run is paused instead."""
        slots, runs = len(self.slots), len(self.runs)
        try:
            self._check(task)
            self._add(task)
        except ForbiddenError as error:
            self.paused.append((task, Paused.OWNER, error.message))
        except Exception as error:  # what one task is keeps no other from its slot
            del self.slots[slots:], self.runs[runs:]
            log.exception("task.failed", task=task.pk)
            why = error.message if isinstance(error, NavetteError) else unexpected(error)
            self.paused.append((task, Paused.PLAN, why))

    def _add(self, task: Task) -> None:
        schedule = schedule_of(task, self.domain)
        due_slots, missed = self._due_slots(task, schedule), []
        for slot in due_slots:
            if (task.pk, slot.at) in self.existing:
                continue
            if origin := self._origin(task, slot, is_last=slot is due_slots[-1]):
                self.add_slot(task, slot, origin)
            else:
                missed.append(slot)
        self.slots += [self._skipped(task, slot) for slot in missed[-MOST_SKIPPED:]]
        task.due_at = schedule.next(due_slots[-1].at if due_slots else self.now).at
        self.tasks.append(task)

    def add_slot(self, task: Task, slot: Slot, origin: str) -> TaskSlot:
        """One slot with its runs."""
        values = of_slot(task, slot.at, self.domain)
        row = TaskSlot(
            task=task,
            at=slot.at,
            day=slot.day,
            origin=origin,
            destinations=[planned(destination, values).to_json() for destination in task.destinations.all()],
            options={"empty": task.empty, "manifest": task.manifest, "checksums": task.checksums},
        )
        if task.zipped:
            row.file_name = task_file_name(task, None, slot, row.pk, self.domain)
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
            run.file_name = task_file_name(task, request, slot, run.pk, self.domain) if not task.zipped else ""
            self.runs.append(run)
        return row

    def _skipped(self, task: Task, slot: Slot) -> TaskSlot:
        """A missed slot that does not run, for the history."""
        return TaskSlot(
            task=task,
            at=slot.at,
            day=slot.day,
            origin=TaskSlot.Origin.CATCH_UP,
            state=TaskSlot.State.SKIPPED,
            finished_at=self.now,
        )

    def write(self) -> None:
        """Store everything."""
        TaskSlot.objects.bulk_create(self.slots)
        Run.objects.bulk_create(self.runs)
        Task.objects.bulk_update(self.tasks, ["due_at"])
        pause(self.paused)

    def _check(self, task: Task) -> None:
        if task.owner_id not in self._allowed:
            self._allowed[task.owner_id] = exports_for(task.owner)
        require_owners_rights(task, self._allowed[task.owner_id])

    def _due_slots(self, task: Task, schedule: Schedule) -> list[Slot]:
        """The task's slots from the first due one until now; perhaps not all, if only the last one can run."""
        if task.due_at is None:
            return []
        begin = task.due_at - timedelta(seconds=1)
        if task.catch_up == CatchUp.ALL:
            return list(islice(self._until_now(schedule, begin), AT_ONCE))
        recent = list(self._until_now(schedule, max(begin, self.now - RECENT)))
        return recent or list(self._until_now(schedule, begin))

    def _until_now(self, schedule: Schedule, begin: datetime) -> Iterator[Slot]:
        return takewhile(lambda slot: slot.at <= self.now, schedule.after(begin))

    def _origin(self, task: Task, slot: Slot, *, is_last: bool) -> str:
        """The slot's origin; empty if it was missed and does not run."""
        if slot.at >= self.now - LATE:
            return TaskSlot.Origin.SCHEDULE
        if task.catch_up == CatchUp.ALL or (task.catch_up == CatchUp.LAST and is_last):
            return TaskSlot.Origin.CATCH_UP
        return ""


def existing_slots(tasks: list[Task]) -> set[tuple[str, datetime]]:
    """The slots that exist since the earliest due time, as after a clock was set back."""
    first = min((task.due_at for task in tasks if task.due_at), default=None)
    slots = TaskSlot.objects.filter(task__in=tasks, at__gte=first, origin__in=TaskSlot.OF_SCHEDULE) if first else ()
    return {(slot.task_id, slot.at) for slot in slots}


@transaction.atomic
def restart_schedules(now: datetime) -> None:
    """Schedule the next slot of every active task after now, as when the extension is turned on again."""
    domain = Domain.current()
    tasks = list(Task.objects.select_for_update().filter(is_on=True, deleted_at=None))
    for task in tasks:
        task.updated_at = timezone.now()
        try:
            task.due_at = schedule_of(task, domain).next(now).at
        except Exception:  # what one task is keeps no other from its slots
            log.exception("task.failed", task=task.pk)
    Task.objects.bulk_update(tasks, ["due_at", "updated_at"])
