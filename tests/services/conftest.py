"""One of everything that services act on, in an installation whose tasks put files into a folder."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone
from tests.outbox import slot_files
from tests.web.conftest import (  # noqa: F401  # fixtures
    administrator,
    auditor,
    django_db_modify_db_settings,
    domain,
    roles,
    supervisor,
)
from tests.work.automation.conftest import automated  # noqa: F401  # a fixture

from navette.control.actor import NAVETTE, OPERATOR, Actor
from navette.control.models import Delivery, Destination, KeyPair, Preset, Role, Run, Task, TaskSlot, User
from navette.control.requests import new_request
from navette.control.ssh_keys import key_pairs, make_key_pair
from navette.core.settings import Settings

NOW = "2026-03-10T03:00:30+00:00"


@dataclass
class World:
    """One of everything. The administrator made it; the supervisor has a second factor."""

    settings: Settings
    actors: dict[str, Actor]
    person: User
    spare_role: Role
    preset: Preset
    queued: Run
    ended: Run
    mail: Delivery
    task: Task
    slot: TaskSlot
    delivery: Delivery
    server: Destination
    pair: KeyPair

    def request(self, export="agents", **values):
        """A request of the administrator's."""
        return new_request(self.actors["administrator"].user, export, **values)


@pytest.fixture
def world(automated, administrator, supervisor):  # noqa: F811
    """The task ran once, and its delivery failed; so did the mail of a run of the administrator's."""
    powerless = User.objects.create_user("none@example.org", name="Nobody", role=Role.objects.create(label="Nothing"))
    TOTP.activate(supervisor, generate_totp_secret())
    task = automated.task()
    automated.tick(NOW)
    automated.work()
    slot_files().update(state="failed")
    request = new_request(administrator, "agents").to_json()
    asked = {"export": "agents", "request": request, "requested_by": administrator}
    file = {"file_name": "agents.csv", "path": "agents/agents.csv", "rows": 1, "bytes": 3, "sha256": "0" * 64}
    ended = Run.objects.create(**asked, **file, state="done")
    later = timezone.now() + timedelta(days=1)
    mail = Delivery.objects.create(
        run=ended, person=administrator, target=administrator.email, state="failed", link_expires_at=later
    )
    key_pairs()
    return World(
        settings=automated.settings,
        actors={
            "stranger": NAVETTE,
            "powerless": Actor(powerless),
            "administrator": Actor(administrator, "192.0.2.1"),
            "operator": OPERATOR,
        },
        person=supervisor,
        spare_role=Role.objects.create(label="Spare"),
        preset=Preset.objects.create(user=administrator, export="agents", name="Mine", request=request),
        queued=Run.objects.create(**asked),
        ended=ended,
        mail=mail,
        task=Task.objects.select_related("owner__role").get(pk=task.pk),
        slot=TaskSlot.objects.select_related("task__owner__role").get(),
        delivery=slot_files().get(),
        server=Destination(kind="sftp", settings={"host": "127.0.0.1", "port": 1, "user": "me", "directory": "./"}),
        pair=make_key_pair(OPERATOR, "ed25519"),
    )
