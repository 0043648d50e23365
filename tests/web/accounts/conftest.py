"""Signing in, for the tests of accounts: people with a password, and browsers in which nobody is signed in."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from navette.control.models import Domain, Event, User

PASSWORD = "a long enough pass phrase"
SIGN_IN = "/account/sign-in/"
RESET = "/account/password/reset/"


@pytest.fixture(autouse=True)
def no_failures_yet() -> None:
    cache.clear()


@pytest.fixture
def member(administrator: User) -> User:
    """The administrator, with a password."""
    administrator.set_password(PASSWORD)
    administrator.save()
    return administrator


@pytest.fixture
def browser(domain: Domain) -> Client:
    return Client(headers={"accept-language": "en"})


def sign_in(client: Client, email: str, password: str = PASSWORD, **options: Any) -> Any:
    return client.post(SIGN_IN, {"login": email, "password": password}, **options)


def text(response: Any) -> str:
    return response.content.decode()


def events() -> list[tuple[str, Any, Any]]:
    """Names and details of the journal, the oldest first."""
    return [(event.name, event.who, event.details) for event in Event.objects.order_by("number")]
