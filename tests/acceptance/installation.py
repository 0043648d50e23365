"""An installation in processes of its own: set up, asked for runs, worked on, looked at."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")

ASK = """
import json, sys
from navette.control.actor import Actor
from navette.site.start import start_django
start_django()
from navette.control.models import User
from navette.control.requests import new_request
from navette.core.settings import load_settings
from navette.services.runs import request_run
user = User.objects.get(email="administrator@example.org")
for asked in json.loads(sys.argv[1]):
    print(request_run(Actor(user), new_request(user, asked.pop("export"), **asked), load_settings()).pk)
"""

LOOK = """
import json
from navette.site.start import start_django
start_django()
from navette.control.models import Delivery, Run
runs = Run.objects.values("id", "state", "attempt", "deaths", "path", "rows", "sha256", "error", "lane")
deliveries = Delivery.objects.values("run", "state", "message_id", "error")
print(json.dumps([{**run, "deliveries": [one for one in deliveries if one["run"] == run["id"]]} for run in runs]))
"""

CHANGE_JOURNAL = """
from navette.site.start import start_django
start_django()
from django.db import Error
from navette.control.models import Event
for change in (lambda: Event.objects.update(who=""), lambda: Event.objects.all().delete()):
    try:
        change()
    except Error as error:
        print(str(error).splitlines()[0])
"""


@dataclass
class Process:
    """A process that is ended with the test, however that goes."""

    popen: subprocess.Popen[bytes]

    def send(self, number: int) -> None:
        self.popen.send_signal(number)

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait()

    def end(self, seconds: float = 30) -> int:
        """Ask it to end; its exit code."""
        self.send(signal.SIGTERM)
        return self.popen.wait(seconds)


@dataclass
class Installation:
    """``home`` is its folder; ``variables`` are set besides NAVETTE_HOME."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "NAVETTE_HOME": str(self.home),
            "NAVETTE_LEASE_SECONDS": "2",
            "NAVETTE_RUNS_PER_USER": "8",
            "NAVETTE_ADMIN_EMAIL": "administrator@example.org",
            "NAVETTE_ADMIN_PASSWORD": "long enough a password",
            "NAVETTE_DATABASE": "",
            **self.variables,
        }

    def navette(self, *arguments: str) -> str:
        """Run a command to its end; what it prints."""
        return self._python("-m", "navette", *arguments)

    def ask(self, *requests: dict[str, Any]) -> list[str]:
        """The ids of runs of those requests, queued."""
        return self._python("-c", ASK, json.dumps(requests)).split()

    def script(self, code: str, values: object) -> str:
        """What some Python prints that finds the values, as JSON, in its first argument."""
        return self._python("-c", code, json.dumps(values))

    def change_journal(self) -> list[str]:
        """What the database says to changes of the journal, a line each."""
        return self._python("-c", CHANGE_JOURNAL).splitlines()

    def runs(self) -> dict[str, dict[str, Any]]:
        """What the control database says of every run, by its id."""
        return {run["id"]: run for run in json.loads(self._python("-c", LOOK))}

    def _python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], env=self.environment, check=False, capture_output=True, encoding="utf-8"
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def freeze(self, process: Process) -> None:
        """Stop a process, but not within a transaction: SQLite has one writer, and would wait for it."""
        process.send(signal.SIGSTOP)
        while not self._may_write():
            process.send(signal.SIGCONT)
            time.sleep(0.01)
            process.send(signal.SIGSTOP)

    def _may_write(self) -> bool:
        if self.environment["NAVETTE_DATABASE"]:
            return True
        with closing(sqlite3.connect(self.home / "control.sqlite3", timeout=0, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            return True

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Process]:
        """A command that goes on until the block ends."""
        with (self.home / f"{arguments[0]}.log").open("ab") as log:
            popen = subprocess.Popen(
                [sys.executable, "-m", "navette", *arguments], env=self.environment, stdout=log, stderr=log
            )
            process = Process(popen)
            try:
                yield process
            finally:
                if popen.poll() is None:
                    popen.kill()
                popen.wait()

    def log(self, command: str = "worker") -> list[dict[str, Any]]:
        """What a command said so far, its lines as JSON."""
        lines = (self.home / f"{command}.log").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def eventually(what: Callable[[], Result], seconds: float = 60, every: float = 0.05) -> Result:
    """What ``what()`` gives once that is true; a failure where it never is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(every)
    raise AssertionError(f"not so within {seconds} seconds: {what.__doc__ or what}")
