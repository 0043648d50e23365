"""A snapshot: one fixed version of every table, as the Parquet files that contain it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable

from navette.core.errors import ConfigurationError
from navette.tables import Table

# Reader features that change the meaning of the Parquet files; Navette's own tables have none.
_UNREADABLE = {"deletionVectors", "columnMapping"}


@dataclass(frozen=True)
class DataFile:
    """One Parquet file: its path, its rows, and the smallest and the largest value of the columns with statistics.

    ``nulls`` counts the rows without a value.
    """

    path: str
    rows: int
    least: Mapping[str, Any]
    greatest: Mapping[str, Any]
    nulls: Mapping[str, int]

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
        return (start is None or start <= least) and (end is None or greatest + timedelta(milliseconds=1) <= end)


def _whole_milliseconds(instant: datetime) -> datetime:
    # The bounds in a Delta log are cut to milliseconds: the largest value can be a little later than stated.
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


@dataclass(frozen=True)
class TableVersion:
    """One table at one version. ``files`` are in the order of their first creation, then of their path."""

    table: Table
    version: int
    files: tuple[DataFile, ...]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(file.rows for file in self.files)


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

    Raises ConfigurationError if another writer's features hide rows, or if it lacks a field.
    """
    if delta is None:
        return TableVersion(table, -1, ())
    hidden = _UNREADABLE & set(delta.protocol().reader_features or ())
    if hidden:
        raise ConfigurationError(
            "the table '{table}' in the store was written with {features}, which Navette cannot read: rewrite it "
            "without, or load the data again.",
            table=table.name,
            features=sorted(hidden),
        )
    stored = {field.name for field in delta.schema().fields}
    if missing := [field.name for field in table.fields if field.name not in stored]:
        raise ConfigurationError(
            "the table '{table}' in the store has no {columns}, which this version of Navette reads: move the "
            "table's folder away and load the data again, or go back to the version that wrote it.",
            table=table.name,
            columns=missing,
        )
    folder = unquote(delta.table_uri.removeprefix("file://"))
    actions = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    files = [_data_file(folder + action["path"], action) for action in actions]
    return TableVersion(table, delta.version(), tuple(sorted(files, key=_store_order)))


def _data_file(path: str, action: Mapping[str, Any]) -> DataFile:
    def with_prefix(prefix: str) -> dict[str, Any]:
        return {name.removeprefix(prefix): value for name, value in action.items() if name.startswith(prefix)}

    return DataFile(path, action["num_records"], with_prefix("min."), with_prefix("max."), with_prefix("null_count."))


def _store_order(file: DataFile) -> tuple[str, str]:
    return (str(file.least.get("created_at") or ""), file.path)
