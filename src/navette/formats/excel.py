"""Excel: CSV for people. UTF-8 with BOM; dates, numbers, booleans and the separator follow the reader's locale.

Texts are made safe for spreadsheets (``spreadsheet.py``). Two control characters are left out, because some programs
take them for the end of a text: NUL and SUB (Ctrl-Z). Excel accepts the others without showing them.
"""

from codecs import BOM_UTF8
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import BinaryIO
from zoneinfo import ZoneInfo

from navette.core.columns import Part
from navette.core.languages import Language
from navette.core.locales import LocaleFacts, locale_facts
from navette.core.messages import message
from navette.core.rows import WIDE, Rows
from navette.core.sql import literal, of_each
from navette.core.types import Kind
from navette.formats.csv import TEXTS, float_text, list_text, rendered_values, title_line, write_rows
from navette.formats.format import Cells, InMail, Rendering, Written
from navette.formats.instants import local_text
from navette.formats.preview import csv_cells
from navette.formats.spreadsheet import cut_cell, how_many, is_long_title, is_too_long, safe, title

TEXT_ENDS = b"\x00\x1a"
"""The characters that are left out. In UTF-8, these bytes only represent these characters."""

# How to render a column of each kind, before texts are made safe and shortened: SQL from its quoted name, the zone and
# the locale's facts.
RENDERED: dict[Kind, Callable[[str, ZoneInfo, LocaleFacts], str]] = {
    Kind.TEXT: lambda column, _, __: column,
    Kind.INTEGER: lambda column, _, __: column,
    Kind.FLOAT: lambda column, _, facts: _decimal(column, facts),
    Kind.BOOLEAN: lambda column, _, facts: _truth(column, facts.language),
    Kind.DATE: lambda column, _, facts: f"strftime({column}, {literal(facts.date)})",
    Kind.DATETIME: lambda column, zone, facts: local_text(column, zone, facts.datetime),
    Kind.ARRAY: lambda column, _, __: list_text(column),
    Kind.JSON: lambda column, _, __: column,
}


class Excel:
    """The format of files that people open with a double click, in Excel, LibreOffice and similar programs."""

    name = "excel"
    extension = "csv"
    label = "Excel"
    description = message("A text file that opens in Excel, with dates and numbers in your language's format.")
    media_type = "text/csv; charset=utf-8"
    in_mail = InMail(zipped_to_fit=True)
    compressible = False
    packageable = False
    codecs = ("none",)

    def write(self, rows: Rows, sink: BinaryIO, rendering: Rendering) -> Written:
        """Write the file and count shortened cells. Raises RequestError for an unknown locale."""
        facts = locale_facts(rendering.locale)
        titles = title_line([title(column.name, facts) for column in rows.columns], facts.separator)
        sink.write(BOM_UTF8 + titles.translate(None, TEXT_ENDS))
        written = write_rows(rows, _cells(rows.parts, rendering.zone, facts), facts.separator, sink, TEXT_ENDS)
        return replace(written, cut=written.cut + sum(is_long_title(column.name) for column in rows.columns))

    def preview(self, rows: Rows, rendering: Rendering) -> Cells:
        """The file's cells."""
        return csv_cells(self, rows, rendering, locale_facts(rendering.locale).separator)


def _cells(parts: Sequence[Part], zone: ZoneInfo, facts: LocaleFacts) -> list[list[str]]:
    """The selects for the cells (see ``write_rows``), in steps, so that no expression is repeated within another."""
    values = rendered_values(parts, facts.separator, lambda column, name: RENDERED[column.type.kind](name, zone, facts))
    if len(parts) >= WIDE:
        return [*values, *_wide_cells(parts, facts)]
    made_safe, too_long, cut, cells = [], [], [], []
    for n, (column, *_) in enumerate(parts):
        if column.type.kind not in TEXTS or column.is_id:
            cells.append(f"v{n} AS c{n}")
            continue
        made_safe.append(f"{safe(f'v{n}')} AS s{n}")
        too_long.append(f"{is_too_long(f's{n}')} AS l{n}")
        cut.append(f"l{n}")
        cells.append(f"CASE WHEN l{n} THEN {cut_cell(f'v{n}', f's{n}', facts)} ELSE s{n} END AS c{n}")
    return [*values, ["*", *made_safe], ["*", *too_long], [*cells, f"{how_many(cut)} AS cut"]]


def _wide_cells(parts: Sequence[Part], facts: LocaleFacts) -> list[list[str]]:
    """The same for many columns: their texts are made safe and shortened as one list."""
    texts = [n for n, (column, *_) in enumerate(parts) if column.type.kind in TEXTS and not column.is_id]
    names = [f"v{n}" for n in texts]
    fitted = of_each(names, lambda text: _fitted(text, safe(text), facts))
    cut = f"list_sum({of_each(names, lambda text: how_many([is_too_long(safe(text))]))})" if texts else "0"
    places = {n: place for place, n in enumerate(texts, 1)}
    cells = [f"texts[{places[n]}] AS c{n}" if n in places else f"v{n} AS c{n}" for n in range(len(parts))]
    return [["*", f"{fitted} AS texts", f"{cut} AS cut"], [*cells, "cut"]]


def _fitted(text: str, made_safe: str, facts: LocaleFacts) -> str:
    return f"CASE WHEN {is_too_long(made_safe)} THEN {cut_cell(text, made_safe, facts)} ELSE {made_safe} END"


def _decimal(column: str, facts: LocaleFacts) -> str:
    digits = float_text(column)
    return digits if facts.decimal == "." else f"replace({digits}, '.', {literal(facts.decimal)})"


def _truth(column: str, words: Language) -> str:
    return f"CASE WHEN {column} THEN {literal(words.yes)} WHEN NOT {column} THEN {literal(words.no)} END"
