"""Arrow columns made from positions and seconds, without a loop over rows."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.demo.draw import Flags, Ints
from navette.tables import TABLES


def instants(seconds: Ints, present: Flags | None = None) -> pa.Array:
    """Unix seconds as UTC instants; null if not ``present``."""
    mask = None if present is None else ~present
    return pa.array(seconds * 1_000_000, mask=mask).cast(pa.timestamp("us", tz="UTC"))


def chosen(values: Any, positions: Ints, present: Flags | None = None) -> pa.Array:
    """The value at each position; null if the position is negative or not ``present``.

    ``values`` is an Arrow array, or a list of strings, of lists of strings, or of None.
    """
    source = values if isinstance(values, pa.Array) else pa.array(values)
    missing = positions < 0 if present is None else (positions < 0) | ~present
    return source.take(pa.array(positions, mask=missing))


def flags(values: Flags, present: Flags | None = None) -> pa.Array:
    """Booleans; null if not ``present``."""
    return pa.array(values, mask=None if present is None else ~present)


def numbers(values: Ints, present: Flags | None = None) -> pa.Array:
    """Integers; null if not ``present``."""
    return pa.array(values.astype(np.int64), mask=None if present is None else ~present)


def digits(values: Ints, width: int = 1) -> pa.Array:
    """Integers as text, with leading zeros up to ``width``."""
    return pc.utf8_lpad(pa.array(values).cast(pa.string()), width, "0")


def joined(*parts: Any) -> pa.Array:
    """Texts joined row by row; a part is an array or a text that is the same in each row. Null gives null."""
    return pc.binary_join_element_wise(*parts, "")


def only(values: pa.Array, present: Flags) -> pa.Array:
    """The values that are ``present``, null elsewhere."""
    return pc.if_else(pa.array(present), values, None)


def json_texts(values: Iterable[object]) -> pa.Array:
    """Python values as compact JSON texts."""
    return pa.array([json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values], pa.string())


def rows_of(table: str, columns: Mapping[str, Any]) -> pa.Table:
    """Rows of a table from some of its columns, each cast to the field's Arrow type.

    Raises KeyError for a name that is not a field of the table.
    """
    schema = pa.schema([TABLES[table].schema.field(TABLES[table].field(name).name) for name in columns])
    return pa.table(dict(columns), schema=schema)


def in_time_order(rows: pa.Table, seconds: Ints) -> pa.Table:
    """The rows sorted by these seconds; rows of one second keep their order."""
    return rows.take(pa.array(np.argsort(seconds, kind="stable")))
