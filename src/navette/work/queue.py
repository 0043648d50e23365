"""The queue: rows of the control database with a lease and a fence (``control.models.Work``).

A claim is one conditional update, so that two workers never get the same row; a worker extends the leases of what it
has as long as it lives. Every write names the worker and the attempt: when a lease ran out and another worker took the
work over, the first one's writes change nothing and raise LeaseLostError.

Workers' clocks must agree to within a few seconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from navette.control.models import Work
from navette.control.models.work import CANCELLED, QUEUED
from navette.core.messages import message

W = TypeVar("W", bound=Work)

log = structlog.get_logger()

DEATHS = 3
"""Work fails for good once this many workers have died during it."""


class LeaseLostError(Exception):
    """Another worker has taken over the work: nothing was written, and this worker must leave it alone."""


@dataclass
class Queue(Generic[W]):
    """The queue of one kind of work, as one worker sees it. ``owner`` identifies the worker, uniquely."""

    model: type[W]
    owner: str
    lease: timedelta
    ended: Callable[[W], None] = lambda _: None
    """Called, in the same transaction, with work that was finished, was cancelled or failed for good."""
    in_turn: Any = "due_at"
    """An expression or a field's name by which work is ordered; then what has been due longest."""

    def claim(self, lanes: Iterable[str], but: Callable[[], Q | None] = lambda: None) -> W | None:
        """Claim the next piece of work that is due in one of the lanes; None if there is none.

        ``but`` selects, within the claim's transaction, the work to leave alone.
        """
        lanes = list(lanes)
        if not self._due_work(lanes, timezone.now()).exists():  # an idle worker locks nothing
            return None
        with transaction.atomic():
            left_alone, now = but(), timezone.now()
            for work in self._candidates(lanes, left_alone, now):
                dead = work.state != QUEUED
                if dead and work.deaths + 1 >= DEATHS:
                    self._give_up(work, now)
                    continue
                changes = {
                    "state": self.model.LEASED[0],
                    "owner": self.owner,
                    "attempt": work.attempt + 1,
                    "deaths": work.deaths + dead,
                    "lease_until": now + self.lease,
                    "started_at": work.started_at or now,
                }
                if self._same(work).update(**changes):
                    return self._with(work, changes)
        return None

    def _due_work(self, lanes: Sequence[str], now: datetime) -> QuerySet[W]:
        due = Q(state=QUEUED, due_at__lte=now) | Q(state__in=self.model.LEASED, lease_until__lt=now)
        return self.model._default_manager.filter(due, lane__in=lanes)

    def _candidates(self, lanes: Sequence[str], but: Q | None, now: datetime) -> QuerySet[W]:
        candidates = self._due_work(lanes, now).order_by(self.in_turn, "due_at", "id")
        candidates = candidates.exclude(but) if but is not None else candidates
        if connection.features.has_select_for_update_skip_locked:
            candidates = candidates.select_for_update(skip_locked=True, of=("self",))
        return candidates[:20]

    def _same(self, work: W) -> QuerySet[W]:
        """The row, if it is unchanged since it was read."""
        return self.model._default_manager.filter(pk=work.pk, state=work.state, attempt=work.attempt)

    def _give_up(self, work: W, now: datetime) -> None:
        error = message(
            "Navette gave up after {deaths} workers had stopped during it: try again, or ask the person"
            " who runs this installation to check the server log.",
            deaths=DEATHS,
        )
        changes = {
            "state": work.failed_state,
            "finished_at": now,
            "error": work.failure(error),
            "owner": "",
            "deaths": work.deaths + 1,
        }
        if self._same(work).update(**changes):
            log.error("work.given_up", kind=type(work).__name__, id=work.pk)
            self.ended(self._with(work, changes))

    def _with(self, work: W, changes: dict[str, Any]) -> W:
        for name, value in changes.items():
            setattr(work, name, value)
        return work

    def write(self, work: W, **changes: Any) -> None:
        """Update the row of this worker's work. Raises LeaseLostError if another worker has taken it over.

        Raises ValueError for a state that claimed work never changes to.
        """
        former = self.model.leased_before(changes["state"]) if "state" in changes else self.model.LEASED
        mine = self.model._default_manager.filter(pk=work.pk, owner=self.owner, attempt=work.attempt, state__in=former)
        if not mine.update(**changes):
            raise LeaseLostError(f"{work} is another worker's.")
        self._with(work, changes)

    def extend(self, work: W, **changes: Any) -> bool:
        """Extend the lease, and store these changes. Returns whether the work must be cancelled."""
        self.write(work, lease_until=timezone.now() + self.lease, **changes)
        return self.model._default_manager.filter(pk=work.pk, cancel_requested=True).exists()

    def hand_back(self, work: W) -> None:
        """Put it back into the queue, for another worker to start at once."""
        self._release(work, due_at=timezone.now())

    def put_off(self, work: W, until: datetime, **changes: Any) -> None:
        """Put it back into the queue, for another attempt at that time or later."""
        self._release(work, due_at=until, **changes)

    def _release(self, work: W, **changes: Any) -> None:
        """Put it back into the queue, or cancel it if somebody has requested that."""
        with transaction.atomic():
            self.write(work, state=QUEUED, owner="", lease_until=None, **changes)
            released = self.model._default_manager.filter(pk=work.pk, cancel_requested=True)
            if released.update(state=CANCELLED, finished_at=timezone.now()):
                work.state = CANCELLED
                self.ended(work)

    def finish(self, work: W, state: str, **changes: Any) -> None:
        """End it in that state."""
        now = timezone.now()
        with transaction.atomic():
            self.write(work, state=state, owner="", lease_until=None, finished_at=now, **changes)
            self.ended(work)


def ask_to_cancel(work: Work) -> bool:
    """Cancel waiting work at once, and ask the worker to stop work in progress. False if the work has ended."""
    return bool(ask_to_cancel_all(type(work)._default_manager.filter(pk=work.pk)))


@transaction.atomic
def ask_to_cancel_all(rows: QuerySet[Any]) -> int:
    """Cancel waiting rows at once, and ask the workers to stop those in progress. Returns how many there are."""
    count = rows.filter(state__in=(QUEUED, *rows.model.LEASED)).update(cancel_requested=True)  # nobody claims them now
    rows.filter(state=QUEUED).update(state=CANCELLED, finished_at=timezone.now())
    return count
