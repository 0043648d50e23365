"""Links with which a user chooses a password, as the pages use them: request one, or mail one at once."""

import logging

from allauth.account.forms import ResetPasswordForm
from django.core.mail import EmailMessage
from django.http import HttpRequest

from navette.control.models import PasswordRequest
from navette.core.errors import NavetteError

_log = logging.getLogger("navette.web")


class ForgottenForm(ResetPasswordForm):  # type: ignore[misc]
    """Requests a link for a typed address. Any address is queued, so the answer reveals no users."""

    def clean_email(self) -> str:
        """The address in the form in which users' addresses are stored."""
        return str(self.cleaned_data["email"]).lower()

    def save(self, _request: HttpRequest, **_named: object) -> str:
        """Queue the request."""
        email: str = self.cleaned_data["email"]
        PasswordRequest.objects.create(email=email[:254])
        return email


def send_now(mail: EmailMessage) -> bool:
    """Send a mail while somebody waits; return whether a mail server accepted it."""
    try:
        return bool(mail.send())
    except (OSError, NavetteError) as error:
        _log.warning("a password link could not be mailed: %s", type(error).__name__)
        return False
