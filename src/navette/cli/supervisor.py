"""Several processes as one: those that end are started again, and all of them end together."""

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

LOOK_EVERY = 0.2
"""Seconds between two looks at whether all are still there."""

QUICKEST = 5
"""A process that ended sooner than so many seconds after its start is started again only then."""

_PR_SET_PDEATHSIG = 1

PATIENCE = 28
"""Seconds that processes have to end by themselves."""


@dataclass
class Supervisor:
    """Keeps one process for each command."""

    commands: Sequence[Sequence[str]]
    _stopping: bool = False
    _running: dict[int, tuple[float, subprocess.Popen[bytes]]] = field(default_factory=dict)

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then they get the same signal and some time to end."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop)
        while not self._stopping:
            for number in range(len(self.commands)):
                self._keep(number)
            time.sleep(LOOK_EVERY)
        self._end()

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _keep(self, number: int) -> None:
        started, process = self._running.get(number, (0.0, None))
        if (process is None or process.poll() is not None) and time.monotonic() - started > QUICKEST:
            # In a group of its own: Ctrl-C reaches it through us, once.
            process = subprocess.Popen(self.commands[number], start_new_session=True, preexec_fn=_end_with_parent)  # noqa: S603, PLW1509
            self._running[number] = (time.monotonic(), process)

    def _end(self) -> None:
        processes = [process for _, process in self._running.values()]
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
    """In the new process: Linux ends it when the supervisor is gone, however that went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
