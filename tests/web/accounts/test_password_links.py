"""Links that choose a password: who gets one, how often, and that nobody learns who has a user."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pydantic import SecretStr
from tests.mail_server import Mailbox, smtp_server
from tests.outbox import password_links, plain_text_of, send_mails
from tests.web.accounts.conftest import PASSWORD, RESET, SIGN_IN, events, sign_in, text

from navette.control.models import Delivery, User
from navette.control.models.work import Lane
from navette.work.deliver import Deliver
from navette.work.lease import Lease
from navette.work.password_links import FORGOTTEN, HOUR, forget_old_links, new_link
from navette.work.queue import Queue
from navette.work.worker import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails")]


def shown_link(client: Client, user: User) -> str:
    page = text(client.post(f"/settings/users/{user.pk}/link/"))
    return re.findall(r"http://[^<\s]+/password/reset/[^<\s]+", page)[0].removeprefix("http://127.0.0.1:8000")


def choose_password(client: Client, link: str, password: str) -> Any:
    form = client.get(link, follow=True).redirect_chain[-1][0]
    return client.post(form, {"password1": password, "password2": password})


def test_a_link_works_once(browser: Client, as_administrator: Client, supervisor: User) -> None:
    link = shown_link(as_administrator, supervisor)
    choose_password(browser, link, PASSWORD)
    assert sign_in(browser, supervisor.email).url == "/"
    assert ("password.updated", supervisor.email, {}) in events()
    assert "This link no longer works" in text(Client(headers={"accept-language": "en"}).get(link))


@pytest.mark.parametrize("change", ["another role", "more permissions", "a closed account"])
def test_a_link_ends_when_what_its_user_may_do_changes(
    browser: Client, as_administrator: Client, supervisor: User, administrator: User, change: str
) -> None:
    """Whoever was given it may have been allowed to make it for that user, and not for what the user is now."""
    link = shown_link(as_administrator, supervisor)
    if change == "another role":
        User.objects.filter(pk=supervisor.pk).update(role=administrator.role)
    elif change == "more permissions":
        supervisor.role.permissions = [*supervisor.role.permissions, "manage_users"]
        supervisor.role.save()
    else:
        User.objects.filter(pk=supervisor.pk).update(is_active=False)
    assert "This link no longer works" in text(browser.get(link, follow=True))


def test_a_mail_server_that_quotes_a_link_leaves_no_trace_of_it(browser: Client, member: User) -> None:
    mailbox = Mailbox(on_data="554 5.7.1 blocked URL https://navette.example.org/account/password/reset/1-abc/")
    browser.post(RESET, {"email": member.email})
    with smtp_server(mailbox) as port:
        changes = {"mail_folder": None, "smtp_url": SecretStr(f"smtp://127.0.0.1:{port}")}
        Worker(django_settings.NAVETTE.model_copy(update=changes)).step("mail")
    delivery = password_links().get()
    assert delivery.state == "failed"
    assert str(delivery.error) == "the mail server rejected this e-mail: …"


SET = "Password saved. You can now sign in."


def test_choosing_a_password_leads_to_sign_in_with_a_notice(
    browser: Client, as_administrator: Client, supervisor: User
) -> None:
    link = shown_link(as_administrator, supervisor)
    form = browser.get(link, follow=True).redirect_chain[-1][0]
    answer = browser.post(form, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == SIGN_IN
    assert SET in text(answer)


def test_changing_a_password_leads_to_sign_in_with_a_notice(browser: Client, member: User) -> None:
    sign_in(browser, member.email)
    changed = {"oldpassword": PASSWORD, "password1": PASSWORD + " too", "password2": PASSWORD + " too"}
    answer = browser.post("/account/password/change/", changed, follow=True)
    assert answer.redirect_chain[-1][0] == SIGN_IN
    assert SET in text(answer)
    assert sign_in(browser, member.email, PASSWORD + " too").url == "/"


def test_setting_a_first_password_leads_to_sign_in_with_a_notice(as_administrator: Client, administrator: User) -> None:
    administrator.set_unusable_password()
    administrator.save()
    as_administrator.force_login(administrator)
    chosen = {"password1": PASSWORD, "password2": PASSWORD}
    answer = as_administrator.post("/account/password/set/", chosen, follow=True)
    assert answer.redirect_chain[-1][0] == SIGN_IN
    assert SET in text(answer)


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012345", "supervisor@example.org"])
def test_a_weak_password_is_refused(password: str, browser: Client, as_administrator: Client, supervisor: User) -> None:
    link = shown_link(as_administrator, supervisor)
    assert "invalid-feedback" in text(choose_password(browser, link, password))


def test_who_forgot_their_password_gets_a_link_under_our_own_name(browser: Client, member: User) -> None:
    browser.post("/account/password/reset/", {"email": member.email}, headers={"host": "localhost"})
    (message,) = send_mails()
    assert message["To"] == member.email
    assert "http://127.0.0.1:8000/account/password/reset/" in plain_text_of(message)


def test_requesting_a_link_does_not_reveal_who_has_an_account(browser: Client, member: User) -> None:
    answers = [
        browser.post("/account/password/reset/", {"email": email})["Location"]
        for email in (member.email, "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert [message["To"] for message in send_mails()] == [member.email]


def test_a_request_for_a_link_gives_the_same_answer_for_every_address(browser: Client, member: User) -> None:
    def statements(email: str) -> list[str]:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            browser.post(RESET, {"email": email})
        return [re.sub(r"'[^']*'|\d+(\.\d+)?", "?", query["sql"]) for query in asked]

    known = statements(member.email)
    assert known == statements("nobody@example.org")
    assert any("control_delivery" in one for one in known)
    assert not any("control_user" in one for one in known)


def test_an_address_gets_at_most_three_links_an_hour(browser: Client, member: User) -> None:
    answers = [
        browser.post(RESET, {"email": member.email}, REMOTE_ADDR=f"192.0.2.{number}").status_code
        for number in range(82)
    ]
    assert answers == [302] * 3 + [429] * 79
    cache.clear()  # what was counted is forgotten: the worker counts, too
    browser.post(RESET, {"email": member.email})
    assert len(send_mails()) == 3
    password_links().update(finished_at=timezone.now() - HOUR)
    browser.post(RESET, {"email": member.email})
    assert len(send_mails()) == 4


@dataclass
class Interrupted(Lease[Delivery]):
    """A lease whose first write waits until all other workers have done what they have."""

    others: list["Interrupted"] = field(default_factory=list)

    def write(self, **changes: Any) -> None:
        while self.others:
            Deliver(django_settings.NAVETTE)(self.others.pop(0))
        super().write(**changes)


def test_workers_that_take_many_links_at_once_mail_no_more_than_three(browser: Client, member: User) -> None:
    for number in range(5):
        cache.clear()
        browser.post(RESET, {"email": member.email}, REMOTE_ADDR=f"192.0.2.{number}")
    queues = [Queue(Delivery, f"worker {number}", HOUR) for number in range(5)]
    others: list[Interrupted] = []
    others += [Interrupted(work, queue, others=others) for queue in queues if (work := queue.claim([Lane.MAIL]))]
    Deliver(django_settings.NAVETTE)(others.pop(0))
    assert len(send_mails()) == 3
    assert sorted(password_links().values_list("state", flat=True)) == ["cancelled"] * 2 + ["done"] * 3


def test_a_client_can_request_links_for_at_most_thirty_addresses_an_hour(browser: Client, member: User) -> None:
    answers = [browser.post(RESET, {"email": f"{number}@example.org"}).status_code for number in range(31)]
    assert answers == [302] * 30 + [429]
    assert browser.post(RESET, {"email": member.email}, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_a_requested_link_is_mailed_once_the_server_accepts_mail_again(browser: Client, member: User) -> None:
    browser.post(RESET, {"email": member.email})
    away = django_settings.NAVETTE.model_copy(update={"mail_folder": None, "smtp_url": SecretStr("smtp://127.0.0.1:1")})
    Worker(away).step("mail")
    assert password_links().get().state == "queued"
    password_links().update(due_at=timezone.now())
    assert [message["To"] for message in send_mails()] == [member.email]


def test_a_closed_account_gets_no_link(browser: Client, member: User) -> None:
    browser.post(RESET, {"email": member.email})
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert send_mails() == []


def test_typed_addresses_are_deleted(browser: Client) -> None:
    browser.post(RESET, {"email": "nobody@example.org"})
    assert send_mails() == []
    forget_old_links()
    assert password_links().count() == 1
    password_links().update(created_at=timezone.now() - FORGOTTEN)
    forget_old_links()
    assert not password_links().exists()


def test_a_link_that_waits_is_mailed_however_long_it_waited(browser: Client, member: User) -> None:
    browser.post(RESET, {"email": member.email})
    password_links().update(created_at=timezone.now() - FORGOTTEN)
    forget_old_links()
    assert [message["To"] for message in send_mails()] == [member.email]


def test_administrators_mail_at_most_five_links_an_hour_per_address(as_administrator: Client, supervisor: User) -> None:
    page = f"/settings/users/{supervisor.pk}/link/"
    pages = [text(as_administrator.post(page, {"mail": "1"}, follow=True)) for _ in range(6)]
    assert [message["To"] for message in send_mails()] == [supervisor.email] * 5
    assert ["Copy this one" in page for page in pages] == [False] * 5 + [True]
    assert "/account/password/reset/" in pages[5]


def test_the_link_is_the_address_of_the_page(member: User) -> None:
    page = reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "2"})
    assert new_link(member).startswith(django_settings.NAVETTE.url + page.removesuffix("1-2/"))


def test_a_new_password_unlocks(browser: Client, supervisor: User, as_administrator: Client) -> None:
    for _ in range(5):
        sign_in(browser, supervisor.email, "wrong")
    link = shown_link(as_administrator, supervisor)
    choose_password(browser, link, "another long pass phrase")
    assert sign_in(browser, supervisor.email, "another long pass phrase").url == "/"
