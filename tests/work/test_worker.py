"""One worker, step by step: what comes first, what limits hold, what errors become."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog
from django.db import OperationalError
from django.utils import timezone
from tests.work.conftest import Installation

from navette.control.models import Delivery, Run, User
from navette.control.models.deliveries import HANDED_OVER
from navette.core.errors import TryLaterError
from navette.core.logs import without_links, without_words
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.store import Store
from navette.work.chores import CHORES, STORE_CHORES, ChoreKind
from navette.work.lease import CancelledError, Lease, StoppedError
from navette.work.queue import DEATHS
from navette.work.worker import Worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(installation: Installation) -> Worker:
    return Worker(installation.settings)


def at_work(run: Run) -> None:
    """As if another worker had it."""
    until = timezone.now() + timedelta(seconds=60)
    Run.objects.filter(pk=run.pk).update(state="writing", owner="other", lease_until=until)


def limited(worker: Worker, **limits: Any) -> Worker:
    return Worker(worker.settings.model_copy(update=limits))


def test_a_step_does_one_run_and_the_next_its_delivery(
    installation: Installation, worker: Worker, administrator: User
) -> None:
    run = installation.ask(administrator, "agents")
    later = installation.ask(administrator, "agents")
    assert worker.step("quick") is True
    assert Run.objects.get(pk=run.pk).state == "delivering"
    assert worker.step("mail") is True
    assert Run.objects.get(pk=later.pk).state == "queued"
    assert Delivery.objects.get().checkpoint == {"tried": 1}


def test_an_idle_step_returns_false(worker: Worker, db: None) -> None:
    assert worker.step("quick") is False
    assert worker.step("bulk") is False
    assert worker.step("mail") is False


def test_one_person_has_no_more_runs_at_work_than_the_limit(
    installation: Installation, worker: Worker, administrator: User, supervisor: User
) -> None:
    at_work(installation.ask(administrator, "agents"))
    waiting = installation.ask(administrator, "agents")
    other = installation.ask(supervisor, "agents")
    one_each = limited(worker, runs_per_user=1)
    assert one_each.step("quick") is True
    assert Run.objects.get(pk=other.pk).state == "delivering"
    assert one_each.step("quick") is False
    assert Run.objects.get(pk=waiting.pk).state == "queued"


def test_the_domain_has_no_more_runs_at_work_than_the_limit(
    installation: Installation, worker: Worker, administrator: User, supervisor: User
) -> None:
    at_work(installation.ask(administrator, "agents"))
    installation.ask(supervisor, "agents")
    assert limited(worker, runs_per_domain=1).step("quick") is False
    assert limited(worker, runs_per_domain=2).step("quick") is True


def test_a_run_that_cannot_be_done_is_failed_with_its_sentence(
    installation: Installation, worker: Worker, administrator: User
) -> None:
    run = installation.ask(administrator, "agents")
    Run.objects.filter(pk=run.pk).update(request={**run.request, "fields": ["no_such_column"]})
    worker.step("quick")
    run.refresh_from_db()
    assert (run.state, run.finished_at is not None) == ("failed", True)
    assert "unknown field of agents 'no_such_column'" in str(run.error)
    assert run.log[-1]["what"] == "failed"
    assert not list(installation.settings.files.rglob("*.csv"))


def failing(worker: Worker, error: Exception) -> Worker:
    """A worker of which every run ends in that error."""

    def do(_lease: Any) -> None:
        raise error

    return Worker(worker.settings, export=do)


def test_what_may_succeed_later_is_tried_again_and_then_given_up(
    installation: Installation, worker: Worker, administrator: User
) -> None:
    run = installation.ask(administrator, "agents")
    broken = failing(worker, TryLaterError("the disk is full."))
    waits = []
    for _ in range(Run.RETRIES):
        broken.step("quick")
        run.refresh_from_db()
        waits.append(round((run.due_at - timezone.now()).total_seconds()))
        assert (run.state, str(run.error)) == ("queued", "the disk is full.")
        assert broken.step("quick") is False
        Run.objects.update(due_at=timezone.now())
    broken.step("quick")
    run.refresh_from_db()
    assert (run.state, str(run.error)) == ("failed", "the disk is full.")
    assert waits == [pytest.approx(seconds, rel=0.2, abs=1) for seconds in (15, 30, 60, 120, 240)]


def test_an_error_nobody_expected_fails_the_run_and_its_words_stay_out_of_the_log(
    installation: Installation, worker: Worker, administrator: User
) -> None:
    run = installation.ask(administrator, "agents")
    broken = failing(worker, ZeroDivisionError("somebody@example.org"))
    with structlog.testing.capture_logs(processors=[without_words]) as logs:
        broken.step("quick")
    run.refresh_from_db()
    assert run.state == "failed"
    assert "ZeroDivisionError" in str(run.error)
    told = next(line for line in logs if line["event"] == "work.failed")
    assert told["error"] == "ZeroDivisionError"
    assert "somebody@example.org" not in repr(logs) + str(run.error)


def test_a_large_run_has_a_lane_of_its_own(installation: Installation, worker: Worker, administrator: User) -> None:
    installation = replace(installation, settings=installation.settings.model_copy(update={"bulk_rows": 100}))
    large, small = installation.ask(administrator, "messages"), installation.ask(administrator, "agents")
    assert (large.lane, small.lane) == ("bulk", "quick")
    worker.step("quick")
    large.refresh_from_db()
    small.refresh_from_db()
    assert (large.state, small.state) == ("queued", "delivering")


@pytest.mark.parametrize("error", [OperationalError("locked"), ZeroDivisionError("a mistake of ours")])
def test_a_mail_that_was_handed_over_before_an_error_is_never_sent_again(
    installation: Installation,
    worker: Worker,
    administrator: User,
    error: Exception,
) -> None:
    run = installation.export(installation.ask(administrator, "agents"))

    def hand_over_and_fail(lease: Lease[Delivery]) -> None:
        lease.write(checkpoint={HANDED_OVER: "2026-01-01T00:00:00+00:00"})
        raise error

    broken = Worker(worker.settings, deliver=hand_over_and_fail)
    broken.step("mail")
    delivery = Delivery.objects.get()
    assert delivery.state == "unknown"
    assert "may have accepted the e-mail: ask the recipient before you resend it" in str(delivery.error)
    run.refresh_from_db()
    assert run.state == "done"
    assert worker.step("mail") is False


@pytest.mark.parametrize("stop", [CancelledError(), StoppedError()])
def test_a_mail_that_was_handed_over_is_neither_cancelled_nor_handed_back(
    installation: Installation, worker: Worker, administrator: User, stop: Exception
) -> None:
    installation.export(installation.ask(administrator, "agents"))

    def hand_over_and_be_stopped(lease: Lease[Delivery]) -> None:
        lease.write(checkpoint={HANDED_OVER: "2026-01-01T00:00:00+00:00"})
        lease.stop(stop)
        raise OperationalError("locked")

    broken = Worker(worker.settings, deliver=hand_over_and_be_stopped)
    Delivery.objects.update(cancel_requested=isinstance(stop, CancelledError))
    broken.step("mail")
    assert Delivery.objects.get().state == "unknown"


def test_whoever_reads_of_a_mail_that_workers_died_of_is_told_to_ask_its_recipient(
    installation: Installation, administrator: User
) -> None:
    installation.export(installation.ask(administrator, "agents"))
    lease = installation.claim(Delivery, "first")
    lease.write(checkpoint={HANDED_OVER: "2026-01-01T00:00:00+00:00"})
    Delivery.objects.update(lease_until=timezone.now(), deaths=DEATHS - 1)
    assert not installation.has_work(Delivery)
    delivery = Delivery.objects.get()
    assert delivery.state == "unknown"
    assert "ask the recipient before you resend it" in str(delivery.error)


def test_a_database_that_is_away_for_a_moment_fails_no_run(
    installation: Installation, worker: Worker, administrator: User
) -> None:
    run = installation.ask(administrator, "agents")
    broken = failing(worker, OperationalError("database is locked"))
    broken.step("quick")
    run.refresh_from_db()
    assert (run.state, run.log[-1]["what"]) == ("queued", "put_off")


def test_interrupting_what_was_just_closed_is_no_error(installation: Installation) -> None:
    engine = DuckDBEngine(Store(installation.settings.store).snapshot(), installation.settings)
    with engine.folder() as folder:
        connection = engine.connect({"agents"}, 1, folder)
        connection.close()
        engine.interrupt()
        engine.disconnect(connection)


def test_logs_hold_no_key_of_a_link_that_chooses_a_password() -> None:
    event = {"event": "Internal Server Error: /account/password/reset/1-c0ffee-1234/"}
    assert without_links(None, "error", event) == {"event": "Internal Server Error: /account/password/reset/…/"}


def test_chores_of_the_store_which_can_take_minutes_delay_no_others(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, done = threading.Barrier(3, timeout=20), list[str]()

    def do(_settings: Settings, chores: Mapping[str, ChoreKind]) -> None:
        done.extend(chores)
        together.wait()

    monkeypatch.setattr("navette.work.worker.do_chores", do)
    monkeypatch.setattr("navette.work.worker._with_database", lambda action: action())  # other threads see no rows
    monkeypatch.setattr("navette.work.worker.Scheduler.step", lambda _scheduler: None)
    idle = limited(worker, quick_workers=0, bulk_workers=0, delivery_workers=0, upload_workers=0)
    idle.start()
    together.wait()
    idle.end()
    assert sorted(done) == sorted([*CHORES, *STORE_CHORES])
