"""Who comes first: people before tasks, what is due before what is run once more; and how much goes on at a time."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.outbox import notices
from tests.work.automation.conftest import Automated

from navette.control.actor import Actor
from navette.control.models import Delivery, Payload, Run, TaskSlot, User
from navette.control.outbox import mail_notice
from navette.control.requests import new_request
from navette.core.errors import RequestError, TryLaterError
from navette.core.settings import Settings
from navette.services import runs, slots
from navette.work.deliver import HANDLERS
from navette.work.worker import Worker

pytestmark = pytest.mark.django_db

NOW = "2026-03-10T03:00:00+00:00"


def by_hand(automated: Automated) -> Run:
    """A large run that the owner of the tasks asked for."""
    run = runs.request_run(Actor(automated.owner), new_request(automated.owner, "agents"), automated.settings)
    Run.objects.filter(pk=run.pk).update(lane="bulk")
    return run


def begun(automated: Automated, **limits: Any) -> Run | None:
    """What a worker begins next in the lane of large runs: now another worker's, which does not end it."""
    worker = Worker(automated.settings.model_copy(update=limits))
    worker.step("bulk")
    run = Run.objects.exclude(state__in=["queued", "writing"]).first()
    if run is not None:
        until = timezone.now() + timedelta(seconds=60)
        Run.objects.filter(pk=run.pk).update(state="writing", owner="other", lease_until=until)
    return run


def slot_of(run: Run | None) -> TaskSlot:
    """The slot of a run, both of which there must be."""
    assert run is not None
    assert run.slot is not None
    return run.slot


def test_people_come_before_slots_and_slots_that_are_due_before_those_run_once_more(automated: Automated) -> None:
    task = automated.task()
    slots.backfill(Actor(automated.owner), task, date(2026, 3, 1), date(2026, 3, 1))
    automated.tick(NOW)
    mine = by_hand(automated)
    first, second, third = (begun(automated) for _ in range(3))
    assert first == mine
    assert [slot_of(second).origin, slot_of(third).origin] == ["schedule", "backfill"]


def test_files_and_mails_go_out_in_the_same_order(automated: Automated, supervisor: User) -> None:
    task = automated.task()
    task.destinations.create(kind="email", settings={"recipient": supervisor.email})
    [old] = slots.backfill(Actor(automated.owner), task, date(2026, 3, 1), date(2026, 3, 1))
    automated.tick(NOW)
    worker = Worker(automated.settings)
    while worker.step("bulk"):
        automated.tick(NOW)
    mine = runs.request_run(Actor(automated.owner), new_request(automated.owner, "agents"), automated.settings)
    worker.step("quick")
    sent: list[str | None] = []
    while worker.step("mail"):
        sent += [mail.run_id for mail in Delivery.objects.filter(state="done").exclude(run__in=sent)]
    assert (sent[0], sent[-1]) == (mine.pk, old.runs.get().pk)
    worker.step("files")
    assert automated.files == ["Nightly_2026_03_10_agents.csv"]


def test_a_task_keeps_its_owner_from_nothing_and_neither_does_its_owner_it(automated: Automated) -> None:
    automated.task(["agents", "roles", "messages"])
    automated.tick(NOW)
    slot_of(begun(automated, runs_per_user=1))
    mine = by_hand(automated)
    assert begun(automated, runs_per_user=1) == mine
    by_hand(automated)
    assert begun(automated, runs_per_user=1) is None  # each has one
    assert begun(automated, runs_per_user=2, runs_per_domain=2) is None


def test_one_task_leaves_workers_to_the_others_of_its_owner(automated: Automated) -> None:
    one, other = automated.task(["agents", "roles"]), automated.task(["agents", "roles"])
    automated.tick(NOW)
    tasks = {slot_of(begun(automated, runs_per_user=1)).task for _ in range(2)}
    assert tasks == {one, other}
    assert begun(automated, runs_per_user=1) is None


def test_slots_in_progress_limit_those_added_by_hand(automated: Automated) -> None:
    task = automated.task()
    task.slots.bulk_create(
        TaskSlot(task=task, at=timezone.now(), day=date(2026, 3, 1), origin="backfill") for _ in range(399)
    )
    with pytest.raises(RequestError, match="and 399 are"):
        slots.backfill(Actor(automated.owner), task, date(2026, 3, 1), date(2026, 3, 2))
    slots.run_now(Actor(automated.owner), task)
    with pytest.raises(RequestError, match="and 400 are"):
        slots.run_now(Actor(automated.owner), task)
    ended = task.slots.first()
    assert ended is not None
    TaskSlot.objects.filter(pk=ended.pk).update(state="done", finished_at=timezone.now())
    slots.run_now(Actor(automated.owner), task)
    ended.refresh_from_db()
    Run.objects.create(export="agents", request={"export": "agents"}, requested_by=automated.owner, slot=ended)
    with pytest.raises(RequestError, match="and 400 are"):
        slots.replay(Actor(automated.owner), ended)


def test_a_mail_that_the_server_does_not_take_is_tried_for_hours(
    automated: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_lease: Any, _settings: Settings) -> None:
        raise TryLaterError("the mail server is away.")

    monkeypatch.setitem(HANDLERS, Payload.NOTICE, away)
    notice = mail_notice(automated.owner, "It failed", "It failed.")
    worker, waited = Worker(automated.settings), timedelta()
    while worker.step("mail"):
        notice.refresh_from_db()
        waited += max(notice.due_at - timezone.now(), timedelta())
        notices().update(due_at=timezone.now())
    assert notice.state == "failed"
    assert waited > timedelta(hours=4)
