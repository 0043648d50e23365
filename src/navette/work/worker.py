"""The worker: threads that take work from the queue, and one that keeps their leases."""

import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from django.db.models import Q
from django.utils import timezone

from navette.automation.scheduler import Scheduler
from navette.control.models import Delivery, Notice, PasswordRequest, Run, TaskDelivery, Work
from navette.control.models.work import CANCELLED, FAILED, UNKNOWN, Lane
from navette.control.run_log import noted
from navette.core.errors import NavetteError, TryLaterError
from navette.core.settings import Settings
from navette.work.chores import do_chores
from navette.work.concurrency import in_turn, mails_to_leave, runs_to_leave, uploads_to_leave
from navette.work.deliver_run import HANDED_OVER, Deliver, settle
from navette.work.deliver_slot import DeliverSlot
from navette.work.lease import CancelledError, Hold, StoppedError
from navette.work.password_links import SendPasswordLink
from navette.work.presence import still_here
from navette.work.queue import LeaseLostError, Queue
from navette.work.run_export import RunExport
from navette.work.send_notice import SendNotice

IDLE = 0.5
"""Seconds between two looks at an empty queue."""

BEAT = 0.5
"""Seconds between two heartbeats: a wish to cancel is seen within one."""

CHORES_EVERY = 30

SCHEDULE_EVERY = 1
"""Seconds between two looks at the tasks' slots."""

PATIENCE, LAST_PATIENCE = 15, 10
"""Seconds that work may go on once the worker is to end; and that handing it back may take then."""

DELIVERIES, UPLOADS = "deliveries", "uploads"
"""The shares of the work that are no lanes of runs: mails, and what tasks put elsewhere."""

FIRST_WAIT, LONGEST_WAIT = 15, 3600
"""Seconds before work is tried again that something outside made fail; each time twice as long, more or less."""

log = structlog.get_logger()


@dataclass
class Worker:
    """Everything that one worker process does between ``start`` and ``end``."""

    settings: Settings
    owner: str = field(default_factory=lambda: f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}")
    _stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        lease = timedelta(seconds=self.settings.lease_seconds)
        self._links = Queue(PasswordRequest, self.owner, lease, _tell_given_up)
        self._notices = Queue(Notice, self.owner, lease, _tell_given_up)
        self._runs = Queue(Run, self.owner, lease, _tell_given_up, in_turn("slot"))
        self._deliveries = Queue(Delivery, self.owner, lease, _tell_given_up, in_turn("run__slot"))
        self._uploads = Queue(TaskDelivery, self.owner, lease, _tell_given_up, in_turn("slot"))
        self._held: dict[int, Hold[Any]] = {}
        shares = {
            Lane.QUICK: self.settings.quick_workers,
            Lane.BULK: self.settings.bulk_workers,
            DELIVERIES: self.settings.delivery_workers,
            UPLOADS: self.settings.upload_workers,
        }
        # They do not keep the process alive: what does not end when it should is taken over by another worker.
        self._threads = [
            threading.Thread(target=self._work, args=(share,), name=f"{share}-{number}", daemon=True)
            for share, count in shares.items()
            for number in range(count)
        ]
        self._helpers = [
            threading.Thread(target=one, daemon=True) for one in (self._beat, self._chores, self._schedule)
        ]

    def start(self) -> None:
        """Work from now until ``end`` is called, in threads of its own."""
        log.info("worker.started", owner=self.owner)
        for thread in (*self._threads, *self._helpers):
            thread.start()

    def end(self) -> None:
        """Take no more work; end what is in hand, or hand it back, within PATIENCE and LAST_PATIENCE."""
        self._stopping.set()
        _join(self._threads, PATIENCE)
        for hold in list(self._held.values()):
            hold.end(StoppedError())
        _join([*self._threads, *self._helpers], LAST_PATIENCE)
        log.info("worker.stopped", owner=self.owner)

    def _work(self, share: str) -> None:
        while not self._stopping.is_set():
            if not _with_database(lambda: self.step(share)):
                self._stopping.wait(IDLE)

    def step(self, share: str) -> bool:
        """Do one piece of work of that share in this thread; false if there is none."""
        if share == DELIVERIES:
            return (
                self._take(Lane.values, self._links, SendPasswordLink())
                or self._take(Lane.values, self._notices, SendNotice(self.settings))
                or self._take(Lane.values, self._deliveries, Deliver(self.settings), mails_to_leave)
            )
        if share == UPLOADS:
            return self._take(Lane.values, self._uploads, DeliverSlot(self.settings), uploads_to_leave)
        return self._take([share], self._runs, RunExport(self.settings), lambda: runs_to_leave(share, self.settings))

    def _take(
        self,
        lanes: list[str],
        queue: Queue[Any],
        action: Callable[[Hold[Any]], None],
        but: Callable[[], Q | None] = lambda: None,
    ) -> bool:
        work = queue.claim(lanes, but)
        return work is not None and self._do(Hold(work, queue), action)

    def _do(self, hold: Hold[Any], action: Callable[[Hold[Any]], None]) -> bool:
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
        return True

    def _beat(self) -> None:
        while any(thread.is_alive() for thread in self._threads):
            _with_database(still_here)
            for hold in list(self._held.values()):
                try:
                    _with_database(hold.beat)
                except Exception:  # the other leases are kept all the same
                    log.exception("beat.failed", id=hold.work.pk)
            time.sleep(BEAT)

    def _chores(self) -> None:
        while True:
            _with_database(lambda: do_chores(self.settings))
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
        _later(hold, str(error))
    except (OperationalError, InterfaceError):
        _later(hold, "the control database did not answer in time.")
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


def _later(hold: Hold[Any], sentence: str) -> None:
    work, tried = hold.work, hold.work.checkpoint.get("tried", 0) + 1
    too_late = work.PATIENCE is not None and timezone.now() > work.created_at + work.PATIENCE
    if tried > work.RETRIES or too_late or HANDED_OVER in work.checkpoint:
        _fail(hold, sentence)
        return
    wait = min(FIRST_WAIT * 2 ** (tried - 1), LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311  # no secret
    until = timezone.now() + timedelta(seconds=wait)
    checkpoint = {**work.checkpoint, **hold.seen.get("checkpoint", {}), "tried": tried}
    changes: dict[str, Any] = {"checkpoint": checkpoint, "error": sentence}
    if isinstance(hold.work, Run):
        changes["log"] = noted(hold.work, "put_off", until=until.isoformat(timespec="seconds"))
    with hold.still():
        hold.queue.put_off(hold.work, until, **changes)


def _fail(hold: Hold[Any], sentence: str) -> None:
    """Failed; but of a mail that was handed over nobody knows whether it was taken."""
    _end(hold, UNKNOWN if HANDED_OVER in hold.work.checkpoint else FAILED, error=sentence)


def _end(hold: Hold[Any], state: str, **changes: Any) -> None:
    work: Work = hold.work
    if isinstance(work, Run):
        changes["log"] = noted(work, state)
    with suppress(LeaseLostError), hold.still(), transaction.atomic():
        hold.queue.finish(work, state, **changes)
        if isinstance(work, Delivery):
            settle(work.run_id)


def _join(threads: Iterable[threading.Thread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _with_database(action: Callable[[], Any]) -> Any:
    """Do it with a connection that works; where the database is away for a moment, it is done the next time."""
    try:
        close_old_connections()
        return action()
    except OperationalError as error:
        log.warning("database.away", error=type(error).__name__)
        time.sleep(1)
        return None
