"""The outcome of a slot: its files are delivered, its owner is notified, and a task that keeps failing is paused."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from navette.automation.destinations import destinations_of, person_of, planned
from navette.automation.task_plan import zone_of
from navette.control.actor import NAVETTE, Actor
from navette.control.journal import record
from navette.control.models import (
    Delivery,
    Destination,
    Domain,
    Empty,
    Paused,
    Payload,
    Run,
    Task,
    TaskSlot,
    User,
    Work,
)
from navette.control.models.work import CANCELLED
from navette.control.outbox import bring_files, mail_file, mail_notice
from navette.core.messages import Message, message
from navette.core.windows import instant
from navette.wording.task_mails import FAILED, WARNING, WORKS_AGAIN, Problem, Stopped, outcome_mail, paused_mail

_FAILED = TaskSlot.State.FAILED

MOST_FAILURES = 10
"""A task is paused after this many failures in a row."""


@transaction.atomic
def queue_deliveries(slot: TaskSlot) -> None:
    """Queue the deliveries of the slot's files, once all of its runs have ended."""
    if not _still(slot, TaskSlot.State.RUNNING, TaskSlot.State.DELIVERING):
        return
    files = files_of(slot)
    for destination in destinations_of(slot) if files else ():
        row = Destination.objects.filter(pk=destination.destination).first()
        if not destination.is_a_person:
            bring_files(slot, destination.kind, destination.target, destination.to_json(), row)
        elif row is not None:  # they may have another address by now, or get nothing any more
            person, address = person_of(row), planned(row).target
            for run in files:
                mail_file(run, person, address, row)


def files_of(slot: TaskSlot) -> list[Run]:
    """The runs whose files are delivered, as they were planned, even if a file has been deleted since."""
    with_file = [
        run
        for run in slot.runs.select_related("requested_by__role").order_by("created_at", "id")
        if run.sha256 and run.state in (Run.State.DELIVERING, Run.State.DONE)
    ]
    return [run for run in with_file if run.rows] if slot.options.get("empty") == Empty.SKIP else with_file


@transaction.atomic
def end_slot(slot: TaskSlot) -> None:
    """End a slot whose deliveries have all ended, and notify the owner if there is news."""
    slot = TaskSlot.objects.select_for_update(of=("self",)).select_related("task__owner__role").get(pk=slot.pk)
    if slot.state != TaskSlot.State.DELIVERING or _goes_on(slot):  # meanwhile, somebody had it sent again
        return
    problems, first, now = _problems(slot), slot.finished_at is None, timezone.now()
    cancelled, warned = _is_cancelled(slot), len(slot.warnings)
    state = TaskSlot.State.CANCELLED if cancelled else _FAILED if problems else TaskSlot.State.DONE
    warnings = [] if cancelled else _warnings(slot)
    _still(slot, TaskSlot.State.DELIVERING, state, warnings=warnings, finished_at=now)
    slot.runs.filter(state=Run.State.DELIVERING).update(state=Run.State.DONE, finished_at=now)
    if not cancelled:  # the audit log has an event of who cancelled it
        _record_outcome(slot, problems)
    if not slot.task.is_on or cancelled:  # somebody switched it off or deleted it: they know
        return
    if first and slot.origin in TaskSlot.OF_SCHEDULE:
        _count(slot, problems)
    if not problems and len(slot.warnings) > warned and _is_news(slot):
        notify_owner(slot.task, slot, WARNING)


def _record_outcome(slot: TaskSlot, problems: Sequence[Problem]) -> None:
    record(
        "automatic_exports_task.failed" if problems else "automatic_exports_task.succeed",
        Actor(slot.task.owner),
        task=slot.task.label,
        slot=slot.at.isoformat(),
        files=len(files_of(slot)),
        **({"problems": [problem.message for problem in problems]} if problems else {}),
    )


def _is_news(slot: TaskSlot) -> bool:
    """Whether the task's previous slot did not already have the same warnings."""
    before = _slot_before(slot)
    known_codes = {warning["code"] for warning in before.warnings} if before else set()
    return bool({warning["code"] for warning in slot.warnings} - known_codes)


def _slot_before(slot: TaskSlot) -> TaskSlot | None:
    """The previous slot of the task's schedule, not counting missed and cancelled ones."""
    before = slot.task.slots.filter(origin__in=TaskSlot.OF_SCHEDULE, at__lt=slot.at)
    return before.exclude(state__in=(TaskSlot.State.SKIPPED, TaskSlot.State.CANCELLED)).order_by("-at").first()


def _is_cancelled(slot: TaskSlot) -> bool:
    """Whether somebody cancelled a part of it and nothing failed."""
    wrong = slot.runs.filter(state=Run.State.FAILED).exists()
    if wrong or slot.deliveries.filter(state__in=(Delivery.State.FAILED, Delivery.State.UNKNOWN)).exists():
        return False
    cancelled = {"state": CANCELLED, "cancel_requested": True}
    return slot.runs.filter(**cancelled).exists() or slot.deliveries.filter(**cancelled).exists()


def _goes_on(slot: TaskSlot) -> bool:
    return slot.deliveries.exclude(state__in=Delivery.ENDED).exists()


def _still(slot: TaskSlot, state: str, becomes: str, **changes: Any) -> bool:
    """Change the slot's state, unless somebody else has changed it."""
    changed = TaskSlot.objects.filter(pk=slot.pk, state=state).update(state=becomes, **changes)
    for name, value in {"state": becomes, **changes}.items():
        setattr(slot, name, value)
    return bool(changed)


def _problems(slot: TaskSlot) -> list[Problem]:
    """The exports and deliveries that failed, with their errors."""
    runs = slot.runs.filter(state__in=(Run.State.FAILED, Run.State.CANCELLED))
    replaced = Q(payload=Payload.RUN, state=CANCELLED, cancel_requested=False)  # by another mail
    deliveries = slot.deliveries.exclude(state=Delivery.State.DONE).exclude(replaced)
    return [
        *(Problem(run.export, _why(run), is_export=True) for run in runs),
        *(Problem(delivery.target, _why(delivery)) for delivery in deliveries),
    ]


def _why(work: Work) -> Message:
    if isinstance(work.error, Message):
        return work.error
    if work.state == CANCELLED:
        return message("it was cancelled.")
    return message("it ended without giving a reason.")


def _warnings(slot: TaskSlot) -> list[dict[str, Any]]:
    task, warnings = slot.task, []
    rows = sum(run.rows or 0 for run in slot.runs.all())
    if task.minimum_rows and rows < task.minimum_rows:
        warnings.append({"code": "few_rows", "count": rows, "minimum": task.minimum_rows})
    expected = expected_at(slot, Domain.current())
    if expected and timezone.now() > expected:
        warnings.append({"code": "late", "expected": expected.isoformat()})
    return warnings


def expected_at(slot: TaskSlot, domain: Domain) -> datetime | None:
    """The instant by which the slot's files are expected; None without such a time, and for slots run again."""
    task, zone = slot.task, zone_of(slot.task, domain)
    if task.expected_by is None or slot.origin not in TaskSlot.OF_SCHEDULE:
        return None
    day = slot.at.astimezone(zone).date()  # by the task's clocks of now: it may have had others
    days = (day, day + timedelta(days=1))
    return next(at for day in days if (at := instant(datetime.combine(day, task.expected_by), zone)) > slot.at)


def warn_if_late(slot: TaskSlot, domain: Domain) -> None:
    """Notify the owner, once, that a slot is still in progress although its files were expected."""
    expected = expected_at(slot, domain)
    if expected is None or timezone.now() <= expected:
        return
    late = [{"code": "late", "expected": expected.isoformat()}]
    if TaskSlot.objects.filter(pk=slot.pk, warnings=[]).update(warnings=late):
        slot.warnings = late
        if _is_news(slot):
            notify_owner(slot.task, slot, WARNING)


def _count(slot: TaskSlot, problems: list[Problem]) -> None:
    """Count failures in a row. The owner is notified of the first one, and when the task works again.

    Resuming a task resets the count; the owner is still notified when it works again.
    """
    before = _slot_before(slot)
    failed_before = before is not None and before.state == _FAILED
    task = Task.objects.select_for_update(of=("self",)).select_related("owner__role").get(pk=slot.task_id)
    counted, task.failures = task.failures, task.failures + 1 if problems else 0
    task.save(update_fields=["failures"])
    if task.failures == 1:
        notify_owner(task, slot, FAILED, problems)
    elif not problems and (counted or failed_before):
        notify_owner(task, slot, WORKS_AGAIN)
    if task.failures >= MOST_FAILURES and task.is_on:
        pause([(task, Paused.FAILURES, problems[0])])


def pause(stopped: Sequence[Stopped]) -> None:
    """Pause tasks. Each owner, and each administrator, receives one mail that lists them with the reasons."""
    if not stopped:
        return
    for task, why, reason in stopped:
        Task.objects.filter(pk=task.pk).update(is_on=False, paused=why, due_at=None)
        record(
            "automatic_exports_task.updated",
            NAVETTE,
            task=task.label,
            on=False,
            paused=why.value,
            reason=reason.message if isinstance(reason, Problem) else reason,
        )
    administrators = [user for user in User.objects.select_related("role") if user.may("manage_users")]
    recipients = {user.pk: user for user in (*administrators, *(task.owner for task, _why, _reason in stopped))}
    for person in recipients.values():
        if person.is_active:
            theirs = [pausing for pausing in stopped if person in administrators or pausing[0].owner_id == person.pk]
            mail_notice(person, *paused_mail(person, theirs))


def notify_owner(task: Task, slot: TaskSlot, outcome: str, problems: Sequence[Problem] = ()) -> None:
    """Notify the owner of what became of a slot: FAILED, the first time in a row, WORKS_AGAIN, or a WARNING."""
    if task.owner.is_active:
        mail_notice(task.owner, *outcome_mail(task, slot, outcome, problems))
