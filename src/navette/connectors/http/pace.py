"""An even pace: requests at equal distances, so that a rate limit is never reached."""

import threading
import time
from collections.abc import Callable

_MINUTE = 60.0

_HEADROOM = 0.97
"""The part of the permitted rate that is used, because answers can arrive closer together than requests were sent."""

_LONGEST_WAIT = 1.0
"""Seconds after which a waiting thread looks again whether it is to stop."""


class Pace:
    """Turns for requests: at most ``a_minute`` in any 60 seconds, whatever number of threads takes them.

    ``check`` is called while a thread waits; what it raises ends the wait. ``clock`` (in seconds) and ``sleep`` can be
    replaced.
    """

    def __init__(
        self,
        a_minute: float,
        check: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._distance = _MINUTE / (a_minute * _HEADROOM)
        self._check, self._clock, self._sleep = check, clock, sleep
        self._lock = threading.Lock()
        self._next = clock()

    def take_turn(self) -> None:
        """Wait until the next request can be sent."""
        while wait := self._wait():
            self._check()
            self._sleep(min(wait, _LONGEST_WAIT))

    def hold(self, seconds: float) -> None:
        """Give no turn for some seconds, because the source asks for that."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)

    def _wait(self) -> float:
        """How long the next turn is away; 0 takes it."""
        with self._lock:
            now = self._clock()
            if now < self._next:
                return self._next - now
            self._next = now + self._distance
            return 0
