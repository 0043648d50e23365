"""A clock that tests set, for whole processes: libfaketime shows it to them in place of the machine's."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
needs_fake_clock = pytest.mark.skipif(
    LIBRARY is None, reason="SKIPPED LOUDLY: libfaketime is not installed: apt-get install faketime"
)

SLEEP = """
import threading, time
time.sleep = lambda seconds: threading.Event().wait(seconds)
"""
"""libfaketime 0.9.10 takes Python's sleep, until an instant of a clock that does not step, for one of the other."""


@dataclass(frozen=True)
class FakeClock:
    """How far its clock is off, which processes with its ``variables`` read again each time they ask for the time."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        (self.folder / "sitecustomize.py").write_text(SLEEP, encoding="ascii")
        self.set(datetime.now(UTC))

    @property
    def offset(self) -> Path:
        return self.folder / "offset"

    @property
    def variables(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(LIBRARY),
            "PYTHONPATH": os.pathsep.join([str(self.folder), *filter(None, [os.environ.get("PYTHONPATH")])]),
            "FAKETIME_TIMESTAMP_FILE": str(self.offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # waits are as long as ever
            "NO_FAKE_STAT": "1",
        }

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(self.offset.read_text(encoding="ascii")))

    def set(self, instant: datetime) -> None:
        """Let it be that instant now; from then on it goes as clocks go."""
        new = self.offset.with_suffix(".new")
        new.write_text(f"{(instant - datetime.now(UTC)).total_seconds():+.3f}\n", encoding="ascii")
        new.replace(self.offset)
