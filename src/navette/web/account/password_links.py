"""The form with which anybody requests a link to choose a password."""

from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

from navette.control.actor import Actor
from navette.services.sign_in import request_password_link
from navette.web.request import address


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
