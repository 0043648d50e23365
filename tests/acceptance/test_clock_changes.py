"""The scheduler of a worker in a process of its own, across both changes of the clock and steps of the machine's."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.installation import Installation, eventually
from tests.fake_clock import FakeClock, needs_fake_clock

from navette.core.settings import Settings

pytestmark = needs_fake_clock

MAKE = """
import json, sys
from datetime import time
from navette.control.actor import Actor
from navette.site.start import start_django
start_django()
from navette.control.models import Destination, Domain, Extension, Task, User
from navette.services import tasks
Domain.objects.update(timezone="Europe/Paris")
Extension.objects.create(name="automatic_exports")
[folder] = json.loads(sys.argv[1])
messages = [{"export": "messages", "period": "yesterday"}]
for task in (
    Task(label="Paris", exports=messages, at=time(2, 30), format="jsonl"),
    Task(label="UTC", exports=[{"export": "roles"}], frequency="cron", cron="*/30 * * * *", timezone="UTC",
         file_name_pattern="{{label}}_{{day}}_{{hour}}_{{minute}}_{{export_name}}", catch_up="none"),
):
    tasks.save(Actor(User.objects.get()), task, [Destination(kind="folder", settings={"folder": folder})])
"""

LOOK = """
import json
from navette.site.start import start_django
start_django()
from navette.control.models import TaskSlot
from navette.control.requests import SavedRequest
def window(slot):
    window = SavedRequest.from_json(slot.runs.get().request).window
    return [side and side.isoformat() for side in (window.start, window.end)]
slots = TaskSlot.objects.exclude(state="skipped").order_by("created_at").select_related("task")
print(json.dumps([[one.task.label, one.at.isoformat(), str(one.day), window(one)] for one in slots]))
"""


def utc(text: str) -> Any:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def clock(tmp_path: Path) -> FakeClock:
    return FakeClock(tmp_path / "clock")


@pytest.fixture
def installation(demo: Settings, tmp_path: Path, clock: FakeClock) -> Callable[[str, str], Installation]:
    """Set up by a function that is told what its clock shows then; the tasks were made some time before."""
    (tmp_path / "store").symlink_to(demo.store)
    (tmp_path / "incoming").mkdir()

    def made(before: str, now: str) -> Installation:
        clock.set(utc(before))
        variables = clock.variables | {"NAVETTE_FOLDERS": str(tmp_path / "incoming"), "NAVETTE_DATABASE": ""}
        installation = Installation(tmp_path, variables)
        installation.navette("init")
        installation.script(MAKE, [str(tmp_path / "incoming")])
        clock.set(utc(now))
        return installation

    return made


def arrived(installation: Installation, count: int) -> list[str]:
    """The names of what was delivered, once there are so many files."""

    def names() -> list[str]:
        return sorted(path.name for path in (installation.home / "incoming").glob("[!.]*"))

    eventually(lambda: len(names()) >= count)
    return names()


def slots_of(installation: Installation, label: str) -> list[dict[str, Any]]:
    names = ("task", "at", "day", "window")
    slots = [dict(zip(names, one, strict=True)) for one in json.loads(installation.script(LOOK, []))]
    return [one for one in slots if one["task"] == label]


def hours(slot: dict[str, Any]) -> float:
    start, end = (datetime.fromisoformat(side) for side in slot["window"])
    return (end - start).total_seconds() / 3600


def test_the_hour_that_comes_twice_is_run_once(
    installation: Callable[[str, str], Installation], clock: FakeClock
) -> None:
    installed = installation("2026-10-25T00:05", "2026-10-25T00:29:57")
    with installed.running("worker"):
        assert arrived(installed, 2) == ["Paris_2026_10_25_messages.jsonl", "UTC_25_00_30_roles.csv"]
        clock.set(utc("2026-10-25T01:29:57"))  # half past two once more
        assert arrived(installed, 3)[-1] == "UTC_25_01_30_roles.csv"
        clock.set(utc("2026-10-25T00:29:57"))  # the machine's clock steps back
        clock.set(utc("2026-10-26T01:29:57"))
        names = arrived(installed, 5)
    assert [name for name in names if name.startswith("Paris")] == [
        "Paris_2026_10_25_messages.jsonl",
        "Paris_2026_10_26_messages.jsonl",
    ]
    before, changed = slots_of(installed, "Paris")
    assert [before["at"], changed["at"]] == ["2026-10-25T00:30:00+00:00", "2026-10-26T01:30:00+00:00"]
    assert (hours(before), hours(changed)) == (24, 25)
    assert before["window"][1] == changed["window"][0]


def test_the_hour_that_does_not_come_is_run_at_the_next_minute_there_is(
    installation: Callable[[str, str], Installation], clock: FakeClock
) -> None:
    installed = installation("2026-03-29T00:35", "2026-03-29T00:59:57")
    with installed.running("worker"):
        arrived(installed, 2)
        clock.set(utc("2026-03-30T00:29:57"))
        arrived(installed, 4)
    before, changed = slots_of(installed, "Paris")
    assert [before["at"], changed["at"]] == ["2026-03-29T01:00:00+00:00", "2026-03-30T00:30:00+00:00"]
    assert [before["day"], changed["day"]] == ["2026-03-29", "2026-03-30"]
    assert (hours(before), hours(changed)) == (24, 23)
    assert before["window"][1] == changed["window"][0]
