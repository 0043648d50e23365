"""What people do with tasks: create, change, pause, resume and remove them."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from navette.automation.destinations import check_directory, planned
from navette.automation.rights import automated_exports_are_on, lock_task, require_owners_rights
from navette.automation.slot_planning import SlotPlan, existing_slots
from navette.automation.task_plan import check_names, of_slot, schedule_of
from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import Delivery, Destination, Domain, Run, Task, TaskSlot, User
from navette.control.models.work import CANCELLED
from navette.control.permissions import require
from navette.control.requests import exports_for
from navette.core.errors import RequestError
from navette.destinations.sftp import fingerprint
from navette.services.task_values import check_destinations, check_task
from navette.work.queue import ask_to_cancel_all


def require_tasks(actor: Actor) -> User:
    """The user who acts. Raises ForbiddenError unless they may manage tasks, RequestError without the extension."""
    user = require(actor.user, "manage_automatic_exports")
    if not automated_exports_are_on():
        raise RequestError("automated exports are off: an administrator can turn on the extension.")
    return user


@transaction.atomic
def save(actor: Actor, task: Task, destinations: Iterable[Destination]) -> Task:
    """Save a new or changed task and its destinations. Whoever saves it becomes its owner.

    ``destinations`` are all of them, in order; those that are left out are removed. Whether a task that was there is on
    stays as it is. Raises ForbiddenError for what the user may not export, and RequestError for what cannot be.
    """
    user = require_tasks(actor)
    domain, is_new = Domain.current(), task._state.adding
    if not is_new:
        _bring_up_to_date(task, domain)
    task.owner = user
    if not task.exports:
        raise RequestError("the task exports nothing: choose at least one export.")
    check_task(task)
    require_owners_rights(task, exports_for(user))
    check_names(task, domain)
    schedule = schedule_of(task, domain)
    task.due_at = schedule.next(timezone.now()).at if task.is_on else None
    task.save()
    _keep(task, list(destinations), domain)
    destinations_now = [planned(destination) for destination in task.destinations.all()]
    record(
        "automatic_exports_task.created" if is_new else "automatic_exports_task.updated",
        actor,
        task=task.label,
        on=task.is_on,
        exports=[chosen["export"] for chosen in task.exports],
        sensitive_columns=_sensitive(task, user),
        recipients=[destination.target for destination in destinations_now],
        host_keys=[fingerprint(key) for destination in destinations_now for key in destination.host_keys],
    )
    return task


def _bring_up_to_date(task: Task, domain: Domain) -> None:
    """Take over what others have changed since the task was read, after planning its slots until now."""
    _run_what_is_due(lock_task(task), domain)
    stored = Task.objects.get(pk=task.pk)
    task.is_on, task.paused, task.failures = stored.is_on, stored.paused, stored.failures


def _run_what_is_due(task: Task, domain: Domain) -> None:
    """Plan the slots that are due before the task changes: they follow its former settings."""
    now = timezone.now()
    due = Task.objects.select_related("owner__role").filter(pk=task.pk, is_on=True, due_at__lte=now)
    while due_task := due.first():
        plan = SlotPlan(domain, now, existing_slots([due_task]))
        plan.add(due_task)
        plan.write()


def _keep(task: Task, destinations: list[Destination], domain: Domain) -> None:
    if not destinations:
        raise RequestError("the task has no destination: add one.")
    check_destinations(destinations, task)
    task.destinations.exclude(pk__in=[destination.pk for destination in destinations]).delete()
    values = of_slot(task, timezone.now(), domain)
    for position, destination in enumerate(destinations):
        check_directory(destination, values)
        destination.task, destination.position = task, position
        destination.save()


def _sensitive(task: Task, user: User) -> list[str]:
    exports = exports_for(user)
    return [
        f"{chosen['export']}.{column.name}"
        for chosen in task.exports
        for column in exports[chosen["export"]].all_columns()
        if column.sensitive and column.name in chosen.get("fields", ())
    ]


@transaction.atomic
def switch(actor: Actor, task: Task, on: bool) -> bool:
    """Resume or pause a task. Slots that pass while it is paused do not run; a backfill runs them.

    Switching off cancels what is under way, also of a task that was off; true where something was. Switching on makes
    the user its owner. Raises as ``save`` does.
    """
    user = require_tasks(actor)
    locked_task = _stopped(task) if not on else lock_task(task)
    cancelled = not on and bool(_cancel(locked_task))
    if on == locked_task.is_on and not cancelled:
        return False
    locked_task.is_on, locked_task.paused, locked_task.failures, locked_task.due_at = on, "", 0, None
    if on:
        locked_task.owner = user
        require_owners_rights(locked_task, exports_for(user))
        locked_task.due_at = schedule_of(locked_task, Domain.current()).next(timezone.now()).at
    locked_task.save()
    record("automatic_exports_task.updated", actor, task=locked_task.label, on=on)
    return cancelled


def _stopped(task: Task) -> Task:
    """The task as ``lock_task`` returns it, after locking its slots in progress, as the end of a slot does."""
    list(TaskSlot.objects.select_for_update(of=("self",)).filter(task=task, state__in=TaskSlot.GOING_ON))
    return lock_task(task)


def _cancel(task: Task) -> int:
    """Cancel the task's runs and deliveries in progress, and return their number.

    Of a slot whose runs have not all ended nothing goes out, also not the files that are there. One whose files were on
    their way keeps them: they can be sent again.
    """
    slots = TaskSlot.objects.filter(task=task, state__in=TaskSlot.GOING_ON)
    runs = Run.objects.filter(slot__in=slots)
    count = sum(map(ask_to_cancel_all, (Delivery.objects.filter(slot__in=slots), runs)))
    ready = Run.objects.filter(slot__in=slots.filter(state=TaskSlot.State.RUNNING), state=Run.State.DELIVERING)
    return count + ready.update(state=CANCELLED, cancel_requested=True, finished_at=timezone.now())


@transaction.atomic
def duplicate(actor: Actor, task: Task) -> Task:
    """Create a paused copy of a task, with its destinations. Raises like ``save``."""
    require_tasks(actor)
    task = lock_task(task)
    label = (_("%(label)s (copy)") % {"label": task.label})[:100]
    fields = {field.name: getattr(task, field.name) for field in Task._meta.fields if field.name not in _OF_ITS_OWN}
    copy = Task(**fields, label=label, is_on=False)
    copies = [
        Destination(kind=former.kind, settings=former.settings, host_keys=former.host_keys)
        for former in task.destinations.all()
    ]
    return save(actor, copy, copies)


_OF_ITS_OWN = (
    "id",
    "label",
    "owner",
    "is_on",
    "paused",
    "due_at",
    "failures",
    "created_at",
    "updated_at",
    "deleted_at",
)


@transaction.atomic
def remove(actor: Actor, task: Task) -> None:
    """Remove a task, and cancel its work in progress. Its slots and their runs stay in the history.

    Raises ForbiddenError, and RequestError where it was removed already.
    """
    require(actor.user, "manage_automatic_exports")
    locked_task = _stopped(task)
    _cancel(locked_task)
    Task.objects.filter(pk=locked_task.pk).update(deleted_at=timezone.now(), is_on=False, due_at=None)
    record("automatic_exports_task.destroyed", actor, task=locked_task.label)
