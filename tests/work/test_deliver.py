"""A delivery's way: the file, an archive or a link arrives once; what was not taken, or nobody knows of, is told."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from io import BytesIO
from typing import Any, Literal

import pytest
from django.test import override_settings
from django.utils import timezone
from pydantic import SecretStr
from tests.mail_server import Mailbox, says, scripted_server, smtp_server
from tests.work.conftest import Installation

from navette.control.actor import Actor
from navette.control.models import Delivery, Role, Run, User
from navette.control.models.deliveries import HANDED_OVER
from navette.core.errors import TryLaterError
from navette.core.settings import Settings
from navette.services.runs import file_of_link, send_again
from navette.work.deliver import Deliver
from navette.work.hand_over import message_id

pytestmark = [
    pytest.mark.django_db,
    # aiosmtpd asks for what Python will remove, and leaves its sockets to the loop.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@contextmanager
def mailing(installation: Installation, port: int, **changes: Any) -> Iterator[Any]:
    """The installation with a mail server on that port."""
    settings = installation.settings.model_copy(
        update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"), "url": "https://navette.example.org", **changes}
    )
    with override_settings(NAVETTE=settings):
        yield replace(installation, settings=settings)


@pytest.fixture
def mailed(installation: Installation, mailbox: Mailbox) -> Iterator[Any]:
    """The installation, whose mails go to the mailbox."""
    with smtp_server(mailbox, data_size_limit=None) as port, mailing(installation, port) as mailed:
        yield mailed


@pytest.fixture
def run(mailed: Installation, administrator: User) -> Run:
    return mailed.export(mailed.ask(administrator, "messages", format="bi"))


def body_of(mail: EmailMessage, kind: Literal["plain", "html"]) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return body.get_content()


def attached(mail: EmailMessage) -> tuple[str | None, bytes]:
    """The name and bytes of a mail's only attachment."""
    [attachment] = mail.iter_attachments()
    return attachment.get_filename(), attachment.get_content()


def test_the_file_arrives_byte_for_byte(mailed: Installation, mailbox: Mailbox, run: Run, administrator: User) -> None:
    delivery = mailed.deliver()
    [mail] = mailbox.mails
    assert attached(mail) == (run.file_name, mailed.file(run).read_bytes())
    assert mail["To"] == administrator.email
    assert (delivery.state, delivery.as_link, delivery.message_id) == ("done", False, mail["Message-ID"].strip())
    assert delivery.delivered_at is not None
    run.refresh_from_db()
    assert (run.state, run.finished_at is not None) == ("done", True)


def test_a_file_that_only_fits_as_an_archive_arrives_as_one(
    installation: Installation, mailbox: Mailbox, administrator: User
) -> None:
    with smtp_server(mailbox) as port, mailing(installation, port, attachment_limit_mb=1) as mailed:
        run = mailed.export(mailed.ask(administrator, "messages", format="bi"))
        delivery = mailed.deliver()
    assert run.bytes > 1_000_000
    name, content = attached(mailbox.mails[0])
    assert name == f"{run.file_name}.zip"
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.read(run.file_name) == mailed.file(run).read_bytes()
    assert delivery.as_link is False


def test_a_file_that_is_too_large_stays_and_the_mail_has_a_link(
    installation: Installation, mailbox: Mailbox, administrator: User
) -> None:
    with smtp_server(mailbox) as port, mailing(installation, port, attachment_limit_mb=0.05) as mailed:
        run = mailed.export(mailed.ask(administrator, "messages", format="bi"))
        delivery = mailed.deliver()
    [mail] = mailbox.mails
    assert list(mail.iter_attachments()) == []
    link = f"https://navette.example.org/digital/deliveries/{delivery.pk}/file"
    assert link in body_of(mail, "plain")
    assert link in body_of(mail, "html")
    assert (delivery.as_link, delivery.link_expires_at > timezone.now()) == (True, True)
    assert file_of_link(Actor(administrator), delivery, mailed.settings) == mailed.file(run)


def test_a_refused_mail_fails_with_the_servers_reason_and_the_file_stays(
    mailed: Installation, mailbox: Mailbox, run: Run, administrator: User
) -> None:
    mailbox.on_recipient = "550 5.1.1 no such user here"
    delivery = mailed.deliver()
    assert delivery.state == "failed"
    assert "no such user here" in str(delivery.error)
    run.refresh_from_db()
    assert run.state == "done"
    assert mailed.file(run).exists()
    mailbox.on_recipient = "250 OK"
    send_again(Actor(administrator), delivery)
    run.refresh_from_db()
    assert run.state == "delivering"
    assert mailed.deliver().state == "done"
    assert len(mailbox.mails) == 1


def test_a_server_that_takes_less_than_thought_gets_a_link(mailed: Installation, mailbox: Mailbox, run: Run) -> None:
    mailbox.on_data = "552 5.3.4 message too big"
    assert mailed.deliver().state == "failed"
    [file, link] = mailbox.mails
    assert attached(file)[0] == run.file_name
    assert list(link.iter_attachments()) == []


def test_a_server_that_is_away_is_tried_again(installation: Installation, administrator: User) -> None:
    with scripted_server(says("421 busy")) as port, mailing(installation, port) as mailed:
        mailed.export(mailed.ask(administrator, "agents", format="bi"))
        lease = mailed.claim(Delivery)
        with pytest.raises(TryLaterError):
            Deliver(mailed.settings)(lease)
    assert HANDED_OVER not in Delivery.objects.get().checkpoint


def test_a_mail_nobody_knows_of_is_marked_so_and_not_sent_again(
    mailed: Installation, mailbox: Mailbox, run: Run
) -> None:
    mailbox.on_data = "drop"
    delivery = mailed.deliver()
    assert delivery.state == "unknown"
    assert len(mailbox.envelopes) == 1
    run.refresh_from_db()
    assert run.state == "done"
    assert not mailed.has_work(Delivery)


def test_a_worker_that_ended_while_handing_over_leaves_an_unknown_outcome(
    mailed: Any, mailbox: Mailbox, run: Run
) -> None:
    lease = mailed.claim(Delivery, "first")
    lease.write(checkpoint={HANDED_OVER: "2026-01-01T00:00:00+00:00"})
    Delivery.objects.update(lease_until=timezone.now())
    assert mailed.deliver().state == "unknown"
    assert mailbox.mails == []


def test_a_worker_that_ended_before_handing_over_is_followed_by_one_that_sends(
    mailed: Installation, mailbox: Mailbox, run: Run
) -> None:
    mailed.claim(Delivery, "first")
    Delivery.objects.update(lease_until=timezone.now())
    assert mailed.deliver().state == "done"
    assert len(mailbox.mails) == 1


def test_who_may_not_have_the_file_any_more_is_not_sent_it(
    mailed: Installation, mailbox: Mailbox, administrator: User
) -> None:
    run = mailed.export(mailed.ask(administrator, "identities", format="bi", fields=("id", "email")))
    Role.objects.filter(pk=administrator.role_id).update(permissions=["read_export"])
    assert mailed.deliver().state == "failed"
    assert mailbox.mails == []
    assert Run.objects.get(pk=run.pk).state == "done"


def test_the_mail_is_in_the_requesters_language(mailed: Installation, mailbox: Mailbox, administrator: User) -> None:
    administrator.locale = "fr"
    administrator.save()
    mailed.export(mailed.ask(administrator, "messages", format="bi", start="1999-01-01", end="1999-01-02"))
    mailed.deliver()
    [mail] = mailbox.mails
    text = body_of(mail, "plain")
    assert mail["Content-Language"] == "fr"
    assert "Messages" in mail["Subject"]
    assert "aucun" in text.lower()


@pytest.mark.parametrize(
    ("url", "host"), [("https://navette.example.org/", "navette.example.org"), ("http://[::1]:8000", "localhost")]
)
def test_a_mail_has_an_id_wherever_the_console_is(url: str, host: str) -> None:
    delivery = Delivery()
    assert message_id(delivery, Settings(url=url)) == f"<{delivery.pk}@{host}>"
