"""A row of a sheet as XML, in SQL: each cell has a type, so nothing is guessed and nothing becomes a formula.

Cells have no reference (``r``, which the standard makes optional), because a slice of rows does not know its
position.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

from navette.core.columns import Part
from navette.core.locales import LocaleFacts
from navette.core.rows import WIDE
from navette.core.sql import identifier, literal, of_each, of_list
from navette.core.types import Kind
from navette.formats.csv import TEXTS, list_text
from navette.formats.instants import local
from navette.formats.spreadsheet import LONGEST_CELL, how_many, is_too_long, shortened

NOTHING = "'<c/>'"

LARGEST_INTEGER = 999_999_999_999_999
"""Excel shows fifteen digits; a longer integer becomes text."""

# Serial numbers count days from here (before, Excel takes 1900 for a leap year) to the end of its calendar.
_FIRST_DAY, _AFTER_LAST_DAY = "1900-03-01", "10000-01-01"
_SERIAL_OF_1970 = 25_569

# The control characters that XML cannot hold, and the characters that replace them (U+FFFE and U+FFFF are
# noncharacters).
_CONTROLS = [code for code in range(32) if code not in (9, 10, 13)]
_SHOWN = {code: chr(0x2400 + code) for code in _CONTROLS} | dict.fromkeys((0xFFFE, 0xFFFF), "\N{REPLACEMENT CHARACTER}")
_CANNOT = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
# Texts that a reader of the file would take for an escaped character.
_ESCAPED = "x[0-9A-Fa-f]{4}"
_UNUSUAL = rf"[\x00-\x08\x0B-\x1F&<>\x{{FFFE}}\x{{FFFF}}]|^[ \t\n]|[ \t\n]$|_{_ESCAPED}"


def row_selects(
    parts: Sequence[Part], zone: ZoneInfo, facts: LocaleFacts, styles: Mapping[Kind, int]
) -> list[list[str]]:
    """The selects for ``line``, a row's XML, and for ``cut`` and ``replaced`` (see ``Written``)."""
    cells, values, unusual, texts = [], [], [], []
    for number, (column, *members) in enumerate(parts):
        name, kind = identifier(column.name), column.type.kind
        if kind not in TEXTS:
            typed = partial(_typed, kind=kind, zone=zone, facts=facts, styles=styles)
            cell = f"array_to_string({of_list(name, typed)}, '')" if members else typed(name)
            values.append(f"{cell} AS v{number}")
            cells.append(f"v{number}")
            continue
        values.append(f"{list_text(name) if kind is Kind.ARRAY else name} AS v{number}")
        if column.is_id:
            cells.append(_plain_cell(f"v{number}"))
            continue
        unusual.append(f"{_is_unusual(f'v{number}')} AS u{number}")
        cells.append(_text_cell(f"v{number}", f"u{number}", facts))
        texts.append(number)
    if len(texts) >= WIDE:
        return _wide_selects(values, cells, texts, facts)
    cut = how_many(f"u{number} AND {is_too_long(f'v{number}')}" for number in texts)
    replaced = how_many(f"u{number} AND {_matches(f'v{number}', _CANNOT)}" for number in texts)
    line = f"concat('<row>', {', '.join(cells)}, '</row>') AS line"
    return [values, ["*", *unusual], [line, f"{cut} AS cut", f"{replaced} AS replaced"]]


def _wide_selects(values: list[str], cells: list[str], texts: list[int], facts: LocaleFacts) -> list[list[str]]:
    """The same for many columns: their texts become cells as one list."""
    names = [f"v{number}" for number in texts]
    text_cells = of_each(names, lambda text: _text_cell(text, _is_unusual(text), facts))
    cut = of_each(names, lambda text: how_many([is_too_long(text)]))
    replaced = of_each(names, lambda text: how_many([_matches(text, _CANNOT)]))
    for place, number in enumerate(texts, 1):
        cells[number] = f"texts[{place}]"
    counts = [f"list_sum({cut}) AS cut", f"list_sum({replaced}) AS replaced"]
    line = f"concat('<row>', {', '.join(cells)}, '</row>') AS line"
    return [values, ["*", f"{text_cells} AS texts", *counts], [line, "cut", "replaced"]]


def without_controls(text: str) -> str:
    """A text with the characters that XML cannot hold replaced, as in cells; for titles, which are not in SQL."""
    return text.translate(_SHOWN)


def _typed(column: str, kind: Kind, zone: ZoneInfo, facts: LocaleFacts, styles: Mapping[Kind, int]) -> str:
    """The SQL of a cell that is not a text."""
    match kind:
        case Kind.INTEGER:
            fits = f"{column} BETWEEN -{LARGEST_INTEGER} AND {LARGEST_INTEGER}"
            return f"CASE WHEN {fits} THEN {_value(column)} ELSE {_plain_cell(f'CAST({column} AS VARCHAR)')} END"
        case Kind.FLOAT:
            return f"CASE WHEN isfinite({column}) THEN {_value(column)} ELSE {NOTHING} END"
        case Kind.BOOLEAN:
            truth = '<c t="b"><v>{}</v></c>'.format
            return f"CASE WHEN {column} THEN '{truth(1)}' WHEN NOT {column} THEN '{truth(0)}' ELSE {NOTHING} END"
        case Kind.DATE:
            days = f"({column} - DATE '1970-01-01') + {_SERIAL_OF_1970}"
            return _moment(column, days, facts.date, styles[kind])
        case _:
            clock = f"date_trunc('second', {local(column, zone)})"
            days = f"epoch({clock}) / 86400 + {_SERIAL_OF_1970}"
            return _moment(clock, days, facts.datetime, styles[kind])


def _moment(moment: str, serial: str, pattern: str, style: int) -> str:
    """The SQL of a day or a time: a serial number with a format, or a text if there is no such number."""
    text = _plain_cell(f"strftime({moment}, {literal(pattern)})")
    has_serial = f"{moment} >= '{_FIRST_DAY}' AND {moment} < '{_AFTER_LAST_DAY}'"
    return f"CASE WHEN {has_serial} THEN {_value(serial, style)} ELSE {text} END"


def _value(number: str, style: int = 0) -> str:
    return f"""concat('<c{f' s="{style}"' if style else ""}><v>', {number}, '</v></c>')"""


def _plain_cell(text: str) -> str:
    """The SQL of a text's cell, if XML can hold the text unchanged."""
    return f"""coalesce('<c t="inlineStr"><is><t>' || {text} || '</t></is></c>', {NOTHING})"""


def _text_cell(text: str, unusual: str, facts: LocaleFacts) -> str:
    before = """'<c t="inlineStr"><is><t xml:space="preserve">'"""
    fitted = f"CASE WHEN {is_too_long(text)} THEN {shortened(text, facts)} ELSE {text} END"
    return (
        f"CASE WHEN {unusual} THEN concat({before}, {_escaped(fitted)}, '</t></is></c>') ELSE {_plain_cell(text)} END"
    )


def _is_unusual(text: str) -> str:
    return f"strlen({text}) >= {LONGEST_CELL} OR {_matches(text, _UNUSUAL)}"


def _escaped(text: str) -> str:
    """The SQL of a text as XML, with the characters that XML cannot hold replaced."""
    controls = ", ".join(f"chr({code})" for code in _SHOWN)
    readable = f"translate({text}, concat({controls}), {literal(''.join(_SHOWN.values()))})"
    xml = f"regexp_replace({readable}, {literal(f'_({_ESCAPED})')}, '_x005F_\\1', 'g')"
    for character, entity in (("'&'", "&amp;"), ("'<'", "&lt;"), ("'>'", "&gt;"), ("chr(13)", "&#13;")):
        xml = f"replace({xml}, {character}, '{entity}')"
    return xml


def _matches(text: str, pattern: str) -> str:
    return f"regexp_matches({text}, {literal(pattern)})"
