"""Fixtures of the exports' pages: an installation with a demo domain loaded, and runs that have ended with a file."""

import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from navette.control.models import Delivery, Domain, Extension, Role, Run, User
from navette.control.requests import SavedRequest
from navette.core.settings import Settings


@pytest.fixture
def installation(demo: Settings, domain: Domain) -> Iterator[Any]:
    """Settings under which the console reads the demo domain, whose messages have their sentiment."""
    Extension.objects.create(name="sentiment_analysis")
    with override_settings(NAVETTE=demo):
        yield demo


@pytest.fixture
def stranger(roles: dict[str, Role], domain: Domain) -> User:
    """Another supervisor."""
    return User.objects.create_user("stranger@example.org", name="Sue Stranger", role=roles["Supervisor"])


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(stranger)
    return client


@pytest.fixture
def made(installation: Settings) -> Callable[..., Run]:
    """A function that makes a run that has ended, with its file."""

    def make(user: User, content: bytes = b"id,body\n1,hello\n2,world\n", sensitive: Any = (), **values: Any) -> Any:
        columns = [{"name": "id", "sensitive": False}, *({"name": name, "sensitive": True} for name in sensitive)]
        request = SavedRequest("messages", start="2025-11-01", end="2025-11-30", fields=("id", *sensitive), format="bi")
        run = Run(export="messages", requested_by=user, request=request.to_json(), columns=columns)
        ended: dict[str, Any] = {
            "state": "done",
            "rows": 2,
            "rows_counted": 2,
            "bytes": len(content),
            "seconds": 0.4,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_name": "messages_2025-11-30.csv",
            "path": f"{run.pk}/1/messages_2025-11-30.csv",
            "expires_at": timezone.now() + timedelta(days=30),
        }
        for name, value in (ended | values).items():
            setattr(run, name, value)
        run.save()
        path = installation.files / ended["path"]
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return run

    return make


@pytest.fixture
def mailed() -> Callable[..., Delivery]:
    """A function that makes a delivery of a run, as a link that works unless told otherwise."""

    def make(run: Run, **values: Any) -> Any:
        link = {"as_link": True, "link_expires_at": timezone.now() + timedelta(days=7)}
        told = {"state": "done", "delivered_at": timezone.now(), **link, **values}
        return Delivery.objects.create(run=run, target=run.requested_by.email, **told)

    return make
