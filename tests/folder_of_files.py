"""Folders of files for the files connector, and what it makes of them."""

import io
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet

from navette.connectors.connector import Batch, Refused, Unread
from navette.connectors.files import FilesFolder


def object_id(table, value):
    """The identifier that a table's row gets."""
    return sha256(f"{table}\x1f{value}".encode()).hexdigest()[:24]


def written(folder, **files):
    """A folder connector over those files; in their names, ``__`` stands for a dot."""
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_bytes(content if isinstance(content, bytes) else content.encode())
    return FilesFolder(folder)


def parquet(columns, **options):
    """A Parquet file of those columns."""
    sink = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def read(folder):
    """The rows of each file with texts for bytes, and what was refused."""
    rows, refused = {}, []
    for part in folder.read():
        if isinstance(part, Batch):
            assert 0 < part.rows.num_rows <= 100_000
            part_rows = [{name: _as_text(value) for name, value in row.items()} for row in part.rows.to_pylist()]
            rows.setdefault(part.origin, []).extend(part_rows)
        elif isinstance(part, Refused):
            refused.append(part)
    return rows, refused


def unread(folder):
    """The sentences about what could not be read at all."""
    return [part.problem for part in folder.read() if isinstance(part, Unread)]


def _as_text(value):
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
