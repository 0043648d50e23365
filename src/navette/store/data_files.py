"""Data files: the one place where the store writes Parquet, in files of bounded size, with their statistics."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa
from pyarrow.parquet import FileMetaData, ParquetWriter, read_metadata

from navette.core.files import create_folder, flush, named_in_errors
from navette.core.types import Kind, Text
from navette.store.layout import Sizes, time_order
from navette.store.relation import relation
from navette.store.snapshot import DataFile
from navette.tables import Table

_LONGEST_BOUND = 64
"""A longer lower bound of texts is shortened, and an upper one left out, so that odd keys do not bloat the log."""


def write_batches(table: Table, folder: Path, batches: Iterable[pa.RecordBatch], sizes: Sizes) -> Iterator[DataFile]:
    """Write batches, which are in the table's schema and in order, as files of one folder, whose names keep the order.

    Each batch becomes a row group.
    """
    create_folder(folder)
    token, number, remaining = secrets.token_hex(16), 0, iter(batches)
    while (batch := next(remaining, None)) is not None:
        path = folder / f"part-{number:05}-{token}-c000.zstd.parquet"
        yield _write_file(table, path, batch, remaining, sizes.file)
        number += 1


def read_batches(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[DataFile], sizes: Sizes
) -> Iterator[pa.RecordBatch]:
    """The rows of the files in time order, in batches of the size of row groups."""
    query = f"FROM ({relation(table, files)}) ORDER BY {', '.join(time_order(table))} NULLS LAST"
    yield from connection.sql(query).to_arrow_reader(sizes.row_group_rows).cast(table.schema)


def parquet_writer(table: Table, schema: pa.Schema, file: BinaryIO) -> ParquetWriter:
    """A writer of columns of the table as the store writes them.

    Key values do not repeat, so they need no dictionary. Texts have long bounds, and no query filters by them.
    """
    texts = {field.name for field in table.fields if field.type == Text or field.type.kind is Kind.JSON}
    paths = {field.name: f"{field.name}.list.element" if _is_list(field) else field.name for field in schema}
    return ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[path for name, path in paths.items() if name not in table.key],
        write_statistics=[path for name, path in paths.items() if name not in texts],
    )


def _is_list(field: pa.Field) -> bool:
    return bool(pa.types.is_list(field.type))


def _write_file(
    table: Table, path: Path, first: pa.RecordBatch, remaining: Iterator[pa.RecordBatch], size: int
) -> DataFile:
    """Write one file with the first batch and as many of the remaining ones as fit."""
    with named_in_errors(path), path.open("xb") as file, parquet_writer(table, table.schema, file) as writer:
        batch: pa.RecordBatch | None = first
        while batch is not None:
            writer.write_batch(batch, row_group_size=batch.num_rows)
            batch = next(remaining, None) if file.tell() < size else None
    flush(path)
    metadata = read_metadata(path)
    return DataFile(str(path), metadata.num_rows, *_bounds(table, metadata), path.stat().st_size)


def _bounds(table: Table, metadata: FileMetaData) -> tuple[dict[str, Any], dict[str, Any], dict[str, int]]:
    """The smallest and the largest value of each column with statistics, and its number of nulls."""
    least: dict[str, Any] = {}
    greatest: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    places = {metadata.schema.column(n).path: n for n in range(metadata.num_columns)}
    for name in table.statistics:
        groups = [metadata.row_group(n).column(places[name]).statistics for n in range(metadata.num_row_groups)]
        known = [group for group in groups if group.has_min_max]
        nulls[name] = sum(group.null_count for group in groups)
        # Parquet has no bounds of a row group without values, nor of one whose values are longer than 4 kB.
        if known and all(group.has_min_max or not group.num_values for group in groups):
            least[name] = _shortened(min(group.min for group in known))
            greatest[name] = max(group.max for group in known)
            if _shortened(greatest[name]) != greatest[name]:
                greatest[name] = None
    return least, greatest, nulls


def _shortened(bound: Any) -> Any:
    return bound[:_LONGEST_BOUND] if isinstance(bound, str) else bound
