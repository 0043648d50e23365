"""The messages export in every format, and DuckDB's own writers of the same columns."""

import os
import shutil
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb

from navette.catalogue.compile import compile_query
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Request
from navette.core.settings import Settings
from navette.core.windows import OPEN, Window
from navette.core.zones import zone
from navette.engines import DuckDBEngine
from navette.exporting.prepare import Produced, prepare
from navette.formats import COMPRESSIONS, FORMATS, Rendering
from navette.store import Store

PARIS = zone("Europe/Paris")


def export(
    settings: Settings, folder: Path, name: str = "bi", compression: str = "", window: Window = OPEN
) -> Produced:
    """Run the export as the command line does, with its file and hash."""
    engine = DuckDBEngine(Store(settings.store).snapshot(), settings)
    request, rendering = Request("messages", window=window, zone=PARIS), Rendering("fr", PARIS)
    return prepare(request, engine, FORMATS[name], rendering, COMPRESSIONS.get(compression)).produce(folder)


def copy(settings: Settings, folder: Path, options: str = "FORMAT csv, HEADER") -> None:
    """Run the peer: one COPY of the same query by DuckDB with all cores and DuckDB's own values."""
    connection, sql = plain(settings)
    with connection:
        connection.execute(f"COPY ({sql}) TO '{folder / 'copy'}' ({options})")


def flushed_copy(settings: Settings, folder: Path, options: str = "FORMAT csv, HEADER") -> None:
    """Run the peer, and flush its file to disk, as our files are."""
    copy(settings, folder, options)
    with (folder / "copy").open("rb") as file:
        os.fsync(file.fileno())


def plain(settings: Settings) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Return a connection with all cores, and the export's query for it."""
    snapshot = Store(settings.store).snapshot()
    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.cpu_count()}; SET TimeZone = 'UTC'")
    query = compile_query(EXPORTS["messages"], Request("messages"), lambda _: [])
    for name in query.tables:
        paths = [file.path for file in snapshot.tables[name].files]
        connection.read_parquet(paths, hive_partitioning=False).create_view(name)
    return connection, query.sql()


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def ratio(a: Callable[[], object], b: Callable[[], object], runs: int) -> tuple[float, float, float]:
    """Return the medians of both and of their ratios, measured in turn: A B A B …"""
    pairs = [(alone(a), alone(b)) for _ in range(runs)]
    return (
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(one / other for one, other in pairs),
    )


def alone(work: Callable[[], object]) -> float:
    """Return the seconds of one call, which does not pay for what the previous one left to write."""
    os.sync()
    return timed(work)


def a_day(settings: Settings) -> Window:
    """Return a day in the middle of the data, by its place in the table."""
    files = Store(settings.store).snapshot().tables["contents"].files
    start = files[len(files) // 2].least["created_at"].replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(start + timedelta(days=10), start + timedelta(days=11))


def emptied(folder: Path) -> Path:
    """Empty the folder, and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
