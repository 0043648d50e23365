"""Measure the targets and write them down: ``python -m benchmarks [MESSAGES MANY_MESSAGES]``.

The domains are made once, under ``var/bench``. Figures are medians of runs in turn; ratios are what counts.
"""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks import messages
from navette.connectors import DemoDomain
from navette.core.settings import Settings
from navette.jobs.load import load
from navette.store import Store
from navette.tables import TABLES

HOME = Path("var/bench")
RUNS = 3


def main(few: int = 2_000_000, many: int = 10_000_000) -> None:
    """Run every measurement, print the table and write it to ``benchmarks/results.md``."""
    lines = [*_heading(), "", "| what | measured | target |", "| --- | --- | --- |"]
    for row in chain(_load(few), _speed(few), _memory(few, many), _window(many), _demo()):
        lines.append(f"| {' | '.join(row)} |")
        print(lines[-1], flush=True)
    Path("benchmarks/results.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _heading() -> list[str]:
    return [
        "# Benchmark results",
        "",
        f"{os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}, DuckDB "
        f"{duckdb.__version__}, pyarrow {pa.__version__}. Medians of {RUNS} runs in turn. Written by `make bench`.",
    ]


def domain(messages_: int) -> Settings:
    """The settings of a demo domain of that size, made and compacted at the first call."""
    settings = Settings(home=HOME / str(messages_))
    if not (settings.home / "made").exists():
        store = Store(settings.store)
        load(DemoDomain(messages=messages_, seed=7), store)
        for table in TABLES.values():
            store.compact(table)
        (settings.home / "made").touch()
    return settings


def _load(few: int) -> Iterator[tuple[str, str, str]]:
    seconds = messages.timed(lambda: load(DemoDomain(1_000_000, 7), Store(messages.emptied(HOME / "load") / "store")))
    yield "demo domain of 1,000,000 messages made and loaded", f"{seconds:.0f} s", "under 60 s"
    domain(few)


def _speed(few: int) -> Iterator[tuple[str, str, str]]:
    settings, out = domain(few), messages.emptied(HOME / "out")
    messages.copy(settings, out)  # warms the page cache for both
    ours, copy, ratio = messages.ratio(
        lambda: messages.export(settings, out), lambda: messages.copy(settings, out), RUNS
    )
    yield (
        f"messages, BI, {few:,} rows: seconds, DuckDB COPY's, ratio",
        f"{ours:.2f} / {copy:.2f} = {ratio:.2f}",
        "≤ 1.25",
    )
    slow = messages.timed(lambda: messages.python_csv(settings, out))
    yield "the same through Python's csv module, ratio", f"{slow:.1f} / {ours:.2f} = {slow / ours:.1f}", "≥ 5"


def _memory(few: int, many: int) -> Iterator[tuple[str, str, str]]:
    for size in (few, many):
        peak = _peak_mb(domain(size))
        yield (
            f"peak memory of the export of {size:,} rows, whole process",
            f"{peak:.0f} MB",
            "under 700 MB, not growing",
        )


def _peak_mb(settings: Settings) -> float:
    command = [sys.executable, "-m", "navette", "export", "messages", "--output", str(HOME / "out"), "--json"]
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    environment = os.environ | {"NAVETTE_HOME": str(settings.home)}
    done = subprocess.run([sys.executable, "-c", code, *command], env=environment, capture_output=True, check=True)
    return int(done.stdout) / 1000


def _window(many: int) -> Iterator[tuple[str, str, str]]:
    settings, out = domain(many), messages.emptied(HOME / "out")
    day = messages.a_day(settings)
    rows = messages.export(settings, out, day).rows
    one, whole, ratio = messages.ratio(
        lambda: messages.export(settings, out, day), lambda: messages.export(settings, out), 1
    )
    what = f"one day ({rows:,} rows) out of {many:,} messages: seconds, the whole's, ratio"
    yield what, f"{one:.2f} / {whole:.1f} = 1/{1 / ratio:.0f}", "≤ 1/50"


def _demo() -> Iterator[tuple[str, str, str]]:
    subprocess.run(["make", "demo"], check=True, capture_output=True)
    started = time.perf_counter()
    environment = os.environ | {"NAVETTE_HOME": str(messages.emptied(HOME / "demo"))}
    subprocess.run(["make", "demo"], check=True, capture_output=True, env=environment)
    yield "`make demo` on a warm machine, from an empty store", f"{time.perf_counter() - started:.0f} s", "under 60 s"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
