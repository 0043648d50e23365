"""Whether any worker is there: each says so now and then, and the console tells who waits in vain."""

import time

from django.core.cache import cache

_KEY = "worker_seen"
_EVERY, _GONE = 5.0, 30.0
_said = 0.0


def still_here() -> None:
    """A worker is there. Said at most every few seconds."""
    global _said  # noqa: PLW0603  # one worker a process
    if time.monotonic() - _said > _EVERY:
        cache.set(_KEY, True, _GONE)
        _said = time.monotonic()


def any_worker() -> bool:
    """Whether some worker was there in the last half minute."""
    return bool(cache.get(_KEY))
