"""Limits for long requests, so that there is room for all others.

Counts, previews and tests of connections each hold one of the server's threads, also while they wait: at most half of
the threads are ever held, and a few by one person. A request that waits too long, or would hold one thread too many, is
refused with a sentence. A query is interrupted when its browser goes away, or when it takes too long. Downloads hold
threads of their own, as long as the slowest browser takes. Every process has limits of its own.
"""

import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.http import HttpRequest

from navette.core.errors import TryLaterError
from navette.core.messages import Message, message
from navette.engines import Engine
from navette.web.request import ConsoleRequest

LOOK_EVERY = 0.25
"""Seconds between two checks whether the browser is still connected."""


_FULL = message("too many counts, previews or tests are in progress: try again in a moment.")


class BusyError(TryLaterError):
    """This request is not admitted, because too many are in progress, or it took too long."""


class GoneError(TryLaterError):
    """The browser has closed the connection: nobody waits for the response."""


@dataclass
class ThreadLimit:
    """Limits the threads that long requests hold: how many in all, and how many per person."""

    most: int = 4
    per_person: int = 3
    full: Message = _FULL
    in_use: Counter[str] = field(default_factory=Counter)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def reserve(self, person: str) -> Iterator[None]:
        """Reserve a thread until the block ends. Raises BusyError if the person, or everybody, has too many."""
        with self.changed:
            if self.in_use[person] >= self.per_person or self.in_use.total() >= self.most:
                raise BusyError(self.full)
            self.in_use[person] += 1
        try:
            yield
        finally:
            with self.changed:
                self.in_use[person] -= 1
                self.in_use += Counter()  # drops people without any
                self.changed.notify_all()


QUERY_THREADS = ThreadLimit()
"""That of counts, previews and tests, half of the server's threads, of which one person has three: for a count, a
preview, and the count that follows."""

DOWNLOAD_THREADS = ThreadLimit(most=8, full=message("too many files are being downloaded: try again in a moment."))
"""The limit of downloads, for which the server has additional threads."""


@dataclass
class RequestLimit:
    """Admits requests of one kind: ``at_once`` run at a time, one per person. Times are in seconds."""

    at_once: int = 2
    patience: float = 10
    longest: float = 60
    threads: ThreadLimit = field(default_factory=lambda: QUERY_THREADS)
    _working: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def admit(self, request: ConsoleRequest) -> Iterator["RunningRequest"]:
        """Wait until the request may run; it runs until the block ends. Raises BusyError or GoneError."""
        person = str(request.user.pk)
        with self._turn(person, request), RunningRequest(request, self.longest).watched() as running:
            yield running

    @contextmanager
    def _turn(self, person: str, request: HttpRequest) -> Iterator[None]:
        with self.threads.reserve(person):
            with self.threads.changed:
                self._wait(person, request)
                self._working[person] += 1
            try:
                yield
            finally:
                with self.threads.changed:
                    self._working[person] -= 1  # releasing the thread wakes those who wait

    def _wait(self, person: str, request: HttpRequest) -> None:
        deadline = time.monotonic() + self.patience
        while self._working.total() >= self.at_once or self._working[person]:
            seconds_left = deadline - time.monotonic()
            if seconds_left <= 0:
                raise BusyError(self.threads.full)
            if is_gone(request):
                raise GoneError("the browser closed the connection.")
            self.threads.changed.wait(min(seconds_left, LOOK_EVERY))


@dataclass
class RunningRequest:
    """A request that was admitted: the engine that works for it is watched."""

    request: HttpRequest
    longest: float
    why: TryLaterError | None = None
    _interrupt: Callable[[], None] = lambda: None
    _over: threading.Event = field(default_factory=threading.Event)

    def watch(self, engine: Engine) -> None:
        """Interrupt this engine when the request must end. Raises if it must end already."""
        self._interrupt = engine.interrupt
        if self.why is not None:
            raise self.why

    @contextmanager
    def watched(self) -> Iterator["RunningRequest"]:
        """Watch until the block ends; the error of an interrupted query is replaced by the reason."""
        watcher = threading.Thread(target=self._watch, args=(time.monotonic() + self.longest,), daemon=True)
        watcher.start()
        try:
            yield self
        except Exception as error:
            if self.why is not None:
                raise self.why from error
            raise
        finally:
            self._over.set()
            watcher.join()

    def _watch(self, deadline: float) -> None:
        while not self._over.wait(LOOK_EVERY):
            if self.why is None:
                self.why = self._reason(deadline)
            if self.why is not None:
                self._interrupt()

    def _reason(self, deadline: float) -> TryLaterError | None:
        if is_gone(self.request):
            return GoneError("the browser closed the connection.")
        return _too_long(self.longest) if time.monotonic() > deadline else None


EXPORT_QUERIES = RequestLimit(at_once=2)
"""The limit of counts, previews and everything else that queries the store: they take memory and cores."""


def is_gone(request: HttpRequest) -> bool:
    """Whether the other end of the request's connection was closed: by the browser, or by the proxy for it."""
    connection = request.META.get("gunicorn.socket")
    if not isinstance(connection, socket.socket):
        return False
    try:
        readable, _writable, _failed = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):  # reset; or closed here
        return True


def _too_long(seconds: float) -> BusyError:
    return BusyError(
        "this took longer than {seconds} seconds and was stopped: choose a shorter period, or export without a "
        "preview.",
        seconds=round(seconds),
    )
