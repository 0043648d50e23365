"""Links with which a user chooses a password, as the pages use them: request one, or mail one at once."""

import logging

from allauth.account.forms import ResetPasswordForm
from django.core.mail import EmailMessage
from django.http import HttpRequest

from navette.control.actor import Actor
from navette.core.errors import NavetteError
from navette.services.sign_in import request_password_link
from navette.web.request import address

_log = logging.getLogger("navette.web")


class ForgottenForm(ResetPasswordForm):  # type: ignore[misc]
    """Requests a link for a typed address. Any address is queued, so the answer reveals no users."""

    def clean_email(self) -> str:
        """The address in the form in which users' addresses are stored."""
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: HttpRequest, **_named: object) -> str:
        """Queue the request."""
        email: str = self.cleaned_data["email"]
        request_password_link(Actor(None, address(request)), email)
        return email


def send_now(mail: EmailMessage) -> bool:
    """Send a mail while somebody waits; return whether a mail server accepted it."""
    try:
        return bool(mail.send())
    except (OSError, NavetteError) as error:
        _log.warning("a password link could not be mailed: %s", type(error).__name__)
        return False
