"""Reduce Arrow's many types to a few, and write every plain value as text.

Afterwards there are no dictionaries and no extensions, and one kind of list.
"""

import pyarrow as pa
import pyarrow.compute as pc


def plain(values: pa.Array) -> pa.Array:
    """The same values without dictionary, runs or extension; lists of any kind as the common one."""
    if isinstance(values.type, pa.BaseExtensionType):
        is_uuid = isinstance(values.type, pa.UuidType)
        return pa.array(map(_text_or_none, values.to_pylist()), pa.string()) if is_uuid else plain(values.storage)
    if pa.types.is_dictionary(values.type):
        return plain(values.dictionary_decode())
    if pa.types.is_run_end_encoded(values.type):
        return plain(pc.run_end_decode(values))
    return _list(values)


def _list(values: pa.Array) -> pa.Array:
    if pa.types.is_list_view(values.type) or pa.types.is_large_list_view(values.type):
        return pa.array(values.to_pylist(), pa.list_(values.type.value_type))
    if pa.types.is_large_list(values.type) or pa.types.is_fixed_size_list(values.type):
        return values.cast(pa.list_(values.type.value_type))
    return values


def is_text(type_: pa.DataType) -> bool:
    """Whether the values are texts, or bytes that can be texts."""
    exact = (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view())
    return type_ in exact or pa.types.is_fixed_size_binary(type_)


def texts(values: pa.Array) -> pa.Array:
    """Every value as text: an instant in UTC, a duration with its unit, so that it is not taken for a number."""
    if pa.types.is_duration(values.type):
        return pc.binary_join_element_wise(values.cast(pa.int64()).cast(pa.string()), values.type.unit, " ")
    if pa.types.is_timestamp(values.type) and values.type.tz:
        values = values.cast(pa.timestamp(values.type.unit, "UTC"))
    try:
        return values.cast(pa.string())
    except pa.ArrowNotImplementedError:
        return pa.array(map(_text_or_none, values.to_pylist()), pa.string())


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
