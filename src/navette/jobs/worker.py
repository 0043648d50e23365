"""The worker: threads that take work from the queue, and one that keeps their leases."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import OperationalError, close_old_connections
from django.db.models import Count, Q
from django.utils import timezone

from navette.control.models import Delivery, Domain, Run, Work
from navette.control.models.work import CANCELLED, FAILED, Lane
from navette.core.errors import NavetteError, TryLaterError
from navette.core.settings import Settings
from navette.jobs.chores import do_chores
from navette.jobs.deliver import Deliver, settle
from navette.jobs.hold import CancelledError, Hold, StoppedError
from navette.jobs.log import noted
from navette.jobs.queue import LeaseLostError, Queue
from navette.jobs.run_export import RunExport

IDLE = 0.5
"""Seconds between two looks at an empty queue."""

BEAT = 0.5
"""Seconds between two heartbeats: a wish to cancel is seen within one."""

CHORES_EVERY = 30

PATIENCE = 15
"""Seconds that work may go on once the worker is to end; then it is handed back."""

RETRIES = 5
"""How often work is tried that something outside made fail, first after 15 seconds, then twice as long each time."""

log = structlog.get_logger()


@dataclass
class Worker:
    """Everything that one worker process does until ``stop``."""

    settings: Settings
    owner: str = field(default_factory=lambda: f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}")
    _stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        lease = timedelta(seconds=self.settings.lease_seconds)
        self._runs = Queue(Run, self.owner, lease, _tell_given_up)
        self._deliveries = Queue(Delivery, self.owner, lease, _tell_given_up)
        self._held: dict[int, Hold[Any]] = {}
        self._threads = [
            threading.Thread(target=self._work, args=(lane,), name=f"{lane}-{number}")
            for lane, count in ((Lane.QUICK, self.settings.quick_workers), (Lane.BULK, self.settings.bulk_workers))
            for number in range(count)
        ]

    def run(self) -> None:
        """Work until ``stop`` was called, then end or hand back what is in hand."""
        log.info("worker.started", owner=self.owner)
        helpers = [threading.Thread(target=self._beat), threading.Thread(target=self._chores)]
        for thread in (*self._threads, *helpers):
            thread.start()
        self._stopping.wait()
        self._end_work()
        for thread in (*self._threads, *helpers):
            thread.join()
        log.info("worker.stopped", owner=self.owner)

    def stop(self) -> None:
        """Take no more work; safe in a signal's handler."""
        self._stopping.set()

    def _end_work(self) -> None:
        deadline = time.monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for hold in list(self._held.values()):
            hold.end(StoppedError())

    def _work(self, lane: str) -> None:
        while not self._stopping.is_set():
            if not _with_database(lambda: self.step(lane)):
                self._stopping.wait(IDLE)

    def step(self, lane: str) -> bool:
        """Do one piece of work in this thread; false where there is none.

        Deliveries come first: they are small, and somebody waits.
        """
        if lane == Lane.QUICK and (delivery := self._deliveries.claim([lane])):
            self._do(Hold(delivery, self._deliveries), Deliver(self.settings))
            return True
        run = self._runs.claim([lane], self._over_limits)
        if run is None:
            return False
        self._do(Hold(run, self._runs), RunExport(self.settings))
        return True

    def _over_limits(self) -> Q | None:
        """The runs that may not begin now: of users, or of the domain, with as many as may be worked on at a time."""
        Domain.objects.select_for_update().filter(pk=1).first()  # two workers never count at the same time
        busy = Run.objects.filter(state__in=Run.LEASED, lease_until__gte=timezone.now())
        counts = dict(busy.values_list("requested_by").annotate(Count("pk")).order_by())
        if sum(counts.values()) >= self.settings.runs_per_domain:
            return Q(pk__isnull=False)
        full = [user for user, count in counts.items() if count >= self.settings.runs_per_user]
        return Q(requested_by__in=full) if full else None

    def _do(self, hold: Hold[Any], action: Callable[[Hold[Any]], None]) -> None:
        self._held[id(hold)] = hold
        told = log.bind(kind=type(hold.work).__name__, id=hold.work.pk, attempt=hold.work.attempt)
        told.info("work.begun")
        try:
            _finished(hold, action)
            told.info("work.ended", state=hold.work.state)
        except LeaseLostError:
            told.warning("work.lost")
        except Exception as error:  # noqa: BLE001  # one piece of work must not end the worker
            told.exception("work.failed")
            _fail(hold, f"an error of Navette's own ({type(error).__name__}): please report it.")
        finally:
            del self._held[id(hold)]

    def _beat(self) -> None:
        while any(thread.is_alive() for thread in self._threads):
            for hold in list(self._held.values()):
                _with_database(hold.beat)
            time.sleep(BEAT)

    def _chores(self) -> None:
        while True:
            _with_database(lambda: do_chores(self.settings))
            if self._stopping.wait(CHORES_EVERY):
                return


def _tell_given_up(work: Work) -> None:
    log.error("work.given_up", kind=type(work).__name__, id=work.pk)
    if isinstance(work, Delivery):
        settle(work.run_id)


def _finished(hold: Hold[Any], action: Callable[[Hold[Any]], None]) -> None:
    """Do it, and put what came of it on record. Raises what nobody expects, and LeaseLostError."""
    try:
        _as_asked(hold, action)
    except CancelledError:
        _end(hold, CANCELLED)
    except StoppedError:
        with hold.still():
            hold.queue.hand_back(hold.work)
    except TryLaterError as error:
        _later(hold, error)
    except NavetteError as error:
        _fail(hold, str(error))
    except OSError as error:
        _fail(hold, f"{error.strerror or type(error).__name__}: free the disk or mend its folder, and run it again.")


def _as_asked(hold: Hold[Any], action: Callable[[Hold[Any]], None]) -> None:
    """What a query raises that was interrupted stands for the reason why it was."""
    try:
        action(hold)
    except Exception:
        hold.go_on()
        raise


def _later(hold: Hold[Any], error: TryLaterError) -> None:
    tried = hold.work.checkpoint.get("tried", 0) + 1
    if tried > RETRIES:
        _fail(hold, str(error))
        return
    until = timezone.now() + timedelta(seconds=15 * 2 ** (tried - 1))
    with hold.still():
        hold.queue.put_off(hold.work, until, checkpoint={"tried": tried}, error=str(error))


def _fail(hold: Hold[Any], sentence: str) -> None:
    _end(hold, FAILED, error=sentence)


def _end(hold: Hold[Any], state: str, **changes: Any) -> None:
    work: Work = hold.work
    if isinstance(work, Run):
        changes["log"] = noted(work, state)
    with suppress(LeaseLostError), hold.still():
        hold.queue.finish(work, state, **changes)
    if isinstance(work, Delivery):
        settle(work.run_id)


def _with_database(action: Callable[[], Any]) -> Any:
    """Do it with a connection that works; where the database is away for a moment, it is done the next time."""
    try:
        close_old_connections()
        return action()
    except OperationalError as error:
        log.warning("database.away", error=type(error).__name__)
        time.sleep(1)
        return None
