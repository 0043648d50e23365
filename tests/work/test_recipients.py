"""Mails that waited while their recipient changed: they go to who they are for, at the address of now, or nowhere."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from pydantic import SecretStr
from tests.mail_server import Mailbox, smtp_server
from tests.outbox import notices, run_mails
from tests.web.conftest import signed_in
from tests.work.automation.conftest import (
    Automated,
    automated,  # noqa: F401 # a fixture
)
from tests.work.conftest import Installation

from navette.automation.scheduler import plan_and_follow_slots
from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.models import Delivery, Destination, Role, Run, Task, User
from navette.control.outbox import mail_notice
from navette.control.requests import new_request
from navette.core.errors import TryLaterError
from navette.core.settings import Settings
from navette.services import runs, tasks
from navette.services.runs import request_run
from navette.work.deliver import Deliver
from navette.work.lease import Lease
from navette.work.worker import Worker

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd"),
]

DUE = "2026-03-10T03:00+00:00"
BUSY, OPEN = "451 4.3.0 try again later", "250 OK"


class Post:
    """An installation whose mail server is busy at first, and the mail that waits for it."""

    def __init__(self, settings: Settings, mailbox: Mailbox) -> None:
        self.settings, self.mailbox = settings, mailbox
        self.worker = Worker(settings)

    def work(self) -> None:
        """Do all that is due; every slot is followed."""
        while any(self.worker.step(share) for share in ("quick", "bulk", "mail")):
            plan_and_follow_slots(datetime.fromisoformat(DUE).astimezone(UTC))

    def open(self) -> None:
        """The mail server takes mails from now on, and what waits is due."""
        self.mailbox.on_recipient = OPEN
        Delivery.objects.filter(state="queued").update(due_at=timezone.now())
        self.work()

    @property
    def recipients(self) -> list[str]:
        """Whom mails were delivered to."""
        return [address for envelope in self.mailbox.envelopes for address in envelope.rcpt_tos]


@pytest.fixture
def post(automated: Automated) -> Iterator[Any]:  # noqa: F811 # the fixture
    mailbox = Mailbox(on_recipient=BUSY)
    with smtp_server(mailbox, data_size_limit=None) as port:
        smtp_url = SecretStr(f"smtp://127.0.0.1:{port}")
        settings = automated.settings.model_copy(update={"smtp_url": smtp_url, "mail_folder": None})
        with override_settings(NAVETTE=settings):
            yield Post(settings, mailbox)


@pytest.fixture
def person(supervisor: User) -> User:
    return supervisor


def own_run(post: Any, person: User, administrator: User) -> None:
    """A file that the person asked for."""
    request_run(Actor(person), new_request(person, "agents", format="bi"), post.settings)


def task_mail(post: Any, person: User, administrator: User) -> None:
    """A file that somebody else's task mails to the person."""
    task = Task(label="Nightly", exports=[{"export": "agents"}])
    tasks.save(Actor(administrator), task, [Destination(kind="email", settings={"recipient": person.email})])
    Task.objects.filter(pk=task.pk).update(due_at=DUE)
    plan_and_follow_slots(datetime.fromisoformat(DUE).astimezone(UTC))


def notice(post: Any, person: User, administrator: User) -> None:
    """Something that the person should know."""
    mail_notice(person, "Nightly failed", "It failed.")


WAITING = pytest.mark.parametrize("queue", [own_run, task_mail, notice])


@pytest.fixture
def waiting(post: Any, person: User, administrator: User) -> Callable[..., None]:
    """A function that queues a mail, which the server does not take yet."""

    def wait(queue: Callable[..., None] | Callable[..., None] | Callable[..., None]) -> None:
        queue(post, person, administrator)
        post.work()
        assert post.recipients == []

    return wait


def correct(administrator: User, person: User, email: str) -> None:
    """What an administrator does on the person's page."""
    form = {"name": person.name, "email": email, "role": person.role_id, "is_active": "on"}
    assert signed_in(administrator).post(f"/settings/users/{person.pk}/", form).status_code == 302


@WAITING
def test_a_mail_that_waits_follows_a_corrected_address(
    queue: Callable[..., None] | Callable[..., None] | Callable[..., None],
    post: Any,
    waiting: Callable[..., None],
    person: User,
    administrator: User,
) -> None:
    waiting(queue)
    correct(administrator, person, "right@example.org")
    post.open()
    assert post.recipients == ["right@example.org"]


@WAITING
def test_a_new_owner_of_the_former_address_gets_nothing(
    queue: Callable[..., None] | Callable[..., None] | Callable[..., None],
    post: Any,
    waiting: Callable[..., None],
    person: User,
    administrator: User,
    roles: dict[str, Role],
) -> None:
    waiting(queue)
    former = person.email
    correct(administrator, person, "right@example.org")
    User.objects.create_user(former, name="Ned Newcomer", role=roles["Administrator"])
    post.open()
    assert post.recipients == ["right@example.org"]


@WAITING
def test_a_mail_that_waits_for_somebody_whose_account_was_closed_is_not_sent(
    queue: Callable[..., None] | Callable[..., None] | Callable[..., None],
    post: Any,
    waiting: Callable[..., None],
    person: User,
) -> None:
    waiting(queue)
    User.objects.filter(pk=person.pk).update(is_active=False)
    post.open()
    assert person.email not in post.recipients
    assert not run_mails().filter(state="done").exists()
    assert notices().filter(person=person).exclude(state="cancelled").count() == 0


@pytest.mark.parametrize("queue", [own_run, task_mail])
def test_a_file_that_waits_for_somebody_who_lost_the_right_to_it_is_not_sent(
    queue: Callable[..., None] | Callable[..., None],
    post: Any,
    waiting: Callable[..., None],
    person: User,
    roles: dict[str, Role],
) -> None:
    waiting(queue)
    User.objects.filter(pk=person.pk).update(role=roles["Auditor"])
    post.open()
    assert person.email not in post.recipients
    assert run_mails().get().state == "failed"


def test_a_file_that_waits_for_somebody_who_was_removed_from_the_task_is_not_sent(
    post: Any, waiting: Callable[..., None], person: User
) -> None:
    waiting(task_mail)
    Destination.objects.all().delete()
    post.open()
    assert person.email not in post.recipients
    assert "is no longer a recipient of the task" in str(run_mails().get().error)


def test_a_file_of_a_task_whose_owners_account_was_closed_is_not_sent(
    post: Any, waiting: Callable[..., None], person: User, administrator: User
) -> None:
    waiting(task_mail)
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    post.open()
    assert person.email not in post.recipients


@pytest.mark.parametrize("queue", [own_run, task_mail])
def test_a_mail_that_failed_at_a_wrong_address_is_sent_again_to_the_right_one(
    queue: Callable[..., None] | Callable[..., None], post: Any, person: User, administrator: User
) -> None:
    post.mailbox.on_recipient = "550 5.1.1 no such user"
    queue(post, person, administrator)
    post.work()
    delivery = run_mails().get()
    assert (delivery.state, delivery.target) == ("failed", person.email)
    correct(administrator, person, "right@example.org")
    runs.send_again(Actor(administrator), delivery)
    post.open()
    assert [one for one in post.recipients if one != administrator.email] == ["right@example.org"]


def test_an_address_that_is_corrected_while_the_mail_is_handed_over_stops_it(
    installation: Installation, post: Any, person: User
) -> None:
    post.mailbox.on_recipient = OPEN
    run = request_run(Actor(person), new_request(person, "agents", format="bi"), post.settings)
    Worker(post.settings).step("quick")

    class Corrected(Lease[Delivery]):
        def raise_if_stopped(self) -> None:
            User.objects.filter(pk=person.pk).update(email="right@example.org")

    claimed = installation.claim(Delivery)
    lease = Corrected(claimed.work, claimed.queue)
    with pytest.raises(TryLaterError):
        Deliver(post.settings)(lease)
    assert post.recipients == []
    lease.queue.put_off(lease.work, timezone.now())
    post.open()
    assert post.recipients == ["right@example.org"]
    assert Run.objects.get(pk=run.pk).state == "done"


def test_the_link_of_a_mail_is_its_recipients_whatever_their_address_is(
    post: Any, waiting: Callable[..., None], person: User, administrator: User, roles: dict[str, Role]
) -> None:
    waiting(task_mail)
    post.open()
    delivery, former = run_mails().get(), person.email
    run_mails().update(link_expires_at=timezone.now() + timedelta(days=1))
    delivery.refresh_from_db()
    correct(administrator, person, "right@example.org")
    newcomer = User.objects.create_user(former, name="Ned Newcomer", role=roles["Supervisor"])
    person.refresh_from_db()
    assert runs.file_of_link(Actor(person), delivery, post.settings).exists()
    with pytest.raises(ForbiddenError):
        runs.file_of_link(Actor(newcomer), delivery, post.settings)


@pytest.mark.parametrize("change", ["removed from the task", "task deleted"])
def test_the_link_of_a_mail_is_nobodys_once_the_task_does_not_mail_them_any_more(
    post: Any, waiting: Callable[..., None], person: User, change: str
) -> None:
    waiting(task_mail)
    post.open()
    run_mails().update(link_expires_at=timezone.now() + timedelta(days=1))
    delivery = run_mails().get()
    assert runs.file_of_link(Actor(person), delivery, post.settings).exists()
    if change == "task deleted":
        Task.objects.update(deleted_at=timezone.now())
    else:
        Destination.objects.filter(kind="email").delete()
    with pytest.raises(ForbiddenError):
        runs.file_of_link(Actor(person), run_mails().get(), post.settings)
