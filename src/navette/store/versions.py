"""The versions of a store's tables: the current one, read only if it has changed, and former ones."""

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from navette.core.errors import ConfigurationError
from navette.store.snapshot import TableVersion, pin, projections_folder, unreadable
from navette.tables import Table

# The logs that this process has read: the state of the folders then, and the table.
_READ: dict[str, tuple[tuple[int, ...], TableVersion]] = {}

# Nanoseconds after which another change of a folder is certain to have another modification time.
_SETTLED = 2_000_000_000


class Versions:
    """The versions of the tables below one folder. A table or a version that cannot be read is a ConfigurationError."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def current(self, table: Table) -> TableVersion:
        """The table in its current state, from memory if its log's folder has not changed since it was read."""
        log = self._root / table.name / "_delta_log"
        state = _state(log, projections_folder(self._root / table.name))
        remembered = _READ.get(str(log.absolute()))
        if remembered is not None and state is not None and remembered[0] == state:
            return remembered[1]
        pinned = pin(table, self.open(table))
        if state is not None and time.time_ns() - max(state[:2]) > _SETTLED:
            _READ[str(log.absolute())] = state, pinned
        return pinned

    def at(self, table: Table, version: int) -> TableVersion:
        """The table at that version; -1 is the table before it was ever written."""
        if version < 0:
            return pin(table, None)
        for pinned in self.available(table, [version]):
            return pinned
        raise ConfigurationError(
            "version {version} of the table '{table}' is no longer stored: run the export again with today's data.",
            version=version,
            table=table.name,
        )

    def available(self, table: Table, versions: Iterable[int]) -> Iterator[TableVersion]:
        """The table at those of the versions that the log and the folder still have."""
        for version in versions:
            with suppress(ConfigurationError):
                delta = self.open(table, version)
                pinned = pin(table, delta)
                if delta and all(Path(file.path).exists() for file in pinned.files):
                    yield pinned

    def open(self, table: Table, version: int | None = None) -> DeltaTable | None:
        """The table as deltalake reads it, at its current version or at that one; None if it was never written."""
        try:
            return DeltaTable((self._root / table.name).absolute().as_uri(), version)
        except DeltaError as error:
            if isinstance(error, TableNotFoundError) and not _has_data_files(self._root / table.name):
                return None
            raise unreadable(table, type(error).__name__) from error


def forget_read_logs() -> None:
    """Read every log again, as a new process does."""
    _READ.clear()


def _has_data_files(folder: Path) -> bool:
    return next(folder.rglob("*.parquet"), None) is not None


def _state(log: Path, projections: Path) -> tuple[int, ...] | None:
    """The log's identity and when it and the projections last changed, or None if there is no log."""
    try:
        status = log.stat()
    except FileNotFoundError:
        return None
    changed = projections.stat().st_mtime_ns if projections.exists() else 0
    return changed, status.st_mtime_ns, status.st_ino
