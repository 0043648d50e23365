"""Nested Arrow columns as JSON text: structs and maps are objects, lists are arrays."""

import json
from itertools import pairwise

import pyarrow as pa

from navette.connectors.files.arrow_types import is_text, plain, texts


def as_json_texts(values: pa.Array) -> list[str | None]:
    """The JSON text of every value, None for null.

    A key that a map has twice appears twice, for the store to reject its row. Bytes that are not UTF-8 are encoded
    by ``surrogateescape``.
    """
    values = plain(values)
    if pa.types.is_struct(values.type):
        written = _structs(values)
    elif pa.types.is_map(values.type):
        written = _maps(values)
    elif pa.types.is_list(values.type):
        written = [f"[{', '.join(members)}]" for members in _sliced(values, _members(values.values))]
    else:
        written = _members(values)
    return [text if valid else None for text, valid in zip(written, values.is_valid().to_pylist(), strict=True)]


def _structs(values: pa.StructArray) -> list[str]:
    members = [
        [f"{_quoted(field.name)}: {text}" for text in _members(column)]
        for field, column in zip(values.type, values.flatten(), strict=True)
    ]
    return [f"{{{', '.join(row)}}}" for row in zip(*members, strict=True)] if members else ["{}"] * len(values)


def _maps(values: pa.MapArray) -> list[str]:
    keys = [key if key.startswith('"') else _quoted(key) for key in _members(values.keys)]
    entries = [f"{key}: {item}" for key, item in zip(keys, _members(values.items), strict=True)]
    return [f"{{{', '.join(row)}}}" for row in _sliced(values, entries)]


def _sliced(values: pa.ListArray, members: list[str]) -> list[list[str]]:
    """The members of each list, out of the members of all lists."""
    offsets = values.offsets.to_pylist()
    return [members[begin:end] for begin, end in pairwise(offsets)]


def _members(values: pa.Array) -> list[str]:
    """The JSON text of every value, ``null`` for null."""
    values = plain(values)
    if pa.types.is_nested(values.type):
        return [text or "null" for text in as_json_texts(values)]
    if is_text(values.type):
        raw = values.cast(pa.binary()).to_pylist()
        return ["null" if value is None else _quoted(value.decode("utf-8", "surrogateescape")) for value in raw]
    if pa.types.is_floating(values.type) or pa.types.is_boolean(values.type):
        return [json.dumps(value) for value in values.to_pylist()]
    is_number = pa.types.is_integer(values.type) or pa.types.is_decimal(values.type)
    return ["null" if text is None else text if is_number else _quoted(text) for text in texts(values).to_pylist()]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
