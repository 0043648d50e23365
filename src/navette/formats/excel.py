"""Excel: CSV for people. UTF-8 with BOM; dates, numbers, truth and the separator as the reader's locale has them.

Texts are made safe for spreadsheets (``spreadsheet.py``). Of the control characters, which Excel takes and does not
show, two are left out: NUL and SUB (Ctrl-Z), at which some programs think that a text ends.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import BinaryIO
from zoneinfo import ZoneInfo

from navette.core.columns import OutputColumn
from navette.core.rows import Rows
from navette.core.sql import identifier, literal
from navette.core.types import Kind
from navette.formats.csv import TEXTS, joined, number, title_line, write_rows
from navette.formats.format import Rendering, Written
from navette.formats.instants import local_text
from navette.formats.languages import Language
from navette.formats.locales import LocaleFacts, locale_facts
from navette.formats.spreadsheet import LONGEST_CELL, cell, is_cut, is_long_title, title

TEXT_ENDS = b"\x00\x1a"
"""The characters that are left out. In UTF-8 these bytes are nothing else."""

# How a column of each kind is rendered: its quoted name, the zone and the locale's facts give SQL.
RENDERED: dict[Kind, Callable[[str, ZoneInfo, LocaleFacts], str]] = {
    Kind.TEXT: lambda column, _, facts: cell(column, facts),
    Kind.INTEGER: lambda column, _, __: column,
    Kind.FLOAT: lambda column, _, facts: _decimal(column, facts),
    Kind.BOOLEAN: lambda column, _, facts: _truth(column, facts.language),
    Kind.DATE: lambda column, _, facts: f"strftime({column}, {literal(facts.date)})",
    Kind.DATETIME: lambda column, zone, facts: local_text(column, zone, facts.datetime),
    Kind.ARRAY: lambda column, _, facts: cell(joined(column), facts),
    Kind.JSON: lambda column, _, facts: cell(column, facts),
}


class Excel:
    """The format of files that people open: in Excel, LibreOffice and their like, with a double click."""

    name = "excel"
    extension = "csv"
    label = "Excel"
    compressible = False

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write the file and count what was shortened. Raises RequestError for an unknown locale."""
        facts = locale_facts(rendering.locale)
        titles = title_line([title(column.name, facts) for column in rows.columns], facts.separator)
        sink.write(BOM_UTF8 + titles.translate(None, TEXT_ENDS))
        rendered = [_rendered(column, rendering.zone, facts) for column in rows.columns]
        written = write_rows(rows, rendered, facts.separator, sink, cut=_cut(rows.columns), left_out=TEXT_ENDS)
        return replace(written, cut=written.cut + sum(is_long_title(column.name) for column in rows.columns))


def _rendered(column: OutputColumn, zone: ZoneInfo, facts: LocaleFacts) -> str:
    name = identifier(column.name)
    return name if column.is_id else RENDERED[column.type.kind](name, zone, facts)


def _decimal(column: str, facts: LocaleFacts) -> str:
    digits = number(column)
    return digits if facts.decimal == "." else f"replace({digits}, '.', {literal(facts.decimal)})"


def _truth(column: str, words: Language) -> str:
    return f"CASE WHEN {column} THEN {literal(words.yes)} WHEN NOT {column} THEN {literal(words.no)} END"


def _cut(columns: Sequence[OutputColumn]) -> str:
    """The SQL of how many of a row's cells are shortened."""
    texts = [column for column in columns if column.type.kind in TEXTS and not column.is_id]
    names = [(identifier(column.name), column.type.kind) for column in texts]
    values = [joined(name) if kind is Kind.ARRAY else name for name, kind in names]
    if not values:
        return "0"
    # Hardly a row has a long cell: all are looked at in one before each is.
    longest = f"greatest({', '.join(f'strlen({value})' for value in values)}, 0)"
    return f"CASE WHEN {longest} >= {LONGEST_CELL} THEN {' + '.join(map(is_cut, values))} ELSE 0 END"
