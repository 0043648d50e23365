"""The outbox in tests: its deliveries by what they bring, and the mails that a worker made of them."""

import email
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from navette.control.models import Delivery, Payload, TaskSlot
from navette.control.models.work import Lane
from navette.work.worker import Worker


def run_mails() -> QuerySet[Delivery]:
    """The mails with runs' files."""
    return Delivery.objects.filter(payload=Payload.RUN)


def slot_files() -> QuerySet[Delivery]:
    """The deliveries of slots' files to servers and folders."""
    return Delivery.objects.filter(payload=Payload.SLOT)


def notices() -> QuerySet[Delivery]:
    """The mails that tell people something."""
    return Delivery.objects.filter(payload=Payload.NOTICE)


def password_links() -> QuerySet[Delivery]:
    """The mails with a link for a password."""
    return Delivery.objects.filter(payload=Payload.PASSWORD_LINK)


def add_slot_files(slot: TaskSlot, **values: Any) -> Delivery:
    """A delivery of the slot's files."""
    told = {"payload": Payload.SLOT, "lane": Lane.FILES, "kind": "sftp", "target": "sftp.example.org"}
    return Delivery.objects.create(slot=slot, **told | values)


@contextmanager
def tried_once() -> Iterator[None]:
    """Deliveries that fail are not tried again."""
    Delivery.RETRIES, kept = 0, Delivery.RETRIES
    try:
        yield
    finally:
        Delivery.RETRIES = kept


def send_mails() -> list[EmailMessage]:
    """Do all mails that are due; all that lie in the folder of the setting ``mail_folder``, in order."""
    worker = Worker(settings.NAVETTE)
    while worker.step(Lane.MAIL):
        pass
    assert settings.NAVETTE.mail_folder is not None
    files = sorted(settings.NAVETTE.mail_folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [email.message_from_bytes(path.read_bytes(), policy=SMTPUTF8) for path in files]


def plain_text_of(mail: EmailMessage) -> str:
    """The mail as a program without HTML shows it."""
    body = mail.get_body(("plain",))
    assert body is not None
    return body.get_content()
