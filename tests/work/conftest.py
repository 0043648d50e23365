"""The people of the console's tests, and an installation over the demo domain's store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.web.conftest import (  # noqa: F401  # fixtures
    administrator,
    auditor,
    django_db_modify_db_settings,
    domain,
    roles,
    supervisor,
)

from navette.control.actor import Actor
from navette.control.models import Delivery, Run, User
from navette.control.models.work import Lane
from navette.control.requests import new_request
from navette.core.settings import Settings
from navette.services.runs import request_run
from navette.work.lease import Lease
from navette.work.queue import Queue, W
from navette.work.run_export import RunExport
from navette.work.run_mails import settle_run
from navette.work.worker import Worker


@dataclass(frozen=True)
class Installation:
    """What one worker does, one step at a time."""

    settings: Settings

    def ask(self, user: User, export: str, **values: Any) -> Run:
        """A run that the user asks for."""
        return request_run(Actor(user), new_request(user, export, **values), self.settings)

    def claim(self, model: type[W], owner: str = "worker") -> Lease[W]:
        """The next piece of work, held."""
        ended: Callable[[Any], None] = settle_run if model is Delivery else lambda _run: None
        queue = Queue(model, owner, timedelta(seconds=60), ended)
        work = queue.claim(Lane.values)
        assert work is not None
        return Lease(work, queue)

    def has_work(self, model: type[W]) -> bool:
        """Whether a worker gets anything."""
        return Queue(model, "another", timedelta(seconds=60)).claim(Lane.values) is not None

    def export(self, run: Run) -> Run:
        """Write the file of the run, which must be the next."""
        lease = self.claim(Run)
        assert lease.work.pk == run.pk
        RunExport(self.settings)(lease)
        run.refresh_from_db()
        return run

    def deliver(self) -> Delivery:
        """Do the next delivery."""
        delivery = Delivery.objects.exclude(state__in=Delivery.ENDED).get()
        assert Worker(self.settings).step(delivery.lane)
        delivery.refresh_from_db()
        return delivery

    def file(self, run: Run) -> Path:
        """The run's file."""
        return self.settings.files / run.path


@pytest.fixture
def installation(demo: Settings, tmp_path: Path) -> Installation:
    """An installation with files of its own; its store is the demo domain's, which tests only read."""
    (tmp_path / "store").symlink_to(demo.store)
    return Installation(Settings(home=tmp_path, threads=2))
