"""Parquet: Arrow's types as they are, each column compressed, and with what it means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from navette.core.arrow import ARROW
from navette.core.columns import OutputColumn
from navette.core.rows import Rows
from navette.core.types import Kind
from navette.formats.format import Cells, InMail, Rendering, Written
from navette.formats.jsonl import JsonLines

ROW_GROUP = 65_536
"""About how many rows a row group has: readers skip and share work by row groups."""

ROW_GROUP_BYTES = 64 << 20
"""A row group whose values take so much memory ends early."""

_NOT_COMPARED = (Kind.TEXT, Kind.ARRAY, Kind.JSON)


@dataclass(frozen=True)
class Parquet:
    """For programs and analysts: DuckDB, pandas, Power BI, Spark and their like. Instants are UTC.

    ``codec`` compresses the columns inside of the file; ``snappy`` is the one that every reader knows.
    A row group has about ``group_rows`` rows.
    """

    codec: str = "zstd"
    group_rows: int = ROW_GROUP

    name = "parquet"
    extension = "parquet"
    label = "Parquet"
    description = "A columnar file for analysis programs."
    media_type = "application/vnd.apache.parquet"
    in_mail = InMail()
    compressible = False
    packageable = False
    codecs = ("zstd", "snappy", "gzip", "none")

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write the file; nothing is altered, and neither locale nor zone changes anything."""
        schema = pa.schema([_field(column) for column in rows.columns], {"navette.export": rendering.subject.name})
        count = 0
        with pq.ParquetWriter(sink, schema, **self._options(rows.columns)) as writer:
            for group in _groups(rows.batches(), self.group_rows):
                writer.write_table(group.cast(schema))
                count += group.num_rows
        return Written(count)

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        """As JSON, which has about the same types."""
        return JsonLines().preview(rows, rendering)

    def _options(self, columns: Sequence[OutputColumn]) -> dict[str, Any]:
        """Statistics where readers use them to skip rows, and no dictionaries for columns with many values."""
        compared = [column.name for column in columns if column.is_id or column.type.kind not in _NOT_COMPARED]
        return {"compression": self.codec, "dictionary_pagesize_limit": 1 << 17, "write_statistics": compared}


def _groups(batches: Iterator[pa.RecordBatch], group_rows: int) -> Iterator[pa.Table]:
    """The batches put together until they make a row group."""
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
