"""Slots of tasks: due once, caught up as the task says, their files delivered together."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.outbox import notices, tried_once
from tests.work.automation.conftest import Automated, due

from navette.automation.outcome import files_of
from navette.automation.rights import may_send
from navette.automation.scheduler import Scheduler, plan_and_follow_slots, restart_after_wrong_clock
from navette.automation.slot_planning import restart_schedules
from navette.automation.task_plan import schedule_of
from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.journal import in_english
from navette.control.models import Domain, Event, Extension, Role, Run, Task, TaskSlot, User
from navette.core.errors import RequestError
from navette.services import slots as slot_services
from navette.services import tasks
from navette.store import Store
from navette.tables import TABLES
from navette.work.queue import ask_to_cancel

pytestmark = pytest.mark.django_db


def slots(**wanted: Any) -> list[TaskSlot]:
    return list(TaskSlot.objects.filter(**wanted).order_by("at"))


def test_a_slot_that_is_due_is_run_and_its_files_arrive_whole(automated: Automated) -> None:
    task = automated.task(["agents", {"export": "messages", "period": "last_month", "fields": ["id", "body"]}])
    automated.tick("2026-03-10T03:00:01+00:00")
    automated.work()
    assert automated.files == ["Nightly_2026_03_10_agents.csv", "Nightly_2026_03_10_messages.csv"]
    [slot] = slots()
    assert (slot.state, slot.origin, slot.warnings) == ("done", "schedule", [])
    for run in slot.runs.all():
        assert run.state == "done"
        assert (automated.folder / run.file_name).read_bytes() == (automated.settings.files / run.path).read_bytes()
    messages = slot.runs.get(export="messages")
    assert (messages.request["start"], messages.request["end"]) == ("2026-02-01", "2026-02-28")
    assert messages.sensitive_columns == ["body"]
    assert Event.objects.get(name="automatic_exports_task.succeed").details["task"] == task.label


def test_before_it_is_due_and_once_it_was_nothing_more_happens(automated: Automated) -> None:
    task = automated.task()
    automated.tick("2026-03-10T02:59:59+00:00")
    assert not slots()
    for _ in range(3):
        automated.tick("2026-03-10T03:00:00+00:00")
    assert len(slots()) == 1
    assert due(task) > datetime(2026, 3, 10, 3, tzinfo=UTC)


def test_a_clock_that_steps_back_runs_no_slot_again(automated: Automated) -> None:
    task = automated.task()
    automated.tick("2026-03-10T03:00:00+00:00")
    Task.objects.filter(pk=task.pk).update(due_at=datetime(2026, 3, 10, 3, tzinfo=UTC))
    automated.tick("2026-03-10T03:00:00+00:00")
    assert len(slots()) == 1


def told(slot: TaskSlot) -> tuple[int, str, str]:
    return (slot.day.day, slot.origin, slot.state)


@pytest.mark.parametrize(("catch_up", "missed"), [("all", "running"), ("last", "skipped"), ("none", "skipped")])
def test_slots_missed_by_a_scheduler_that_was_away(automated: Automated, catch_up: str, missed: str) -> None:
    automated.task(catch_up=catch_up)
    automated.tick("2026-03-13T03:05:00+00:00")
    expected = [(day, "catch_up", missed) for day in (10, 11, 12)]
    assert [told(slot) for slot in slots()] == [*expected, (13, "schedule", "running")]


@pytest.mark.parametrize(("catch_up", "last"), [("last", "running"), ("none", "skipped")])
def test_where_none_is_on_time_the_last_missed_slot_is_caught_up_if_the_task_says_so(
    automated: Automated, catch_up: str, last: str
) -> None:
    automated.task(catch_up=catch_up)
    automated.tick("2026-03-13T12:00:00+00:00")
    states = ["skipped"] * 3 + [last]
    assert [slot.state for slot in slots()] == states
    assert Run.objects.count() == states.count("running")


def test_of_many_slots_that_are_not_caught_up_the_history_has_the_last_ones(automated: Automated) -> None:
    automated.task(frequency="cron", cron="* * * * *", catch_up="none")
    automated.tick("2026-03-10T12:00:00+00:00")
    assert [slot.at.hour for slot in slots(state="skipped")] == [10] * 50 + [11] * 50


def test_after_a_clock_that_was_ahead_slots_are_run_when_they_are_due(automated: Automated) -> None:
    """It ran them too early, over windows that had not ended."""
    task = automated.task(catch_up="all")
    automated.tick("2026-03-14T03:00:00+00:00")
    TaskSlot.objects.update(created_at="2026-03-14T03:00+00:00")
    TaskSlot.objects.filter(day="2026-03-10").update(created_at="2026-03-10T03:00+00:00")
    restart_after_wrong_clock(datetime(2026, 3, 10, 4, 30, tzinfo=UTC))  # the clock has been right again for an hour
    task.refresh_from_db()
    assert task.due_at == datetime(2026, 3, 11, 3, tzinfo=UTC)
    automated.tick("2026-03-14T03:00:01+00:00")
    found = [(slot.day.day, slot.origin) for slot in slots()]
    early = [(day, "too_early") for day in (11, 12, 13, 14)]
    right = [(10, "catch_up"), (11, "catch_up"), (12, "catch_up"), (13, "catch_up"), (14, "schedule")]
    assert sorted(found) == sorted(early + right)


def test_that_a_clock_was_ahead_is_believed_after_a_while_only(automated: Automated) -> None:
    """A clock that is behind, until it is set when the machine has started, looks the same."""
    ahead = schedule_of(automated.task(), Domain.current()).next(timezone.now() + timedelta(days=2)).at
    Task.objects.update(due_at=ahead)
    automated.tick(ahead.isoformat())
    TaskSlot.objects.update(created_at=ahead)
    own = Scheduler()
    own.step()
    own.step()
    assert [slot.origin for slot in slots()] == ["schedule"]
    own.certain_seconds = 0
    own.step()
    assert [slot.origin for slot in slots()] == ["too_early"]
    assert Task.objects.filter(due_at__lt=ahead).count() == 1


def test_a_task_that_cannot_be_read_keeps_no_other_from_being_due_again(automated: Automated) -> None:
    broken, other = automated.task(), automated.task()
    Task.objects.filter(pk=broken.pk).update(frequency="cron", cron="* * * * *", timezone="Europe/Atlantis")
    restart_schedules(datetime(2026, 5, 1, tzinfo=UTC))
    other.refresh_from_db()
    assert due(other) > datetime(2026, 5, 1, tzinfo=UTC)


def test_a_slot_of_which_one_run_was_cancelled_and_another_failed_has_failed(automated: Automated) -> None:
    task = automated.task(["agents", "roles"])
    automated.tick("2026-03-10T03:00:00+00:00")
    ask_to_cancel(Run.objects.get(export="agents"))
    Run.objects.filter(export="roles").update(request={"export": "roles", "format": "none"})
    automated.work()
    task.refresh_from_db()
    assert (slots()[0].state, task.failures) == ("failed", 1)


def test_each_missed_slot_has_the_window_that_it_would_have_had(automated: Automated) -> None:
    automated.task([{"export": "messages", "period": "yesterday"}])
    automated.tick("2026-03-12T12:00:00+00:00")
    windows = [slot.runs.get().request["start"] for slot in slots()]
    assert windows == ["2026-03-09", "2026-03-10", "2026-03-11"]


def test_without_the_extension_no_slot_is_due(automated: Automated) -> None:
    automated.task()
    Extension.objects.all().delete()
    automated.tick("2026-03-10T03:00:00+00:00")
    assert not slots()
    Extension.objects.create(name="automatic_exports")
    automated.tick("2026-03-10T03:00:00+00:00")
    assert len(slots()) == 1


def test_one_archive_of_all_exports(automated: Automated) -> None:
    automated.task(
        ["agents", "roles"], zipped=True, file_name_pattern="{{label}}-{{day}}", manifest=True, checksums=True
    )
    automated.tick("2026-03-10T03:00:00+00:00")
    automated.work()
    assert automated.files == ["Nightly-10.zip", "Nightly-10.zip.sha256", "manifest.json"]
    told = json.loads((automated.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [one["export"] for one in told["exports"]] == ["agents", "roles"]
    assert (automated.folder / "Nightly-10.zip.sha256").read_text() == f"{told['files'][0]['sha256']}  Nightly-10.zip\n"


def test_one_export_that_fails_keeps_no_other(automated: Automated) -> None:
    automated.task(["agents", "roles"])
    automated.tick("2026-03-10T03:00:00+00:00")
    Run.objects.filter(export="roles").update(request={"export": "roles", "format": "none"})
    automated.work()
    [slot] = slots()
    assert slot.state == "failed"
    assert automated.files == ["Nightly_2026_03_10_agents.csv"]
    [problem] = in_english(Event.objects.get(name="automatic_exports_task.failed").details)["problems"]
    assert "roles" in problem


@pytest.mark.parametrize(("empty", "arrived"), [("send", ["Nightly_2026_03_10_messages.csv"]), ("skip", [])])
def test_a_file_without_rows(automated: Automated, empty: str, arrived: list[str]) -> None:
    automated.task([{"export": "messages", "period": "yesterday"}], empty=empty)
    automated.tick("2026-03-10T03:00:00+00:00")
    automated.work()
    assert automated.files == arrived
    assert slots()[0].state == "done"


def test_too_few_rows_and_late_files_are_warned_of(automated: Automated) -> None:
    automated.task(minimum_rows=1_000_000, expected_by="05:00")
    automated.tick("2026-03-10T03:00:00+00:00")
    automated.work()
    assert [one["code"] for one in slots()[0].warnings] == ["few_rows", "late"]
    late, both = notices().order_by("created_at")
    assert "expected by" in late.text
    assert "1,000,000" in both.text


def test_however_many_slots_go_on_the_domain_is_read_once(automated: Automated) -> None:
    automated.task(expected_by="23:00")
    automated.tick("2026-03-13T03:00:00+00:00")
    TaskSlot.objects.update(at=F("at") + timedelta(days=3650), warnings=[])  # nothing is late
    assert TaskSlot.objects.filter(state="running").count() == 4
    with CaptureQueriesContext(connection) as queries:
        plan_and_follow_slots(automated.now)
    assert sum('FROM "control_domain"' in query["sql"] for query in queries) == 1


def test_who_may_have_the_files_is_found_out_with_their_runs(automated: Automated) -> None:
    automated.task(["agents", "roles"])
    automated.tick("2026-03-10T03:00:00+00:00")
    Run.objects.update(state="delivering", sha256="0" * 64)
    with CaptureQueriesContext(connection) as queries:
        assert [may_send(run) for run in files_of(slots()[0])] == [True, True]
    assert len(queries) == 2  # one for the slot


def test_of_several_slots_with_the_same_warning_the_owner_hears_once(automated: Automated) -> None:
    automated.task(expected_by="05:00")
    automated.tick("2026-03-13T03:00:00+00:00")
    automated.work()
    assert [len(slot.warnings) for slot in slots()] == [1] * 4
    assert notices().count() == 1


def test_a_slot_ends_though_its_task_has_other_clocks_since(automated: Automated) -> None:
    task = automated.task(frequency="cron", cron="30 23 * * *", timezone="Europe/Paris", expected_by="00:15")
    Task.objects.filter(pk=task.pk).update(due_at="2026-03-10T22:30+00:00")
    automated.tick("2026-03-10T22:30+00:00")
    Task.objects.filter(pk=task.pk).update(timezone="Asia/Tokyo")
    automated.work()
    assert slots()[0].state == "done"


def fail(automated: Automated, day: int) -> None:
    """One more slot, whose folder is not there."""
    automated.tick(f"2026-03-{day}T03:00:00+00:00")
    with tried_once():
        automated.work()


def test_the_owner_hears_once_of_a_row_of_failures_and_when_it_works_again(automated: Automated) -> None:
    task = automated.task(catch_up="all")
    automated.folder.rmdir()
    fail(automated, 10)
    fail(automated, 11)
    assert [notice.subject for notice in notices()] == ["Nightly failed"]
    automated.folder.mkdir()
    fail(automated, 12)
    assert [notice.subject for notice in notices()] == ["Nightly failed", "Nightly works again"]
    task.refresh_from_db()
    assert task.failures == 0


def test_who_switches_a_failing_task_off_and_on_still_hears_that_it_works_again(automated: Automated) -> None:
    task = automated.task(catch_up="all")
    automated.folder.rmdir()
    fail(automated, 10)
    for on in (False, True):
        task.refresh_from_db()
        tasks.switch(Actor(automated.owner), task, on)
    Task.objects.update(due_at="2026-03-11T03:00+00:00")
    automated.folder.mkdir()
    fail(automated, 11)
    assert [notice.subject for notice in notices()] == ["Nightly failed", "Nightly works again"]


def test_nobody_hears_of_a_task_that_was_deleted_meanwhile(automated: Automated) -> None:
    task = automated.task()
    automated.tick("2026-03-10T03:00:00+00:00")
    tasks.remove(Actor(automated.owner), task)
    automated.work()
    assert slots()[0].state == "cancelled"
    assert not notices().exists()


def test_after_ten_failures_in_a_row_the_task_is_paused(automated: Automated) -> None:
    task = automated.task(catch_up="all")
    automated.folder.rmdir()
    for day in range(10, 20):
        fail(automated, day)
    task.refresh_from_db()
    assert (task.is_on, task.paused, task.failures) == (False, "failures", 10)
    automated.tick("2026-03-25T03:00:00+00:00")
    assert len(slots()) == 10
    assert notices().filter(subject="An automated export was paused").exists()


def test_an_owner_who_lost_a_right_stops_the_task_before_it_leaks(automated: Automated, roles: dict[str, Role]) -> None:
    task = automated.task([{"export": "messages", "fields": ["id", "body"]}])
    automated.owner.role = roles["Supervisor"]
    automated.owner.save()
    automated.tick("2026-03-10T03:00:00+00:00")
    task.refresh_from_db()
    assert (task.is_on, task.paused) == (False, "owner")
    assert not Run.objects.exists()


def test_an_owner_who_loses_a_right_while_a_run_waits_gets_nothing(automated: Automated) -> None:
    automated.task()
    automated.tick("2026-03-10T03:00:00+00:00")
    Role.objects.filter(pk=automated.owner.role_id).update(permissions=["read_export"])
    automated.work()
    assert automated.files == []
    assert slots()[0].state == "failed"


def test_backfill_runs_every_slot_of_the_days_with_its_own_window(automated: Automated) -> None:
    task = automated.task([{"export": "messages", "period": "yesterday"}])
    made = slot_services.backfill(Actor(automated.owner), task, date(2026, 2, 27), date(2026, 3, 1))
    assert [slot.runs.get().request["start"] for slot in made] == ["2026-02-26", "2026-02-27", "2026-02-28"]
    assert {slot.origin for slot in made} == {"backfill"}
    with pytest.raises(RequestError, match="fewer"):
        slot_services.backfill(Actor(automated.owner), task, date(2020, 1, 1), date(2026, 3, 1))


def test_who_may_not_manage_tasks_does_nothing_to_them(automated: Automated, auditor: User) -> None:
    task = automated.task()
    for action in (
        lambda: tasks.save(Actor(auditor), task, []),
        lambda: tasks.switch(Actor(auditor), task, on=False),
        lambda: tasks.remove(Actor(auditor), task),
        lambda: slot_services.run_now(Actor(auditor), task),
        lambda: tasks.duplicate(Actor(auditor), task),
        lambda: slot_services.backfill(Actor(auditor), task, date(2026, 3, 1), date(2026, 3, 1)),
    ):
        with pytest.raises(ForbiddenError):
            action()
    assert Task.objects.get().deleted_at is None
    assert not slots()


def test_two_exports_with_one_name_are_refused(automated: Automated) -> None:
    with pytest.raises(RequestError, match="export_name"):
        automated.task(["agents", "roles"], file_name_pattern="{{label}}")
    with pytest.raises(RequestError, match="export_name"):  # the first of a month: both end with the day before
        automated.task(
            [{"export": "messages", "period": "yesterday"}, {"export": "threads", "period": "last_month"}],
            file_name_pattern="{{label}}_{{window_end}}",
        )
    with pytest.raises(RequestError, match="shorten the label"):
        automated.task(["agents"], file_name_pattern="{{run_id}}" * 7)
    with pytest.raises(RequestError, match="an archive"):
        automated.task(["agents"], zipped=True, file_name_pattern="{{export_name}}")
    assert not Task.objects.exists()


def test_a_replay_gives_the_same_bytes_though_the_data_changed_since(automated: Automated, tmp_path: Path) -> None:
    store = automated.settings.home / "store"
    copy = tmp_path / "store"
    shutil.copytree(store.resolve(), copy)
    store.unlink()
    copy.rename(store)
    automated.task(["roles"])
    automated.tick("2026-03-10T03:00:00+00:00")
    automated.work()
    [slot] = slots()
    [arrived] = automated.folder.iterdir()
    before = arrived.read_bytes()
    arrived.unlink()
    roles = TABLES["roles"]
    Store(store).merge(roles, pa.Table.from_pylist([{"id": "f" * 24, "label": "New"}], schema=roles.schema))
    again = slot_services.replay(Actor(automated.owner), slot)
    automated.work()
    again.refresh_from_db()
    assert (again.state, again.origin) == ("done", "replay")
    assert arrived.read_bytes() == before
    slot_services.run_now(Actor(automated.owner), slot.task)
    automated.work()
    [newer] = set(automated.folder.iterdir()) - {arrived}
    assert len(newer.read_bytes()) > len(before)
