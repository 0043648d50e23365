"""One-time links with which a user chooses a password, and the work on requests for them that come from anybody.

A request is queued for whichever address was typed, whether a user has it or not, so that neither the answer nor its
time tells who has an account; a worker looks.
"""

from dataclasses import dataclass
from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from navette.control.models import PasswordRequest, User
from navette.core.errors import ConfigurationError, TryLaterError
from navette.wording.reader import reader_of
from navette.work.lease import Hold

MOST_AN_HOUR = 3
"""How many links are mailed to one address within an hour at the request of anybody."""

HOUR = timedelta(hours=1)

FORGOTTEN = timedelta(days=1)
"""How long typed addresses are kept: after that, nobody needs them."""


def new_link(user: User) -> str:
    """A link that works once, for PASSWORD_RESET_TIMEOUT seconds; a new password or sign-in ends it too."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return f"{settings.NAVETTE.url.rstrip('/')}/account/password/reset/{key}/"


def link_mail(user: User, link: str) -> EmailMessage:
    """The mail that brings the link, in the user's language."""
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    context = {"user": user, "link": link, "domain": user.domain, "days": days}
    with reader_of(user).active():
        subject = translation.gettext("Choose your password for Navette")
        text = render_to_string("mail/password_link.txt", context)
    return EmailMessage(subject, text, None, [user.email])


@dataclass(frozen=True)
class SendPasswordLink:
    """Mails a link if the typed address is a user's and did not receive too many within the hour."""

    def __call__(self, hold: Hold[PasswordRequest]) -> None:
        """Raises TryLaterError if the mail server did not accept it."""
        user = User.objects.filter(email=hold.work.email, is_active=True).first()
        state = "cancelled" if user is None or _had_enough(hold.work) else "done"
        if user is not None and state == "done":
            _send(link_mail(user, new_link(user)))
        with hold.still():
            hold.queue.finish(hold.work, state)


def _had_enough(request: PasswordRequest) -> bool:
    since = timezone.now() - HOUR
    sent = PasswordRequest.objects.filter(email=request.email, state="done", finished_at__gt=since)
    return sent.count() >= MOST_AN_HOUR


def _send(mail: EmailMessage) -> None:
    try:
        mail.send()
    except (OSError, ConfigurationError) as error:  # smtplib's are OSErrors, too
        raise TryLaterError("a password link could not be mailed now.") from error


def forget_old_requests() -> None:
    """Forget which addresses were typed."""
    PasswordRequest.objects.filter(created_at__lt=timezone.now() - FORGOTTEN).delete()
