"""Signing in and out: passwords, locks, limits of sessions, the second factor, and what the journal knows of it."""

import re
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.conf import settings as django_settings
from django.test import Client, RequestFactory, override_settings
from tests.web.accounts.conftest import PASSWORD, SIGN_IN, events, sign_in, text

from navette.control.models import User
from navette.web.account.adapters import AccountAdapter
from navette.web.account.sessions import BEGAN, SEEN
from navette.web.request import address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails")]


def test_allauth_sends_no_mail_itself() -> None:
    with pytest.raises(NotImplementedError, match="queue a delivery"):
        AccountAdapter().send_mail("account/email/password_changed", "nadia@example.org", {})


@pytest.mark.parametrize(
    ("language", "words"), [("en", "The provider could not confirm who you are."), ("fr", "Échec de la connexion")]
)
def test_a_provider_that_fails_is_told_in_our_words(browser: Client, member: User, language: str, words: str) -> None:
    User.objects.filter(pk=member.pk).update(locale=language)
    sign_in(browser, member.email)
    page = text(browser.get("/account/provider/error/"))
    assert words in page
    assert "hird-" not in page


# Passwords.


def test_the_right_password_signs_in_whatever_the_case_of_the_address(browser: Client, member: User) -> None:
    assert sign_in(browser, member.email.upper()).url == "/"
    assert events() == [("session.created", member.email, {})]


def test_signing_in_gives_the_session_another_key(browser: Client, member: User) -> None:
    browser.post("/language/", {"language": "fr"})
    browser.session["something"] = 1
    before = browser.session.session_key
    sign_in(browser, member.email)
    assert browser.session.session_key != before


@pytest.mark.parametrize("email", ["administrator@example.org", "nobody@example.org"])
def test_a_wrong_password_does_not_tell_who_has_an_account(email: str, browser: Client, member: User) -> None:
    page = text(sign_in(browser, email, "something else"))
    assert "The e-mail address or the password is wrong." in page


@pytest.mark.parametrize(("notice", "shown"), [("", 0), ("For the <support> team alone.", 1)])
def test_a_notice_stands_above_the_sign_in_form(notice: str, shown: Any, browser: Client) -> None:
    with override_settings(NAVETTE=django_settings.NAVETTE.model_copy(update={"sign_in_notice": notice})):
        above, form, below = text(browser.get(SIGN_IN)).partition(f'<form method="post" action="{SIGN_IN}"')
    assert form
    assert above.count("alert-info") == above.count("For the &lt;support&gt; team alone.") == shown
    assert "alert-info" not in below


@pytest.mark.parametrize("address", ["/account/password/change/", "/account/confirm/"])
def test_a_field_has_its_label_and_no_placeholder_that_looks_like_a_value(
    address: str, browser: Client, member: User
) -> None:
    sign_in(browser, member.email)
    page = text(browser.get(address))
    assert '<label class="form-label' in page
    assert "placeholder" not in page


def test_nobody_signs_up(browser: Client) -> None:
    assert browser.get("/account/signup/").status_code == 404


def test_a_closed_account_does_not_sign_in(browser: Client, member: User) -> None:
    member.is_active = False
    member.save()
    assert sign_in(browser, member.email).url == "/account/closed/"
    assert browser.get("/profile/").status_code == 302


def test_closing_an_account_ends_its_sessions(as_supervisor: Client, supervisor: User) -> None:
    supervisor.is_active = False
    supervisor.save()
    assert as_supervisor.get("/profile/").status_code == 302


def test_passwords_are_kept_with_argon2(member: User) -> None:
    assert member.password.startswith("argon2$argon2id$")


def test_signing_out_needs_a_form_and_is_recorded(as_auditor: Client, auditor: User) -> None:
    as_auditor.post("/account/sign-out/")
    assert as_auditor.get("/profile/").status_code == 302
    assert events()[-1] == ("session.destroyed", auditor.email, {"reason": "signed_out"})


# Locks.


def test_an_account_locks_after_five_failures_even_for_the_right_password(browser: Client, member: User) -> None:
    for _ in range(5):
        sign_in(browser, member.email, "wrong")
    assert "signing in is locked for 15 minutes" in text(sign_in(browser, member.email))
    assert browser.get("/profile/").status_code == 302


def test_a_lock_holds_for_every_address_and_every_name_of_ours(browser: Client, member: User) -> None:
    for number in range(5):
        sign_in(browser, member.email, "wrong", REMOTE_ADDR=f"192.0.2.{number}")
    page = text(sign_in(browser, member.email, REMOTE_ADDR="192.0.2.99", headers={"host": "localhost"}))
    assert "signing in is locked" in page


def test_a_lock_is_recorded_once_as_of_the_user(browser: Client, member: User) -> None:
    for _ in range(7):
        sign_in(browser, member.email, "wrong")
    assert events() == [("security.updated", member.email, {"what": "sign_in_locked"})]


def test_an_address_locks_after_thirty_failures_for_whichever_accounts(browser: Client, member: User) -> None:
    for number in range(30):
        sign_in(browser, f"{number}@example.org", "wrong")
    assert sign_in(browser, member.email).status_code == 429
    assert sign_in(browser, member.email, REMOTE_ADDR="192.0.2.1").url == "/"
    assert ("security.updated", "", {"what": "sign_in_locked"}) in events()


def test_the_addresses_of_one_ipv6_network_are_locked_together(browser: Client, member: User) -> None:
    for number in range(30):
        sign_in(browser, f"{number}@example.org", "wrong", REMOTE_ADDR=f"2001:db8::{number}:7")
    assert sign_in(browser, member.email, REMOTE_ADDR="2001:db8::ffff:1").status_code == 429
    assert sign_in(browser, member.email, REMOTE_ADDR="2001:db8:0:1::7").url == "/"


def test_ipv4_addresses_that_come_as_ipv6_are_locked_apart(browser: Client, member: User) -> None:
    for number in range(30):
        sign_in(browser, f"{number}@example.org", "wrong", REMOTE_ADDR="::ffff:192.0.2.1")
    assert sign_in(browser, member.email, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert sign_in(browser, member.email, REMOTE_ADDR="::ffff:192.0.2.2").url == "/"


# Where a request came from.


def request_from(**meta: Any) -> Any:
    return RequestFactory().get("/", **meta)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 192.0.2.5", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
        (1, "nonsense", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_only_what_our_own_proxies_say_counts(proxies: Any, forwarded: Any, expected: Any) -> None:
    request = request_from(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(NAVETTE=django_settings.NAVETTE.model_copy(update={"trusted_proxies": proxies})):
        assert address(request) == expected


def test_a_server_behind_a_unix_socket_knows_no_address() -> None:
    assert address(request_from(REMOTE_ADDR="")) is None


# Limits of sessions.


def age(client: Client, **seconds: Any) -> None:
    """Make a session's moments lie so many seconds back."""
    session = client.session
    for name, back in seconds.items():
        session[name] = time.time() - back
    session.save()


def test_an_idle_session_ends(as_auditor: Client, auditor: User) -> None:
    age(as_auditor, **{SEEN: django_settings.SESSION_IDLE + 1})
    assert as_auditor.get("/profile/")["Location"] == f"{SIGN_IN}?next=/profile/"
    assert events()[-1] == ("session.destroyed", auditor.email, {"reason": "idle"})


def test_a_busy_session_ends_too(as_auditor: Client, auditor: User) -> None:
    age(as_auditor, **{BEGAN: django_settings.SESSION_LONGEST + 1})
    assert as_auditor.get("/profile/")["Location"] == f"{SIGN_IN}?next=/profile/"
    assert events()[-1] == ("session.destroyed", auditor.email, {"reason": "longest"})


@pytest.mark.parametrize(("page", "stays_idle"), [("/profile/?poll=1", True), ("/profile/", False)])
def test_only_what_people_do_keeps_a_session(page: str, stays_idle: Any, as_auditor: Client) -> None:
    age(as_auditor, **{SEEN: 600})
    as_auditor.get(page)
    assert (time.time() - as_auditor.session[SEEN] > 500) is stays_idle


PART = {"hx-request": "true", "hx-current-url": "http://testserver/settings/journal/"}


def test_a_part_of_a_page_whose_session_ended_sends_the_whole_page_to_sign_in(as_auditor: Client) -> None:
    age(as_auditor, **{SEEN: django_settings.SESSION_IDLE + 1})
    for _ in ("the session that is over", "no session"):
        response = as_auditor.get("/profile/?poll=1", headers=PART)
        assert response.headers["HX-Redirect"] == f"{SIGN_IN}?next=/settings/journal/"


# The address that allauth knows.


def test_a_users_one_address_follows_the_user(supervisor: User) -> None:
    supervisor.email = "Sam@Example.org"
    supervisor.save()
    assert [(one.email, one.primary, one.verified) for one in EmailAddress.objects.filter(user=supervisor)] == [
        ("sam@example.org", True, True)
    ]


# The second factor.


def code(secret: bytes) -> str:
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06d}"


@pytest.fixture
def secret(member: User) -> bytes:
    chosen = generate_totp_secret()
    TOTP.activate(member, chosen)
    return chosen


def test_the_second_factor_follows_the_password(browser: Client, member: User, secret: bytes) -> None:
    challenge = sign_in(browser, member.email).url
    assert challenge == "/account/second-factor/authenticate/"
    assert browser.get("/profile/").status_code == 302
    assert browser.post(challenge, {"code": code(secret)})["Location"] == "/"
    assert browser.get("/profile/").status_code == 200


def test_a_wrong_code_does_not_sign_in(browser: Client, member: User, secret: bytes) -> None:
    challenge = sign_in(browser, member.email).url
    wrong = f"{(int(code(secret)) + 1) % 10**6:06d}"
    assert "invalid-feedback" in text(browser.post(challenge, {"code": wrong}))
    assert browser.get("/profile/").status_code == 302


def test_codes_cannot_be_tried_for_ever(browser: Client, member: User, secret: bytes) -> None:
    challenge = sign_in(browser, member.email).url
    for _ in range(5):
        browser.post(challenge, {"code": "000000"})
    browser.post(challenge, {"code": code(secret)})
    assert browser.get("/profile/").status_code == 302


def test_setting_the_second_factor_up_needs_the_password_and_is_recorded(
    browser: Client, member: User, django_capture_on_commit_callbacks: Any
) -> None:
    sign_in(browser, member.email)
    set_up = "/account/second-factor/totp/activate/"
    confirm = browser.get(set_up)["Location"]
    page = text(browser.post(confirm, {"password": PASSWORD, "next": set_up}, follow=True))
    secret = re.findall(r'id="authenticator_secret"[^>]*value="(\w+)"', page)[0]
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(set_up, {"code": code(secret)})
    assert set(Authenticator.objects.filter(user=member).values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert ("security.updated", member.email, {"what": "second_factor_added", "kind": "totp"}) in events()
