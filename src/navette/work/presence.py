"""Whether any worker is running: workers report it regularly, and the console warns people who wait in vain."""

import time

from django.core.cache import cache

_KEY = "worker_seen"
_EVERY, _GONE = 5.0, 30.0
_last_report = 0.0


def report_alive() -> None:
    """Report that a worker is running, at most every few seconds."""
    global _last_report  # noqa: PLW0603  # one worker a process
    if time.monotonic() - _last_report > _EVERY:
        cache.set(_KEY, True, _GONE)
        _last_report = time.monotonic()


def any_worker() -> bool:
    """Whether a worker has reported within the last half minute."""
    return bool(cache.get(_KEY))
