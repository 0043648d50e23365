"""What becomes of a slot: its files are sent, its task's owner is told, a task that goes on failing is paused."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from navette.control.journal import record
from navette.control.models import Domain, Empty, Paused, Run, Task, TaskDelivery, TaskSlot, User
from navette.control.models.runs import Delivery
from navette.core.windows import instant
from navette.jobs.tasks.places import target_of
from navette.jobs.tasks.plan import zone_of
from navette.jobs.tasks.told import tell_owner, tell_paused

MOST_FAILURES = 10
"""A task that failed so often in a row is paused."""


@transaction.atomic
def gather(slot: TaskSlot) -> None:
    """Queue the deliveries of what the slot's runs made, once all of them have ended."""
    if not _still(slot, TaskSlot.State.RUNNING, TaskSlot.State.DELIVERING):
        return
    task, files = slot.task, files_of(slot)
    for destination in task.destinations.all() if files else ():
        if destination.kind == "email":
            Delivery.objects.bulk_create(
                Delivery(run=run, recipient=destination.settings["recipient"]) for run in files
            )
        else:
            TaskDelivery.objects.create(slot=slot, destination=destination, target=target_of(destination))


def files_of(slot: TaskSlot) -> list[Run]:
    """The runs whose files go out, in the order of the task's exports."""
    order = {chosen["export"]: number for number, chosen in enumerate(slot.task.exports)}
    made = [run for run in slot.runs.all() if run.path and run.state in ("delivering", "done")]
    if slot.task.empty == Empty.SKIP:
        made = [run for run in made if run.rows]
    return sorted(made, key=lambda run: order.get(run.export, len(order)))


@transaction.atomic
def conclude(slot: TaskSlot) -> None:
    """End a slot whose deliveries have all ended, and tell who should know."""
    problems = _problems(slot)
    state = TaskSlot.State.FAILED if problems else TaskSlot.State.DONE
    warnings = _warnings(slot)
    if not _still(slot, TaskSlot.State.DELIVERING, state, warnings=warnings, finished_at=timezone.now()):
        return
    now = timezone.now()
    slot.runs.filter(state="delivering").update(state="done", finished_at=now)
    record(
        "automatic_exports_task.failed" if problems else "automatic_exports_task.succeed",
        slot.task.owner,
        None,
        task=slot.task.label,
        slot=slot.at.isoformat(),
        files=len(files_of(slot)),
        **({"problems": problems} if problems else {}),
    )
    _count(slot, problems)


def _still(slot: TaskSlot, state: str, becomes: str, **changes: Any) -> bool:
    """Change the slot's state if nobody else did meanwhile."""
    changed = TaskSlot.objects.filter(pk=slot.pk, state=state).update(state=becomes, **changes)
    for name, value in {"state": becomes, **changes}.items():
        setattr(slot, name, value)
    return bool(changed)


def _problems(slot: TaskSlot) -> list[str]:
    """What did not work, a sentence each."""
    runs = [f"{run.export}: {run.error or run.state}" for run in slot.runs.filter(state__in=("failed", "cancelled"))]
    sent = [f"{one.target}: {one.error or one.state}" for one in slot.deliveries.exclude(state="done")]
    mails = Delivery.objects.filter(run__slot=slot).exclude(state="done")
    return [*runs, *sent, *(f"{one.recipient}: {one.error or one.state}" for one in mails)]


def _warnings(slot: TaskSlot) -> list[dict[str, Any]]:
    task, found = slot.task, []
    rows = sum(run.rows or 0 for run in slot.runs.all())
    if task.minimum_rows and rows < task.minimum_rows:
        found.append({"code": "few_rows", "count": rows, "minimum": task.minimum_rows})
    expected = expected_at(slot)
    if expected and timezone.now() > expected:
        found.append({"code": "late", "expected": expected.isoformat()})
    return found


def expected_at(slot: TaskSlot) -> datetime | None:
    """The instant by which the slot's files are expected; None for a task that says none, and what is no new slot."""
    task, zone = slot.task, zone_of(slot.task, Domain.current())
    if task.expected_by is None or slot.origin != TaskSlot.Origin.SCHEDULE:
        return None
    same_day = instant(datetime.combine(slot.day, task.expected_by), zone)
    return (
        same_day
        if same_day > slot.at
        else instant(datetime.combine(slot.day + timedelta(days=1), task.expected_by), zone)
    )


def _count(slot: TaskSlot, problems: list[str]) -> None:
    """Count failures in a row; the owner hears of the first of them, and when it works again."""
    task = Task.objects.select_for_update(of=("self",)).select_related("owner__role").get(pk=slot.task_id)
    failures = task.failures + 1 if problems else 0
    if failures == 1 or (task.failures and not failures) or slot.warnings:
        tell_owner(task, slot, problems)
    task.failures = failures
    task.save(update_fields=["failures"])
    if failures >= MOST_FAILURES and task.is_on:
        pause(task, Paused.FAILURES, problems[0])


def pause(task: Task, why: Paused, reason: str) -> None:
    """Switch a task off, and tell its owner and the administrators why."""
    Task.objects.filter(pk=task.pk).update(is_on=False, paused=why, due_at=None)
    record("automatic_exports_task.updated", None, None, task=task.label, on=False, paused=why.value, reason=reason)
    administrators = [user for user in User.objects.select_related("role") if user.may("manage_users")]
    people = {user.pk: user for user in (task.owner, *administrators) if user.is_active}
    tell_paused(task, why, reason, list(people.values()))
