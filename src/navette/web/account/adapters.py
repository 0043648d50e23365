"""Sign-in: nobody can sign up, failures lock an account for a while, and the journal records them."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from navette.control.actor import Actor
from navette.control.models import User
from navette.control.secrets import decrypt, encrypt
from navette.services.sign_in import record_lock
from navette.web.request import address


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What is ours about signing in with a password."""

    error_messages = {  # noqa: RUF012 # allauth's own is a plain dictionary too
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is wrong."),
        "too_many_login_attempts": _(
            "Too many failed attempts: signing in is locked for 15 minutes. Wait, or ask an administrator for a link."
        ),
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Administrators add users."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that failures are counted for."""
        return address(request) or ""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """None of our pages sends mail itself: it would be lost if the process stopped. See ``work/deliver.py``."""
        raise NotImplementedError(f"{template_prefix}: queue a delivery")

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        """A changed password ends all sessions, including this one: the next page is the sign-in page."""
        return reverse("account_login")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record it where this failure was the one that locks the account, or the address that it came from."""
        key = self._get_login_attempts_cache_key(request, **credentials)
        if not ratelimit.consume(request, app="allauth.account", action="login_failed", key=key, dry_run=True):
            record_lock(Actor(None, address(request)), key)

    def _get_login_attempts_cache_key(self, _request: HttpRequest, **credentials: Any) -> str:
        # Without the host's name, which allauth adds: each of our names would have attempts of its own.
        return str(credentials.get("email", "")).strip().lower()


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors lie in the database encrypted."""

    def encrypt(self, text: str) -> str:
        """For the database."""
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """As it was."""
        return decrypt(encrypted_text)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """What is ours about signing in through a provider: it is for users who are there already."""

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: SocialLogin) -> bool:
        """A verified e-mail address of the provider finds its user; for nobody else is an account made."""
        return False

    def pre_social_login(self, _request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let people sign in, and no more: none of our pages adds another identity to an account."""
        if sociallogin.state.get("process") != "login":
            raise ImmediateHttpResponse(redirect("profile"))

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """The user of an address that the provider says is verified; a text such as "false" does not say so."""
        sociallogin.email_addresses = [address for address in sociallogin.email_addresses if address.verified is True]
        match: tuple[User, str] | None = super().authenticate_by_email(sociallogin)
        return match
