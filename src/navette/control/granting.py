"""Who may grant which permissions, so that nobody can extend their own."""

from collections.abc import Iterable

from allauth.socialaccount.models import SocialAccount

from navette.control.errors import ForbiddenError
from navette.control.models import Domain, User
from navette.core.errors import RequestError

MASTERY = ("manage_users", "manage_roles")
"""Whoever has both may grant everything: they could give themselves any role."""


def may_grant(user: User, permissions: Iterable[str]) -> bool:
    """Whether the user may give somebody, or take from somebody, a role with those permissions."""
    return _is_master(user) or all(user.may(permission) for permission in permissions)


def require_grant(user: User, permissions: Iterable[str]) -> None:
    """Raise ForbiddenError unless ``may_grant``."""
    if not may_grant(user, permissions):
        raise ForbiddenError("that role permits more than your own: ask somebody who manages users and roles.")


def require_master() -> None:
    """Raise RequestError if nobody is left who may manage users and roles: call it in the change's transaction.

    Who has never had a password nor come through a provider is no one to rely on. Changes that call it follow each
    other: it waits until the transaction of another one has ended, and sees what that one did.
    """
    Domain.objects.select_for_update().filter(pk=1).first()
    people = User.objects.filter(is_active=True).select_related("role")
    if not any(_is_master(user) and _can_sign_in(user) for user in people):
        raise RequestError(
            "this would leave nobody who can manage users and roles: first give that role to somebody who can sign in."
        )


def _is_master(user: User) -> bool:
    return all(user.may(permission) for permission in MASTERY)


def _can_sign_in(user: User) -> bool:
    return user.has_usable_password() or SocialAccount.objects.filter(user=user).exists()
