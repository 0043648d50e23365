"""Text in spreadsheets: keep it from running as a formula, and from exceeding the longest cell.

A text that would run as a formula gets an apostrophe in front. A text longer than a cell is cut, with a mark at its
end that states its length. Lengths are in UTF-16 code units, as Excel counts. Titles are few and are handled here in
Python; the engine handles cells, in SQL.
"""

import re
from collections.abc import Iterable

from navette.core.locales import LocaleFacts
from navette.core.sql import literal

LONGEST_CELL = 32_767
LONGEST_TITLE = 255

# White space, control characters and what Unicode calls ignorable, as the inside of a character class. Spreadsheets
# and programs in between can drop them, and a formula behind them would come to the front.
INVISIBLE = (
    r"\x00-\x20\x7F-\xA0\xAD"
    "\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    "\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# The full-width signs start a formula in East Asian spreadsheets.
FORMULA = rf"^(?:[\t\r\n]|[{INVISIBLE}]*[=+\-@＝＋－＠])"
# Harmless although they start with a sign: numbers and telephone numbers.
NUMBER = r"^(?:-?[0-9]+(?:[.,][0-9]+)?|\+[0-9]{6,15})$"

# No mark states a longer length than this, so the mark's own length is known in advance.
_LONGEST_TEXT = 999_999_999_999


def title(name: str, facts: LocaleFacts) -> str:
    """A column's title: safe, and at most 255 UTF-16 code units."""
    return fit(name, facts, LONGEST_TITLE, _before(name))


def fit(text: str, facts: LocaleFacts, longest: int, before: str = "") -> str:
    """A text with ``before`` in front, cut if they have more than ``longest`` UTF-16 code units together."""
    if len(_units(before + text)) <= 2 * longest:
        return before + text
    mark = facts.language.cut.format(f"{len(text):,}".replace(",", facts.group))
    # A surrogate whose other half is cut off cannot be decoded, and is left out.
    return _units(before + text)[: 2 * (longest - len(mark))].decode("utf-16-le", "ignore") + mark


def is_long_title(name: str, before: str | None = None) -> bool:
    """Whether ``title`` shortens it, or ``fit`` if ``before`` is given."""
    return len(_units((_before(name) if before is None else before) + name)) > 2 * LONGEST_TITLE


def _before(name: str) -> str:
    """The prefix that keeps a title from running as a formula."""
    harmless = not re.search(FORMULA, name) or re.fullmatch(NUMBER, name)
    return "" if harmless else "'"


def _units(text: str) -> bytes:
    return text.encode("utf-16-le")


def safe(text: str) -> str:
    """The SQL of a text (given as SQL) that no spreadsheet runs as a formula."""
    return f"CASE WHEN {_runs(text)} THEN '''' || {text} ELSE {text} END"


def cut_cell(text: str, made_safe: str, facts: LocaleFacts) -> str:
    """The SQL of a text that is too long once ``safe`` has made it ``made_safe``: at most 32,767 UTF-16 code units."""
    return f"CASE WHEN {made_safe} <> {text} THEN '''' ELSE '' END || {shortened(text, facts)}"


def is_too_long(text: str) -> str:
    """The SQL condition that a text has more than 32,767 UTF-16 code units.

    A text never has more of them than bytes of UTF-8, whose number is known without counting; only a CASE skips the
    count.
    """
    counted = f"length({text}) + {_pairs(text)} > {LONGEST_CELL}"
    return f"CASE WHEN strlen({text}) > {LONGEST_CELL} THEN {counted} ELSE false END"


def how_many(conditions: Iterable[str]) -> str:
    """The SQL that counts how many conditions hold.

    It is not one long sum, because the engine allows at most 1,000 terms.
    """
    counts = ", ".join(f"CASE WHEN {condition} THEN 1 ELSE 0 END" for condition in conditions)
    return f"list_sum([{counts}])" if counts else "0"


def _runs(text: str) -> str:
    """The SQL condition that a spreadsheet might run the text as a formula.

    Most texts start with a letter or a digit; comparisons detect this much faster than regular expressions.
    """
    unusual = f"({text} < '0' OR {text} > '~' OR {text} BETWEEN '=' AND 'A')"
    formula = f"regexp_matches({text}, {literal(FORMULA)})"
    number = f"regexp_matches({text}, {literal(NUMBER)})"
    return f"{unusual} AND {formula} AND NOT {number}"


def _pairs(text: str) -> str:
    """The number of characters in the text that take two UTF-16 code units."""
    return rf"length(regexp_replace({text}, '[^\x{{10000}}-\x{{10FFFF}}]+', '', 'g'))"


def shortened(text: str, facts: LocaleFacts) -> str:
    """The SQL of a text's beginning and the mark, with room for an apostrophe.

    Whole characters are counted: one less for each surrogate pair, but never less than half, which always fits.
    """
    room = LONGEST_CELL - 1 - len(facts.language.cut.format(f"{_LONGEST_TEXT:,}"))
    fitting = f"greatest({room} - {_pairs(f'left({text}, {room})')}, {room // 2})"
    before, after = facts.language.cut.split("{}")
    count = _grouped(f"length({text})", facts.group)
    return f"left({text}, {fitting}) || {literal(before)} || {count} || {literal(after)}"


def _grouped(count: str, group: str) -> str:
    """A number of at least four digits with thousands separators."""
    millions = f"CASE WHEN {count} < 1000000 THEN '' ELSE CAST({count} // 1000000 AS VARCHAR) || {literal(group)} END"
    thousands, units = f"right(CAST({count} // 1000 AS VARCHAR), 3)", f"right(CAST({count} AS VARCHAR), 3)"
    return f"{millions} || {thousands} || {literal(group)} || {units}"
