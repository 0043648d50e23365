"""The start-up time of commands: ``python -m benchmarks.start_up [RUNS]``.

Processor time of whole processes, a command and its yardstick in turn; medians of both and of the ratios. Ends with 1
where a ratio is above its target. Byte code is written first, as it is wherever Navette is installed.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from navette.connectors import DemoDomain
from navette.ingesting.load import load
from navette.store import Store

RUNS = 15
NAVETTE = (sys.executable, "-m", "navette")
TYPER = (sys.executable, "-c", "import typer, rich")
ENGINE = (sys.executable, "-c", "import duckdb, pyarrow, deltalake")

# What is measured, beside what, and the greatest ratio that is asked for.
TARGETS: tuple[tuple[tuple[str, ...], tuple[str, ...], float], ...] = (
    (("--help",), TYPER, 3.0),
    (("exports",), TYPER, 3.0),
    (("export", "agents"), ENGINE, 2.5),
)


def main(runs: int = RUNS) -> int:
    """Print a table. Returns 1 if a target is missed."""
    missed = 0
    print("| command | yardstick | ms of processor time | ratio | target |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="navette-bench-") as name:
        folder = Path(name)
        load(DemoDomain(messages=2_000, seed=7), Store(folder / "home/store"))
        for arguments, yardstick, target in TARGETS:
            ours, theirs, ratio = _compared((*NAVETTE, *arguments), yardstick, runs, folder)
            missed += ratio > target
            shown = f"`navette {' '.join(arguments)}` | `{yardstick[-1]}` | {ours * 1000:.0f} / {theirs * 1000:.0f}"
            print(f"| {shown} | {ratio:.2f} | ≤ {target} |", flush=True)
    return int(missed > 0)


def _compared(one: Sequence[str], other: Sequence[str], runs: int, folder: Path) -> tuple[float, float, float]:
    for command in (one, other):
        _seconds(command, folder)  # writes the byte code, warms the page cache
    pairs = [(_seconds(one, folder), _seconds(other, folder)) for _ in range(runs)]
    ours, theirs = zip(*pairs, strict=True)
    return statistics.median(ours), statistics.median(theirs), statistics.median(a / b for a, b in pairs)


def _seconds(command: Sequence[str], folder: Path) -> float:
    """Return the user and system time of a process."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "NAVETTE_HOME": str(folder / "home")}
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}.")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
