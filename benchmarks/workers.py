"""Worker processes that are killed at random moments, in an installation of their own."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LEASE = 3
"""Seconds after which another worker takes over a dead worker's work."""

LONGEST = 8
"""Most seconds between the start of a worker's first work and its death."""


def installed(home: Path, **variables: str) -> None:
    """Set up an installation with an administrator in a home folder, and in this process's environment."""
    os.environ |= {
        "NAVETTE_HOME": str(home),
        "NAVETTE_LEASE_SECONDS": str(LEASE),
        "NAVETTE_ATTACHMENT_LIMIT_MB": "1",
        "NAVETTE_RUNS_PER_USER": "8",
        **variables,
    }
    from navette.site.start import start_django

    start_django()
    from navette.control.actor import OPERATOR
    from navette.core.settings import load_settings
    from navette.services.setup import Person, make_administrator, make_domain, make_tables

    make_tables(OPERATOR)
    make_domain(OPERATOR, load_settings())
    make_administrator(OPERATOR, Person("administrator@example.org", "Administrator", "not a secret in a benchmark"))


def killed(
    kills: int, seed: int, top_up: Callable[[], None], states: Callable[[], str], ended: Callable[[], bool]
) -> None:
    """Kill that many workers, each with work to do, then let a last one finish."""
    moments, started = random.Random(seed), time.monotonic()
    for number in range(kills):
        top_up()
        _killed_worker(moments.uniform(0, LONGEST))
        if number % 20 == 19:
            print(f"{number + 1} kills, {time.monotonic() - started:.0f} s, {states()}", flush=True)
    with _worker() as worker:
        while not ended():
            time.sleep(0.5)
        worker.terminate()
        worker.wait(30)


def reported(report: dict[str, int]) -> None:
    """Print the counts, and exit with 1 if one of the ``WRONG`` ones is not 0."""
    print(*(f"{what}: {count}" for what, count in report.items()), sep="\n")
    sys.exit(any(report[what] for what in report if what.startswith("WRONG")))


def _killed_worker(seconds: float) -> None:
    """Run a worker and kill it that long after it started its first work, or when no work is left to start."""
    log, before = _log(), _log().stat().st_size if _log().exists() else 0
    with _worker() as worker:
        idle_until = time.monotonic() + 3 * LEASE + LONGEST
        while b'"work.begun"' not in log.read_bytes()[before:] and time.monotonic() < idle_until:
            if worker.poll() is not None:
                raise RuntimeError(f"the worker ended by itself ({worker.returncode})")
            time.sleep(0.05)
        time.sleep(seconds)
        worker.kill()
        worker.wait()


def _log() -> Path:
    return Path(os.environ["NAVETTE_HOME"]) / "worker.log"


@contextmanager
def _worker() -> Iterator[subprocess.Popen[bytes]]:
    with _log().open("ab") as log:
        worker = subprocess.Popen([sys.executable, "-m", "navette", "worker"], stderr=log)
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()
