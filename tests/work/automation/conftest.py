"""Tasks that put files into a folder, their worker and their scheduler one step at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from django.test import override_settings

from navette.automation.scheduler import plan_and_follow_slots
from navette.control.actor import Actor
from navette.control.models import Destination, Extension, Task, User
from navette.core.settings import Settings
from navette.services import tasks as editing
from navette.work.worker import Worker

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Automated:
    """An installation whose tasks' files lie in ``folder``. ``now`` is when its scheduler looked last."""

    settings: Settings
    folder: Path
    owner: User
    now: datetime = LONG_AGO

    def task(self, exports=("agents",), due="2026-03-10T03:00+00:00", **values):
        """A daily task, saved, that is due at that instant."""
        chosen = [one if isinstance(one, dict) else {"export": one} for one in exports]
        for name in {"at", "expected_by"} & values.keys():
            values[name] = time.fromisoformat(values[name])
        task = Task(label="Nightly", exports=chosen, **values)
        editing.save(Actor(self.owner), task, [Destination(kind="folder", settings={"folder": str(self.folder)})])
        Task.objects.filter(pk=task.pk).update(due_at=due)
        task.refresh_from_db()
        return task

    def tick(self, now):
        """What the scheduler does at an instant (ISO)."""
        self.now = datetime.fromisoformat(now).astimezone(UTC)
        plan_and_follow_slots(self.now)

    def work(self):
        """Do all the runs and deliveries that wait, and follow their slots to the end."""
        worker = Worker(self.settings)
        while any(worker.step(share) for share in ("quick", "bulk", "mail", "files")):
            plan_and_follow_slots(self.now)
        plan_and_follow_slots(self.now)

    @property
    def files(self):
        """The names of what arrived."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def automated(demo, administrator, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "store").symlink_to(demo.store)
    folder = tmp_path / "incoming"
    folder.mkdir()
    Extension.objects.create(name="automatic_exports")
    settings = Settings(
        home=tmp_path / "home",
        threads=2,
        folders=str(folder),
        mail_folder=tmp_path / "mails",
        sftp_allowed="127.0.0.0/8",
    )
    with override_settings(NAVETTE=settings):
        yield Automated(settings, folder, administrator)
