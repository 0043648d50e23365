"""Run several processes as one: restart those that end, and end all of them together.

A process that ends right after its very first start cannot start at all: that ends all of them, instead of restarting
it forever.
"""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

LOOK_EVERY = 0.2
"""Seconds between two checks of the processes."""

QUICKEST = 10
"""Seconds after its start before which a process is not restarted."""

STARTING = 60
"""Seconds: a process that ends sooner after its very first start cannot start."""

_PR_SET_PDEATHSIG = 1

PATIENCE = 28
"""Seconds that processes get to end by themselves before they are killed."""


class _Part(NamedTuple):
    started: float
    process: subprocess.Popen[bytes]
    first: bool


@dataclass
class Supervisor:
    """Keeps one process running for each command."""

    commands: Sequence[Sequence[str]]
    _stopping: bool = False
    _failed: bool = False
    _running: dict[int, _Part] = field(default_factory=dict)

    def run(self) -> bool:
        """Run until SIGTERM or SIGINT, then end the processes. Returns False if one could not start."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop)
        while not self._stopping:
            for number in range(len(self.commands)):
                self._keep(number)
            time.sleep(LOOK_EVERY)
        self._end()
        return not self._failed

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _keep(self, number: int) -> None:
        if number not in self._running:
            self._start(number, first=True)
            return
        started, process, first = self._running[number]
        if process.poll() is None:
            return
        age = time.monotonic() - started
        if first and age <= STARTING:
            self._failed = self._stopping = True
        elif age > QUICKEST:
            self._start(number, first=False)

    def _start(self, number: int, first: bool) -> None:
        # In a group of its own, so that Ctrl-C reaches it only through the supervisor, once.
        process = subprocess.Popen(self.commands[number], start_new_session=True, preexec_fn=_end_with_parent)  # noqa: S603, PLW1509
        self._running[number] = _Part(time.monotonic(), process, first)

    def _end(self) -> None:
        processes = [part.process for part in self._running.values()]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in processes:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _end_with_parent() -> None:
    """Called in the new process: have Linux end it when the supervisor ends, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
