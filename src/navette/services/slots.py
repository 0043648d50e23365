"""What people do with slots apart from the schedule: run, backfill, replay, resend."""

import shutil
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import islice, takewhile

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from navette.automation.destinations import destinations_of, planned
from navette.automation.outcome import files_of
from navette.automation.rights import lock_task, require_both
from navette.automation.slot_planning import SlotPlan
from navette.automation.task_plan import of_slot, requests_of, schedule_of, zone_of
from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import Delivery, Domain, Payload, Run, Task, TaskSlot
from navette.control.models.work import QUEUED
from navette.control.permissions import require
from navette.core.errors import RequestError
from navette.core.schedules import Slot
from navette.core.settings import Settings
from navette.core.windows import midnight
from navette.exporting.prepare import Prepared, Watch
from navette.exporting.preview import estimated_size
from navette.services.runs import prepared, require_file
from navette.services.tasks import require_tasks

_A_MOMENT = timedelta(seconds=1)

MOST_GOING_ON = 400
"""The most slots of one task in progress when people add some: enough for a backfill of a year of days."""

MEASURED = 5
"""How many of a task's latest slots the size estimate is based on."""

SPARE = 0.05
"""The share of the disk that a backfill leaves free, because runs spill data that does not fit into memory."""


def run_now(actor: Actor, task: Task) -> TaskSlot:
    """Run a task at once, as if it were due now.

    Raises ForbiddenError unless both the actor and the task's owner may have all of it, and RequestError.
    """
    domain, now = Domain.current(), timezone.now().replace(microsecond=0)
    moment = Slot(now, now.astimezone(zone_of(task, domain)).date())
    [slot] = _planned(actor, task, [moment], TaskSlot.Origin.BY_HAND, domain)
    return slot


def backfill(actor: Actor, task: Task, first: date, last: date, *, watch: Watch = lambda _: None) -> list[TaskSlot]:
    """Run every slot of these days, the last one included, each with its own windows.

    Raises as ``run_now`` does, and RequestError for days without slots, with too many, or whose files would fill the
    disk.
    """
    slots = slots_within(actor, task, first, last)
    _require_disk(actor, task, slots, settings.NAVETTE, watch)
    return _planned(actor, task, slots, TaskSlot.Origin.BACKFILL, Domain.current())


def slots_within(actor: Actor, task: Task, first: date, last: date) -> list[Slot]:
    """The past slots of these days.

    Raises ForbiddenError as ``run_now`` does, and RequestError if there are none, or too many.
    """
    require_both(require_tasks(actor), task, task.exports)
    if last < first:
        raise RequestError("the last day is before the first: choose a later one.")
    domain = Domain.current()
    begin = midnight(first, zone_of(task, domain)) - _A_MOMENT
    now, after = timezone.now(), schedule_of(task, domain).after(begin)
    within = takewhile(lambda slot: slot.day <= last and slot.at <= now, after)
    slots = list(islice((slot for slot in within if slot.day >= first), MOST_GOING_ON + 1))
    if not slots:
        raise RequestError("the task has no slot in these days: choose others.")
    if len(slots) > MOST_GOING_ON:
        raise RequestError("these days have more than {most} slots: choose fewer days.", most=MOST_GOING_ON)
    return slots


def _require_disk(actor: Actor, task: Task, slots: Sequence[Slot], settings: Settings, watch: Watch) -> None:
    """Raise RequestError, with the sizes, if the files of the slots would fill the disk."""
    count = len(slots) + task.slots.filter(state=TaskSlot.State.RUNNING).count()
    slot_size = size_of_slot(actor, task, slots[-1], settings, watch)
    disk = shutil.disk_usage(settings.home)
    spare = int(disk.total * SPARE)
    if slot_size * count <= disk.free - spare:
        return
    raise RequestError(
        "the disk would be full: {slots} slots of about {each:size} need {need:size}, including those in progress; "
        "{free:size} are free, of which {spare:size} must stay free. Choose fewer days, or free some disk space.",
        slots=count,
        each=slot_size,
        need=slot_size * count,
        free=disk.free,
        spare=spare,
    )


def size_of_slot(actor: Actor, task: Task, slot: Slot, settings: Settings, watch: Watch = lambda _: None) -> int:
    """The expected bytes of one slot's files: those of the largest recent slot, or else an estimate.

    Raises ForbiddenError as ``run_now`` does.
    """
    require_both(require_tasks(actor), task, task.exports)
    ended = task.slots.filter(state__in=TaskSlot.TELLING).order_by("-at", "-created_at")[:MEASURED]
    if measured := max(map(_bytes_of, ended), default=0):
        return measured
    requests = requests_of(task, slot, Domain.current())
    return sum(_estimated_size(prepared(Actor(task.owner), request, settings, watch)) for request in requests)


def _estimated_size(export: Prepared) -> int:
    return estimated_size(export, export.count())


def _bytes_of(slot: TaskSlot) -> int:
    """The bytes of a slot's files, and of their archive."""
    files = sum(run.bytes or 0 for run in slot.runs.all())
    archive = max((delivery.bytes_done for delivery in slot.deliveries.all()), default=0) if slot.file_name else 0
    return files + archive


@transaction.atomic
def _planned(
    actor: Actor, task: Task, slots: Sequence[Slot], origin: TaskSlot.Origin, domain: Domain
) -> list[TaskSlot]:
    user = require_tasks(actor)
    locked_task = lock_task(task)
    require_both(user, locked_task, locked_task.exports)
    _require_room(locked_task, len(slots))
    plan = SlotPlan(domain, timezone.now())
    rows = [plan.add_slot(locked_task, slot, origin) for slot in slots]
    plan.write()
    _record_asked(actor, rows)
    return rows


def _require_room(task: Task, more: int) -> None:
    """Raise RequestError if too many slots of the task are in progress to add more by hand."""
    count = task.slots.filter(state__in=TaskSlot.GOING_ON).count()
    if count + more > MOST_GOING_ON:
        raise RequestError(
            "a task can have at most {most} slots in progress, and {running} are: wait until some finish, or "
            "pause the task, which cancels them.",
            most=MOST_GOING_ON,
            running=count,
        )


def _record_asked(actor: Actor, slots: Sequence[TaskSlot]) -> None:
    first = slots[0]
    record(
        "export.requested",
        actor,
        task=first.task.label,
        what=TaskSlot.Origin(first.origin).value,
        slot=first.at.isoformat(),
        count=len(slots),
        recipients=[destination.target for destination in destinations_of(first)],
    )


@transaction.atomic
def replay(actor: Actor, slot: TaskSlot) -> TaskSlot:
    """Run an ended slot again over the same versions of the store, which gives the same files byte for byte.

    Runs that read nothing are run anew. Raises ForbiddenError unless both the actor and the task's owner may have all
    that the slot's runs asked for, and RequestError for a slot that goes on, or was not run.
    """
    user = require_tasks(actor)
    task, runs = lock_task(slot.task), list(slot.runs.order_by("created_at", "id"))
    if slot.finished_at is None:
        raise RequestError("the slot is in progress: wait until it finishes.")
    if not runs:
        raise RequestError("the slot was not run: start a backfill of its day.")
    require_both(user, task, (run.request for run in runs))
    _require_room(task, 1)
    again = _again(task, slot, runs)
    _record_asked(actor, [again])
    return again


def _again(task: Task, slot: TaskSlot, runs: Iterable[Run]) -> TaskSlot:
    """A copy of the slot with its runs, for the task's current destinations."""
    values = of_slot(task, slot.at, Domain.current())
    again = TaskSlot.objects.create(
        task=task,
        at=slot.at,
        day=slot.day,
        origin=TaskSlot.Origin.REPLAY,
        file_name=slot.file_name,
        destinations=[planned(destination, values).to_json() for destination in task.destinations.all()],
        options=slot.options,
    )
    for run in runs:
        Run.objects.create(
            export=run.export,
            request=run.request,
            requested_by=task.owner,
            slot=again,
            lane=run.lane,
            file_name="" if slot.file_name else run.file_name,
            versions=run.versions,
        )
    return again


@transaction.atomic
def send_again(actor: Actor, delivery: Delivery) -> Delivery:
    """Resend a slot's files after a failed delivery, to the destination's current settings.

    Raises ForbiddenError for who may not have all of the files, which a changed destination might be theirs; and
    RequestError for a delivery that did not fail, or has no destination any more, or whose files are gone.
    """
    require_tasks(actor)
    slot = TaskSlot.objects.select_for_update(of=("self",)).select_related("task").get(pk=delivery.slot_id)
    task = lock_task(slot.task)
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("destination").get(pk=delivery.pk)
    if delivery.destination is None or not _has_failed(delivery):
        raise RequestError("you can resend only a failed delivery whose destination still exists.")
    files = files_of(slot)
    for run in files:
        require_file(actor, run)
    if not _are_kept(files):
        raise RequestError("the files were deleted at the end of their retention period: run the slot again.")
    destination = planned(delivery.destination, of_slot(task, slot.at, Domain.current()))
    checkpoint = {} if destination.to_json() != delivery.planned else {"done": delivery.checkpoint.get("done", [])}
    Delivery.objects.filter(pk=delivery.pk).update(
        state=QUEUED,
        created_at=timezone.now(),
        due_at=timezone.now(),
        error=None,
        checkpoint=checkpoint,
        cancel_requested=False,
        deaths=0,
        planned=destination.to_json(),
        target=destination.target,
    )
    TaskSlot.objects.filter(pk=slot.pk).update(state=TaskSlot.State.DELIVERING)
    record("export.sent_again", actor, task=task.label, slot=slot.at.isoformat(), recipient=destination.target)
    delivery.refresh_from_db()
    return delivery


def resendable(actor: Actor, slot: TaskSlot) -> list[Delivery]:
    """The deliveries of a slot that ``send_again`` accepts. Raises ForbiddenError."""
    require(actor.user, "manage_automatic_exports")
    if slot.task.deleted_at or not _are_kept(files_of(slot)):
        return []
    return [delivery for delivery in slot.deliveries.filter(payload=Payload.SLOT) if _has_failed(delivery)]


def _has_failed(delivery: Delivery) -> bool:
    failed = delivery.state in (Delivery.State.FAILED, Delivery.State.CANCELLED)
    return failed and delivery.destination_id is not None


def _are_kept(files: Iterable[Run]) -> bool:
    """Whether retention has deleted none of the runs' files."""
    return all(run.path for run in files)
