"""Tasks that put files into a folder, their worker and their scheduler one step at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from navette.automation.scheduler import plan_and_follow_slots
from navette.control.actor import Actor
from navette.control.models import Destination, Extension, Task, User
from navette.core.settings import Settings
from navette.services import tasks
from navette.work.worker import Worker

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Automated:
    """An installation whose tasks' files lie in ``folder``. ``now`` is when its scheduler looked last."""

    settings: Settings
    folder: Path
    owner: User
    now: datetime = LONG_AGO

    def task(self, exports: Sequence[Any] = ("agents",), due: str = "2026-03-10T03:00+00:00", **values: Any) -> Task:
        """A daily task, saved, that is due at that instant."""
        chosen = [one if isinstance(one, dict) else {"export": one} for one in exports]
        for name in {"at", "expected_by"} & values.keys():
            values[name] = time.fromisoformat(values[name])
        task = Task(label="Nightly", exports=chosen, **values)
        tasks.save(Actor(self.owner), task, [Destination(kind="folder", settings={"folder": str(self.folder)})])
        Task.objects.filter(pk=task.pk).update(due_at=due)
        task.refresh_from_db()
        return task

    def tick(self, now: str) -> None:
        """What the scheduler does at an instant (ISO)."""
        self.now = datetime.fromisoformat(now).astimezone(UTC)
        plan_and_follow_slots(self.now)

    def work(self) -> None:
        """Do all the runs and deliveries that wait, and follow their slots to the end."""
        worker = Worker(self.settings)
        while any(worker.step(share) for share in ("quick", "bulk", "mail", "files")):
            plan_and_follow_slots(self.now)
        plan_and_follow_slots(self.now)

    @property
    def mails(self) -> list[str]:
        """The texts of the mails that went out."""
        assert self.settings.mail_folder is not None
        return [path.read_text() for path in self.settings.mail_folder.iterdir()]

    @property
    def files(self) -> list[str]:
        """The names of what arrived."""
        return sorted(path.name for path in self.folder.iterdir())


def due(task: Task) -> datetime:
    """When the task is due next, which it must be."""
    task.refresh_from_db(fields=["due_at"])
    assert task.due_at is not None
    return task.due_at


@pytest.fixture
def automated(demo: Settings, administrator: User, tmp_path: Path) -> Iterator[Automated]:
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
