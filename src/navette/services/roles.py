"""Roles: add, change and delete them. Nobody grants what they may not do themselves."""

from collections.abc import Iterable

from django.db import transaction

from navette.control.actor import Actor
from navette.control.granting import require_grant, require_master
from navette.control.journal import record
from navette.control.models import Role
from navette.control.permissions import PERMISSIONS, require
from navette.core.errors import RequestError, unknown
from navette.services.valid_values import concerning, text, typed


@transaction.atomic
def add(actor: Actor, label: str, permissions: Iterable[str]) -> Role:
    """Add a role. Raises ForbiddenError for permissions that the actor lacks, RequestError for a wrong value."""
    granted = _grantable(actor, permissions)
    role = Role.objects.create(label=_free_label(label), permissions=granted)
    record("role.created", actor, role=role.label, permissions=role.permissions)
    return role


@transaction.atomic
def change(actor: Actor, role: Role, label: str, permissions: Iterable[str]) -> Role:
    """Change a role, for everybody who has it.

    Raises as ``add`` does, and where nobody would be left who manages users and roles.
    """
    role = _changeable(actor, role)
    before, role.label, role.permissions = role.permissions, _free_label(label, role), _grantable(actor, permissions)
    role.save()
    require_master()
    added = [name for name in role.permissions if name not in before]
    removed = [name for name in before if name not in role.permissions]
    record("role.updated", actor, role=role.label, added=added, removed=removed)
    return role


@transaction.atomic
def delete(actor: Actor, role: Role) -> None:
    """Delete a role that nobody has. Raises ForbiddenError for one that permits more than the actor's own."""
    role = _changeable(actor, role)
    if role.users.exists():
        raise RequestError("This role is in use: give its users another one first.")
    role.delete()
    record("role.destroyed", actor, role=role.label)


def _grantable(actor: Actor, permissions: Iterable[str]) -> list[str]:
    """The permissions in the order of their declaration."""
    editor, names = (
        require(actor.user, "manage_roles"),
        {typed("permissions", name, str) for name in _listed(permissions)},
    )
    with concerning("permissions"):
        for name in sorted(names - PERMISSIONS.keys()):
            raise unknown("permission", name, PERMISSIONS)
        require_grant(editor, names)
    return [name for name in PERMISSIONS if name in names]


def _listed(permissions: Iterable[str]) -> Iterable[str]:
    return typed("permissions", permissions, Iterable)  # type: ignore[type-abstract]


def _free_label(value: str, role: Role | None = None) -> str:
    label = text("label", value, 100)
    with concerning("label"):
        if Role.objects.filter(label=label).exclude(pk=role and role.pk).exists():
            raise RequestError("Another role has this name.")
    return label


def _changeable(actor: Actor, role: Role) -> Role:
    """The role as it is now. Raises ForbiddenError where it permits more than the actor may do."""
    editor = require(actor.user, "manage_roles")
    role = Role.objects.select_for_update().get(pk=role.pk)
    require_grant(editor, role.permissions)
    return role
