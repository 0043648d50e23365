"""Parquet files: columns that already have their field's type stay unchanged, others become texts."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetFile

from navette.connectors.connector import Refused
from navette.connectors.files.arrow_columns import as_field
from navette.tables import Table

BATCH_ROWS = 100_000


def columns(path: Path, _table: Table) -> list[str] | None:
    """The names of the file's columns."""
    with ParquetFile(path) as file:
        return list(file.schema_arrow.names)


def read(path: Path, table: Table, _note_unknown: Callable[[str], None]) -> Iterator[pa.Table | Refused]:
    """Yield every row, with only the table's fields."""
    fields = {field.name: field for field in table.fields}
    # As nanoseconds, the INT96 instants of Spark and Impala would overflow after the year 2262.
    with ParquetFile(path, coerce_int96_timestamp_unit="us") as file:
        names = [name for name in file.schema_arrow.names if name in fields]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=names):
            yield pa.table({name: as_field(batch[name], fields[name]) for name in names})
