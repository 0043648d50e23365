"""Parquet: Arrow's types as they are, with each column compressed and described."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from navette.core.arrow import ARROW
from navette.core.columns import OutputColumn
from navette.core.messages import message
from navette.core.rows import Rows
from navette.core.types import Kind
from navette.formats.format import Cells, InMail, Rendering, Written
from navette.formats.jsonl import JsonLines

ROW_GROUP = 65_536
"""Approximate rows per row group: readers skip row groups and divide their work by them."""

ROW_GROUP_BYTES = 64 << 20
"""Bytes of memory after which a row group ends early."""

_NOT_COMPARED = (Kind.TEXT, Kind.ARRAY, Kind.JSON)


@dataclass(frozen=True)
class Parquet:
    """For programs and analysts: DuckDB, pandas, Power BI, Spark and others. Instants are in UTC.

    ``codec`` compresses the columns inside the file; every reader supports ``snappy``. A row group has about
    ``group_rows`` rows.
    """

    codec: str = "zstd"
    group_rows: int = ROW_GROUP

    name = "parquet"
    extension = "parquet"
    label = "Parquet"
    description = message("A columnar file for analysis programs.")
    media_type = "application/vnd.apache.parquet"
    in_mail = InMail()
    compressible = False
    packageable = False
    codecs = ("zstd", "snappy", "gzip", "none")

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write the file. Nothing is altered, and neither locale nor zone has an effect."""
        schema = pa.schema([_field(column) for column in rows.columns], {"navette.export": rendering.subject.name})
        count = 0
        with pq.ParquetWriter(sink, schema, **self._options(rows.columns)) as writer:
            for group in _groups(rows.batches(), self.group_rows):
                writer.write_table(group.cast(schema))
                count += group.num_rows
        return Written(count)

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        """The cells in JSON, which has about the same types."""
        return JsonLines().preview(rows, rendering)

    def _options(self, columns: Sequence[OutputColumn]) -> dict[str, Any]:
        """Statistics for the columns by which readers skip rows, and no dictionaries for columns with many values."""
        compared = [column.name for column in columns if column.is_id or column.type.kind not in _NOT_COMPARED]
        return {"compression": self.codec, "dictionary_pagesize_limit": 1 << 17, "write_statistics": compared}


def _groups(batches: Iterator[pa.RecordBatch], group_rows: int) -> Iterator[pa.Table]:
    """Yield batches combined into row groups."""
    together: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        together.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= group_rows or size >= ROW_GROUP_BYTES:
            yield pa.Table.from_batches(together)
            together, rows, size = [], 0, 0
    if together:
        yield pa.Table.from_batches(together)


def _field(column: OutputColumn) -> pa.Field:
    metadata = {
        "label": column.label,
        "description": column.description,
        "type": column.type.name,
        "sensitive": "true" if column.sensitive else "false",
    }
    return pa.field(column.name, ARROW[column.type.kind], metadata=metadata)
