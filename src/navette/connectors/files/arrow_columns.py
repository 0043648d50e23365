"""Convert Arrow columns of any type for a field of the store: to the field's own type, or to texts to be read."""

import pyarrow as pa
import pyarrow.compute as pc

from navette.connectors.files.arrow_json import as_json_texts
from navette.connectors.files.arrow_types import is_text, plain, texts
from navette.core.arrow import ARROW
from navette.core.types import Kind
from navette.tables import Field

# Floats of that many bits represent every whole number up to here; a larger one may be another number, rounded.
WHOLE = {16: 2**11, 32: 2**24, 64: 2**53}


def as_field(values: pa.Array, field: Field) -> pa.Array:
    """The values in the field's own type if that changes none of them, except that nanoseconds are cut off.

    Otherwise as texts, for the store to read or reject row by row; as bytes if one is not UTF-8. NaN is null,
    because programs use it for missing values; in an identifier it is kept as a text, which is rejected.
    """
    values = plain(values)
    if pa.types.is_floating(values.type) and not field.is_id:
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    if pa.types.is_nested(values.type):
        return _nested(values, field)
    if is_text(values.type):
        return _checked(values)
    if field.type.kind is not Kind.TEXT and (typed := _typed(values, ARROW[field.type.kind])) is not None:
        return typed
    return _written(values, whole=field.type.kind is not Kind.TEXT or field.is_id)


def _checked(values: pa.Array) -> pa.Array:
    """Texts as strings; if one is not UTF-8, as bytes, so that the store rejects only its row."""
    try:
        return values.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return values.cast(pa.binary())


def _typed(values: pa.Array, type_: pa.DataType) -> pa.Array | None:
    # A number is neither an instant nor a boolean: its unit is unknown.
    if any(alike(type_) != alike(values.type) for alike in (pa.types.is_boolean, pa.types.is_temporal)):
        return None
    if pa.types.is_timestamp(type_) and getattr(values.type, "unit", "") == "ns":
        # A cast rounds towards 1970: an instant just before it would land in the next year.
        values = pc.floor_temporal(values.view(pa.timestamp("ns")), unit="microsecond")
    try:
        return values.cast(type_)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _written(values: pa.Array, whole: bool) -> pa.Array:
    """The values as texts; if ``whole`` is set, whole numbers have no fraction."""
    if pa.types.is_floating(values.type):
        return _float_texts(values)
    written = texts(values)
    return pc.replace_substring_regex(written, r"[.]0+$", "") if whole and pa.types.is_decimal(values.type) else written


def _float_texts(values: pa.Array) -> pa.Array:
    """Whole numbers without a fraction: pandas turns a column of whole numbers with a missing one into floats.

    A number that may be rounded has an exponent with its sign, by which identifiers are rejected.
    """
    limit, wide = WHOLE[values.type.bit_width], values.cast(pa.float64())
    is_whole = pc.and_(pc.equal(pc.floor(wide), wide), pc.less_equal(pc.abs(wide), limit))
    digits = pc.if_else(is_whole, wide, None).cast(pa.int64()).cast(pa.string())
    return pc.coalesce(digits, _rounded(wide, limit), values.cast(pa.string()))


def _rounded(values: pa.Array, limit: int) -> pa.Array:
    is_rounded = pc.greater(pc.abs(values), limit)
    if not pc.any(is_rounded).as_py():
        return pa.nulls(len(values), pa.string())
    beyond = pc.if_else(is_rounded, values, None).to_pylist()
    return pa.array([None if value is None else f"{value:e}" for value in beyond], pa.string())


def _nested(values: pa.Array, field: Field) -> pa.Array:
    if field.type.kind is Kind.ARRAY and pa.types.is_list(values.type):
        elements = plain(values.flatten())
        if not pa.types.is_nested(elements.type):
            members = _checked(elements) if is_text(elements.type) else _written(elements, whole=True)
            if pa.types.is_string(members.type):
                return _lists(values, members)
    written = as_json_texts(values)
    try:
        return pa.array(written, pa.string())
    except UnicodeEncodeError:
        return pa.array([text and text.encode("utf-8", "surrogateescape") for text in written], pa.binary())


def _lists(values: pa.ListArray, members: pa.Array) -> pa.ListArray:
    """The lists with their members replaced."""
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    return pa.ListArray.from_arrays(offsets, members, mask=values.is_null())
