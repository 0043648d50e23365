"""Texts that break programs as labels, patterns and directories: by the form, to real places, nothing evaluated."""

import hashlib
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import QueryDict
from tests.naughty import NAUGHTY
from tests.ssh_server import running_sshd
from tests.task_form import TASK_FORM
from tests.work.automation.conftest import Automated, due

from navette.automation.destinations import planned, put_files
from navette.automation.task_plan import example_names, of_slot
from navette.control.actor import Actor
from navette.control.models import Destination, Domain, Task
from navette.control.ssh_keys import key_pairs
from navette.core.errors import NavetteError
from navette.destinations.destination import Upload
from navette.services import tasks as task_services
from navette.web.automation.form import TaskForm

pytestmark = pytest.mark.django_db

FORM = TASK_FORM | {
    "exports": "roles",
    "sftp-0-host": "127.0.0.1",
    "folder-TOTAL_FORMS": "1",
    "folder-INITIAL_FORMS": "0",
}
PLAIN = re.compile(r"""[^/\\:*?"<>|\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+""")


@pytest.fixture
def saved(automated: Automated) -> Callable[..., Task | None]:
    """A function that fills in the form of a task and saves it; None for what is refused."""

    def save(**fields: Any) -> Task | None:
        data = QueryDict(mutable=True)
        data.update(FORM | fields)
        form = TaskForm(automated.owner, Task(), data)
        if not form.is_valid():
            return None
        try:
            return task_services.save(Actor(automated.owner), form.instance, form.destinations())
        except NavetteError:
            return None

    return save


def name_of(task: Task) -> str:
    [name] = example_names(task, Domain.current())
    return name


def upload(folder: Path, name: str) -> Upload:
    path = folder / secrets.token_hex(8)
    path.write_bytes(name.encode())
    return Upload(path, name, hashlib.sha256(name.encode()).hexdigest(), path.stat().st_size)


def there(task: Task, **settings: Any) -> Any:
    """The task's destination, with what is to differ, saved, and as it is planned for the next slot."""
    destination = task.destinations.get()
    destination.kind = "folder" if "folder" in settings else "sftp"
    destination.host_keys = settings.pop("host_keys", [])
    server = {"host": "127.0.0.1", "directory": "./"}
    destination.settings = settings if "folder" in settings else server | settings
    destination.save()
    return planned(destination, of_slot(task, due(task), Domain.current()))


def everything_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def deliver(automated: Automated, destination: Any, uploads: list[Upload]) -> None:
    put_files(
        destination,
        uploads,
        automated.settings,
        attempt_id=secrets.token_hex(12),
        delivered=(),
        report=lambda _name, _bytes: None,
        finished=lambda _name: None,
    )


def test_labels_become_names_of_plain_files(
    automated: Automated, saved: Callable[..., Task | None], tmp_path: Path
) -> None:
    tasks = [task for label in NAUGHTY if (task := saved(label=label))]
    assert len(tasks) > 300
    names = {}
    for task in tasks:
        names[name_of(task)] = task
        if PLAIN.fullmatch(task.label) and task.label == task.label.strip(" ."):
            assert name_of(task) == f"{task.label}_roles.csv"
    with running_sshd(key_pairs()[0].public) as server:
        folder, directory = server.folder()
        told = {"port": server.port, "user": server.user, "directory": directory, "host_keys": server.host_keys}
        deliver(automated, there(tasks[0], **told), [upload(tmp_path, name) for name in names])
        assert everything_in(folder) == names.keys()
        assert all((folder / name).read_bytes() == name.encode() for name in names)
        assert everything_in(server.root) == {folder.name, *(f"{folder.name}/{name}" for name in names)}


def test_labels_as_directories_stay_below_the_one_that_is_there(
    automated: Automated, saved: Callable[..., Task | None], tmp_path: Path
) -> None:
    tasks = [task for label in NAUGHTY if (task := saved(label=label))]
    for task in tasks:
        deliver(automated, there(task, folder=f"{automated.folder}/{{{{label}}}}"), [upload(tmp_path, "file")])
    with running_sshd(key_pairs()[0].public) as server:
        folder, directory = server.folder()
        told = {"port": server.port, "user": server.user, "host_keys": server.host_keys}
        for task in tasks[::10]:
            below = there(task, directory=f"{directory}/{{{{label}}}}", **told)
            deliver(automated, below, [upload(tmp_path, "file")])
        assert everything_in(server.root) == {folder.name, *(f"{folder.name}/{name}" for name in everything_in(folder))}
        made = everything_in(folder)
    assert made <= everything_in(automated.folder)
    assert {name.count("/") for name in everything_in(automated.folder)} == {0, 1}
    assert {Path(name).name for name in everything_in(automated.folder) if "/" in name} == {"file"}


def test_patterns_are_refused_or_taken_as_they_stand(automated: Automated, saved: Callable[..., Task | None]) -> None:
    tasks = [task for text in NAUGHTY if (task := saved(file_name_pattern=text))]
    assert len(tasks) > 200
    changed = {
        stands
        for task in tasks
        if name_of(task).removesuffix(".csv") != (stands := task.file_name_pattern.strip(" .")).removesuffix(".csv")
    }
    assert changed == {"CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "LPT1", "LPT2", "LPT3"}


def test_directories_are_refused_or_taken_as_they_stand(
    automated: Automated, saved: Callable[..., Task | None]
) -> None:
    tasks = [task for text in NAUGHTY if (task := saved(**{"sftp-0-directory": text}))]
    assert len(tasks) > 300
    for task in tasks:
        [kept] = Destination.objects.filter(task=task)
        now = planned(kept, of_slot(task, due(task), Domain.current()))
        assert now.directory == kept.settings["directory"]
        assert now.made == 0
