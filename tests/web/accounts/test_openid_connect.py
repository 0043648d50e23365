"""Signing in through an OpenID Connect provider: who is let in, and as whom."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from tests.oidc_provider import Provider
from tests.web.accounts.conftest import SIGN_IN, events, sign_in, text

from navette.control.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mails")]


def through(provider: Provider, browser: Client, **claims: Any) -> Any:
    """What the console answers to who comes back from the provider, which says that of them."""
    provider.claims = {"sub": "subject-1", **claims}
    away = browser.post("/account/provider/oidc/oidc/login/?process=login")["Location"]
    state = parse_qs(urlsplit(away).query)["state"][0]
    return browser.get("/account/provider/oidc/oidc/login/callback/", {"code": "code", "state": state})


def test_the_sign_in_page_names_the_provider(provider: Provider, browser: Client) -> None:
    assert "Sign in with Test provider" in text(browser.get(SIGN_IN))


def test_a_verified_address_signs_its_user_in(provider: Provider, browser: Client, supervisor: User) -> None:
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
def test_nobody_else_gets_in_and_no_account_is_made(
    claims: Any, provider: Provider, browser: Client, supervisor: User
) -> None:
    answer = through(provider, browser, **claims)
    assert "No account" in text(answer)
    assert browser.get("/profile/").status_code == 302
    assert list(User.objects.all()) == [supervisor]


def test_a_closed_account_does_not_sign_in_through_a_provider_either(
    provider: Provider, browser: Client, supervisor: User
) -> None:
    supervisor.is_active = False
    supervisor.save()
    assert through(provider, browser, email=supervisor.email, email_verified=True).url == "/account/closed/"
    assert browser.get("/profile/").status_code == 302


def test_the_password_stays_beside_the_provider(provider: Provider, browser: Client, member: User) -> None:
    through(provider, browser, email=member.email, email_verified=True)
    assert sign_in(Client(), member.email).url == "/"


def test_an_answer_without_its_state_is_an_error_page(provider: Provider, browser: Client, supervisor: User) -> None:
    provider.claims = {"sub": "subject-1", "email": supervisor.email, "email_verified": True}
    browser.get("/account/provider/oidc/oidc/login/callback/", {"code": "code", "state": "forged"})
    assert browser.get("/profile/").status_code == 302
