"""Folders of files for the files connector, and what it makes of them."""

import io
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from navette.connectors.connector import Batch, Connector, Refused, Unread
from navette.connectors.files import FilesFolder


def object_id(table: str, value: object) -> str:
    """The identifier that a table's row gets."""
    return sha256(f"{table}\x1f{value}".encode()).hexdigest()[:24]


def written(folder: Path, **files: str | bytes) -> FilesFolder:
    """A folder connector over those files; in their names, ``__`` stands for a dot."""
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content if isinstance(content, bytes) else content.encode())
    return FilesFolder(folder)


def parquet(columns: dict[str, Any] | pa.Table, **options: Any) -> bytes:
    """A Parquet file of those columns."""
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def read(folder: Connector) -> tuple[dict[str, list[dict[str, Any]]], list[Refused]]:
    """The rows of each file with texts for bytes, and what was refused."""
    rows: dict[str, list[dict[str, Any]]] = {}
    refused: list[Refused] = []
    for part in folder.read():
        if isinstance(part, Batch):
            assert 0 < part.rows.num_rows <= 100_000
            part_rows = [{name: _as_text(value) for name, value in row.items()} for row in part.rows.to_pylist()]
            rows.setdefault(part.origin, []).extend(part_rows)
        elif isinstance(part, Refused):
            refused.append(part)
    return rows, refused


def unread(folder: Connector) -> list[str]:
    """The sentences about what could not be read at all."""
    return [str(part.problem) for part in folder.read() if isinstance(part, Unread)]


def _as_text(value: object) -> object:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
