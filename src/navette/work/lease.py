"""A worker's lease on one piece of work: its fence, and requests to stop."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from navette.control.models import Work
from navette.work.queue import LeaseLostError, Queue

W = TypeVar("W", bound=Work)


class CancelledError(Exception):
    """Somebody cancelled the work."""


class StoppedError(Exception):
    """The worker is shutting down: the work goes back into the queue."""


@dataclass
class Lease(Generic[W]):
    """One piece of work in one thread. The heartbeat's thread calls ``beat`` and ``stop``, the work's the rest."""

    work: W
    queue: Queue[W]
    progress: dict[str, Any] = field(default_factory=dict)
    """What the next heartbeat writes besides the lease, such as the rows written so far."""
    interrupt: Callable[[], None] = lambda: None
    """Interrupts a long operation, such as a query."""
    stopped_by: Exception | None = None
    _beating: threading.Lock = field(default_factory=threading.Lock)

    def beat(self) -> None:
        """Extend the lease, and notice if it is lost or the work cancelled. Repeated until the work's thread ends."""
        with self._beating:
            if self.stopped_by is None:
                try:
                    if self.queue.extend(self.work, **self.progress):
                        self.stopped_by = CancelledError()
                except LeaseLostError as lost:
                    self.stopped_by = lost
        if self.stopped_by is not None:
            self.interrupt()

    def stop(self, reason: Exception) -> None:
        """Make the work's thread stop soon, for this reason."""
        self.stopped_by = self.stopped_by or reason
        self.interrupt()

    def raise_if_stopped(self) -> None:
        """Raise CancelledError, StoppedError or LeaseLostError if the work must stop."""
        if self.stopped_by is not None:
            raise self.stopped_by

    def write(self, **changes: Any) -> None:
        """Update the row, as long as it is ours."""
        with self._beating:
            self.queue.write(self.work, **changes)

    def finish(self, state: str, **changes: Any) -> None:
        """End the work in this state, if it is still ours."""
        with self._beating:
            self.queue.finish(self.work, state, **changes)

    def without_beats(self) -> "threading.Lock":
        """While this lock is held, no beat writes: for the work's last write."""
        return self._beating
