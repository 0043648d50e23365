"""The queue: who gets what, what a lease that ran out means, and what a stale worker can still do (nothing)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import close_old_connections, connections
from django.db.models import Q
from django.utils import timezone

from navette.control.models import Delivery, Run, User
from navette.work.queue import DEATHS, LeaseLostError, Queue, ask_to_cancel

LEASE = timedelta(seconds=60)

pytestmark = pytest.mark.django_db(transaction=True)


def queue(owner: str = "a", lease: timedelta = LEASE, **options: Any) -> Queue[Run]:
    return Queue(Run, owner, lease, **options)


def queued(user: User, **values: Any) -> Run:
    return Run.objects.create(export="agents", request={}, requested_by=user, **values)


def claim(queue: Queue[Run], *left_out: Callable[[], Q]) -> Run:
    """The next of the quick runs, which there must be."""
    run = queue.claim(["quick"], *left_out)
    assert run is not None
    return run


def expire(run: Run) -> None:
    """As if the worker had been silent for longer than its lease."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_a_claim_gives_the_oldest_and_marks_whose_it_is(administrator: User) -> None:
    first, second = queued(administrator), queued(administrator)
    Run.objects.filter(pk=second.pk).update(due_at=first.due_at - timedelta(seconds=1))
    claimed = claim(queue("a"))
    assert claimed.pk == second.pk
    found = Run.objects.get(pk=second.pk)
    assert (found.state, found.owner, found.attempt, found.deaths) == ("running", "a", 1, 0)
    assert found.lease_until is not None
    assert timezone.now() < found.lease_until <= timezone.now() + LEASE
    assert found.started_at is not None


def test_what_one_worker_has_no_other_gets(administrator: User) -> None:
    queued(administrator)
    assert queue("a").claim(["quick"]) is not None
    assert queue("b").claim(["quick"]) is None


def test_lanes_are_apart(administrator: User) -> None:
    queued(administrator, lane="bulk")
    assert queue().claim(["quick"]) is None
    assert queue().claim(["bulk"]) is not None


def test_what_is_not_due_yet_waits(administrator: User) -> None:
    queued(administrator, due_at=timezone.now() + timedelta(minutes=1))
    assert queue().claim(["quick"]) is None


def test_many_threads_share_the_work_and_none_does_any_twice(administrator: User) -> None:
    wanted = {queued(administrator).pk for _ in range(60)}

    def work(number: int) -> list[str]:
        mine, found = queue(str(number)), []
        try:
            while (run := mine.claim(["quick"])) is not None:
                found.append(run.pk)
                mine.finish(run, "failed")
        finally:
            connections.close_all()
        return found

    with ThreadPoolExecutor(8) as pool:
        done = [pk for found in pool.map(work, range(8)) for pk in found]
    close_old_connections()
    assert sorted(done) == sorted(wanted)
    assert set(Run.objects.values_list("state", "attempt")) == {("failed", 1)}


def test_an_expired_lease_goes_to_the_next_worker_and_the_first_can_write_nothing(administrator: User) -> None:
    queued(administrator)
    stale = queue("a")
    lost = claim(stale)
    stale.write(lost, rows_done=5)
    expire(lost)
    taken = claim(queue("b"))
    assert (taken.pk, taken.owner, taken.attempt, taken.deaths) == (lost.pk, "b", 2, 1)
    for write in (
        lambda: stale.write(lost, rows_done=9),
        lambda: stale.extend(lost),
        lambda: stale.finish(lost, "failed"),
        lambda: stale.hand_back(lost),
    ):
        with pytest.raises(LeaseLostError):
            write()
    found = Run.objects.get(pk=lost.pk)
    assert (found.state, found.owner, found.rows_done) == ("running", "b", 5)


def test_a_worker_that_takes_its_own_work_over_again_is_fenced_by_the_attempt(administrator: User) -> None:
    queued(administrator)
    mine = queue("a")
    before = claim(mine)
    expire(before)
    after = claim(mine)
    mine.write(after, rows_done=1)
    with pytest.raises(LeaseLostError):
        mine.write(before, rows_done=2)
    assert Run.objects.get().rows_done == 1


def test_a_frozen_worker_whose_lease_ran_out_goes_on_where_nobody_took_over(administrator: User) -> None:
    queued(administrator)
    mine = queue()
    run = claim(mine)
    expire(run)
    assert mine.extend(run, rows_done=3) is False
    assert queue("b").claim(["quick"]) is None
    assert Run.objects.get().rows_done == 3


def test_work_that_kills_its_workers_fails(administrator: User) -> None:
    queued(administrator)
    told: list[Run] = []
    for _ in range(DEATHS):
        expire(claim(queue()))
    assert queue(ended=told.append).claim(["quick"]) is None
    found = Run.objects.get()
    assert (found.state, found.deaths, found.owner) == ("failed", DEATHS, "")
    assert "workers had stopped" in str(found.error)
    assert [run.pk for run in told] == [found.pk]


def test_what_was_handed_back_is_no_death(administrator: User) -> None:
    queued(administrator)
    for number in range(1, DEATHS + 2):
        run = claim(queue())
        assert (run.attempt, run.deaths) == (number, 0)
        queue().hand_back(run)


def test_what_was_put_off_comes_back_with_its_checkpoint(administrator: User) -> None:
    queued(administrator)
    mine = queue()
    run = claim(mine)
    mine.put_off(run, timezone.now() + timedelta(hours=1), checkpoint={"tried": 1})
    assert mine.claim(["quick"]) is None
    Run.objects.update(due_at=timezone.now())
    assert claim(mine).checkpoint == {"tried": 1}


def test_a_claim_leaves_excluded_work_alone(administrator: User, auditor: User) -> None:
    queued(administrator)
    other = queued(auditor)
    assert claim(queue(), lambda: Q(requested_by__in=[administrator.pk])).pk == other.pk


def test_cancelling_what_waits_is_immediate(administrator: User) -> None:
    run = queued(administrator)
    assert ask_to_cancel(run) is True
    assert Run.objects.get().state == "cancelled"
    assert queue().claim(["quick"]) is None
    assert ask_to_cancel(run) is False


def test_cancelling_what_goes_on_is_seen_at_the_next_beat(administrator: User) -> None:
    queued(administrator)
    mine = queue()
    run = claim(mine)
    assert mine.extend(run) is False
    assert ask_to_cancel(run) is True
    assert mine.extend(run) is True


@pytest.mark.parametrize("release", ["hand_back", "put_off"])
def test_what_is_released_after_a_wish_to_cancel_is_cancelled(administrator: User, release: str) -> None:
    queued(administrator)
    mine = queue()
    run = claim(mine)
    ask_to_cancel(run)
    until = [timezone.now() + timedelta(hours=1)] if release == "put_off" else []
    getattr(mine, release)(run, *until)
    assert Run.objects.get().state == "cancelled"


def test_a_worker_cannot_give_work_a_state_that_never_follows(administrator: User) -> None:
    queued(administrator)
    mine = queue()
    run = claim(mine)
    with pytest.raises(ValueError, match="never becomes done"):
        mine.finish(run, "done")
    with pytest.raises(LeaseLostError):
        mine.write(run, state="delivering")  # from "writing", but not from "running"
    assert Run.objects.get().state == "running"


@pytest.mark.parametrize("model", [Run, Delivery])
def test_every_state_of_work_says_what_may_follow(model: type[Any]) -> None:
    assert set(model.NEXT) == set(model.State)
    assert set().union(*model.NEXT.values()) == set(model.State)
    assert set(model.LEASED) | set(model.ENDED) <= set(model.State)
