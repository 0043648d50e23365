"""Rows of a load, sorted by time and written month by month."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.store.data_files import write_batches
from navette.store.layout import MONTH, UNDATED, Sizes, time_order
from navette.store.snapshot import DataFile
from navette.tables import Table


def write_rows(table: Table, folder: Path, rows: pa.Table, sizes: Sizes) -> list[DataFile]:
    """Write rows below the table's folder in time order, each month in files of its own."""
    months = list(by_month(table, in_time_order(table, rows), sizes.row_group_rows))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        written = pool.map(lambda month: list(write_batches(table, folder / month[0], month[1], sizes)), months)
        return [file for files in written for file in files]


def in_time_order(table: Table, rows: pa.Table) -> pa.Table:
    """The rows in the table's schema, sorted by creation and key."""
    rows = rows.select(table.schema.names).cast(table.schema)
    order = pc.sort_indices(rows, [(name, "ascending", "at_end") for name in time_order(table)])
    return rows if pc.all(pc.equal(order, np.arange(rows.num_rows))).as_py() else rows.take(order)


def by_month(table: Table, rows: pa.Table, size: int) -> Iterator[tuple[str, list[pa.RecordBatch]]]:
    """The rows, which are in time order, in batches, with the folder of each month."""
    if not table.monthly:
        yield "", rows.combine_chunks().to_batches(size)
        return
    months = pc.fill_null(pc.strftime(rows["created_at"], "%Y-%m"), UNDATED).combine_chunks()
    runs = pc.run_end_encode(months)
    start = 0
    for month, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield f"{MONTH}={month}", rows.slice(start, end - start).combine_chunks().to_batches(size)
        start = end
