"""Signing in, for the tests of accounts: people with a password, and browsers in which nobody is signed in."""

import pytest
from django.core.cache import cache
from django.test import Client

from navette.control.models import Event

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
