"""The worker: threads that take work from the queue, and one that keeps their leases."""

import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections
from django.db.models import Q
from django.utils import timezone

from navette.automation.scheduler import Scheduler
from navette.control.models import Delivery, Run, Work
from navette.control.models.deliveries import HANDED_OVER
from navette.control.models.work import CANCELLED, Lane
from navette.core.errors import NavetteError, TryLaterError, unexpected
from navette.core.messages import Message, message
from navette.core.settings import Settings
from navette.core.system_errors import system_reason
from navette.work.chores import CHORES, STORE_CHORES, ChoreKind, do_chores
from navette.work.concurrency import deliveries_in_turn, in_turn, waiting_files, waiting_mails, waiting_runs
from navette.work.deliver import Deliver
from navette.work.lease import CancelledError, Lease, StoppedError
from navette.work.presence import report_alive
from navette.work.queue import LeaseLostError, Queue
from navette.work.run_export import RunExport
from navette.work.run_mails import settle_run

IDLE = 0.5
"""Seconds between two polls of an empty queue."""

BEAT = 0.5
"""Seconds between two heartbeats. A cancellation is noticed within one."""

CHORES_EVERY = 30

SCHEDULE_EVERY = 1
"""Seconds between two steps of the scheduler."""

PATIENCE, LAST_PATIENCE = 15, 10
"""Seconds that work may continue once the worker is shutting down, and that handing it back may then take."""

FIRST_WAIT, LONGEST_WAIT = 15, 3600
"""Seconds before the first retry of work that failed for an outside reason; about doubled every time."""

log = structlog.get_logger()


Action = Callable[[Lease[Any]], None]


@dataclass(frozen=True)
class _Lane:
    """What the threads of one lane do: claim work from the queue, except what must wait, and act on it."""

    threads: int
    queue: Queue[Any]
    action: Action
    waiting: Callable[[], Q | None]


@dataclass
class Worker:
    """Everything that one worker process does between ``start`` and ``end``.

    ``export`` and ``deliver`` take the place of RunExport and Deliver.
    """

    settings: Settings
    export: Action | None = None
    deliver: Action | None = None
    owner: str = field(default_factory=lambda: f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}")
    _stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        settings, lease = self.settings, timedelta(seconds=self.settings.lease_seconds)
        run, deliver = self.export or RunExport(settings), self.deliver or Deliver(settings)
        runs = Queue(Run, self.owner, lease, in_turn=in_turn())
        deliveries = Queue(Delivery, self.owner, lease, settle_run, deliveries_in_turn())
        self._lanes: dict[str, _Lane] = {
            Lane.QUICK: _Lane(settings.quick_workers, runs, run, lambda: waiting_runs(Lane.QUICK, settings)),
            Lane.BULK: _Lane(settings.bulk_workers, runs, run, lambda: waiting_runs(Lane.BULK, settings)),
            Lane.MAIL: _Lane(settings.delivery_workers, deliveries, deliver, waiting_mails),
            Lane.FILES: _Lane(settings.upload_workers, deliveries, deliver, waiting_files),
        }
        self._leases: dict[int, Lease[Any]] = {}
        # They do not keep the process alive: what does not end when it should is taken over by another worker.
        self._threads = [
            threading.Thread(target=self._work, args=(name,), name=f"{name}-{number}", daemon=True)
            for name, lane in self._lanes.items()
            for number in range(lane.threads)
        ]
        self._helpers = [
            threading.Thread(target=self._beat, daemon=True),
            threading.Thread(target=self._schedule, daemon=True),
            *(threading.Thread(target=self._chores, args=(chores,), daemon=True) for chores in (CHORES, STORE_CHORES)),
        ]

    def start(self) -> None:
        """Work from now until ``end`` is called, in threads of its own."""
        log.info("worker.started", owner=self.owner)
        for thread in (*self._threads, *self._helpers):
            thread.start()

    def end(self) -> None:
        """Claim no more work, and finish what is in progress or hand it back, within PATIENCE and LAST_PATIENCE."""
        self._stopping.set()
        _join(self._threads, PATIENCE)
        for lease in list(self._leases.values()):
            lease.stop(StoppedError())
        _join([*self._threads, *self._helpers], LAST_PATIENCE)
        log.info("worker.stopped", owner=self.owner)

    def _work(self, lane: str) -> None:
        while not self._stopping.is_set():
            if not _with_database(lambda: self.step(lane)):
                self._stopping.wait(IDLE)

    def step(self, lane: str) -> bool:
        """Do one piece of work of the lane in this thread. False if there is none."""
        lane_work = self._lanes[lane]
        work = lane_work.queue.claim([lane], lane_work.waiting)
        return work is not None and self._do(Lease(work, lane_work.queue), lane_work.action)

    def _do(self, lease: Lease[Any], action: Action) -> bool:
        self._leases[id(lease)] = lease
        bound = log.bind(kind=type(lease.work).__name__, id=lease.work.pk, attempt=lease.work.attempt)
        bound.info("work.begun")
        try:
            _finished(lease, action)
            bound.info("work.ended", state=lease.work.state)
        except LeaseLostError:
            bound.warning("work.lost")
        except Exception as error:  # noqa: BLE001  # one piece of work must not end the worker
            bound.exception("work.failed")
            _fail(lease, unexpected(error))
        finally:
            del self._leases[id(lease)]
        return True

    def _beat(self) -> None:
        while any(thread.is_alive() for thread in self._threads):
            _with_database(report_alive)
            for lease in list(self._leases.values()):
                try:
                    _with_database(lease.beat)
                except Exception:  # the other leases are kept all the same
                    log.exception("beat.failed", id=lease.work.pk)
            time.sleep(BEAT)

    def _chores(self, chores: Mapping[str, ChoreKind]) -> None:
        while True:
            _with_database(lambda: do_chores(self.settings, chores))
            if self._stopping.wait(CHORES_EVERY):
                return

    def _schedule(self) -> None:
        scheduler = Scheduler()
        while True:
            try:
                _with_database(scheduler.step)
            except Exception:  # a task that cannot be read keeps no other from its slot the next time
                log.exception("scheduler.failed")
            if self._stopping.wait(SCHEDULE_EVERY):
                return


def _finished(lease: Lease[Any], action: Action) -> None:
    """Do the work, and record its outcome. Raises LeaseLostError and unexpected errors."""
    try:
        _as_asked(lease, action)
    except CancelledError:
        _end(lease, CANCELLED)
    except StoppedError:
        with lease.without_beats():
            lease.queue.hand_back(lease.work)
    except TryLaterError as error:
        _later(lease, error.message)
    except (OperationalError, InterfaceError):
        _later(lease, message("the control database did not answer in time."))
    except NavetteError as error:
        _fail(lease, error.message)
    except OSError as error:
        reason = system_reason(error)
        _fail(lease, message("{reason}: free disk space or repair its folder, and run it again.", reason=reason))


def _as_asked(lease: Lease[Any], action: Action) -> None:
    """Raise, for a query that was interrupted, the reason for the interruption.

    Except for a mail that was handed over: nobody can cancel it any more, and it must not go out again.
    """
    try:
        action(lease)
    except Exception:
        if HANDED_OVER not in lease.work.checkpoint:
            lease.raise_if_stopped()
        raise


def _later(lease: Lease[Any], why: Message) -> None:
    work, tried = lease.work, lease.work.checkpoint.get("tried", 0) + 1
    too_late = work.patience is not None and timezone.now() > work.created_at + work.patience
    if tried > work.RETRIES or too_late or HANDED_OVER in work.checkpoint:
        _fail(lease, why)
        return
    wait = min(FIRST_WAIT * 2 ** (tried - 1), LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311  # no secret
    until = timezone.now() + timedelta(seconds=wait)
    checkpoint = {**work.checkpoint, "tried": tried}
    changes: dict[str, Any] = {"checkpoint": checkpoint, "error": why}
    if isinstance(lease.work, Run):
        changes["log"] = lease.work.log_with("put_off", until=until.isoformat(timespec="seconds"))
    with lease.without_beats():
        lease.queue.put_off(lease.work, until, **changes)


def _fail(lease: Lease[Any], why: Message) -> None:
    _end(lease, lease.work.failed_state, error=lease.work.failure(why))


def _end(lease: Lease[Any], state: str, **changes: Any) -> None:
    work: Work = lease.work
    if isinstance(work, Run):
        changes["log"] = work.log_with(state)
    with suppress(LeaseLostError):
        lease.finish(state, **changes)


def _join(threads: Iterable[threading.Thread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _with_database(action: Callable[[], Any]) -> Any:
    """Act with a working connection. If the database is briefly unavailable, the next call tries again."""
    try:
        close_old_connections()
        return action()
    except OperationalError as error:
        log.warning("database.away", error=type(error).__name__)
        time.sleep(1)
        return None
