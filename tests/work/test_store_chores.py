"""The worker looks after the store: it combines small files, and removes those that no run or replay needs."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.utils import timezone

from navette.control.models import Event, Run, User
from navette.core.errors import ConfigurationError
from navette.core.settings import Settings
from navette.store import Store
from navette.tables import TABLES
from navette.work.chores import compact_store, vacuum_store

pytestmark = pytest.mark.django_db

TEAMS = TABLES["teams"]


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """An installation whose teams were loaded nine times, a version each from 1 to 9, long ago."""
    settings = Settings(home=tmp_path / "own", threads=2, replay_days=30)
    store = Store(settings.store)
    for name in "abcdefghi":
        store.merge(TEAMS, pa.table({"id": ["0" * 24], "name": [name]}))
    at = time.time() - timedelta(days=40).total_seconds()
    for path in settings.store.rglob("*.*"):
        os.utime(path, (at, at))
    return settings


def run_of(user: User, version: int, *, days: int, state: str = "done") -> None:
    run = Run.objects.create(export="teams", request={}, requested_by=user, versions={"teams": version}, state=state)
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(days=days))


def versions(settings: Settings) -> list[int]:
    """The versions that can still be read."""
    store, readable = Store(settings.store), []
    for version in range(1, store.pinned(TEAMS).version + 1):
        try:
            store.snapshot({"teams": version})
        except ConfigurationError:
            continue
        readable.append(version)
    return readable


def test_what_recent_runs_read_and_what_waiting_ones_will_read_stays(own: Settings, administrator: User) -> None:
    run_of(administrator, 2, days=29)
    run_of(administrator, 4, days=31)
    run_of(administrator, 6, days=31, state="queued")
    vacuum_store(own)
    assert versions(own) == [2, 6, 9]
    assert Event.objects.get().details == {"keep_hours": 30 * 24, "files": 6}
    vacuum_store(own)
    assert Event.objects.count() == 1


def test_a_former_version_stays_as_long_as_slots_can_be_replayed(own: Settings) -> None:
    Store(own.store).merge(TEAMS, pa.table({"id": ["0" * 24], "name": ["today"]}))
    vacuum_store(own)
    assert versions(own) == [9, 10]


def test_small_files_are_combined(own: Settings) -> None:
    store = Store(own.store)
    for n in range(1, 12):
        store.merge(TEAMS, pa.table({"id": [f"{n:024x}"], "name": ["new"]}))
    compact_store(own)
    assert len(store.pinned(TEAMS).files) < 8
    assert store.pinned(TEAMS).rows == 12


def test_a_table_that_cannot_be_read_keeps_no_other_from_its_turn(own: Settings, administrator: User) -> None:
    for n in range(1, 12):
        Store(own.store).merge(TEAMS, pa.table({"id": [f"{n:024x}"], "name": ["new"]}))
    (own.store / "agents" / "_delta_log").mkdir(parents=True)
    (own.store / "agents" / "_delta_log" / f"{0:020}.json").write_text("damaged", encoding="utf-8")
    compact_store(own)
    assert len(Store(own.store).pinned(TEAMS).files) < 8
    vacuum_store(own)
    assert Event.objects.get().details["files"] > 0
