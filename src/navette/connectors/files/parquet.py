"""Parquet files: columns that already have their field's type pass as they are, others become texts."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from pyarrow.parquet import ParquetFile

from navette.connectors.connector import Refused
from navette.core.types import ARROW, Kind
from navette.tables import Field, Table

BATCH_ROWS = 100_000


def columns(path: Path, _table: Table) -> list[str] | None:
    """The names of the file's columns."""
    with ParquetFile(path) as file:
        return list(file.schema_arrow.names)


def read(path: Path, table: Table, _note_unknown: Callable[[str], None]) -> Iterator[pa.Table | Refused]:
    """Every row; of the columns only the table's fields."""
    fields = {field.name: field for field in table.fields}
    with ParquetFile(path) as file:
        known = [name for name in file.schema_arrow.names if name in fields]
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=known):
            yield pa.table({name: _column(batch[name], fields[name]) for name in known})


def _column(values: pa.Array, field: Field) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_nested(values.type):
        return _nested(values, field)
    if _is_text(values.type):
        return _checked(values)
    if field.type.kind is not Kind.TEXT and (typed := _typed(values, ARROW[field.type.kind])) is not None:
        return typed
    return values.cast(pa.string())


def _is_text(type_: pa.DataType) -> bool:
    texts = (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view())
    return type_ in texts


def _checked(values: pa.Array) -> pa.Array:
    """Texts as strings; where one is not UTF-8 as bytes, so that the store rejects that row alone."""
    try:
        return values.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return values.cast(pa.binary())


def _typed(values: pa.Array, wanted: pa.DataType) -> pa.Array | None:
    """The values in the field's own type where none is changed by it, except that nanoseconds are cut off."""
    # A number is no instant and no truth: nobody says whether it counts seconds, days or what.
    if any(alike(wanted) != alike(values.type) for alike in (pa.types.is_boolean, pa.types.is_temporal)):
        return None
    cut = pa.types.is_timestamp(wanted) and getattr(values.type, "unit", "") == "ns"
    try:
        return values.cast(wanted, safe=not cut)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _nested(values: pa.Array, field: Field) -> pa.Array:
    if field.type.kind is Kind.ARRAY and (typed := _typed(values, ARROW[Kind.ARRAY])) is not None:
        typed.validate(full=True)  # raises where an element is not UTF-8
        return typed
    texts = [
        None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in values.to_pylist()
    ]
    return pa.array(texts, pa.string())
