"""One-time links with which a user chooses a password."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from navette.control.models import Domain, User
from navette.core.errors import NavetteError

SENDER = ThreadPoolExecutor(1, "password-links")
"""Sends the mails that nobody waits for, one after the other."""

_MOST_WAITING = 20
_places = BoundedSemaphore(_MOST_WAITING)
_log = logging.getLogger("navette.web")


def new_link(user: User) -> str:
    """A link that works once, for PASSWORD_RESET_TIMEOUT seconds; a new password or sign-in ends it too."""
    return link(f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}")


def link(key: str) -> str:
    """The address for a key of allauth's, under the installation's own name, whatever name the request came by."""
    who, _, token = key.partition("-")
    page = reverse("account_reset_password_from_key", kwargs={"uidb36": who, "key": token})
    return settings.NAVETTE.url.rstrip("/") + page


def mail_link(user: User, link: str) -> bool:
    """Send the link, in the user's language; whether a mail server took it."""
    return _sent(_mail(user, link))


def mail_link_later(user: User, link: str) -> None:
    """Send the link without waiting for the mail server; where too many wait already, it is left out."""
    mail = _mail(user, link)
    if not _places.acquire(blocking=False):
        _log.warning("a password link was not mailed: too many wait for the mail server")
        return
    SENDER.submit(_sent, mail).add_done_callback(_over)


def _over(sending: "Future[bool]") -> None:
    _places.release()
    if error := sending.exception():
        _log.error("a password link could not be mailed: %s", type(error).__name__)


def _mail(user: User, link: str) -> EmailMessage:
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    context = {"user": user, "link": link, "domain": Domain.current(), "days": days}
    with translation.override(user.language.partition("_")[0]):
        subject = translation.gettext("Choose your password for Navette")
        text = render_to_string("navette/mail/password_link.txt", context)
    return EmailMessage(subject, text, None, [user.email])


def _sent(mail: EmailMessage) -> bool:
    try:
        return bool(mail.send())
    except (OSError, NavetteError) as error:
        _log.warning("a password link could not be mailed: %s", type(error).__name__)
        return False
