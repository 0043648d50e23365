"""The log of a table, opened to write its next version: which files are added, marked and removed."""

import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

from navette.core.errors import TryLaterError
from navette.core.files import flush
from navette.store.layout import MONTH, month_of_file, partitions
from navette.store.snapshot import DataFile, pin
from navette.tables import Table

CHECKPOINT_INTERVAL = 10
"""Opening a table reads the commits since the last checkpoint, and every run opens every table."""

_VECTORS = "delta.enableDeletionVectors"

# The features of tables whose protocol lists none, such as those that the store creates.
_ALWAYS = ("appendOnly", "invariants")


def properties_of(table: Table) -> dict[str, str]:
    """The properties of a table of the store."""
    return {
        "delta.dataSkippingStatsColumns": ",".join(table.statistics),
        "delta.checkpointInterval": str(CHECKPOINT_INTERVAL),
        # Each checkpoint lists the files removed in this time, with their vectors. Vacuum does not need the list.
        "delta.deletedFileRetentionDuration": "interval 1 days",
    }


class DeltaLog:
    """A table of the store at its current version, ``pinned``, and the next version to write."""

    def __init__(self, table: Table, delta: DeltaTable) -> None:
        self.pinned = pin(table, delta)
        self.folder = self.pinned.folder
        self._log = self.folder / "_delta_log"
        self._table = table
        self._delta = delta

    def add(self, file: DataFile, *, changed: bool = True) -> dict[str, Any]:
        """The action that adds a file, with its vector if it has one. ``changed`` is whether rows are new."""
        vector = {"deletionVector": file.vector.descriptor} if file.vector else {}
        return {
            "add": {
                **self._named(file),
                "modificationTime": _now(),
                "dataChange": changed,
                "stats": _as_text(_statistics(file)),
                **vector,
            }
        }

    def remove(self, file: DataFile, *, changed: bool = True) -> dict[str, Any]:
        """The action that removes a file with its vector."""
        vector = {"deletionVector": file.vector.descriptor} if file.vector else {}
        named = {**self._named(file), "deletionTimestamp": _now(), "extendedFileMetadata": True}
        return {"remove": {**named, "dataChange": changed, **vector}}

    def commit(self, operation: str, actions: Iterable[Mapping[str, Any]]) -> None:
        """Write the next version, which survives a power loss, as its data files do.

        Raises TryLaterError if another program has written it in the meantime.
        """
        actions = list(actions)
        vectors = any("deletionVector" in action.get("add", {}) for action in actions)
        information = {"timestamp": _now(), "operation": operation, "engineInfo": "navette"}
        lines = [
            _as_text(action) + "\n"
            for action in ({"commitInfo": information}, *self._settings(vectors=vectors), *actions)
        ]
        version = self._delta.version() + 1
        for folder in {(self.folder / action["add"]["path"]).parent for action in actions if "add" in action}:
            flush(folder)
        try:
            _write_whole(self._log / f"{version:020}.json", "".join(lines))
        except FileExistsError as error:
            raise overtaken(self._table) from error
        if version % CHECKPOINT_INTERVAL == 0:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Write the whole state, so that readers need no earlier commit."""
        self._delta.update_incremental()
        self._delta.create_checkpoint()
        for name in (f"{self._delta.version():020}.checkpoint.parquet", "_last_checkpoint"):
            flush(self._log / name)
        flush(self._log)

    def _settings(self, *, vectors: bool) -> Iterator[dict[str, Any]]:
        """The actions that add missing properties to the table, which an earlier version may have created."""
        metadata, protocol = self._delta.metadata(), self._delta.protocol()
        properties = {**metadata.configuration, **properties_of(self._table), **({_VECTORS: "true"} if vectors else {})}
        if vectors and "deletionVectors" not in (protocol.reader_features or ()):
            features = {
                "readerFeatures": sorted({*(protocol.reader_features or ()), "deletionVectors"}),
                "writerFeatures": sorted({*(protocol.writer_features or _ALWAYS), "deletionVectors"}),
            }
            yield {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}
        if properties != metadata.configuration:
            yield {
                "metaData": {
                    "id": metadata.id,
                    "format": {"provider": "parquet", "options": {}},
                    "schemaString": self._delta.schema().to_json(),
                    "partitionColumns": metadata.partition_columns,
                    "createdTime": metadata.created_time,
                    "configuration": properties,
                }
            }

    def _named(self, file: DataFile) -> dict[str, Any]:
        month = month_of_file(self._table, file.path)
        path = str(Path(file.path).relative_to(self.folder))
        return {"path": path, "size": file.size, "partitionValues": {MONTH: month} if month else {}}


def overtaken(table: Table) -> TryLaterError:
    """The error that another program has written the table in the meantime."""
    return TryLaterError(
        "another program wrote the table '{table}' of the store at the same time: try again.", table=table.name
    )


def create_table(table: Table, folder: Path) -> DeltaLog:
    """Create a table without rows, which survives a power loss, in a folder that does not exist yet."""
    fields = [*table.schema, *(pa.field(name, pa.string()) for name in partitions(table))]
    delta = DeltaTable.create(
        folder.absolute().as_uri(),
        pa.schema(fields),
        partition_by=partitions(table),
        configuration=properties_of(table),
    )
    log = folder / "_delta_log"
    for path in (log / f"{0:020}.json", log, folder, folder.parent):
        flush(path)
    return DeltaLog(table, delta)


def _write_whole(path: Path, text: str) -> None:
    """Write a file that does not exist yet. It appears whole, and survives a power loss."""
    temporary = path.with_name(f"_commit_{uuid.uuid4()}.json.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        flush(temporary)
        os.link(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    flush(path.parent)


def _statistics(file: DataFile) -> dict[str, Any]:
    # The bounds of a file with deleted rows can be those of a deleted one.
    return {
        "numRecords": file.rows,
        "minValues": {name: _as_json(value) for name, value in file.least.items() if value is not None},
        "maxValues": {name: _as_json(value) for name, value in file.greatest.items() if value is not None},
        "nullCount": {name: count for name, count in file.nulls.items() if count is not None},
        "tightBounds": file.vector is None,
    }


def _as_text(value: Mapping[str, Any]) -> str:
    """JSON without escaped characters: deltalake misreads the pair of escapes of one such as U+20000."""
    return json.dumps(value, ensure_ascii=False)


def _as_json(value: Any) -> Any:
    return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z" if isinstance(value, datetime) else value


def _now() -> int:
    return int(time.time() * 1000)
