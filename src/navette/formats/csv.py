"""What the CSV formats share: RFC 4180 with line feeds, written by the engine, titles by us.

Why line feeds: ``docs/decisions/0003-line-endings.md``. Null is nothing at all; an empty text is ``""``, so that a
reader who cares can tell them apart.
"""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import BinaryIO

from navette.core.rows import Rows

LINE_END = "\n"


def title_line(titles: Sequence[str], separator: str) -> bytes:
    """The first line of the file, in UTF-8."""
    line = StringIO()
    # The module quotes a lone CR only where lines end in CR LF, so it writes that and the end is put right here.
    csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(titles)
    return (line.getvalue().removesuffix("\r\n") + LINE_END).encode()


def copy_rows(rows: Rows, select: Sequence[tuple[str, str]], separator: str, sink: BinaryIO) -> int:
    """Write the lines after the titles; gives their number.

    In a file of one column a null is ``""`` too: most readers skip an empty line, and the row with it.
    """
    if len(select) == 1:
        select = [(f"coalesce(CAST({sql} AS VARCHAR), '')", name) for sql, name in select]
    return rows.copy(select, _copy_options(separator), sink)


def _copy_options(separator: str) -> str:
    return rf"""FORMAT csv, HEADER false, DELIMITER '{separator}', QUOTE '"', ESCAPE '"', NULLSTR '', NEW_LINE '\n'"""


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
    return f"array_to_string({column}, ', ')"
