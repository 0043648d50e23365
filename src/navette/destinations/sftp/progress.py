"""How far a delivery has come, reported to its caller, which may end it at any moment."""

import asyncio
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any

from navette.destinations.sftp.errors import SFTPTryLaterError
from navette.destinations.sftp.server import SFTPServer

STEP = 8 << 20
"""After this many bytes a report follows at once, without waiting for the tick."""

ReportBytes = Callable[[str, int], None]
Finished = Callable[[str], None]


class UploadProgress:
    """The file in transfer, and how many of its bytes the server has.

    ``report`` and ``finished`` are called in the thread that drives the work, while its event loop stands still: they
    may use a database, and what they raise ends the work.
    """

    def __init__(self, server: SFTPServer, name: str, report: ReportBytes, finished: Finished) -> None:
        self._server, self._report, self._finished = server, report, finished
        self._name, self._bytes, self._reported_bytes = name, 0, 0
        self._whole: asyncio.Future[None] | None = None
        self._news = asyncio.Event()
        self._moved = self._paced = monotonic()
        self._bytes_since = 0

    def begins(self, name: str, bytes_: int) -> None:
        """The file is next; the server has this many of its bytes from an earlier attempt."""
        self._name, self._bytes, self._reported_bytes, self._moved = name, bytes_, bytes_, monotonic()
        self._news.set()

    def has(self, bytes_: int) -> None:
        """The server has this many bytes of the file."""
        self._bytes_since += bytes_ - self._bytes
        self._bytes, self._moved = bytes_, monotonic()
        if bytes_ - self._reported_bytes >= STEP:
            self._reported_bytes = bytes_
            self._news.set()

    async def has_all(self) -> None:
        """The file has its name. Returns once that was reported."""
        self._whole = asyncio.get_running_loop().create_future()
        self._moved = self._paced = monotonic()
        self._bytes_since = 0
        self._news.set()
        await self._whole

    def drive(self, work: Coroutine[Any, Any, None]) -> None:
        """Do the work to its end, and report at least twice a second how far it has come, whatever the server does."""
        with asyncio.Runner() as runner:
            task = runner.get_loop().create_task(work)
            try:
                while not runner.run(self._advanced(task)):
                    self._report_progress()
            finally:
                runner.run(_ended(task))
            task.result()

    async def _advanced(self, task: "asyncio.Task[None]") -> bool:
        """Let the work go on until there is something to report; returns whether it is done."""
        news = asyncio.create_task(self._news.wait())
        await asyncio.wait({task, news}, timeout=self._server.limits.tick_seconds, return_when=asyncio.FIRST_COMPLETED)
        news.cancel()
        self._news.clear()
        return task.done()

    def _report_progress(self) -> None:
        if self._whole is not None:  # first, as ``report`` may end the work, and what has its name is there
            self._finished(self._name)
            self._whole.set_result(None)
            self._whole = None
        self._report(self._name, self._bytes)
        self._look_at_pace()

    def _look_at_pace(self) -> None:
        """Raise TryLaterError if the server is too slow. The measure restarts with each complete file."""
        now, limits = monotonic(), self._server.limits
        if now - self._moved > limits.stall_seconds:
            minutes = limits.stall_seconds // 60
            raise SFTPTryLaterError(
                "{server} accepted no bytes for {minutes} minutes: check what it is doing.",
                server=self._server,
                minutes=minutes,
                code="stalled",
            )
        seconds = now - self._paced
        if seconds > limits.pace_seconds:
            if self._bytes_since < limits.slowest_pace * seconds:
                raise SFTPTryLaterError(
                    "{server} accepted only {pace:size} per second, which is too slow: Navette sends the rest later.",
                    server=self._server,
                    pace=int(self._bytes_since / seconds),
                    code="slow",
                )
            self._paced, self._bytes_since = now, 0


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()  # retrieved, so that asyncio does not complain if another error is raised
