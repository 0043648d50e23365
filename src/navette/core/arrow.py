"""Arrow's types for the kinds of values, in a module of their own because naming a type must not import Arrow."""

from collections.abc import Iterable

import pyarrow as pa

from navette.core.types import Kind

ARROW: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.FLOAT: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.DATE: pa.date32(),
    Kind.DATETIME: pa.timestamp("us", tz="UTC"),
    Kind.ARRAY: pa.list_(pa.string()),
    Kind.JSON: pa.string(),
}
"""How each kind is stored: instants as UTC microseconds, lists as lists of strings."""


def schema(fields: Iterable[tuple[str, Kind]]) -> pa.Schema:
    """The schema of columns with these names and kinds."""
    return pa.schema([pa.field(name, ARROW[kind]) for name, kind in fields])
