"""Measure the targets and record them: ``python -m benchmarks [MESSAGES MANY_MESSAGES]``.

The domains are created once, under ``var/bench``. Figures are medians of runs in turn; the targets are ratios.
"""

import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from benchmarks import messages
from benchmarks.peers import HOME, PEERS, seconds
from navette.connectors import DemoDomain
from navette.core.settings import Settings
from navette.formats import FORMATS
from navette.ingesting.load import load
from navette.store import Store
from navette.tables import TABLES

Row = tuple[str, str, str]
Work = Callable[[], object]

RUNS = 3


def main(few: int = 2_000_000, many: int = 10_000_000) -> None:
    """Run every measurement, print the tables and write them to ``benchmarks/results.md``."""
    sections = [
        ("Targets", ("what", "measured", "target"), chain(_load(), _ratios(few), _memory(few, many), _window(many))),
        ("Rows a second, messages with 37 columns", ("writer", "rows", "rows/s"), _speeds(few)),
        ("Demo", ("what", "measured", "target"), _demo()),
    ]
    lines = _heading()
    for title, head, rows in sections:
        lines += ["", f"## {title}", "", f"| {' | '.join(head)} |", "| --- | --- | --- |"]
        for row in rows:
            lines.append(f"| {' | '.join(row)} |")
            print(lines[-1], flush=True)
    Path("benchmarks/results.md").write_text("\n".join([*lines, ""]), encoding="utf-8")


def _heading() -> list[str]:
    return [
        "# Benchmark results",
        "",
        f"{os.cpu_count()} cores ({_processor()}), {_memory_gib()} GiB, Linux {platform.release()}, Python "
        f"{platform.python_version()}, {_versions()}. Medians of {RUNS} runs in turn. Written by `make bench`.",
    ]


def _versions() -> str:
    """Return the versions of the libraries that matter here, Navette's and the peers'."""
    code = (
        "import sys, importlib.metadata as m; print(*(f'{name} {m.version(name)}' for name in sys.argv[1:]), sep=', ')"
    )
    names = ("duckdb", "pyarrow", "isal", "polars", "pandas", "xlsxwriter")
    command = [HOME / "venv/bin/python", "-c", code, *names]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _processor() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _memory_gib() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def domain(messages_: int) -> Settings:
    """Return the settings of a demo domain of that size, created and compacted on the first call."""
    settings = Settings(home=HOME / str(messages_))
    if not (settings.home / "made").exists():
        store = Store(settings.store)
        load(DemoDomain(messages=messages_, seed=7), store)
        for table in TABLES.values():
            store.compact(table)
        (settings.home / "made").touch()
    return settings


def _load() -> Iterator[Row]:
    seconds = messages.timed(lambda: load(DemoDomain(1_000_000, 7), Store(messages.emptied(HOME / "load") / "store")))
    yield "demo domain of 1,000,000 messages made and loaded", f"{seconds:.0f} s", "under 60 s"


def _ratios(few: int) -> Iterator[Row]:
    settings, out = domain(few), messages.emptied(HOME / "out")

    def ours(name: str, compression: str = "") -> Work:
        return lambda: messages.export(settings, out, name, compression)

    def copy(options: str) -> Work:
        return lambda: messages.copy(settings, out, options)

    csv_copy, bi = copy("FORMAT csv, HEADER"), ours("bi")
    csv_copy()  # warms the page cache for all
    for what, one, other, target in (
        ("bi / DuckDB COPY to CSV", bi, csv_copy, "1.15"),
        ("bi + zstd / bi", ours("bi", "zstd"), bi, "1.2"),
        ("bi + gzip / bi", ours("bi", "gzip"), bi, "–"),
        ("excel (fr) / bi", ours("excel"), bi, "1.5"),
        ("parquet / DuckDB COPY to Parquet zstd", ours("parquet"), copy("FORMAT parquet, COMPRESSION zstd"), "1.1"),
        ("jsonl / DuckDB COPY to JSON", ours("jsonl"), copy("FORMAT json"), "1.5"),
    ):
        a, b, ratio = messages.ratio(one, other, RUNS)
        yield f"{what}, {few:,} rows: seconds, ratio", f"{a:.2f} / {b:.2f} = {ratio:.2f}", f"≤ {target}"


def _speeds(few: int) -> Iterator[Row]:
    settings, out = domain(few), messages.emptied(HOME / "out")
    writers: dict[str, tuple[Work, int]] = {
        f"Navette {name}": (partial(messages.export, settings, out, name), few) for name in FORMATS
    }
    writers["Navette xlsx, 1,000,000 rows"] = (partial(messages.export, domain(1_000_000), out, "xlsx"), 1_000_000)
    writers["DuckDB COPY to CSV"] = (partial(messages.copy, settings, out), few)
    speeds = {}
    for name, (work, rows) in writers.items():
        speeds[name] = rows / statistics.median(messages.timed(work) for _ in range(RUNS))
        yield name, f"{rows:,}", f"{speeds[name]:,.0f}"
    for name, (_, most) in PEERS.items():
        rows = min(most, few)
        speeds[name] = rows / statistics.median(seconds(settings, name, rows) for _ in range(RUNS))
        yield name, f"{rows:,}", f"{speeds[name]:,.0f}"
    times = speeds["Navette xlsx, 1,000,000 rows"] / speeds["XlsxWriter, constant memory"]
    yield "Navette xlsx / XlsxWriter (target: ≥ 10)", "", f"{times:.0f} ×"
    times = speeds["Navette bi"] / speeds["Python csv"]
    yield "Navette bi / Python csv (target: ≥ 5)", "", f"{times:.1f} ×"


def _memory(few: int, many: int) -> Iterator[Row]:
    for name, size, target in (
        ("bi", few, "under 700 MB, not growing"),
        ("bi", many, "under 700 MB, not growing"),
        ("xlsx", 1_000_000, "under 500 MB"),
        ("xlsx", few, "not growing"),
        ("parquet", few, "–"),
        ("jsonl", few, "–"),
    ):
        yield f"peak memory, {name}, {size:,} rows, whole process", f"{_peak_mb(domain(size), name):.0f} MB", target


def _peak_mb(settings: Settings, name: str) -> float:
    command = [sys.executable, "-m", "navette", "export", "messages", "--output", str(HOME / "out"), "--json"]
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    environment = os.environ | {"NAVETTE_HOME": str(settings.home)}
    command += ["--format", name, "--locale", "fr"]
    done = subprocess.run([sys.executable, "-c", code, *command], env=environment, capture_output=True, check=True)
    return int(done.stdout) / 1000


def _window(many: int) -> Iterator[Row]:
    settings, out = domain(many), messages.emptied(HOME / "out")
    day = messages.a_day(settings)
    rows = messages.export(settings, out, window=day).rows
    one, whole, ratio = messages.ratio(
        lambda: messages.export(settings, out, window=day), lambda: messages.export(settings, out), 1
    )
    what = f"one day ({rows:,} rows) out of {many:,} messages: seconds, the whole's, ratio"
    yield what, f"{one:.2f} / {whole:.1f} = 1/{1 / ratio:.0f}", "≤ 1/50"


def _demo() -> Iterator[Row]:
    environment = os.environ | {"NAVETTE_DEMO_SERVE": "0"}
    subprocess.run(["make", "demo"], check=True, capture_output=True, env=environment)
    started = time.perf_counter()
    environment |= {"NAVETTE_HOME": str(messages.emptied(HOME / "demo"))}
    subprocess.run(["make", "demo"], check=True, capture_output=True, env=environment)
    yield "`make demo` on a warm machine, from an empty store", f"{time.perf_counter() - started:.0f} s", "under 60 s"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
