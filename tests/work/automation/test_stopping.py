"""What ends or waits: a task that somebody switches off or deletes, the extension removed for a while, lost rights."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.outbox import notices, run_mails, slot_files
from tests.web.conftest import signed_in
from tests.work.automation.conftest import Automated

from navette.control.actor import Actor
from navette.control.models import Delivery, Destination, Event, Extension, Payload, Run, Task, TaskSlot, User
from navette.core.errors import RequestError
from navette.services import slots, tasks
from navette.work.worker import Worker

pytestmark = pytest.mark.django_db

NOW = "2026-03-10T03:00:00+00:00"


def backfilled(automated: Automated, task: Task) -> list[TaskSlot]:
    return slots.backfill(Actor(automated.owner), task, date(2026, 3, 1), date(2026, 3, 3))


def export(automated: Automated, runs: int = 1) -> None:
    """Do that many runs, and what follows of them, but deliver nothing."""
    worker = Worker(automated.settings)
    for _ in range(runs):
        assert worker.step("bulk")
    automated.tick(automated.now.isoformat())


def states(rows: Any) -> set[str]:
    return {row.state for row in rows.all()}


@pytest.mark.parametrize("stop", ["off", "delete"])
def test_who_stops_a_task_cancels_what_waits_and_each_slot_ends_without_a_mail(automated: Automated, stop: str) -> None:
    task = automated.task(["agents", "roles"])
    backfilled(automated, task)
    automated.tick(NOW)
    export(automated)  # one of the first slot's two files is there
    if stop == "off":
        assert tasks.switch(Actor(automated.owner), task, on=False)
    else:
        tasks.remove(Actor(automated.owner), task)
    automated.work()
    assert (states(Run.objects), states(TaskSlot.objects), automated.files) == ({"cancelled"}, {"cancelled"}, [])
    assert not notices().exists()


def test_a_paused_task_delivers_no_finished_files_until_they_are_resent(automated: Automated, supervisor: User) -> None:
    task = automated.task()
    task.destinations.create(kind="email", settings={"recipient": supervisor.email})
    automated.tick(NOW)
    export(automated)
    assert tasks.switch(Actor(automated.owner), task, on=False)
    automated.work()
    assert (automated.files, states(slot_files()), states(run_mails())) == ([], {"cancelled"}, {"cancelled"})
    assert TaskSlot.objects.get().state == "cancelled"
    assert not Event.objects.filter(name="automatic_exports_task.failed").exists()
    slots.send_again(Actor(automated.owner), slot_files().get())
    automated.work()
    assert automated.files == ["Nightly_2026_03_10_agents.csv"]


def test_work_in_progress_is_asked_to_stop(automated: Automated) -> None:
    task = automated.task()
    automated.tick(NOW)
    until = timezone.now() + timedelta(seconds=60)
    Run.objects.update(state="writing", owner="other", lease_until=until)
    tasks.switch(Actor(automated.owner), task, on=False)
    assert Run.objects.get().cancel_requested


def test_a_backfill_of_a_task_that_is_off_is_ended_the_same_way(automated: Automated) -> None:
    task = automated.task()
    tasks.switch(Actor(automated.owner), task, on=False)
    assert not tasks.switch(Actor(automated.owner), task, on=False)
    backfilled(automated, task)
    assert tasks.switch(Actor(automated.owner), task, on=False)
    automated.work()
    assert (states(TaskSlot.objects), automated.files) == ({"cancelled"}, [])


def test_without_the_extension_everything_waits_and_goes_out_once_it_is_there_again(
    automated: Automated, supervisor: User
) -> None:
    task = automated.task()
    task.destinations.create(kind="email", settings={"recipient": supervisor.email})
    automated.tick(NOW)
    export(automated)
    backfilled(automated, task)
    signed_in(automated.owner).post(reverse("remove_extension", args=["automatic_exports"]))
    automated.work()
    assert (automated.files, states(slot_files()), states(run_mails())) == ([], {"queued"}, {"queued"})
    assert Run.objects.filter(state="queued").count() == 3
    slot_files().update(created_at=timezone.now() - Delivery.PATIENCE[Payload.SLOT])
    signed_in(automated.owner).post(reverse("add_extension"), {"name": "automatic_exports"})
    assert slot_files().get().created_at > timezone.now() - timedelta(minutes=1)  # it has all its tries again
    automated.work()
    assert (len(automated.files), states(TaskSlot.objects), states(run_mails())) == (4, {"done"}, {"done"})


@pytest.mark.parametrize("kind", ["folder", "email"])
@pytest.mark.parametrize("lost", ["manage_automatic_exports", "read_export"])
def test_files_whose_owner_lost_a_right_since_they_were_made_do_not_go_out(
    automated: Automated, supervisor: User, kind: str, lost: str
) -> None:
    task = automated.task()
    if kind == "email":
        Task.objects.update(due_at="2099-01-01T03:00+00:00")
        tasks.save(Actor(automated.owner), task, [Destination(kind="email", settings={"recipient": supervisor.email})])
        Task.objects.update(due_at=NOW)
    automated.tick(NOW)
    export(automated)
    automated.owner.role.permissions.remove(lost)
    automated.owner.role.save()
    automated.work()
    assert (automated.files, states(TaskSlot.objects)) == ([], {"failed"})
    assert states(run_mails() if kind == "email" else slot_files()) == {"failed"}


@pytest.mark.parametrize("how", ["save", "switch", "run_now", "backfill"])
def test_what_was_deleted_meanwhile_stays_deleted(automated: Automated, how: str) -> None:
    stale = automated.task()
    tasks.remove(Actor(automated.owner), Task.objects.get())
    asked: dict[str, Callable[[], object]] = {
        "save": lambda: tasks.save(Actor(automated.owner), stale, list(stale.destinations.all())),
        "switch": lambda: tasks.switch(Actor(automated.owner), stale, on=False),
        "run_now": lambda: slots.run_now(Actor(automated.owner), stale),
        "backfill": lambda: backfilled(automated, stale),
    }
    with pytest.raises(RequestError, match="deleted"):
        asked[how]()
    assert Task.objects.get().deleted_at is not None
    assert not TaskSlot.objects.exists()


def test_nothing_of_a_deleted_task_is_replayed_or_sent_again(automated: Automated) -> None:
    task = automated.task()
    automated.tick(NOW)
    export(automated)
    tasks.remove(Actor(automated.owner), task)
    automated.work()
    with pytest.raises(RequestError, match="deleted"):
        slots.replay(Actor(automated.owner), TaskSlot.objects.get())
    with pytest.raises(RequestError, match="deleted"):
        slots.send_again(Actor(automated.owner), slot_files().get())


def test_a_deleted_task_is_not_duplicated(automated: Automated) -> None:
    task = automated.task()
    tasks.remove(Actor(automated.owner), task)
    for stored in (task, Task.objects.get()):
        with pytest.raises(RequestError, match="deleted"):
            tasks.duplicate(Actor(automated.owner), stored)
    assert Task.objects.count() == 1


def test_a_stale_save_switches_no_task_on_that_somebody_switched_off(automated: Automated) -> None:
    stale = automated.task()
    tasks.switch(Actor(User.objects.get(pk=automated.owner.pk)), Task.objects.get(), on=False)
    tasks.save(Actor(automated.owner), stale, list(stale.destinations.all()))
    assert (Task.objects.get().is_on, Task.objects.get().due_at) == (False, None)


def test_all_that_was_due_is_made_before_a_task_is_changed_however_much_it_is(automated: Automated) -> None:
    task = automated.task(due=(timezone.now() - timedelta(days=600)).isoformat())
    tasks.save(Actor(automated.owner), task, list(task.destinations.all()))
    assert TaskSlot.objects.count() in (600, 601)
    assert Task.objects.filter(due_at__gt=timezone.now()).count() == 1


def test_no_task_is_due_for_what_passed_in_the_moment_that_the_extension_is_added(automated: Automated) -> None:
    automated.task()
    Extension.objects.all().delete()
    signed_in(automated.owner).post(reverse("add_extension"), {"name": "automatic_exports"})
    automated.tick(timezone.now().isoformat())
    assert not TaskSlot.objects.exists()
