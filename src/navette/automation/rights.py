"""Whether a task may still do what it does: checked when it is saved, is due, runs and delivers."""

from collections.abc import Iterable, Mapping
from typing import Any

from navette.catalogue.export import Export
from navette.control.errors import ForbiddenError
from navette.control.models import Extension, Run, Task, User
from navette.control.permissions import may_have_contents, may_have_file, require, sensitive_among
from navette.control.requests import exports_for
from navette.core.errors import RequestError
from navette.destinations.destination import RefusedError

EXTENSION = "automatic_exports"


def automated_exports_are_on() -> bool:
    """Whether automated exports are on. If their extension is off, nothing is planned, started or delivered."""
    return Extension.objects.filter(name=EXTENSION).exists()


def require_owners_rights(task: Task, allowed: Mapping[str, Export]) -> None:
    """Raise ForbiddenError unless the owner, who may run the exports ``allowed``, has permission for the whole task."""
    _require_all(task.owner, task.exports, allowed)


def require_both(user: User, task: Task, exports: Iterable[Mapping[str, Any]]) -> None:
    """Raise ForbiddenError unless both the requester and the task's owner have the permissions for all of that.

    ``exports`` are those of the task, or the requests that an earlier slot made of them.
    """
    exports = list(exports)
    _require_all(user, exports, exports_for(user))
    try:
        _require_all(task.owner, exports, exports_for(task.owner))
    except ForbiddenError as error:
        raise ForbiddenError(
            "the task's owner, {owner}, does not have the permissions for its exports: save the task to become "
            "its owner, or change the owner's role.",
            owner=task.owner.name,
        ) from error


def _require_all(person: User, exports: Iterable[Mapping[str, Any]], allowed: Mapping[str, Export]) -> None:
    """Raise ForbiddenError unless the person, who may run the exports ``allowed``, may run these as a task."""
    require(person, "manage_automatic_exports")
    require(person, "read_export")
    for chosen in exports:
        fields, export = chosen.get("fields", ()), allowed.get(chosen["export"])
        if export is None or not set(fields) <= {column.name for column in export.all_columns()}:
            raise ForbiddenError(
                "the export “{export}” needs an extension that is off, or a permission that you do not have: ask an"
                " administrator, or remove it from the task.",
                export=chosen["export"],
            )
        if sensitive_among(export, fields):
            require(person, "view_sensitive_columns")


def require_not_deleted(task: Task) -> None:
    """Raise RefusedError where the task was deleted meanwhile."""
    if task.deleted_at is not None:
        raise RefusedError("the task was deleted.")


def lock_task(task: Task) -> Task:
    """The task, read again and locked until the transaction ends. Raises RequestError if it was deleted."""
    rows = Task.objects.select_for_update(of=("self",)).select_related("owner__role")
    kept = rows.filter(pk=task.pk, deleted_at=None).first()
    if kept is None:
        raise RequestError("the task has been deleted in the meantime.")
    return kept


def may_send(run: Run) -> bool:
    """Whether the file of a task's run may go out still: who it was made for must be permitted all of it."""
    owner = run.requested_by
    permitted = owner.may("manage_automatic_exports") and owner.may("read_export")
    return permitted and may_have_file(owner, run, bool(run.sensitive_columns))


def may_receive(user: User | None, run: Run) -> bool:
    """Whether somebody whom a task mails its files may have this one."""
    if user is None or not user.may("read_export"):
        return False
    return may_have_contents(user, run.export, bool(run.sensitive_columns))
