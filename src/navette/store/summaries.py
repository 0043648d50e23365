"""Summaries: what columns depend on, such as the chat variables that occur, stored for each data file of a large table.

Each summary has a file outside the Delta tables. It depends on nothing but data files, of which it has those that
existed when the table was compacted last. Readers summarise the others themselves.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from navette.core.files import flush
from navette.core.sql import literal
from navette.store.layout import Sizes
from navette.store.relation import relation, scanned
from navette.store.snapshot import DataFile, TableVersion
from navette.tables import Summary, Table


def create_summary(connection: duckdb.DuckDBPyConnection, stored: TableVersion, summary: Summary) -> None:
    """Create the summary of all rows of a table as a temporary relation of its name."""
    stored_keys = _read(connection, stored, summary)
    query = _query(stored.table, summary, _missing(stored, summary, stored_keys))
    if stored_keys:
        query = f"SELECT unnest(rows, recursive := true) FROM {_of_files(summary)} UNION FROM ({query})"
    connection.execute(f"CREATE TEMP VIEW {summary.name} AS {query}")


def summarise(connection: duckdb.DuckDBPyConnection, stored: TableVersion, scratch: Path, sizes: Sizes) -> None:
    """Store the missing summaries of a large table's files, and forget those of files that it no longer has."""
    for summary in stored.table.summaries:
        stored_keys = _read(connection, stored, summary)
        missing = _missing(stored, summary, stored_keys) if stored.rows >= sizes.projected_rows else []
        for number, file in enumerate(missing):
            insert = f"INSERT INTO {_of_files(summary)}" if stored_keys or number else _create(summary)
            rows = f"SELECT list(s) FROM ({_query(stored.table, summary, [file])}) AS s"
            connection.execute(f"{insert} SELECT {literal(_key(file, summary))} AS file, ({rows}) AS rows")
        path = _path(stored, summary)
        if missing or _count(connection, path) > len(stored_keys):
            written = scratch / f"{summary.name}.parquet"
            connection.execute(f"COPY {_of_files(summary)} TO {literal(str(written))} (FORMAT parquet)")
            flush(written)
            path.parent.mkdir(parents=True, exist_ok=True)
            written.rename(path)


def remove_summaries(table: Table, folder: Path) -> None:
    """Remove the summaries of a table that no longer exists, by its former folder."""
    for summary in table.summaries:
        _path(TableVersion(table, -1, (), folder), summary).unlink(missing_ok=True)


def _read(connection: duckdb.DuckDBPyConnection, stored: TableVersion, summary: Summary) -> set[str]:
    """Read the stored summaries of the table's files into ``_of_files``. Returns the keys of these files."""
    path = _path(stored, summary)
    keys = ", ".join(literal(_key(file, summary)) for file in stored.files)
    if stored.version < 0 or not path.exists():  # a table that was never written has no folder
        return set()
    # Once, because another process may replace the file at any time.
    connection.execute(f"{_create(summary)} FROM {scanned([str(path)])} WHERE file IN ({keys or 'NULL'})")
    return {key for (key,) in connection.execute(f"SELECT file FROM {_of_files(summary)}").fetchall()}


def _count(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The number of files whose summaries are stored."""
    counts = connection.execute(f"SELECT count(*) FROM {scanned([str(path)])}").fetchall() if path.exists() else [(0,)]
    return int(counts[0][0])


def _missing(stored: TableVersion, summary: Summary, keys: set[str]) -> list[DataFile]:
    return [file for file in stored.files if _key(file, summary) not in keys]


def _key(file: DataFile, summary: Summary) -> str:
    """A key that no other file has, nor the same file in a version of Navette with another query."""
    return hashlib.sha256(f"{file.fingerprint}\0{summary.query}".encode()).hexdigest()[:32]


def _query(table: Table, summary: Summary, files: Sequence[DataFile]) -> str:
    return f"WITH {table.name} AS ({relation(table, files)}) {summary.query}"


def _of_files(summary: Summary) -> str:
    return f"{summary.name}_of_files"


def _create(summary: Summary) -> str:
    return f"CREATE OR REPLACE TEMP TABLE {_of_files(summary)} AS"


def _path(stored: TableVersion, summary: Summary) -> Path:
    return stored.folder.parent / ".summaries" / f"{summary.name}.parquet"
