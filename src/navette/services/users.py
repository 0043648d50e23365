"""Users: add and change them, close their accounts, and let back in those who lost a password or second factor."""

from dataclasses import asdict, dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from navette.automation.destinations import recipient_moved
from navette.control import outbox
from navette.control.actor import Actor
from navette.control.granting import require_grant, require_master
from navette.control.journal import record
from navette.control.models import Delivery, Payload, Role, User
from navette.control.permissions import require
from navette.control.sessions import end_sessions
from navette.core.errors import RequestError
from navette.services.valid_values import concerning, email_address, locale, text, time_zone, typed
from navette.work.password_links import HOUR, new_link

MOST_LINKS_AN_HOUR = 5
"""How many links administrators may mail to one address within an hour."""

_ENDING_SESSIONS = {"role", "email", "is_active"}
"""A change of one of these ends the user's sessions."""


@dataclass(frozen=True)
class UserValues:
    """What an administrator decides about a user.

    ``role`` is a role's id. Without ``locale`` or ``timezone``, the domain's applies.
    """

    name: str
    email: str
    role: str
    locale: str = ""
    timezone: str = ""
    is_active: bool = True


@transaction.atomic
def add(actor: Actor, values: UserValues) -> User:
    """Add a user, who has no password yet: ``make_password_link`` lets them choose one.

    Raises ForbiddenError for a role that permits more than the actor's own, RequestError for a wrong value.
    """
    editor = require(actor.user, "manage_users")
    person = User(**_checked(editor, values))
    person.set_unusable_password()
    person.save()
    record("user.created", actor, user=person.email, role=person.role.label)
    return person


@transaction.atomic
def change(actor: Actor, person: User, values: UserValues, *, session_kept: str | None = None) -> User:
    """Change a user, or close their account. Without a difference, nothing is done.

    Sessions begun with another role, another address or before the account was closed end, but for the one with the key
    ``session_kept``. Raises as ``add`` does, and for the last user who could manage users and roles.
    """
    editor, person = _changeable(actor, person)
    checked, former = _checked(editor, values, person), person.email
    changed = [name for name, value in checked.items() if getattr(person, name) != value]
    if not changed:
        return person
    for name in changed:
        setattr(person, name, checked[name])
    person.save()
    recipient_moved(former, person.email)
    require_master()
    if _ENDING_SESSIONS.intersection(changed):
        end_sessions(person, but=session_kept)
    details = {"user": person.email, "changed": changed, "role": person.role.label}
    record("user.updated", actor, **details, is_active=person.is_active)
    return person


def _checked(editor: User, values: UserValues, person: User | None = None) -> dict[str, Any]:
    """The values as they are stored, by field."""
    chosen = asdict(values)
    with concerning("is_active"):
        if person == editor and not values.is_active:
            raise RequestError("You cannot close your own account.")
    return {
        "name": text("name", values.name, 150),
        "email": _own_address(values.email, person),
        "role": _grantable_role(editor, values.role),
        **{name: check(name, chosen[name]) if chosen[name] else "" for name, check in _CHOSEN.items()},
        "is_active": typed("is_active", values.is_active, bool),
    }


_CHOSEN = {"locale": locale, "timezone": time_zone}


def _own_address(value: str, person: User | None) -> str:
    """The address, which no other user has."""
    address = email_address("email", value)
    with concerning("email"):
        if User.objects.filter(email=address).exclude(pk=person and person.pk).exists():
            raise RequestError("Another user has this e-mail address.")
    return address


def _grantable_role(editor: User, key: str) -> Role:
    role = next((role for role in Role.objects.all() if role.pk == key), None)
    with concerning("role"):
        if role is None:
            raise RequestError("There is no such role: choose another one.")
        require_grant(editor, role.permissions)
    return role


@transaction.atomic
def make_password_link(actor: Actor, person: User) -> str:
    """A link with which another user chooses a password. It works once.

    Raises ForbiddenError for a user whose role permits more than the actor's, RequestError for oneself.
    """
    person = _other(actor, person)
    record("user.password_recovery_instructions_sent", actor, user=person.email)
    return new_link(person)


@transaction.atomic
def mail_password_link(actor: Actor, person: User) -> bool:
    """Queue a mail with such a link, which is created when the mail is sent.

    Returns False, and queues nothing, where too many went to the address within the hour. Raises as
    ``make_password_link`` does.
    """
    person = _other(actor, person)
    links = Delivery.objects.filter(payload=Payload.PASSWORD_LINK, target=person.email, person__isnull=False)
    recent = links.filter(created_at__gt=timezone.now() - HOUR)
    if recent.exclude(state__in=(Delivery.State.FAILED, Delivery.State.CANCELLED)).count() >= MOST_LINKS_AN_HOUR:
        return False
    record("user.password_recovery_instructions_sent", actor, user=person.email)
    outbox.mail_password_link(person)
    return True


@transaction.atomic
def remove_second_factor(actor: Actor, person: User) -> bool:
    """Remove the second factor of another user who has lost it, and end their sessions.

    Returns False for a user without one. Raises as ``make_password_link`` does.
    """
    person = _other(actor, person)
    if not Authenticator.objects.filter(user=person).delete()[0]:
        return False
    end_sessions(person)
    record("security.updated", actor, what="second_factor_removed", user=person.email)
    return True


def _changeable(actor: Actor, person: User) -> tuple[User, User]:
    """The actor's user, and the other user, read again. Raises ForbiddenError if the other one may do more."""
    editor = require(actor.user, "manage_users")
    person = User.objects.select_for_update(of=("self",)).select_related("role").get(pk=person.pk)
    require_grant(editor, person.role.permissions)
    return editor, person


def _other(actor: Actor, person: User) -> User:
    """The user. Raises as ``_changeable`` does, and RequestError for oneself."""
    editor, person = _changeable(actor, person)
    if person == editor:
        raise RequestError("change your own password and second factor in your profile.")
    return person
