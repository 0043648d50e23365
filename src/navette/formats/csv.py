"""The common parts of the CSV formats: RFC 4180 with line feeds, each line one text that the engine assembles.

The engine's own CSV writer is not used: lines assembled in SQL take less time, and need no intermediate file.

Why line feeds: ``docs/decisions/0003-line-endings.md``. Null is empty, and an empty text is ``""``, so that readers
can distinguish them.
"""

import csv
from collections.abc import Callable, Sequence
from io import StringIO
from itertools import groupby
from typing import BinaryIO

from navette.core.columns import OutputColumn, Part
from navette.core.rows import WIDE, Rows
from navette.core.sql import identifier, literal, of_each, of_list
from navette.core.types import Kind
from navette.formats.format import Written
from navette.formats.lines import write_lines

LINE_END = "\n"

TEXTS = (Kind.TEXT, Kind.ARRAY, Kind.JSON)
"""The kinds whose cells may need quotes. The cells of other kinds contain no separator and no line break."""


def title_line(titles: Sequence[str], separator: str) -> bytes:
    """The first line of the file, in UTF-8."""
    line = StringIO()
    # The module quotes a lone CR only if lines end in CR LF, so write that, and correct the end here.
    csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(titles)
    return (line.getvalue().removesuffix("\r\n") + LINE_END).encode()


def write_rows(
    rows: Rows, selects: Sequence[Sequence[str]], separator: str, sink: BinaryIO, left_out: bytes = b""
) -> Written:
    """Write the lines after the titles, without the characters ``left_out``.

    The last of ``selects`` gives the rendered cells, ``c0``, ``c1`` …, one for each part (see ``rendered_values``),
    and ``cut``, the number of shortened ones. In a file of one column a null is ``""`` too, because most readers
    skip an empty line and its row.
    """
    cells = _wide_cells(rows.parts, separator) if len(rows.parts) >= WIDE else _cells(rows.parts, separator)
    if len(rows.columns) == 1:
        cells = [f"coalesce(CAST({cells[0]} AS VARCHAR), '\"\"')"]
    line = f"concat({f', {literal(separator)}, '.join(cells)}, chr(10)) AS line"
    cleaned = [[f"{_without(left_out)} AS line", "cut"]] if left_out else []
    return write_lines(rows, [*selects, [line, "cut"], *cleaned], sink)


def rendered_values(
    parts: Sequence[Part], separator: str, rendered: Callable[[OutputColumn, str], str]
) -> list[list[str]]:
    """The selects for each part as the format renders it (``rendered`` gives SQL): ``v0``, ``v1`` …

    For a part of many columns, the value is the text of all its cells. Many floats, whose text takes longest to
    plan, are rendered as one list.
    """
    values = [_rendered(part, separator, rendered) for part in parts]
    floats = [n for n, part in enumerate(parts) if len(part) == 1 and part[0].type.kind is Kind.FLOAT]
    if len(floats) < WIDE:
        return [[f"{value} AS v{n}" for n, value in enumerate(values)]]
    names = (identifier(parts[n][0].name) for n in floats)
    as_list = f"{of_each(names, lambda text: rendered(parts[floats[0]][0], text))} AS floats"
    places = {n: place for place, n in enumerate(floats, 1)}
    columns = [f"{value} AS v{n}" for n, value in enumerate(values) if n not in places]
    return [
        [as_list, *columns],
        [f"floats[{places[n]}] AS v{n}" if n in places else f"v{n}" for n in range(len(parts))],
    ]


def _rendered(part: Part, separator: str, rendered: Callable[[OutputColumn, str], str]) -> str:
    """The SQL of a part; for many columns, the text of their cells, none of which needs quotes."""
    name = identifier(part[0].name)
    if len(part) == 1:
        return rendered(part[0], name)
    cells = of_list(name, lambda text: f"coalesce(CAST({rendered(part[0], text)} AS VARCHAR), '')")
    return f"array_to_string({cells}, {literal(separator)})"


def _cells(parts: Sequence[Part], separator: str) -> list[str]:
    """The SQL of the cells, with quotes where necessary."""
    return [
        _quoted(f"c{n}", separator) if part[0].type.kind in TEXTS and not part[0].is_id else f"c{n}"
        for n, part in enumerate(parts)
    ]


def _wide_cells(parts: Sequence[Part], separator: str) -> list[str]:
    """The same for many columns: consecutive cells that need no quotes become one text."""
    cells = []
    for is_one, numbers in groupby(range(len(parts)), lambda n: len(parts[n]) == 1):
        texts = [f"CAST(c{n} AS VARCHAR)" for n in numbers]
        quoted = of_each(texts, lambda text: f"coalesce({_quoted(text, separator)}, '')")
        cells += [f"array_to_string({quoted}, {literal(separator)})"] if is_one else texts
    return cells


def _without(characters: bytes) -> str:
    """The SQL of a line without some characters, which hardly any line contains."""
    has_any = " OR ".join(f"contains(line, chr({code}))" for code in characters)
    cleaned = "line"
    for code in characters:
        cleaned = f"replace({cleaned}, chr({code}), '')"
    return f"CASE WHEN {has_any} THEN {cleaned} ELSE line END"


def _quoted(text: str, separator: str) -> str:
    """The SQL of a text as a cell, with quotes if it is empty or contains characters that end cells or lines."""
    ends = " OR ".join(f"contains({text}, {end})" for end in (literal(separator), "'\"'", "chr(10)", "chr(13)"))
    in_quotes = f"""'"' || replace({text}, '"', '""') || '"'"""
    return f"""CASE WHEN {ends} THEN {in_quotes} WHEN {text} = '' THEN '""' ELSE {text} END"""


def float_text(column: str) -> str:
    """The SQL of a Float: the fewest digits that read back as the same number, without ``.0`` for whole numbers.

    An exponent appears only from 1e16 on and below 0.0001. NaN and infinity are null, because such a word would make
    a reader take the whole column for text.
    """
    # No number contains a space, so a space at the end makes only a ".0" at the end replaceable.
    digits = f"replace(replace(CAST({column} AS VARCHAR) || ' ', '.0 ', ''), ' ', '')"
    largest = "1.7976931348623157e308"
    return f"CASE WHEN {column} BETWEEN -{largest} AND {largest} THEN {digits} END"


def list_text(column: str) -> str:
    """The SQL of an Array: its elements with ``, `` between them, without null ones."""
    # For a list of only nulls the engine returns null, although there is a list.
    return f"CASE WHEN {column} IS NOT NULL THEN coalesce(array_to_string({column}, ', '), '') END"
