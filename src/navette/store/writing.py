"""Write the changes of a merge or a deletion as the next version of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from navette.store.data_files import read_batches, write_batches
from navette.store.delta_log import DeltaLog
from navette.store.layout import Sizes
from navette.store.months import write_rows
from navette.store.snapshot import DataFile
from navette.store.vectors import Vector
from navette.tables import Table

Replaced = Mapping[str, Sequence[int]]


def write_changes(
    connection: duckdb.DuckDBPyConnection, log: DeltaLog, rows: pa.Table, replaced: Replaced, sizes: Sizes
) -> None:
    """Add ``rows``, and delete the rows of ``replaced`` (numbers by path), in one version.

    Deleted rows of large files are marked; what is left of small files is rewritten together with the new rows.
    """
    table, files = log.pinned.table, {file.path: file for file in log.pinned.files}
    actions, together = [], [rows]
    for path, numbers in replaced.items():
        file = files[path]
        left = replace(file, vector=Vector.of((*file.deleted, *numbers)))
        actions.append(log.remove(file))
        if left.size <= sizes.rewritten:
            together += [pa.Table.from_batches(read_batches(connection, table, [left], sizes), table.schema)]
        else:
            actions += map(log.add, _marked_or_rewritten(connection, table, left, sizes))
    actions += map(log.add, write_rows(table, log.folder, pa.concat_tables(together), sizes))
    log.commit("MERGE" if rows.num_rows else "DELETE", actions)


def _marked_or_rewritten(
    connection: duckdb.DuckDBPyConnection, table: Table, file: DataFile, sizes: Sizes
) -> list[DataFile]:
    """The file as its vector leaves it, or files of the rows that are left if the vector is too large."""
    if file.live_rows and file.vector and file.vector.size <= sizes.vector:
        return [file]
    return list(write_batches(table, Path(file.path).parent, read_batches(connection, table, [file], sizes), sizes))
