"""What people do with tasks: make, change, remove them, run them apart from their schedule. Each checks who asks."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import islice, product, takewhile

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from navette.control.journal import record
from navette.control.models import Delivery, Destination, Domain, Run, Task, TaskDelivery, TaskSlot, User
from navette.control.models.work import CANCELLED, QUEUED
from navette.control.permissions import require
from navette.control.requests import SavedRequest, check_allowed, exports_for
from navette.core.errors import RequestError
from navette.core.schedules import Slot
from navette.core.windows import midnight
from navette.destinations.sftp import fingerprint
from navette.jobs.queue import ask_to_cancel_all
from navette.jobs.runs import require_file
from navette.jobs.tasks.outcome import files_of
from navette.jobs.tasks.places import Place, place_of, target_of
from navette.jobs.tasks.plan import check_names, of_slot, schedule_of, zone_of
from navette.jobs.tasks.rights import are_on, may_still
from navette.jobs.tasks.scheduler import Plan, run_already

_A_MOMENT = timedelta(seconds=1)

MOST_GOING_ON = 400
"""Slots of one task that go on at a time, where people add some: a backfill of a year of days, and some."""


def require_tasks(user: User) -> None:
    """Raise ForbiddenError unless the user may manage tasks, RequestError while their extension is off."""
    require(user, "manage_automatic_exports")
    if not are_on():
        raise RequestError(_("automated exports are off: an administrator can add the extension."))


@transaction.atomic
def save(user: User, task: Task, destinations: Iterable[Destination], address: str | None = None) -> Task:
    """Save a task, new or changed, and where its files go; who saves it becomes its owner.

    ``destinations`` are all of them, in order; those that are left out are removed. Whether a task that was there is on
    stays as it is. Raises ForbiddenError for what the user may not export, and RequestError for what cannot be.
    """
    require_tasks(user)
    domain, made = Domain.current(), task._state.adding
    if not made:
        _bring_up_to_date(task)
    task.owner = user
    if not task.exports:
        raise RequestError(_("the task exports nothing: choose at least one export."))
    may_still(task, exports_for(user))
    check_names(task, domain)
    schedule = schedule_of(task, domain)
    task.due_at = schedule.next(timezone.now()).at if task.is_on else None
    task.save()
    _keep(task, list(destinations))
    places = [place_of(one) for one in task.destinations.all()]
    record(
        "automatic_exports_task.created" if made else "automatic_exports_task.updated",
        user,
        address,
        task=task.label,
        on=task.is_on,
        exports=[chosen["export"] for chosen in task.exports],
        sensitive_columns=_sensitive(task, user),
        recipients=[target_of(place) for place in places],
        host_keys=[fingerprint(key) for place in places for key in place["host_keys"]],
    )
    return task


def _locked(task: Task) -> Task:
    """The task as it is now, nobody else's until the transaction ends. Raises RequestError where it was deleted."""
    rows = Task.objects.select_for_update(of=("self",)).select_related("owner__role")
    kept = rows.filter(pk=task.pk, deleted_at=None).first()
    if kept is None:
        raise RequestError(_("the task was deleted meanwhile."))
    return kept


def _bring_up_to_date(task: Task) -> None:
    """What somebody else, or the scheduler, changed since the task was read; after its slots until now were made."""
    _run_what_is_due(_locked(task))
    kept = Task.objects.get(pk=task.pk)
    task.is_on, task.paused, task.failures = kept.is_on, kept.paused, kept.failures


def _run_what_is_due(task: Task) -> None:
    """Make the slots that a task has missed so far, before it is another: they are of what it was."""
    domain, now = Domain.current(), timezone.now()
    due = Task.objects.select_related("owner__role").filter(pk=task.pk, is_on=True, due_at__lte=now)
    while kept := due.first():
        plan = Plan(domain, now, run_already([kept]))
        plan.add(kept)
        plan.write()


def _keep(task: Task, destinations: list[Destination]) -> None:
    if not destinations:
        raise RequestError(_("the task's files go nowhere: add a destination."))
    task.destinations.exclude(pk__in=[one.pk for one in destinations]).delete()
    for position, one in enumerate(destinations):
        one.task, one.position = task, position
        one.save()


def _sensitive(task: Task, user: User) -> list[str]:
    exports = exports_for(user)
    return [
        f"{chosen['export']}.{column.name}"
        for chosen in task.exports
        for column in exports[chosen["export"]].all_columns()
        if column.sensitive and column.name in chosen.get("fields", ())
    ]


@transaction.atomic
def switch(user: User, task: Task, on: bool, address: str | None = None) -> bool:
    """Switch a task on or off. What passed while it was off is not run; a backfill does that.

    Switching off cancels what is under way, also of a task that was off; true where something was. Switching on makes
    the user its owner. Raises as ``save`` does.
    """
    require_tasks(user)
    kept = _stopped(task) if not on else _locked(task)
    cancelled = not on and bool(_cancel(kept))
    if on == kept.is_on and not cancelled:
        return False
    kept.is_on, kept.paused, kept.failures, kept.due_at = on, "", 0, None
    if on:
        kept.owner = user
        may_still(kept, exports_for(user))
        kept.due_at = schedule_of(kept, Domain.current()).next(timezone.now()).at
    kept.save()
    record("automatic_exports_task.updated", user, address, task=kept.label, on=on)
    return cancelled


def _stopped(task: Task) -> Task:
    """The task as ``_locked`` gives it, and its slots that go on locked before it, as where a slot ends."""
    list(TaskSlot.objects.select_for_update(of=("self",)).filter(task=task, state__in=TaskSlot.GOING_ON))
    return _locked(task)


def _cancel(task: Task) -> int:
    """Cancel the task's runs and deliveries that go on; how many there were.

    Of a slot whose runs have not all ended nothing goes out, also not the files that are there. One whose files were on
    their way keeps them: they can be sent again.
    """
    slots = TaskSlot.objects.filter(task=task, state__in=TaskSlot.GOING_ON)
    runs = Run.objects.filter(slot__in=slots)
    mails = Delivery.objects.filter(run__in=runs)
    asked = sum(map(ask_to_cancel_all, (TaskDelivery.objects.filter(slot__in=slots), mails, runs)))
    ready = Run.objects.filter(slot__in=slots.filter(state=TaskSlot.State.RUNNING), state="delivering")
    return asked + ready.update(state=CANCELLED, finished_at=timezone.now())


@transaction.atomic
def come_back() -> None:
    """Let tasks go on after their extension was off: with their next slots, and with what waited for it.

    What waited is tried again for as long as if it were new.
    """
    begin_anew()
    TaskDelivery.objects.filter(state=QUEUED).update(created_at=timezone.now())


@transaction.atomic
def begin_anew() -> None:
    """Let every task that is on be due next after now: after its clock, or the extension, was another for a while."""
    domain, now = Domain.current(), timezone.now()
    tasks = list(Task.objects.select_for_update().filter(is_on=True, deleted_at=None))
    for task in tasks:
        task.due_at = schedule_of(task, domain).next(now).at
    Task.objects.bulk_update(tasks, ["due_at"])


@transaction.atomic
def duplicate(user: User, task: Task, address: str | None = None) -> Task:
    """A copy of a task, with its destinations, switched off. Raises as ``save`` does."""
    label = (_("%(label)s (copy)") % {"label": task.label})[:100]
    fields = {field.name: getattr(task, field.name) for field in Task._meta.fields if field.name not in _OF_ITS_OWN}
    copy = Task(**fields, label=label, is_on=False)
    kept = [
        Destination(kind=one.kind, settings=one.settings, host_keys=one.host_keys) for one in task.destinations.all()
    ]
    return save(user, copy, kept, address)


_OF_ITS_OWN = ("id", "label", "owner", "is_on", "paused", "due_at", "failures", "created_at", "updated_at")


@transaction.atomic
def remove(user: User, task: Task, address: str | None = None) -> None:
    """Remove a task, and cancel what is under way; its slots and their runs stay in the history.

    Raises ForbiddenError, and RequestError where it was removed already.
    """
    require(user, "manage_automatic_exports")
    kept = _stopped(task)
    _cancel(kept)
    Task.objects.filter(pk=kept.pk).update(deleted_at=timezone.now(), is_on=False, due_at=None)
    record("automatic_exports_task.destroyed", user, address, task=kept.label)


@transaction.atomic
def run_now(user: User, task: Task, address: str | None = None) -> TaskSlot:
    """Run a task at once, as if it were due now. Raises as ``save`` does."""
    zone = zone_of(task, Domain.current())
    now = timezone.now().replace(microsecond=0)
    [slot] = _planned(user, task, [Slot(now, now.astimezone(zone).date())], TaskSlot.Origin.BY_HAND, address)
    return slot


@transaction.atomic
def backfill(user: User, task: Task, first: date, last: date, address: str | None = None) -> list[TaskSlot]:
    """Run every slot of those days, both included, each with its own windows. Raises as ``save`` does."""
    zone = zone_of(task, Domain.current())
    if last < first:
        raise RequestError(_("the last day is before the first."))
    now, after = timezone.now(), schedule_of(task, Domain.current()).after(midnight(first, zone) - _A_MOMENT)
    within = takewhile(lambda slot: slot.day <= last and slot.at <= now, after)
    slots = list(islice((slot for slot in within if slot.day >= first), MOST_GOING_ON + 1))
    if not slots:
        raise RequestError(_("no slot of the task lies in those days."))
    if len(slots) > MOST_GOING_ON:
        raise RequestError(_("more than %(most)s slots lie in those days: choose fewer.") % {"most": MOST_GOING_ON})
    return _planned(user, task, slots, TaskSlot.Origin.BACKFILL, address)


def _planned(
    user: User, task: Task, slots: Sequence[Slot], origin: TaskSlot.Origin, address: str | None
) -> list[TaskSlot]:
    require_tasks(user)
    kept = _locked(task)
    may_still(kept, exports_for(kept.owner))
    _require_room(kept, len(slots))
    plan = Plan(Domain.current(), timezone.now())
    made = [plan.add_slot(kept, slot, origin) for slot in slots]
    plan.write()
    _record_asked(user, made, address)
    return made


def _require_room(task: Task, more: int) -> None:
    """Raise RequestError where so many slots of the task go on that no more may be added by hand."""
    count = task.slots.filter(state__in=TaskSlot.GOING_ON).count()
    if count + more > MOST_GOING_ON:
        raise RequestError(
            _(
                "no more than %(most)s slots of a task may go on at a time, and %(count)s do: let some end, or switch "
                "the task off, which cancels them."
            )
            % {"most": MOST_GOING_ON, "count": count}
        )


def _record_asked(user: User, slots: Sequence[TaskSlot], address: str | None) -> None:
    first = slots[0]
    record(
        "export.requested",
        user,
        address,
        task=first.task.label,
        what=TaskSlot.Origin(first.origin).value,
        slot=first.at.isoformat(),
        count=len(slots),
        recipients=[target_of(place) for place in first.places],
    )


@transaction.atomic
def replay(user: User, slot: TaskSlot, address: str | None = None) -> TaskSlot:
    """Run a slot that ended once more, over the versions of the store that it read: the same files, byte for byte.

    Runs that read nothing are run anew. Raises ForbiddenError unless both who asks and the task's owner may have all
    that the slot's runs asked for, and RequestError for a slot that goes on, or was not run.
    """
    require_tasks(user)
    task, runs = _locked(slot.task), list(slot.runs.order_by("created_at", "id"))
    if slot.finished_at is None:
        raise RequestError(_("the slot goes on: wait until it has ended."))
    if not runs:
        raise RequestError(_("the slot was not run: a backfill of its day runs it."))
    require(task.owner, "manage_automatic_exports")
    for person, run in product((user, task.owner), runs):
        check_allowed(person, SavedRequest.from_json(run.request))
    _require_room(task, 1)
    again = _again(task, slot, runs)
    _record_asked(user, [again], address)
    return again


def _again(task: Task, slot: TaskSlot, runs: Iterable[Run]) -> TaskSlot:
    """The slot once more, with its runs, for where the task sends files now."""
    again = TaskSlot.objects.create(
        task=task,
        at=slot.at,
        day=slot.day,
        origin=TaskSlot.Origin.REPLAY,
        file_name=slot.file_name,
        places=[_place_now(one, task, slot) for one in task.destinations.all()],
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


def _place_now(destination: Destination, task: Task, slot: TaskSlot) -> Place:
    """Where the destination is now, for the files of that slot."""
    return place_of(destination, of_slot(task, slot.at, Domain.current()))


@transaction.atomic
def send_again(user: User, delivery: TaskDelivery, address: str | None = None) -> TaskDelivery:
    """Send a slot's files once more after a delivery that failed, to where its destination is now.

    Raises ForbiddenError for who may not have all of the files, which a changed destination might be theirs; and
    RequestError for a delivery that did not fail, or has no destination any more.
    """
    require_tasks(user)
    slot = TaskSlot.objects.select_for_update(of=("self",)).select_related("task").get(pk=delivery.slot_id)
    task = _locked(slot.task)
    if delivery.state not in ("failed", "cancelled") or delivery.destination is None:
        raise RequestError(_("only a delivery that failed can be sent again, and only where its destination is left."))
    for run in files_of(slot):
        require_file(user, run)
    place = _place_now(delivery.destination, task, slot)
    checkpoint = {} if place != delivery.place else {"done": delivery.checkpoint.get("done", [])}
    TaskDelivery.objects.filter(pk=delivery.pk, state=delivery.state).update(
        state=QUEUED,
        created_at=timezone.now(),
        due_at=timezone.now(),
        error="",
        checkpoint=checkpoint,
        cancel_requested=False,
        deaths=0,
        place=place,
        target=target_of(place),
    )
    TaskSlot.objects.filter(pk=slot.pk).update(state=TaskSlot.State.DELIVERING)
    record("export.sent_again", user, address, task=task.label, slot=slot.at.isoformat(), recipient=target_of(place))
    delivery.refresh_from_db()
    return delivery
