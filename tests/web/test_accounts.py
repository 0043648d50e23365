"""Signing in and out: passwords, locks, limits of sessions, the second factor, and what the journal knows of it."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pydantic import SecretStr
from tests.oidc_provider import Provider
from tests.outbox import password_links, send_mails

from navette.control.models import Event, User
from navette.web.account.sessions import BEGAN, SEEN
from navette.web.request import address
from navette.work.password_links import FORGOTTEN, HOUR, forget_old_links, new_link
from navette.work.worker import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails")]

PASSWORD = "a long enough pass phrase"
SIGN_IN = "/account/sign-in/"
RESET = "/account/password/reset/"


@pytest.fixture(autouse=True)
def no_failures_yet():
    cache.clear()


@pytest.fixture
def member(administrator):
    """The administrator, with a password."""
    administrator.set_password(PASSWORD)
    administrator.save()
    return administrator


@pytest.fixture
def browser(domain):
    return Client(headers={"accept-language": "en"})


def sign_in(client, email, password=PASSWORD, **options):
    return client.post(SIGN_IN, {"login": email, "password": password}, **options)


def text(response):
    return response.content.decode()


def events():
    """Names and details of the journal, the oldest first."""
    return [(event.name, event.who, event.details) for event in Event.objects.order_by("number")]


# Passwords.


def test_the_right_password_signs_in_whatever_the_case_of_the_address(browser, member):
    assert sign_in(browser, member.email.upper()).url == "/"
    assert events() == [("session.created", member.email, {})]


def test_signing_in_gives_the_session_another_key(browser, member):
    browser.post("/language/", {"language": "fr"})
    browser.session["something"] = 1
    before = browser.session.session_key
    sign_in(browser, member.email)
    assert browser.session.session_key != before


@pytest.mark.parametrize("email", ["administrator@example.org", "nobody@example.org"])
def test_a_wrong_password_does_not_tell_who_has_an_account(email, browser, member):
    page = text(sign_in(browser, email, "something else"))
    assert "The e-mail address or the password is wrong." in page


@pytest.mark.parametrize(("notice", "shown"), [("", 0), ("For the <support> team alone.", 1)])
def test_a_notice_stands_above_the_sign_in_form(notice, shown, browser):
    with override_settings(NAVETTE=django_settings.NAVETTE.model_copy(update={"sign_in_notice": notice})):
        above, form, below = text(browser.get(SIGN_IN)).partition(f'<form method="post" action="{SIGN_IN}"')
    assert form
    assert above.count("alert-info") == above.count("For the &lt;support&gt; team alone.") == shown
    assert "alert-info" not in below


def test_nobody_signs_up(browser):
    assert browser.get("/account/signup/").status_code == 404


def test_a_closed_account_does_not_sign_in(browser, member):
    member.is_active = False
    member.save()
    assert sign_in(browser, member.email).url == "/account/closed/"
    assert browser.get("/profile/").status_code == 302


def test_closing_an_account_ends_its_sessions(as_supervisor, supervisor):
    supervisor.is_active = False
    supervisor.save()
    assert as_supervisor.get("/profile/").status_code == 302


def test_passwords_are_kept_with_argon2(member):
    assert member.password.startswith("argon2$argon2id$")


def test_signing_out_needs_a_form_and_is_recorded(as_auditor, auditor):
    as_auditor.post("/account/sign-out/")
    assert as_auditor.get("/profile/").status_code == 302
    assert events()[-1] == ("session.destroyed", auditor.email, {"reason": "signed_out"})


# Locks.


def test_an_account_locks_after_five_failures_even_for_the_right_password(browser, member):
    for _ in range(5):
        sign_in(browser, member.email, "wrong")
    assert "signing in is locked for 15 minutes" in text(sign_in(browser, member.email))
    assert browser.get("/profile/").status_code == 302


def test_a_lock_holds_for_every_address_and_every_name_of_ours(browser, member):
    for number in range(5):
        sign_in(browser, member.email, "wrong", REMOTE_ADDR=f"192.0.2.{number}")
    page = text(sign_in(browser, member.email, REMOTE_ADDR="192.0.2.99", headers={"host": "localhost"}))
    assert "signing in is locked" in page


def test_a_lock_is_recorded_once_as_of_the_user(browser, member):
    for _ in range(7):
        sign_in(browser, member.email, "wrong")
    assert events() == [("security.updated", member.email, {"what": "sign_in_locked"})]


def test_an_address_locks_after_thirty_failures_for_whichever_accounts(browser, member):
    for number in range(30):
        sign_in(browser, f"{number}@example.org", "wrong")
    assert sign_in(browser, member.email).status_code == 429
    assert sign_in(browser, member.email, REMOTE_ADDR="192.0.2.1").url == "/"
    assert ("security.updated", "", {"what": "sign_in_locked"}) in events()


def test_the_addresses_of_one_ipv6_network_are_locked_together(browser, member):
    for number in range(30):
        sign_in(browser, f"{number}@example.org", "wrong", REMOTE_ADDR=f"2001:db8::{number}:7")
    assert sign_in(browser, member.email, REMOTE_ADDR="2001:db8::ffff:1").status_code == 429
    assert sign_in(browser, member.email, REMOTE_ADDR="2001:db8:0:1::7").url == "/"


def test_ipv4_addresses_that_come_as_ipv6_are_locked_apart(browser, member):
    for number in range(30):
        sign_in(browser, f"{number}@example.org", "wrong", REMOTE_ADDR="::ffff:192.0.2.1")
    assert sign_in(browser, member.email, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert sign_in(browser, member.email, REMOTE_ADDR="::ffff:192.0.2.2").url == "/"


def test_a_new_password_unlocks(browser, supervisor, as_administrator):
    for _ in range(5):
        sign_in(browser, supervisor.email, "wrong")
    link = shown_link(as_administrator, supervisor)
    choose_password(browser, link, "another long pass phrase")
    assert sign_in(browser, supervisor.email, "another long pass phrase").url == "/"


# Where a request came from.


def request_from(**meta):
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
def test_only_what_our_own_proxies_say_counts(proxies, forwarded, expected):
    request = request_from(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    with override_settings(NAVETTE=django_settings.NAVETTE.model_copy(update={"trusted_proxies": proxies})):
        assert address(request) == expected


def test_a_server_behind_a_unix_socket_knows_no_address():
    assert address(request_from(REMOTE_ADDR="")) is None


# Limits of sessions.


def age(client, **seconds):
    """Make a session's moments lie so many seconds back."""
    session = client.session
    for name, back in seconds.items():
        session[name] = time.time() - back
    session.save()


def test_an_idle_session_ends(as_auditor, auditor):
    age(as_auditor, **{SEEN: django_settings.SESSION_IDLE + 1})
    assert as_auditor.get("/profile/").url == f"{SIGN_IN}?next=/profile/"
    assert events()[-1] == ("session.destroyed", auditor.email, {"reason": "idle"})


def test_a_busy_session_ends_too(as_auditor, auditor):
    age(as_auditor, **{BEGAN: django_settings.SESSION_LONGEST + 1})
    assert as_auditor.get("/profile/").url == f"{SIGN_IN}?next=/profile/"
    assert events()[-1] == ("session.destroyed", auditor.email, {"reason": "longest"})


@pytest.mark.parametrize(("page", "stays_idle"), [("/profile/?poll=1", True), ("/profile/", False)])
def test_only_what_people_do_keeps_a_session(page, stays_idle, as_auditor):
    age(as_auditor, **{SEEN: 600})
    as_auditor.get(page)
    assert (time.time() - as_auditor.session[SEEN] > 500) is stays_idle


PART = {"hx-request": "true", "hx-current-url": "http://testserver/settings/journal/"}


def test_a_part_of_a_page_whose_session_ended_sends_the_whole_page_to_sign_in(as_auditor):
    age(as_auditor, **{SEEN: django_settings.SESSION_IDLE + 1})
    for _ in ("the session that is over", "no session"):
        response = as_auditor.get("/profile/?poll=1", headers=PART)
        assert response.headers["HX-Redirect"] == f"{SIGN_IN}?next=/settings/journal/"


# Links that choose a password.


def shown_link(client, user):
    page = text(client.post(f"/settings/users/{user.pk}/link/"))
    return re.search(r"http://[^<\s]+/password/reset/[^<\s]+", page)[0].removeprefix("http://127.0.0.1:8000")


def choose_password(client, link, password):
    form = client.get(link, follow=True).redirect_chain[-1][0]
    return client.post(form, {"password1": password, "password2": password})


def test_a_link_works_once(browser, as_administrator, supervisor):
    link = shown_link(as_administrator, supervisor)
    choose_password(browser, link, PASSWORD)
    assert sign_in(browser, supervisor.email).url == "/"
    assert ("password.updated", supervisor.email, {}) in events()
    assert "This link no longer works" in text(Client(headers={"accept-language": "en"}).get(link))


SET = "Password saved. You can now sign in."


def test_choosing_a_password_leads_to_sign_in_with_a_notice(browser, as_administrator, supervisor):
    link = shown_link(as_administrator, supervisor)
    form = browser.get(link, follow=True).redirect_chain[-1][0]
    answer = browser.post(form, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == SIGN_IN
    assert SET in text(answer)


def test_changing_a_password_leads_to_sign_in_with_a_notice(browser, member):
    sign_in(browser, member.email)
    changed = {"oldpassword": PASSWORD, "password1": PASSWORD + " too", "password2": PASSWORD + " too"}
    answer = browser.post("/account/password/change/", changed, follow=True)
    assert answer.redirect_chain[-1][0] == SIGN_IN
    assert SET in text(answer)
    assert sign_in(browser, member.email, PASSWORD + " too").url == "/"


def test_setting_a_first_password_leads_to_sign_in_with_a_notice(as_administrator, administrator):
    administrator.set_unusable_password()
    administrator.save()
    as_administrator.force_login(administrator)
    chosen = {"password1": PASSWORD, "password2": PASSWORD}
    answer = as_administrator.post("/account/password/set/", chosen, follow=True)
    assert answer.redirect_chain[-1][0] == SIGN_IN
    assert SET in text(answer)


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012345", "supervisor@example.org"])
def test_a_weak_password_is_refused(password, browser, as_administrator, supervisor):
    link = shown_link(as_administrator, supervisor)
    assert "invalid-feedback" in text(choose_password(browser, link, password))


def test_who_forgot_their_password_gets_a_link_under_our_own_name(browser, member):
    browser.post("/account/password/reset/", {"email": member.email}, headers={"host": "localhost"})
    (message,) = send_mails()
    assert message["To"] == member.email
    assert "http://127.0.0.1:8000/account/password/reset/" in message.get_body(["plain"]).get_content()


def test_who_asks_for_a_link_is_not_told_who_has_an_account(browser, member):
    answers = [
        browser.post("/account/password/reset/", {"email": email}).url for email in (member.email, "nobody@example.org")
    ]
    assert answers[0] == answers[1]
    assert [message["To"] for message in send_mails()] == [member.email]


def test_a_request_for_a_link_gives_the_same_answer_for_every_address(browser, member):
    def statements(email):
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            browser.post(RESET, {"email": email})
        return [re.sub(r"'[^']*'|\d+(\.\d+)?", "?", query["sql"]) for query in asked]

    known = statements(member.email)
    assert known == statements("nobody@example.org")
    assert any("control_delivery" in one for one in known)
    assert not any("control_user" in one for one in known)


def test_an_address_gets_at_most_three_links_an_hour(browser, member):
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


def test_a_client_can_request_links_for_at_most_thirty_addresses_an_hour(browser, member):
    answers = [browser.post(RESET, {"email": f"{number}@example.org"}).status_code for number in range(31)]
    assert answers == [302] * 30 + [429]
    assert browser.post(RESET, {"email": member.email}, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_a_requested_link_is_mailed_once_the_server_accepts_mail_again(browser, member):
    browser.post(RESET, {"email": member.email})
    away = django_settings.NAVETTE.model_copy(update={"mail_folder": None, "smtp_url": SecretStr("smtp://127.0.0.1:1")})
    Worker(away).step("mail")
    assert password_links().get().state == "queued"
    password_links().update(due_at=timezone.now())
    assert [message["To"] for message in send_mails()] == [member.email]


def test_a_closed_account_gets_no_link(browser, member):
    browser.post(RESET, {"email": member.email})
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert send_mails() == []


def test_typed_addresses_are_deleted(browser):
    browser.post(RESET, {"email": "nobody@example.org"})
    forget_old_links()
    assert password_links().count() == 1
    password_links().update(created_at=timezone.now() - FORGOTTEN)
    forget_old_links()
    assert not password_links().exists()


def test_administrators_mail_at_most_five_links_an_hour_per_address(as_administrator, supervisor):
    page = f"/settings/users/{supervisor.pk}/link/"
    pages = [text(as_administrator.post(page, {"mail": "1"}, follow=True)) for _ in range(6)]
    assert [message["To"] for message in send_mails()] == [supervisor.email] * 5
    assert ["Copy this one" in page for page in pages] == [False] * 5 + [True]
    assert "/account/password/reset/" in pages[5]


def test_the_link_is_the_address_of_the_page(member):
    page = reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "2"})
    assert new_link(member).startswith(django_settings.NAVETTE.url + page.removesuffix("1-2/"))


# The address that allauth knows.


def test_a_users_one_address_follows_the_user(supervisor):
    supervisor.email = "Sam@Example.org"
    supervisor.save()
    assert [(one.email, one.primary, one.verified) for one in EmailAddress.objects.filter(user=supervisor)] == [
        ("sam@example.org", True, True)
    ]


# The second factor.


def code(secret):
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06d}"


@pytest.fixture
def secret(member):
    chosen = generate_totp_secret()
    TOTP.activate(member, chosen)
    return chosen


def test_the_second_factor_is_asked_for_after_the_password(browser, member, secret):
    challenge = sign_in(browser, member.email).url
    assert challenge == "/account/second-factor/authenticate/"
    assert browser.get("/profile/").status_code == 302
    assert browser.post(challenge, {"code": code(secret)}).url == "/"
    assert browser.get("/profile/").status_code == 200


def test_a_wrong_code_does_not_sign_in(browser, member, secret):
    challenge = sign_in(browser, member.email).url
    wrong = f"{(int(code(secret)) + 1) % 10**6:06d}"
    assert "invalid-feedback" in text(browser.post(challenge, {"code": wrong}))
    assert browser.get("/profile/").status_code == 302


def test_codes_cannot_be_tried_for_ever(browser, member, secret):
    challenge = sign_in(browser, member.email).url
    for _ in range(5):
        browser.post(challenge, {"code": "000000"})
    browser.post(challenge, {"code": code(secret)})
    assert browser.get("/profile/").status_code == 302


def test_setting_the_second_factor_up_needs_the_password_and_is_recorded(
    browser, member, django_capture_on_commit_callbacks
):
    sign_in(browser, member.email)
    set_up = "/account/second-factor/totp/activate/"
    confirm = browser.get(set_up).url
    page = text(browser.post(confirm, {"password": PASSWORD, "next": set_up}, follow=True))
    secret = re.search(r'id="authenticator_secret"[^>]*value="(\w+)"', page)[1]
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(set_up, {"code": code(secret)})
    assert set(Authenticator.objects.filter(user=member).values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert ("security.updated", member.email, {"what": "second_factor_added", "kind": "totp"}) in events()


# OpenID Connect.


@pytest.fixture
def provider(roles, domain):
    """A provider on the loopback, which the console is set up with."""
    with Provider() as provider:
        app = {
            "provider_id": "oidc",
            "name": "Test provider",
            "client_id": "navette",
            "secret": "secret",
            "settings": {"server_url": provider.url},
        }
        with override_settings(SOCIALACCOUNT_PROVIDERS={"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}):
            yield provider


def through(provider, browser, **claims):
    """What the console answers to who comes back from the provider, which says that of them."""
    provider.claims = {"sub": "subject-1", **claims}
    away = browser.post("/account/provider/oidc/oidc/login/?process=login").url
    state = parse_qs(urlsplit(away).query)["state"][0]
    return browser.get("/account/provider/oidc/oidc/login/callback/", {"code": "code", "state": state})


def test_the_sign_in_page_names_the_provider(provider, browser):
    assert "Sign in with Test provider" in text(browser.get(SIGN_IN))


def test_a_verified_address_signs_its_user_in(provider, browser, supervisor):
    answer = through(provider, browser, email="Supervisor@example.org", email_verified=True)
    assert answer.url == "/"
    assert browser.get("/profile/").status_code == 200
    assert events() == [("session.created", supervisor.email, {})]


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "supervisor@example.org", "email_verified": False},
        {"email": "supervisor@example.org"},
        {"email": "nobody@example.org", "email_verified": True},
        {},
    ],
)
def test_nobody_else_gets_in_and_no_account_is_made(claims, provider, browser, supervisor):
    answer = through(provider, browser, **claims)
    assert "No account here" in text(answer)
    assert browser.get("/profile/").status_code == 302
    assert list(User.objects.all()) == [supervisor]


def test_a_closed_account_does_not_sign_in_through_a_provider_either(provider, browser, supervisor):
    supervisor.is_active = False
    supervisor.save()
    assert through(provider, browser, email=supervisor.email, email_verified=True).url == "/account/closed/"
    assert browser.get("/profile/").status_code == 302


def test_the_password_stays_beside_the_provider(provider, browser, member):
    through(provider, browser, email=member.email, email_verified=True)
    assert sign_in(Client(), member.email).url == "/"


def test_an_answer_without_its_state_is_an_error_page(provider, browser, supervisor):
    provider.claims = {"sub": "subject-1", "email": supervisor.email, "email_verified": True}
    browser.get("/account/provider/oidc/oidc/login/callback/", {"code": "code", "state": "forged"})
    assert browser.get("/profile/").status_code == 302
