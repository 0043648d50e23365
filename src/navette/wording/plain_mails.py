"""Mails without a file: a notice, and a link with which somebody chooses a password."""

from html import escape

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from navette.control.models import Delivery, User
from navette.destinations.email import Mail
from navette.wording.reader import reader_of

_HTML = '<html lang="%(language)s"><body><pre style="white-space: pre-wrap">%(text)s</pre></body></html>'


def notice_mail(notice: Delivery, person: User, sender: str, message_id: str) -> Mail:
    """The mail of a notice, whose text is in its person's language already."""
    return _mail(person, notice.subject, notice.text, sender, message_id)


def password_link_mail(person: User, link: str, sender: str, message_id: str) -> Mail:
    """The mail that brings the link, in the person's language."""
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    with reader_of(person).active():
        context = {"user": person, "link": link, "domain": person.domain, "days": days}
        text = render_to_string("mail/password_link.txt", context)
        return _mail(person, _("Choose your password for Navette"), text, sender, message_id)


def _mail(person: User, subject: str, text: str, sender: str, message_id: str) -> Mail:
    language = reader_of(person).language
    return Mail(
        message_id=message_id,
        sender=sender,
        recipient=person.email,
        subject=subject,
        text=text,
        html=_HTML % {"language": language, "text": escape(text)},
        locale=language,
    )
