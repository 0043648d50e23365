"""What the journal records of sessions and passwords, and the e-mail address that allauth knows of each user."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_save
from django.http import HttpRequest

from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import User
from navette.web.account.sessions import begin
from navette.web.request import address


def connect() -> None:
    """Begin to listen."""
    user_logged_in.connect(_signed_in)
    user_logged_out.connect(_signed_out)
    for signal in (password_changed, password_reset, password_set):
        signal.connect(_password_changed)
    for signal in (authenticator_added, authenticator_removed, authenticator_reset):
        signal.connect(_second_factor_changed)
    post_save.connect(_keep_address, sender=User)


def _signed_in(request: HttpRequest, user: User, **_signal: Any) -> None:
    begin(request)
    record("session.created", Actor(user, address(request)))


def _signed_out(request: HttpRequest, user: User | None, **_signal: Any) -> None:
    if user:
        record(
            "session.destroyed", Actor(user, address(request)), reason=getattr(request, "session_ended", "signed_out")
        )


def _password_changed(request: HttpRequest, user: User, **_signal: Any) -> None:
    record("password.updated", Actor(user, address(request)))


def _second_factor_changed(request: HttpRequest, user: User, authenticator: Any, signal: Any, **_signal: Any) -> None:
    what = "second_factor_removed" if signal is authenticator_removed else "second_factor_added"
    record("security.updated", Actor(user, address(request)), what=what, kind=authenticator.type)


def _keep_address(instance: User, update_fields: Any = None, **_signal: Any) -> None:
    """Keep the one address that allauth knows of a user the user's own; it is verified: an administrator gave it.

    Where it is another one, who the provider knew by the old one does not sign in any more.
    """
    if update_fields is not None and "email" not in update_fields:
        return
    if EmailAddress.objects.filter(user=instance).exclude(email=instance.email).delete()[0]:
        SocialAccount.objects.filter(user=instance).delete()
    known = {"primary": True, "verified": True}
    EmailAddress.objects.update_or_create(user=instance, email=instance.email, defaults=known)
