"""Turns: requests that take long, such as counts, previews and tests of connections, leave room for all others.

Each of them holds one of the server's threads, also while it waits: at most half of these are ever held, and a few of
one person. Who waits too long, or would hold one too many, is refused with a sentence. Queries are interrupted when
the browser goes away, or when they take too long. Downloads hold threads of their own, as long as the slowest browser
takes. All of it is for one process: each has turns of its own.
"""

import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.core.errors import TryLaterError
from navette.engines import Engine
from navette.web.request import ConsoleRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

LOOK_EVERY = 0.25
"""Seconds between two looks at whether the browser is still there."""


_FULL = gettext_lazy("too many counts, previews or tests are in progress: try again in a moment.")


class BusyError(TryLaterError):
    """This request gets no turn: too many are in progress, or it took too long."""


class GoneError(TryLaterError):
    """The browser went away: nobody waits for the answer."""


@dataclass
class Room:
    """Limits the threads that long requests hold: how many in all, and how many per person."""

    most: int = 4
    per_person: int = 3
    full: "StrPromise" = _FULL
    held: Counter[str] = field(default_factory=Counter)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def hold(self, person: str) -> Iterator[None]:
        """Hold a thread until the block ends. Raises BusyError if the person or all together hold too many."""
        with self.changed:
            if self.held[person] >= self.per_person or self.held.total() >= self.most:
                raise BusyError(str(self.full))
            self.held[person] += 1
        try:
            yield
        finally:
            with self.changed:
                self.held[person] -= 1
                self.held += Counter()  # without those who hold nothing
                self.changed.notify_all()


ROOM = Room()
"""That of counts, previews and tests, half of the server's threads, of which one person has three: for a count, a
preview, and the count that follows."""

DOWNLOADS = Room(most=8, full=gettext_lazy("too many files are being downloaded: try again in a moment."))
"""The room for downloads, for which the server has additional threads."""


@dataclass
class Turns:
    """The turns of one kind of request: ``at_once`` run at a time, one per person. Times are in seconds."""

    at_once: int = 2
    patience: float = 10
    longest: float = 60
    room: Room = field(default_factory=lambda: ROOM)
    _working: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def turn(self, request: ConsoleRequest) -> Iterator["Turn"]:
        """Wait for the request's turn and keep it until the block ends. Raises BusyError or GoneError."""
        person = str(request.user.pk)
        with self._taken(person, request), Turn(request, self.longest).watched() as turn:
            yield turn

    @contextmanager
    def _taken(self, person: str, request: HttpRequest) -> Iterator[None]:
        with self.room.hold(person):
            with self.room.changed:
                self._wait(person, request)
                self._working[person] += 1
            try:
                yield
            finally:
                with self.room.changed:
                    self._working[person] -= 1  # releasing the thread wakes those who wait

    def _wait(self, person: str, request: HttpRequest) -> None:
        deadline = time.monotonic() + self.patience
        while self._working.total() >= self.at_once or self._working[person]:
            left = deadline - time.monotonic()
            if left <= 0:
                raise BusyError(str(self.room.full))
            if is_gone(request):
                raise GoneError("the browser went away.")
            self.room.changed.wait(min(left, LOOK_EVERY))


@dataclass
class Turn:
    """One request's turn: the engine that works for it is watched."""

    request: HttpRequest
    longest: float
    why: TryLaterError | None = None
    _interrupt: Callable[[], None] = lambda: None
    _over: threading.Event = field(default_factory=threading.Event)

    def watch(self, engine: Engine) -> None:
        """From now on, interrupt that engine when the turn must end. Raises if it must end already."""
        self._interrupt = engine.interrupt
        if self.why is not None:
            raise self.why

    @contextmanager
    def watched(self) -> Iterator["Turn"]:
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
            return GoneError("the browser went away.")
        return _too_long(self.longest) if time.monotonic() > deadline else None


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
        _(
            "this took longer than %(seconds)s seconds and was stopped: choose a shorter period, or export without "
            "a preview."
        )
        % {"seconds": round(seconds)}
    )
