"""Projections: sorted copies of the columns through which the rows of large data files are looked up.

A data file never changes, so its projections depend on nothing else. They are outside the Delta tables: readers use
those that exist.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from navette.core.files import flush
from navette.core.sql import identifier
from navette.core.types import Kind
from navette.store.data_files import parquet_writer
from navette.store.layout import Sizes
from navette.store.relation import ROW_NUMBER, scanned
from navette.store.snapshot import (
    DataFile,
    TableVersion,
    flat_name,
    projection_kind,
    projections,
    projections_folder,
)
from navette.tables import Projection, Table


def project(connection: duckdb.DuckDBPyConnection, stored: TableVersion, scratch: Path, sizes: Sizes) -> int:
    """Write the missing projections of a table's large files. Returns their number."""
    missing = list(_missing(stored, sizes.projected_rows))
    for file, projection in missing:
        written = scratch / "projection.parquet"
        schema = _schema(stored.table, projection)
        with written.open("wb") as target, parquet_writer(stored.table, schema, target) as writer:
            for batch in (
                connection.sql(_query(stored.table, file, schema)).to_arrow_reader(sizes.row_group_rows).cast(schema)
            ):
                writer.write_batch(batch, row_group_size=batch.num_rows)
        flush(written)
        target_path = _path(stored.folder, file, projection)
        target_path.parent.mkdir(parents=True, exist_ok=True)
        written.rename(target_path)
    return len(missing)


def remove_needless(table: Table, folder: Path) -> None:
    """Remove all files but the projections, as the table declares them, of data files that exist."""
    existing = {flat_name(str(path.relative_to(folder))) for path in folder.rglob("*.parquet")}
    needed = {path for file, paths in projections(table, folder).items() if file in existing for path in paths.values()}
    for path in projections_folder(folder).glob("*"):
        if str(path) not in needed and not path.is_dir():
            path.unlink(missing_ok=True)


def _missing(stored: TableVersion, rows: int) -> Iterator[tuple[DataFile, Projection]]:
    for file in stored.files:
        for projection in stored.table.projections:
            if file.rows >= rows and projection.by not in file.projections:
                yield file, projection


def _path(folder: Path, file: DataFile, projection: Projection) -> Path:
    name = flat_name(str(Path(file.path).relative_to(folder)))
    return projections_folder(folder) / f"{name}.{projection_kind(projection)}.parquet"


def _schema(table: Table, projection: Projection) -> pa.Schema:
    by, *columns = (table.schema.field(name) for name in dict.fromkeys((projection.by, *projection.columns)))
    return pa.schema([_element(by), *columns, pa.field(ROW_NUMBER, pa.int64())])


def _element(field: pa.Field) -> pa.Field:
    """The field of one element of a list; any other field itself."""
    return pa.field(field.name, field.type.value_type) if pa.types.is_list(field.type) else field


def _query(table: Table, file: DataFile, schema: pa.Schema) -> str:
    by, *columns, number = map(identifier, schema.names)
    is_list = table.field(schema.names[0]).type.kind is Kind.ARRAY
    value = f"unnest(list_distinct({by})) AS {by}" if is_list else by
    selected = ", ".join([value, *columns, f"file_row_number AS {number}"])
    rows = f"SELECT {selected} FROM {scanned([file.path])}"
    return f"FROM ({rows}) WHERE {by} IS NOT NULL ORDER BY {by}, {number}"
