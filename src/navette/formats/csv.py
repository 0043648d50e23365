"""What the CSV formats share: RFC 4180 with line feeds, each line one text that the engine assembles.

The engine's own CSV writer is not used: assembled in SQL a line takes less time, and it needs no file in between.

Why line feeds: ``docs/decisions/0003-line-endings.md``. Null is nothing at all; an empty text is ``""``, so that a
reader who cares can tell them apart.
"""

import csv
from collections.abc import Callable, Sequence
from io import StringIO
from typing import BinaryIO

from navette.core.columns import OutputColumn
from navette.core.rows import WIDE, Rows
from navette.core.sql import identifier, literal, of_each
from navette.core.types import Kind
from navette.formats.format import Written
from navette.formats.lines import write_lines

LINE_END = "\n"

TEXTS = (Kind.TEXT, Kind.ARRAY, Kind.JSON)
"""The kinds whose cells may need quotes: what the others show holds no separator and no line break."""


def title_line(titles: Sequence[str], separator: str) -> bytes:
    """The first line of the file, in UTF-8."""
    line = StringIO()
    # The module quotes a lone CR only where lines end in CR LF, so it writes that and the end is put right here.
    csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(titles)
    return (line.getvalue().removesuffix("\r\n") + LINE_END).encode()


def write_rows(
    rows: Rows, selects: Sequence[Sequence[str]], separator: str, sink: BinaryIO, left_out: bytes = b""
) -> Written:
    """Write the lines after the titles, without the characters ``left_out``.

    The last of ``selects`` gives the rendered cells, ``c0``, ``c1`` …, and ``cut``, how many of them are shortened. In
    a file of one column a null is ``""`` too: most readers skip an empty line, and the row with it.
    """
    quoted = [
        _quoted(f"c{n}", separator) if column.type.kind in TEXTS and not column.is_id else f"c{n}"
        for n, column in enumerate(rows.columns)
    ]
    if len(quoted) == 1:
        quoted = [f"coalesce(CAST({quoted[0]} AS VARCHAR), '\"\"')"]
    line = f"concat({f', {literal(separator)}, '.join(quoted)}, chr(10)) AS line"
    if len(quoted) >= WIDE:
        line = _wide_line(len(quoted), separator)
    cleaned = [[f"{_without(left_out)} AS line", "cut"]] if left_out else []
    return write_lines(rows, [*selects, [line, "cut"], *cleaned], sink)


def rendered_values(columns: Sequence[OutputColumn], rendered: Callable[[OutputColumn, str], str]) -> list[list[str]]:
    """The selects that give the columns as the format renders them (``rendered`` gives SQL): ``v0``, ``v1`` …

    Where there are many floats, whose text takes most to plan, they are rendered as one list.
    """
    floats = [n for n, column in enumerate(columns) if column.type.kind is Kind.FLOAT]
    if len(floats) < WIDE:
        return [[f"{rendered(column, identifier(column.name))} AS v{n}" for n, column in enumerate(columns)]]
    names = (identifier(columns[n].name) for n in floats)
    values = [f"{of_each(names, lambda text: rendered(columns[floats[0]], text))} AS floats"]
    places = {n: place for place, n in enumerate(floats, 1)}
    others = {n: column for n, column in enumerate(columns) if n not in places}
    values += [f"{rendered(column, identifier(column.name))} AS v{n}" for n, column in others.items()]
    return [values, [f"floats[{places[n]}] AS v{n}" if n in places else f"v{n}" for n in range(len(columns))]]


def _wide_line(cells: int, separator: str) -> str:
    """The same line of many cells; those that need no quotes get none here either."""
    texts = (f"CAST(c{n} AS VARCHAR)" for n in range(cells))
    quoted = of_each(texts, lambda text: f"coalesce({_quoted(text, separator)}, '')")
    return f"array_to_string({quoted}, {literal(separator)}) || chr(10) AS line"


def _without(characters: bytes) -> str:
    """The SQL of a line without some characters, which hardly one has."""
    found = " OR ".join(f"contains(line, chr({code}))" for code in characters)
    cleaned = "line"
    for code in characters:
        cleaned = f"replace({cleaned}, chr({code}), '')"
    return f"CASE WHEN {found} THEN {cleaned} ELSE line END"


def _quoted(text: str, separator: str) -> str:
    """The SQL of a text as a cell: in quotes where it is empty or holds what ends cells and lines."""
    ends = " OR ".join(f"contains({text}, {end})" for end in (literal(separator), "'\"'", "chr(10)", "chr(13)"))
    in_quotes = f"""'"' || replace({text}, '"', '""') || '"'"""
    return f"""CASE WHEN {ends} THEN {in_quotes} WHEN {text} = '' THEN '""' ELSE {text} END"""


def number(column: str) -> str:
    """The SQL of a Float: the shortest digits that read back as the same number, whole ones without ``.0``.

    An exponent appears only from 1e16 on and below 0.0001. What is no number (NaN, infinity) is null: one such word
    would make a reader take the whole column for text.
    """
    # No number holds a space, so a space at the end makes ".0" at the end, and nothing else, replaceable.
    digits = f"replace(replace(CAST({column} AS VARCHAR) || ' ', '.0 ', ''), ' ', '')"
    largest = "1.7976931348623157e308"
    return f"CASE WHEN {column} BETWEEN -{largest} AND {largest} THEN {digits} END"


def joined(column: str) -> str:
    """The SQL of an Array: its elements with ``, `` between them, null ones left out."""
    # Of nothing but nulls the engine makes null, though there is a list.
    return f"CASE WHEN {column} IS NOT NULL THEN coalesce(array_to_string({column}, ', '), '') END"
