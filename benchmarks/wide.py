"""Files of hundreds of columns: presence time of many channels, threads with many chat variables.

``python -m benchmarks.wide``: every column of each, in processes of their own, with the processor time and the peak
memory of each and the columns of the file. The stores are made once, under ``var/bench``.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from benchmarks.peers import HOME
from navette.catalogue.column_names import namings
from navette.store import Store
from navette.tables import TABLES

MEASURED = (
    ("presence_time", 150, 1),
    ("presence_time", 150, 10_000),
    ("presence_time", 1_000, 1),
    ("threads", 400, 1),
    ("threads", 1_000, 1),
    ("threads", 1_000, 10_000),
)
"""Export, members of its family, rows of the file."""

FORMATS = ("bi", "parquet", "xlsx")

THREADS = 20
"""Threads of a large server: each connection of the engine gets its share of the memory limit."""

STATES = ("available", "away", "busy", "full", "unoccupied")

DAYS = 100

IN_A_CHAT = 10
"""Number of variables per chat, if there are many chats."""


def main() -> None:
    """Print a row for each export and format."""
    print("| export | members | rows | format | columns | processor seconds | peak memory |\n" + "| --- " * 7 + "|")
    for export, members, rows in MEASURED:
        home = _made(export, members, rows)
        for format_ in FORMATS:
            columns, seconds, megabytes = _measured(home, export, format_)
            print(
                f"| {export} | {members:,} | {rows:,} | {format_} | {columns:,} | {seconds:.1f} | {megabytes:.0f} MB |",
                flush=True,
            )


def _made(export: str, members: int, rows: int) -> Path:
    home = HOME / f"wide-{export}-{members}-{rows}"
    if not (home / "made").exists():
        store = Store(home / "store")
        tables = _presence(members, rows) if export == "presence_time" else _threads(members, rows)
        for name, table in tables:
            store.merge(TABLES[name], table, namings=namings(name))
        (home / "made").touch()
    return home


def _presence(channels: int, rows: int) -> Iterable[tuple[str, pa.Table]]:
    """Yield each agent on each of the days, in one state on each channel."""
    ids = [f"{number:024x}" for number in range(channels)]
    yield "channels", pa.table({"id": ids, "name": [f"Channel {number}" for number in range(channels)]})
    days = [date(2024, 1, 1) + timedelta(number % DAYS) for number in range(rows)]
    agents = [f"{number // DAYS:024x}" for number in range(rows)]
    yield (
        "presence_times",
        pa.table(
            {
                "id": [f"{row}-{channel}" for row in range(rows) for channel in range(channels)],
                "date": [day for day in days for _ in ids],
                "user_id": [agent for agent in agents for _ in ids],
                "channel_id": ids * rows,
                "state": [STATES[(row + channel) % 5] for row in range(rows) for channel in range(channels)],
                "seconds": [row + channel for row in range(rows) for channel in range(channels)],
            }
        ),
    )


def _threads(variables: int, rows: int) -> Iterable[tuple[str, pa.Table]]:
    in_one = variables if rows == 1 else IN_A_CHAT
    chats = [{f"variable {(row * in_one + n) % variables}": f"value {n}" for n in range(in_one)} for row in range(rows)]
    ids, texts = [f"{number:024x}" for number in range(rows)], [json.dumps(chat) for chat in chats]
    yield "threads", pa.table({"id": ids, "created_at": ["2024-01-01"] * rows, "custom_variables": texts})


def _measured(home: Path, export: str, format_: str) -> tuple[int, float, float]:
    """Return the columns, processor seconds and peak memory in MB of one command."""
    out = home / "out"
    command = [sys.executable, "-m", "navette", "export", export, "--all-fields", "--format", format_]
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    environment = os.environ | {"NAVETTE_HOME": str(home), "NAVETTE_THREADS": str(THREADS)}
    run = [sys.executable, "-c", code, *command, "--output", str(out)]
    done = subprocess.run(run, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    seconds, kilobytes = done.stdout.split()
    [entry] = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["files"][-1:]
    return len(entry["columns"]), float(seconds), int(kilobytes) / 1000


if __name__ == "__main__":
    main()
