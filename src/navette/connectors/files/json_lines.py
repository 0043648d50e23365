"""JSON Lines: one JSON object a line, in UTF-8."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa

from navette.connectors.connector import Refused
from navette.connectors.files.opened import opened
from navette.tables import Table

BATCH_ROWS = 20_000
# That many lines tell whether a file has its table's key: no single line needs to have all keys.
LOOKED_AT = 1_000

Row = dict[str, object]


class _Decimal:
    """A number with a fraction, as it is written: a float would round it."""

    def __init__(self, text: str) -> None:
        self.text = text


def _not_json(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _without_repeats(pairs: list[tuple[str, object]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} appears more than once")
    return row


DECODER = json.JSONDecoder(parse_float=_Decimal, parse_constant=_not_json, object_pairs_hook=_without_repeats)


def columns(path: Path, _table: Table) -> list[str] | None:
    """The keys of the first thousand lines; None where none of them can be read."""
    with opened(path) as file:
        rows = [row for line in islice(_lines(file), LOOKED_AT) if isinstance(row := _row(line), dict)]
    return list(dict.fromkeys(key for row in rows for key in row)) or None


def read(path: Path, table: Table) -> Iterator[pa.Table | Refused]:
    """Every line's object as texts: lists and objects as JSON text, null and missing keys as null."""
    with opened(path) as file:
        numbered = enumerate(_lines(file), start=1)
        while lines := list(islice(numbered, BATCH_ROWS)):
            rows: list[Row] = []
            for number, line in lines:
                row = _row(line)
                if isinstance(row, dict):
                    rows.append(row)
                elif line.strip():
                    text = line.decode("utf-8", "backslashreplace").rstrip("\r\n")
                    yield Refused(table.name, row, text, origin=f"{path.name}, line {number}")
            yield _as_table(rows, table)


def _lines(file: Iterator[bytes]) -> Iterator[bytes]:
    for number, line in enumerate(file):
        yield line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line


def _row(line: bytes) -> Row | str:
    """The line's object, or the reason why it is none."""
    try:
        row = DECODER.decode(line.decode().strip())
    except UnicodeDecodeError:
        return "the line is not UTF-8"
    except (ValueError, RecursionError) as error:
        return f"the line is not JSON: {error}"
    return row if isinstance(row, dict) else "the line is JSON, but not an object"


def _as_table(rows: list[Row], table: Table) -> pa.Table:
    # The key is always a column, so that an object without it is still a row, which the store rejects.
    names = dict.fromkeys([*table.key, *(key for row in rows for key in row)])
    return pa.table({name: _column([row.get(name) for row in rows]) for name in names})


def _column(values: list[object]) -> pa.Array:
    texts = [value if value is None or type(value) is str else _json_text(value) for value in values]
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        # Half a surrogate pair is no character: as bytes it is not UTF-8, and the store rejects that row alone.
        return pa.array([text and text.encode("utf-8", "surrogatepass") for text in texts], pa.binary())


def _json_text(value: object) -> str:
    if isinstance(value, _Decimal):
        return value.text
    try:
        return json.dumps(value, ensure_ascii=False)
    except TypeError:  # numbers with a fraction inside a list or an object
        return _nested_text(value)


def _nested_text(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {_json_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json_text(inner) for inner in value) + "]"
    return _json_text(value)
