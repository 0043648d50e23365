"""The benchmarks that end with 1 where something is wrong, small: what they look for is not there."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.ssh_server import SSHD

ROOT = Path(__file__).parents[2]


def benchmark(folder: Path, name: str, *arguments: Any) -> Any:
    """What it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NAVETTE_DATABASE": ""},
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_slots_of_every_time_zone_are_as_calculated_and_many_tasks_are_queued_at_once(tmp_path: Path) -> None:
    zones, queued = benchmark(tmp_path, "tasks", 1200, 1).split("\n\n")
    _zones, slots, wrong, _seconds = zones.splitlines()[-1].strip("| ").split(" | ")
    assert int(slots.replace(",", "")) > 200_000
    assert wrong == "0"
    assert queued.splitlines()[-1].startswith("| 1,200 | 2,400 |")


@pytest.mark.skipif(not SSHD.exists(), reason="SKIPPED LOUDLY: no SSH server (/usr/sbin/sshd) installed")
def test_killed_while_they_deliver_workers_lose_and_double_nothing(tmp_path: Path) -> None:
    printed = benchmark(tmp_path, "kills_sftp", 3, 100_000)
    counts = dict(line.rsplit(": ", 1) for line in printed.splitlines() if ": " in line)
    assert int(counts["slots done"]) > 0
    assert {counts[what] for what in counts if what.startswith("WRONG")} == {"0"}


def test_costs_as_data_grow_are_measured_on_the_same_rows(tmp_path: Path) -> None:
    measures = ("days", "whole", "merges", "formats", "counts")
    sizes = ("--a-month", 1500, "--months", 1, 2, "--runs", 1, "--work", tmp_path / "work")
    printed = benchmark(tmp_path, "growth", *sizes, "--measure", *measures)
    tables = {part.splitlines()[0]: part.splitlines()[4:] for part in printed.split("## ")[1:]}
    assert set(tables) == {"Days", "Whole", "Merges", "Formats", "Counts", "Targets"}
    days = {cells[0]: cells[1] for cells in (line.strip("| ").split(" | ") for line in tables["Days"] if line)}
    assert int(days["messages"]) > 0
    assert {export: rows for export, rows in days.items() if "/" in rows} == {}, "the day differs between stores"
    assert len([line for line in tables["Targets"] if line]) == 10
    again = benchmark(tmp_path, "growth", *sizes, "--measure", "counts")  # with the stores that are there
    assert "## Counts" in again
