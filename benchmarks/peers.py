"""Other writers of the same rows: each takes some rows of the messages export's query and writes them its own way.

They run in an environment of their own, since Arrow loads pandas where it is: ``python -m benchmarks.peers HOME NAME
ROWS`` prints the seconds.
"""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import duckdb
import xlsxwriter

from benchmarks.messages import plain, timed
from navette.core.settings import Settings

HOME = Path("var/bench")
Peer = Callable[[Settings, Path, int], float]


def python_csv(settings: Settings, folder: Path, rows: int) -> float:
    """Python's csv module over the query's rows."""

    def write() -> None:
        with (folder / "python.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(_tuples(settings, rows))

    return timed(write)


def pandas_csv(settings: Settings, folder: Path, rows: int) -> float:
    """pandas: the query's rows as a frame, then to_csv."""
    return timed(lambda: _limited(settings, rows).df().to_csv(folder / "pandas.csv", index=False))


def polars_csv(settings: Settings, folder: Path, rows: int) -> float:
    """polars: the query's rows as a frame, then write_csv; lists are joined first, as its writer takes none."""

    import polars as pl  # only where it is measured

    def write() -> None:
        frame = pl.from_arrow(_limited(settings, rows).to_arrow_table())
        lists = [name for name, type_ in frame.schema.items() if type_ == pl.List]
        frame.with_columns(pl.col(name).list.join(", ") for name in lists).write_csv(folder / "polars.csv")

    return timed(write)


def xlsxwriter_xlsx(settings: Settings, folder: Path, rows: int) -> float:
    """XlsxWriter in constant memory: each value by its type, instants without their zone."""

    def write() -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(folder / "xlsxwriter.xlsx", options) as book:
            dates = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
            sheet = book.add_worksheet()
            for number, row in enumerate(_tuples(settings, rows)):
                for place, value in enumerate(row):
                    if value is None:
                        continue
                    if isinstance(value, str):
                        sheet.write_string(number, place, value)
                    elif isinstance(value, list):
                        sheet.write_string(number, place, ", ".join(value))
                    elif hasattr(value, "tzinfo"):
                        sheet.write_datetime(number, place, value.replace(tzinfo=None), dates)
                    else:
                        sheet.write(number, place, value)

    return timed(write)


def postgresql_copy(settings: Settings, _folder: Path, rows: int) -> float:
    """PostgreSQL's COPY, on a server of our own, of a table that already holds the query's rows."""
    relation = _limited(settings, rows)
    types = zip(relation.columns, relation.types, strict=True)
    columns = ", ".join(f'"{name}" {_POSTGRESQL.get(str(type_), "text")}' for name, type_ in types)
    with _postgresql() as (psql, folder):
        relation.write_csv(str(folder / "in.csv"))
        psql(f"CREATE UNLOGGED TABLE messages ({columns})")
        psql(f"COPY messages FROM '{folder / 'in.csv'}' (FORMAT csv, HEADER)")
        return timed(lambda: psql(f"COPY messages TO '{folder / 'out.csv'}' (FORMAT csv, HEADER)"))


_POSTGRESQL = {"TIMESTAMP WITH TIME ZONE": "timestamptz", "BIGINT": "bigint", "BOOLEAN": "boolean"}


@contextmanager
def _postgresql() -> Iterator[tuple[Callable[[str], None], Path]]:
    """A new server on a local socket, as the user that may run one: what runs SQL on it, and a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="navette-bench-"))
    folder.chmod(0o777)
    [binaries] = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def run(program: str, *arguments: str) -> None:
        subprocess.run([*as_user, binaries / program, *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "--pgdata", "data", "--auth", "trust")
    run("pg_ctl", "--pgdata", "data", "--wait", "--log", "log", "--options", f"-k {folder} -h ''", "start")
    try:
        yield (
            lambda sql: run("psql", "--host", str(folder), "--dbname", "postgres", "--quiet", "--command", sql),
            folder,
        )
    finally:
        run("pg_ctl", "--pgdata", "data", "--wait", "stop")
        shutil.rmtree(folder)


def _limited(settings: Settings, rows: int) -> duckdb.DuckDBPyRelation:
    connection, sql = plain(settings)
    return connection.sql(f"{sql} LIMIT {rows}")


def _tuples(settings: Settings, rows: int) -> Iterator[tuple[object, ...]]:
    batches = _limited(settings, rows).to_arrow_reader(10_000)
    return chain.from_iterable(zip(*(column.to_pylist() for column in batch.columns), strict=True) for batch in batches)


# Some of them are slow: how many rows each is given.
PEERS: dict[str, tuple[Peer, int]] = {
    "PostgreSQL COPY, from its own table": (postgresql_copy, 2_000_000),
    "polars write_csv": (polars_csv, 2_000_000),
    "Python csv": (python_csv, 500_000),
    "pandas to_csv": (pandas_csv, 200_000),
    "XlsxWriter, constant memory": (xlsxwriter_xlsx, 50_000),
}


def seconds(settings: Settings, name: str, rows: int) -> float:
    """The seconds that one of ``PEERS`` takes for so many rows."""
    command = [HOME / "venv" / "bin" / "python", "-m", "benchmarks.peers", str(settings.home), name, str(rows)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


if __name__ == "__main__":
    _home, _name, _rows = sys.argv[1:]
    print(PEERS[_name][0](Settings(home=Path(_home)), HOME / "out", int(_rows)))
