"""JSON Lines: one JSON object per line, in UTF-8; or one JSON array of objects, with any line breaks."""

import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from navette.connectors.connector import Refused
from navette.connectors.files.json_array import elements, is_array
from navette.connectors.files.opened import ROW_BYTES, opened
from navette.core.errors import RequestError
from navette.tables import Table

BATCH_ROWS = 20_000
BATCH_BYTES = 2 * ROW_BYTES
# So many lines show whether a file has its table's key, because no single line needs to have all keys.
LOOKED_AT = 1_000
TOO_LONG = f"the line has more than {ROW_BYTES // 2**20} MB"
SHOWN_BYTES = 1_000

Row = dict[str, object]
Texts = dict[str, str | None]


@dataclass(frozen=True)
class JSONLine:
    """A line or an element of an array: its position, and the reason if it cannot be read."""

    place: str
    content: bytes | str
    problem: str = ""


def columns(path: Path, _table: Table) -> list[str] | None:
    """The keys of the first thousand lines, or None if none of them can be read."""
    with opened(path) as file:
        rows = [row for line in _first(_lines(file, path.name)) if isinstance(row := _row(line), dict)]
    return list(dict.fromkeys(key for row in rows for key in row)) or None


def read(path: Path, table: Table, note_unknown: Callable[[str], None]) -> Iterator[pa.Table | Refused]:
    """Yield the table's fields of every object as texts: lists and objects as JSON, null and missing keys as null."""
    # The key is always a column, so that an object without it is still a row, which the store rejects.
    fields = {field.name for field in table.fields}
    with opened(path) as file:
        for lines in _batches(_lines(file, path.name)):
            rows: list[Texts] = []
            for line in lines:
                texts = _texts(line, fields, note_unknown)
                if isinstance(texts, dict):
                    rows.append(texts)
                elif line.content.strip():
                    yield Refused(table.name, texts, _as_text(line.content), origin=f"{path.name}, {line.place}")
            names = dict.fromkeys([*table.key, *(name for row in rows for name in row)])
            yield pa.table({name: _column([row.get(name) for row in rows]) for name in names})


def _first(lines: Iterator[JSONLine]) -> Iterator[JSONLine]:
    """The readable ones among the lines that are examined before the first row is read."""
    size = 0
    with suppress(RequestError):
        for line in islice(lines, LOOKED_AT):
            yield line
            size += len(line.content)
            if line.problem or size > ROW_BYTES:  # do not unpack the rest of an endless line twice
                return


def _lines(file: BinaryIO, name: str) -> Iterator[JSONLine]:
    if is_array(file):
        for number, element in enumerate(elements(file, name), start=1):
            yield JSONLine(f"element {number}", element)
        return
    number = 0
    while content := file.readline(ROW_BYTES + 1):
        number += 1
        if len(content) <= ROW_BYTES:
            yield JSONLine(f"line {number}", content.removeprefix(b"\xef\xbb\xbf") if number == 1 else content)
            continue
        yield JSONLine(f"line {number}", content[:SHOWN_BYTES] + b" ...", TOO_LONG)
        while content and not content.endswith(b"\n"):
            content = file.readline(2**20)


def _batches(lines: Iterable[JSONLine]) -> Iterator[list[JSONLine]]:
    batch: list[JSONLine] = []
    size = 0
    try:
        for line in lines:
            batch.append(line)
            size += len(line.content)
            if len(batch) == BATCH_ROWS or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
    except Exception:  # the file turns out to be broken: the rows read so far count
        yield batch
        raise
    yield batch


def _as_text(content: bytes | str) -> str:
    """The content of a refused line, as text that can be stored."""
    written = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
    return written.decode("utf-8", "backslashreplace").rstrip("\r\n")


class _Number:
    """A number with a fraction, as it is written, because a float would round it."""

    def __init__(self, text: str) -> None:
        self.text = text


def _not_json(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _without_repeats(pairs: list[tuple[str, object]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        (twice, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice!r} appears more than once")
    return row


DECODER = json.JSONDecoder(parse_float=_Number, parse_constant=_not_json, object_pairs_hook=_without_repeats)


def _row(line: JSONLine) -> Row | str:
    """The line's object, or the reason why there is none."""
    if line.problem:
        return line.problem
    try:
        text = line.content if isinstance(line.content, str) else line.content.decode()
        row = DECODER.decode(text.strip())
    except UnicodeDecodeError:
        return "the line is not UTF-8"
    except RecursionError:
        return "the line is nested too deeply"
    except json.JSONDecodeError as error:  # whose own text says "line 1" of a line
        return f"the line is not JSON: {error.msg} at character {error.pos + 1}"
    except ValueError as error:
        return f"the line is not JSON: {error}"
    return row if isinstance(row, dict) else "the line is JSON, but not an object"


def _texts(line: JSONLine, fields: set[str], note_unknown: Callable[[str], None]) -> Texts | str:
    """The object's fields as texts, or the reason why it cannot be read."""
    row = _row(line)
    if isinstance(row, str):
        return row
    for name in row:
        if name not in fields:
            note_unknown(name)
    try:
        return {name: _text(value) for name, value in row.items() if name in fields}
    except RecursionError:
        return "the line is nested too deeply"


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else _json_text(value)


# Marks a number with a fraction in the JSON of a list or an object, until its quotes are removed.
_MARK = secrets.token_hex(16)
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


def _json_text(value: object) -> str:
    if isinstance(value, _Number):
        return value.text
    text = json.dumps(value, ensure_ascii=False, default=lambda number: _MARK + number.text)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def _column(texts: list[str | None]) -> pa.Array:
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        # Half a surrogate pair is not a character: as bytes it is not UTF-8, so the store rejects only that row.
        return pa.array([text and text.encode("utf-8", "surrogatepass") for text in texts], pa.binary())
