"""Tells the services of what django-allauth did: signing in and out, passwords, second factors."""

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from navette.control.actor import Actor
from navette.control.models import User
from navette.services import sign_in
from navette.web.account.sessions import begin
from navette.web.request import address


def journal_sign_ins() -> None:
    """Connect the signals."""
    user_logged_in.connect(_signed_in)
    user_logged_out.connect(_signed_out)
    for signal in (password_changed, password_reset, password_set):
        signal.connect(_password_changed)
    for signal in (authenticator_added, authenticator_removed, authenticator_reset):
        signal.connect(_second_factor_changed)


def _signed_in(request: HttpRequest, user: User, **_signal: Any) -> None:
    begin(request)
    sign_in.record_sign_in(Actor(user, address(request)))


def _signed_out(request: HttpRequest, user: User | None, **_signal: Any) -> None:
    if user:
        sign_in.record_sign_out(Actor(user, address(request)), getattr(request, "session_ended", "signed_out"))


def _password_changed(request: HttpRequest, user: User, **_signal: Any) -> None:
    sign_in.record_password_change(Actor(user, address(request)))


def _second_factor_changed(request: HttpRequest, user: User, authenticator: Any, signal: Any, **_signal: Any) -> None:
    is_removed = signal is authenticator_removed
    sign_in.record_second_factor(Actor(user, address(request)), authenticator.type, is_removed=is_removed)
