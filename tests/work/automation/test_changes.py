"""Tasks that change while their slots are under way: nothing leaks, goes astray, is lost or overwritten."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.outbox import run_mails, slot_files, tried_once
from tests.work.automation.conftest import Automated, due

from navette.automation.scheduler import plan_and_follow_slots
from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.models import Delivery, Destination, Event, Run, Task, TaskSlot, User
from navette.control.requests import new_request
from navette.core.errors import RequestError
from navette.services import runs, slots, tasks

pytestmark = pytest.mark.django_db

NOW = "2026-03-10T03:00:00+00:00"


@pytest.fixture
def elsewhere(automated: Automated) -> Path:
    """Another folder, within the one where files may go."""
    folder = automated.folder / "elsewhere"
    folder.mkdir()
    return folder


def moved(user: User, task: Task, folder: Path) -> Task:
    """The task saved by somebody, with its files going to another folder."""
    not_due(task)
    destination = task.destinations.get()
    destination.settings = {"folder": str(folder)}
    return tasks.save(Actor(user), task, [destination])


def not_due(task: Task) -> None:
    """As if the slots between then and now had been run."""
    Task.objects.filter(pk=task.pk).update(due_at="2099-01-01T03:00+00:00")


def failed(automated: Automated) -> Delivery:
    """The one delivery, which failed because the folder was away for a while."""
    automated.folder.rename(automated.folder.with_name("away"))
    with tried_once():
        automated.work()
    automated.folder.with_name("away").rename(automated.folder)
    return slot_files().get()


def requested() -> Event:
    """The first request for a file that the journal has."""
    event = Event.objects.filter(name="export.requested").first()
    assert event is not None
    return event


def test_nobody_redirects_files_with_sensitive_columns_that_they_may_not_see(
    automated: Automated, supervisor: User, elsewhere: Path
) -> None:
    task = automated.task([{"export": "messages", "period": "beginning", "fields": ["id", "body"]}])
    automated.tick(NOW)
    delivery = failed(automated)
    task.exports = [{"export": "agents"}]
    moved(supervisor, task, elsewhere)
    with pytest.raises(ForbiddenError):
        slots.send_again(Actor(supervisor), delivery)
    automated.work()
    assert list(elsewhere.iterdir()) == []


def test_nobody_replays_a_slot_with_columns_that_they_may_not_see_or_that_its_owner_lost(
    automated: Automated, supervisor: User, elsewhere: Path
) -> None:
    task = automated.task([{"export": "messages", "period": "beginning", "fields": ["id", "body"]}])
    automated.tick(NOW)
    automated.work()
    task.exports = [{"export": "agents"}]
    moved(supervisor, task, elsewhere)
    slot = TaskSlot.objects.get()
    with pytest.raises(ForbiddenError):
        slots.replay(Actor(supervisor), slot)
    with pytest.raises(ForbiddenError):  # who owns the task now may not see them
        slots.replay(Actor(automated.owner), slot)
    moved(automated.owner, task, elsewhere)
    slots.replay(Actor(automated.owner), TaskSlot.objects.get())
    automated.work()
    assert len(list(elsewhere.iterdir())) == 1
    assert requested().details["recipients"] == [str(elsewhere)]


def test_sent_again_it_goes_to_where_the_destination_is_now_all_of_it(automated: Automated, elsewhere: Path) -> None:
    task = automated.task(["agents", "roles"])
    automated.tick(NOW)
    delivery = failed(automated)
    slot_files().update(checkpoint={"done": ["Nightly_2026_03_10_agents.csv"]})
    moved(automated.owner, task, elsewhere)
    delivery.refresh_from_db()
    again = slots.send_again(Actor(automated.owner), delivery)
    automated.work()
    assert len(list(elsewhere.iterdir())) == 2
    assert again.target == str(elsewhere)
    assert TaskSlot.objects.get().state == "done"


def test_deleted_files_are_reported_as_deleted(automated: Automated) -> None:
    automated.task()
    automated.tick(NOW)
    delivery = failed(automated)
    slots.send_again(Actor(automated.owner), delivery)
    Run.objects.update(path="", file_deleted_at=timezone.now())
    automated.work()
    delivery.refresh_from_db()
    assert (delivery.state, TaskSlot.objects.get().state) == ("failed", "failed")
    assert "retention" in str(delivery.error)
    with pytest.raises(RequestError, match="retention"):
        slots.send_again(Actor(automated.owner), delivery)


def test_a_task_that_is_zipped_from_now_on_delivers_its_earlier_slot_as_planned(automated: Automated) -> None:
    task = automated.task()
    automated.tick(NOW)
    not_due(task)
    task.zipped, task.file_name_pattern = True, "{{label}}"
    tasks.save(Actor(automated.owner), task, list(task.destinations.all()))
    automated.work()
    assert automated.files == ["Nightly_2026_03_10_agents.csv"]


def test_slots_that_are_due_are_run_before_a_task_is_changed_or_paused(automated: Automated) -> None:
    task = automated.task()
    tasks.save(Actor(automated.owner), task, list(task.destinations.all()))
    assert TaskSlot.objects.count() >= 1
    assert {slot.origin for slot in TaskSlot.objects.all()} == {"catch_up"}
    assert due(task) > timezone.now()
    Task.objects.filter(pk=task.pk).update(due_at="2026-03-10T03:00+00:00")
    task.refresh_from_db()
    tasks.switch(Actor(automated.owner), task, on=True)
    assert Task.objects.get().due_at == datetime(2026, 3, 10, 3, tzinfo=UTC)


def test_one_task_that_cannot_be_planned_keeps_no_other_from_its_slot(automated: Automated) -> None:
    bad, good = automated.task(), automated.task()
    Task.objects.filter(pk=bad.pk).update(exports=[{"export": "messages", "period": "someday"}])
    automated.tick(NOW)
    assert [slot.task_id for slot in TaskSlot.objects.all()] == [good.pk]
    bad.refresh_from_db()
    assert (bad.is_on, bad.paused) == (False, "plan")


def test_one_slot_that_cannot_be_followed_keeps_no_other_from_its_end(automated: Automated) -> None:
    automated.task()
    automated.task()
    automated.tick(NOW)
    broken, whole = TaskSlot.objects.order_by("id")
    TaskSlot.objects.filter(pk=broken.pk).update(destinations=[{"kind": "sftp"}])
    automated.work()
    assert TaskSlot.objects.get(pk=whole.pk).state == "done"


def test_an_earlier_slot_is_delivered_before_a_later_one(automated: Automated) -> None:
    task = automated.task(file_name_pattern="{{label}}")
    automated.tick("2026-03-11T03:00:00+00:00")
    earlier, later = task.slots.order_by("at")
    assert automated.settings.upload_workers >= 1
    Run.objects.filter(slot=earlier).update(due_at=timezone.now() + timedelta(hours=1))
    automated.work()
    assert automated.files == []  # the later one waits for it
    Run.objects.update(due_at=timezone.now())
    automated.work()
    assert {slot.state for slot in TaskSlot.objects.all()} == {"done"}
    names = [delivery.slot_id for delivery in slot_files().order_by("finished_at")]
    assert names == [earlier.pk, later.pk]


@pytest.fixture
def mailed(automated: Automated) -> Callable[..., Delivery]:
    """A task whose files go to the supervisor by mail, its slot planned; their account may have been closed before."""

    def plan(recipient: User, is_active: bool = True, **chosen: Any) -> Delivery:
        task = Task(label="Nightly", exports=[{"export": "messages", "period": "beginning", **chosen}])
        tasks.save(Actor(automated.owner), task, [Destination(kind="email", settings={"recipient": recipient.email})])
        Task.objects.filter(pk=task.pk).update(due_at=NOW)
        User.objects.filter(pk=recipient.pk).update(is_active=is_active)
        automated.tick(NOW)
        automated.work()
        return run_mails().get()

    return plan


def test_a_recipient_gets_what_they_may_see_in_their_own_name(
    mailed: Callable[..., Delivery], supervisor: User, automated: Automated
) -> None:
    delivery = mailed(supervisor, fields=["id"])
    assert delivery.state == "done"
    [mail] = automated.mails
    assert supervisor.name in mail
    assert TaskSlot.objects.get().state == "done"


def test_a_recipient_who_may_not_see_it_gets_nothing(
    mailed: Callable[..., Delivery], supervisor: User, automated: Automated
) -> None:
    delivery = mailed(supervisor, fields=["id", "body"])
    assert delivery.state == "failed"
    assert not any(f"To: {supervisor.email}" in mail for mail in automated.mails)
    assert TaskSlot.objects.get().state == "failed"


def test_a_mail_that_failed_is_sent_again_to_its_recipient_and_ends_the_slot(
    mailed: Callable[..., Delivery], supervisor: User, automated: Automated
) -> None:
    delivery = mailed(supervisor, is_active=False, fields=["id"])
    assert delivery.state == "failed"
    User.objects.filter(pk=supervisor.pk).update(is_active=True)
    again = runs.send_again(Actor(automated.owner), delivery)
    assert again.target == supervisor.email
    automated.work()
    again.refresh_from_db()
    assert (again.state, TaskSlot.objects.get().state) == ("done", "done")
    assert Run.objects.get().state == "done"


def test_what_people_ask_of_tasks_is_in_the_journal(automated: Automated) -> None:
    task = automated.task()
    created = Event.objects.get(name="automatic_exports_task.created").details
    assert created["recipients"] == [str(automated.folder)]
    slot = slots.run_now(Actor(automated.owner, "192.0.2.1"), task)
    asked = requested()
    assert (asked.who, asked.address, asked.details["what"]) == (automated.owner.email, "192.0.2.1", "by_hand")
    assert asked.details["recipients"] == [str(automated.folder)]
    with pytest.raises(RequestError, match="in progress"):
        slots.replay(Actor(automated.owner), slot)


def test_a_backlog_of_tasks_keeps_nobody_from_exporting_by_hand(automated: Automated) -> None:
    task = automated.task()
    for _ in range(51):
        slots.run_now(Actor(automated.owner), task)
    run = runs.request_run(Actor(automated.owner), new_request(automated.owner, "agents"), automated.settings)
    assert run.state == "queued"


def test_sending_again_and_again_is_one_failure(automated: Automated) -> None:
    automated.task()
    automated.tick(NOW)
    delivery = failed(automated)
    shutil.rmtree(automated.folder)
    with tried_once():
        for _ in range(3):
            slots.send_again(Actor(automated.owner), delivery)
            automated.work()
            delivery.refresh_from_db()
    assert Task.objects.get().failures == 1
    plan_and_follow_slots(datetime(2000, 1, 1, tzinfo=UTC))
