"""What people may do with a task: every verb, by everybody who might; and a backfill that the disk does not hold."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.outbox import slot_files
from tests.work.automation.conftest import Automated

from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.models import Destination, Role, Run, Task, TaskSlot, User
from navette.core.errors import RequestError
from navette.services import runs, slots, tasks

pytestmark = pytest.mark.django_db

NOW = "2026-03-10T03:00:00+00:00"
DAYS = date(2026, 3, 1), date(2026, 3, 3)

SENSITIVE = {"export": "messages", "period": "beginning", "fields": ["id", "body"]}


@pytest.fixture
def task(automated: Automated) -> Task:
    """A task with a sensitive column, whose one slot failed at its destination."""
    made = automated.task([SENSITIVE])
    automated.tick(NOW)
    automated.work()
    slot_files().update(state="failed")
    Task.objects.filter(pk=made.pk).update(due_at="2099-01-01T03:00+00:00")
    made.refresh_from_db()
    return made


def save(user: User, task: Task) -> None:
    tasks.save(Actor(user), task, list(task.destinations.all()))


def save_anew(user: User, task: Task) -> None:
    copy = Task(label="Another", exports=task.exports)
    tasks.save(Actor(user), copy, [Destination(kind="folder", settings=task.destinations.get().settings)])


def duplicate(user: User, task: Task) -> None:
    tasks.duplicate(Actor(user), task)


def switch_on(user: User, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(is_on=False, due_at=None)
    tasks.switch(Actor(user), task, on=True)


def switch_off(user: User, task: Task) -> None:
    tasks.switch(Actor(user), task, on=False)


def remove(user: User, task: Task) -> None:
    tasks.remove(Actor(user), task)


def run_now(user: User, task: Task) -> None:
    slots.run_now(Actor(user), task)


def backfill(user: User, task: Task) -> None:
    slots.backfill(Actor(user), task, *DAYS)


def replay(user: User, task: Task) -> None:
    slots.replay(Actor(user), task.slots.get())


def send_again(user: User, task: Task) -> None:
    slots.send_again(Actor(user), slot_files().get())


def download(user: User, task: Task) -> None:
    runs.require_file(Actor(user), Run.objects.get())


GIVES_FILES = (run_now, backfill, replay)
"""The verbs that make files of the task for its destinations."""

AS_OWNER = (save, save_anew, duplicate, switch_on)
"""Those after which who says them owns the task, or a copy."""

HANDS_OUT = (send_again, download)
STOPS = (switch_off, remove)
VERBS = (*GIVES_FILES, *AS_OWNER, *HANDS_OUT, *STOPS)


@pytest.fixture
def people(automated: Automated, roles: dict[str, Role]) -> dict[str, User]:
    """Everybody who might want something of the administrator's task."""

    def person(name: str, role: Role, **values: Any) -> User:
        return User.objects.create_user(f"{name}@example.org", name=name.title(), role=role, **values)

    exporter = Role.objects.create(label="Exporter", permissions=["read_export", "view_sensitive_columns"])
    no_exports = Role.objects.create(
        label="No exports", permissions=["manage_automatic_exports", "view_sensitive_columns", "download_all_runs"]
    )
    return {
        "owner": automated.owner,
        "teammate": person("teammate", roles["Administrator"]),
        "without sensitive columns": person("careful", roles["Supervisor"]),
        "without exports": person("bystander", no_exports),
        "without tasks": person("exporter", exporter),
        "without anything": person("auditor", roles["Auditor"]),
        "deactivated": person("gone", roles["Administrator"], is_active=False),
    }


MAY = {
    "owner": VERBS,
    "teammate": VERBS,
    "without sensitive columns": STOPS,
    "without exports": (*STOPS, *HANDS_OUT),
    "without tasks": (),
    "without anything": (),
    "deactivated": (),
}


@pytest.mark.parametrize("who", MAY)
@pytest.mark.parametrize("verb", VERBS)
def test_actions_require_the_permissions_for_the_whole_task(
    verb: Callable[..., None], who: str, task: Task, people: dict[str, User]
) -> None:
    if verb in MAY[who]:
        verb(people[who], task)
    else:
        with pytest.raises(ForbiddenError):
            verb(people[who], task)


LOSES: dict[str, dict[str, Any]] = {
    "sensitive columns": {"role": "Supervisor"},
    "everything": {"role": "Auditor"},
    "the account": {"is_active": False},
}


@pytest.mark.parametrize("lost", LOSES)
@pytest.mark.parametrize("verb", GIVES_FILES)
def test_no_file_is_made_for_an_owner_without_the_permissions(
    verb: Callable[..., None],
    lost: str,
    task: Task,
    people: dict[str, User],
    roles: dict[str, Role],
) -> None:
    changes = {name: roles.get(value, value) if name == "role" else value for name, value in LOSES[lost].items()}
    User.objects.filter(pk=task.owner_id).update(**changes)
    with pytest.raises(ForbiddenError, match="the task's owner, Ada Administrator, does not have"):
        verb(people["teammate"], Task.objects.get(pk=task.pk))
    assert TaskSlot.objects.count() == 1


# A backfill and the disk.


def test_a_backfill_that_would_fill_the_disk_is_refused_with_the_arithmetic(task: Task, automated: Automated) -> None:
    Run.objects.update(bytes=10**15)
    with pytest.raises(RequestError) as refused:
        slots.backfill(Actor(automated.owner), task, *DAYS)
    said = str(refused.value).replace("\N{NO-BREAK SPACE}", " ")
    assert "3 slots of about 1,000 TB need 3,000 TB" in said
    assert "are free" in said
    assert TaskSlot.objects.count() == 1


def test_slots_that_are_under_way_need_their_room_too(task: Task, automated: Automated) -> None:
    slots.backfill(Actor(automated.owner), task, *DAYS)
    Run.objects.filter(slot__origin="schedule").update(bytes=10**15)
    with pytest.raises(RequestError, match="6 slots"):
        slots.backfill(Actor(automated.owner), task, *DAYS)


def test_the_largest_of_the_last_slots_counts_with_its_archive(task: Task, automated: Automated) -> None:
    TaskSlot.objects.update(file_name="all.zip")
    slot_files().update(bytes_done=10**15)
    Run.objects.update(bytes=10**15)
    with pytest.raises(RequestError, match=r"2,000.TB need 6,000"):
        slots.backfill(Actor(automated.owner), task, *DAYS)


def test_of_a_task_that_made_no_file_yet_the_size_is_estimated_from_the_store(
    automated: Automated, administrator: User
) -> None:
    new = automated.task([{"export": "messages", "period": "beginning"}], due="2099-01-01T03:00+00:00")
    slot = slots.slots_within(Actor(administrator), new, *DAYS)[-1]
    assert slots.size_of_slot(Actor(administrator), new, slot, automated.settings) > 100_000
    watched: list[Any] = []
    assert len(slots.backfill(Actor(administrator), new, *DAYS, watch=watched.append)) == 3
    assert len(watched) == 1  # whose queries end when the browser goes away
