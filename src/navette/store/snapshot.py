"""A snapshot: one fixed version of every table, as the Parquet files that contain it."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from navette.core.errors import ConfigurationError
from navette.tables import Projection, Table

if TYPE_CHECKING:
    from navette.store.vectors import Vector

# A reader feature that changes the meaning of the Parquet files; Navette's own tables do not have it.
_UNREADABLE = "columnMapping"

_MARKS_ROWS = "deletionVectors"

_MISREAD = set("%*?[]\\^|<>:")
"""Characters that make the path of a data file a pattern or an address."""


@dataclass(frozen=True)
class DataFile:
    """One Parquet file: its path, its rows, and the smallest and the largest value of the columns with statistics.

    ``rows`` counts the deleted rows too, ``nulls`` the rows without a value; ``vector`` marks the deleted ones.
    ``projections`` are the paths of its sorted copies, by the column that they are sorted by. ``size`` is in bytes.
    """

    path: str
    rows: int
    least: Mapping[str, Any]
    greatest: Mapping[str, Any]
    nulls: Mapping[str, int]
    size: int = 0
    vector: "Vector | None" = None
    projections: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def deleted(self) -> tuple[int, ...]:
        """The numbers of the deleted rows, from 0, sorted. Raises ConfigurationError if the table's log is damaged."""
        if self.vector is None:
            return ()
        with suppress(ValueError):
            numbers = self.vector.rows if self.vector.count <= self.rows else [self.rows]
            if all(0 <= number < self.rows for number in (*numbers[:1], *numbers[-1:])):
                return tuple(map(int, numbers))
        raise ConfigurationError(
            "the store cannot tell which rows of {file} are deleted: restore its table's folder, or load the data "
            "again.",
            file=Path(self.path).name,
        )

    @cached_property
    def fingerprint(self) -> str:
        """A text that no file with other rows has: no two files ever have the same path, even in a recreated store."""
        return _digest(self.path, self.vector.text if self.vector else "")

    @property
    def live_rows(self) -> int:
        """The number of rows that are not deleted."""
        return self.rows - (self.vector.count if self.vector else 0)

    def may_hold(self, column: str, start: datetime | None, end: datetime | None) -> bool:
        """Whether, by its statistics, the file can contain a row with ``start <= column < end``."""
        least, greatest = self.least.get(column), self.greatest.get(column)
        if least is None or greatest is None:
            return True
        return (end is None or least < end) and (start is None or greatest >= _whole_milliseconds(start))

    def holds_only(self, column: str, start: datetime | None, end: datetime | None) -> bool:
        """Whether ``start <= column < end`` is certain for every row of this file."""
        least, greatest = self.least.get(column), self.greatest.get(column)
        if self.nulls.get(column) != 0 or not isinstance(least, datetime) or not isinstance(greatest, datetime):
            return False
        return (start is None or start <= least) and (end is None or end - greatest >= timedelta(milliseconds=1))


def _whole_milliseconds(instant: datetime) -> datetime:
    # The bounds in a Delta log are cut to milliseconds: the largest value can be a little later than stated.
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class TableVersion:
    """One table at one version. ``files`` are in the order of their first creation, then of their path.

    They are below ``folder``, a path without symbolic links.
    """

    table: Table
    version: int
    files: tuple[DataFile, ...]
    folder: Path = Path()

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(file.live_rows for file in self.files)

    @cached_property
    def fingerprint(self) -> str:
        """A text that no version with other rows has."""
        return _digest(*(file.fingerprint for file in self.files))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@dataclass(frozen=True)
class Snapshot:
    """The state that a run reads: every table under ``root`` at one version.

    A table that was never written has version -1 and no files.
    """

    root: str
    tables: Mapping[str, TableVersion]

    @property
    def versions(self) -> dict[str, int]:
        """The version of each table."""
        return {name: pinned.version for name, pinned in self.tables.items()}


def pin(table: Table, delta: DeltaTable | None) -> TableVersion:
    """The current state of the table in ``delta``.

    Raises ConfigurationError if another writer's features hide columns or rows, or if it lacks a field.
    """
    if delta is None:
        return TableVersion(table, -1, ())
    features = delta.protocol().reader_features or ()
    if _UNREADABLE in features:
        raise _written_with(table, _UNREADABLE)
    stored = {field.name for field in delta.schema().fields}
    if missing := [field.name for field in table.fields if field.name not in stored]:
        raise ConfigurationError(
            "the table '{table}' in the store has no {columns}, which this version of Navette reads: move the "
            "table's folder away and load the data again, or go back to the version that wrote it.",
            table=table.name,
            columns=missing,
        )
    folder = Path(unquote(delta.table_uri.removeprefix("file://")))
    marked = _vectors(table, folder, delta.version()) if _MARKS_ROWS in features else {}
    added = pa.table(delta.get_add_actions(flatten=True))
    for path in added["path"].to_pylist():
        if set(path) & _MISREAD or path.startswith("/") or ".." in path.split("/"):
            raise unreadable(table, path)
    files = _data_files(added, folder, marked, projections(table, folder))
    return TableVersion(table, delta.version(), tuple(files), folder)


def projections(table: Table, folder: Path) -> dict[str, dict[str, str]]:
    """The projections of the data files below a table's folder: file (see ``flat_name``), column, path."""
    found: dict[str, dict[str, str]] = {}
    kinds = {projection_kind(projection): projection.by for projection in table.projections}
    beside = projections_folder(folder)
    for name in os.listdir(beside) if table.projections and beside.is_dir() else ():
        file, _, kind = name.removesuffix(".parquet").rpartition(".")
        if kind in kinds:
            found.setdefault(file, {})[kinds[kind]] = str(beside / name)
    return found


def projections_folder(folder: Path) -> Path:
    """The folder of the projections of a table's data files."""
    return folder.parent / ".projections" / folder.name


def projection_kind(projection: Projection) -> str:
    """How the names of a projection's files end, which differs between versions whose projections differ in columns."""
    return f"{projection.by}-{_digest(*projection.columns)[:8]}"


def flat_name(path: str) -> str:
    """The name of a data file, given by its path inside the table's folder, in names of its projections."""
    return path.replace("/", "+")


def _vectors(table: Table, folder: Path, version: int) -> "dict[str, Vector]":
    from navette.store.vectors import UnreadableVectorError, vectors

    try:
        return vectors(folder / "_delta_log", version)
    except UnreadableVectorError as error:
        raise _written_with(table, _MARKS_ROWS) from error


def unreadable(table: Table, kind: str) -> ConfigurationError:
    """The error for a damaged log of a table; ``kind`` is the kind of damage."""
    return ConfigurationError(
        "the table '{table}' in the store cannot be read ({kind}): restore the table's folder from a backup, or "
        "move it away and load the data again.",
        table=table.name,
        kind=kind,
    )


def _written_with(table: Table, feature: str) -> ConfigurationError:
    return ConfigurationError(
        "the table '{table}' in the store was written with {features}, which Navette cannot read: rewrite it "
        "without, or load the data again.",
        table=table.name,
        features=[feature],
    )


def _data_files(
    added: pa.Table, folder: Path, marked: "Mapping[str, Vector]", projected: Mapping[str, Mapping[str, str]]
) -> Iterator[DataFile]:
    """The files that a log has added, in the order of the store."""
    paths, rows, sizes = (added[name].to_pylist() for name in ("path", "num_records", "size_bytes"))
    bounds = [
        {
            name.removeprefix(prefix): added[name].combine_chunks()
            for name in added.column_names
            if name.startswith(prefix)
        }
        for prefix in ("min.", "max.", "null_count.")
    ]
    created = bounds[0]["created_at"].to_pylist() if "created_at" in bounds[0] else [None] * len(paths)
    for n in sorted(range(len(paths)), key=lambda n: (str(created[n] or ""), paths[n])):
        path, (least, greatest, nulls) = paths[n], (_Statistics(columns, n) for columns in bounds)
        copies = projected.get(flat_name(path), {})
        count = _count_rows(f"{folder}/{path}") if rows[n] is None else rows[n]
        yield DataFile(f"{folder}/{path}", count, least, greatest, nulls, sizes[n], marked.get(path), copies)


def _count_rows(path: str) -> int:
    """The number of rows of a file that another writer added without statistics."""
    from pyarrow.parquet import read_metadata  # takes long to import, and few tables need it

    return int(read_metadata(path).num_rows)


class _Statistics(Mapping[str, Any]):
    """One file's values among those of all files. Most are never read, and there can be thousands of files."""

    def __init__(self, columns: Mapping[str, pa.Array], row: int) -> None:
        self._columns, self._row = columns, row

    def __getitem__(self, name: str) -> Any:
        return self._columns[name][self._row].as_py()

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)
