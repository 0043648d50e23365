"""Fixtures of the console's tests: a migrated SQLite file, a user of each role, and a signed-in client for each."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import connections
from django.test import Client, override_settings
from pydantic import SecretStr
from tests.oidc_provider import Provider

from navette.control.models import Domain, Role, User
from navette.control.permissions import ROLES_AT_SETUP


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A database file, as in an installation, instead of one in memory."""
    connections.databases["default"]["TEST"]["NAME"] = str(tmp_path_factory.mktemp("control") / "control.sqlite3")


@pytest.fixture
def mails(tmp_path: Path) -> Iterator[Any]:
    """Mails go into a folder."""
    with override_settings(NAVETTE=settings.NAVETTE.model_copy(update={"mail_folder": tmp_path / "mails"})):
        yield


@pytest.fixture
def provider(roles: dict[str, Role], domain: Domain) -> Iterator[Any]:
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


@pytest.fixture
def away() -> Iterator[Any]:
    """The mail server is away."""
    changes = {"mail_folder": None, "smtp_url": SecretStr("smtp://127.0.0.1:1")}
    with override_settings(NAVETTE=settings.NAVETTE.model_copy(update=changes)):
        yield


@pytest.fixture
def roles(db: None) -> dict[str, Role]:
    """The roles made at set-up, by their label."""
    return {
        label: Role.objects.update_or_create(label=label, defaults={"permissions": list(permissions)})[0]
        for label, permissions in ROLES_AT_SETUP.items()
    }


@pytest.fixture
def domain(db: None) -> Domain:
    domain = Domain(name="Test domain", locale="en", timezone="Europe/Paris")
    domain.save()
    return domain


@pytest.fixture
def administrator(roles: dict[str, Role], domain: Domain) -> User:
    """Somebody in charge, who comes through a provider."""
    ada = User.objects.create_user("administrator@example.org", name="Ada Administrator", role=roles["Administrator"])
    SocialAccount.objects.create(user=ada, provider="oidc", uid="ada")
    return ada


@pytest.fixture
def supervisor(roles: dict[str, Role], domain: Domain) -> User:
    return User.objects.create_user("supervisor@example.org", name="Sam Supervisor", role=roles["Supervisor"])


@pytest.fixture
def auditor(roles: dict[str, Role], domain: Domain) -> User:
    return User.objects.create_user("auditor@example.org", name="Ava Auditor", role=roles["Auditor"])


def signed_in(user: User) -> Client:
    """A client in which the user is signed in."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def as_administrator(administrator: User) -> Client:
    return signed_in(administrator)


@pytest.fixture
def as_supervisor(supervisor: User) -> Client:
    return signed_in(supervisor)


@pytest.fixture
def as_auditor(auditor: User) -> Client:
    return signed_in(auditor)
