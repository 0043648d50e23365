"""What single operations cost, each in a process of its own, whose peak memory the system reports.

``python -m benchmarks.growth_costs merge HOME FILE`` merges the messages in a Parquet file;
``python -m benchmarks.growth_costs count HOME FILTER VALUE`` counts the messages that a filter selects.
Both print the seconds that the operation takes, without the start of the process.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from navette.catalogue.request import Request
from navette.core.settings import Settings
from navette.exporting.prepare import open_engine, prepare
from navette.formats import FORMATS, Rendering
from navette.store import Store
from navette.tables import TABLES


@dataclass(frozen=True)
class Cost:
    """What a process printed, how long it ran, and its peak memory in MB."""

    printed: str
    seconds: float
    megabytes: float


# A process's peak counts that of the process that started it, so a small one must do it.
_WATCH = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, text=True)
print(done.stdout, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, sep="\\n")
sys.exit(done.returncode)
"""


def cost(command: Sequence[str], home: Path) -> Cost:
    """Run a module with its arguments on an installation."""
    environment = os.environ | {"NAVETTE_HOME": str(home), "NAVETTE_DATABASE": ""}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _WATCH, sys.executable, "-m", *command],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds = time.perf_counter() - started
    printed, kilobytes = done.stdout.strip().rsplit("\n", 1)
    return Cost(printed.strip(), seconds, int(kilobytes) / 1000)


def operation(home: Path, name: str, *arguments: object) -> Cost:
    """Run one of the operations of this module; the seconds are the operation's own."""
    run = cost(["benchmarks.growth_costs", name, str(home), *map(str, arguments)], home)
    return Cost(run.printed, float(run.printed), run.megabytes)


def _merge(home: Path, file: str) -> None:
    Store(home / "store").merge(TABLES["contents"], pq.read_table(file))


def _count(home: Path, name: str, value: str) -> None:
    engine = open_engine(Settings(home=home))
    filters: Mapping[str, tuple[str, ...]] = {name: (value,)}
    request = Request("messages", filters=filters)
    prepare(request, engine, FORMATS["bi"], Rendering("en", request.zone)).count()


def forget(home: Path, table: str) -> None:
    """Ask the system to drop a table's files from its memory, so that the next process reads them from disk."""
    for path in (home / "store" / table).rglob("*.parquet"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


if __name__ == "__main__":
    _, chosen, home_, *rest = sys.argv
    begun = time.perf_counter()
    {"merge": _merge, "count": _count}[chosen](Path(home_), *rest)
    print(time.perf_counter() - begun)
