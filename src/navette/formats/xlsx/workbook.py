"""All of a workbook except its rows: XlsxWriter creates it, and it is split where the rows go."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from io import BytesIO
from zipfile import ZipFile

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from navette.core.columns import OutputColumn
from navette.core.languages import Notice
from navette.core.locales import LocaleFacts, locale_facts
from navette.core.types import Kind, ObjectId
from navette.formats.format import Rendering, Subject, Written
from navette.formats.spreadsheet import LONGEST_CELL, LONGEST_TITLE, fit
from navette.formats.xlsx.cells import without_controls

LONGEST_SHEET_NAME = 31

_WIDTHS = {Kind.BOOLEAN: 9, Kind.INTEGER: 11, Kind.FLOAT: 11, Kind.DATE: 11, Kind.DATETIME: 17}
_ID_WIDTH, _TEXT_WIDTH, _WIDEST = 26, 24, 40
# The filter's button covers part of the title.
_BUTTON = 4
# Texts that XlsxWriter takes for XML of its own, or escapes only half of; not if it writes them in pieces.
_MISTAKEN = re.compile(r"\A<r>.*</r>\Z|_x[0-9A-Fa-f]{4}_x", re.DOTALL)
# Every run of one request produces the same bytes, so no file states when it was created.
_MADE = datetime(2000, 1, 1)


class Workbook:
    """The workbook of some columns, with as many sheets of rows as needed."""

    def __init__(self, columns: Sequence[OutputColumn], rendering: Rendering) -> None:
        self.columns = columns
        self.rendering = rendering
        self.facts = locale_facts(rendering.locale)

    def styles(self) -> Mapping[Kind, int]:
        """The numbers of the styles for days and times."""
        numbers = re.findall(r'<c r="[A-Z]+2" s="(\d+)"/>', self._first_sheet)
        return dict(zip((Kind.DATE, Kind.DATETIME), map(int, numbers), strict=True))

    def head(self, number: int) -> bytes:
        """A sheet up to its first row after the titles. It does not state how many rows follow."""
        sheet = self._first_sheet if number == 1 else self._sheet([0] * number, number)
        return re.sub("<dimension [^>]*>", "", sheet[: sheet.index('<row r="2"')]).encode()

    def tail(self, rows: int) -> bytes:
        """The end of a sheet with that many rows."""
        sheet = self._sheet([rows], 1)
        return sheet[sheet.index("</sheetData>") :].encode()

    def parts(self, rows: Sequence[int], written: Written) -> Iterator[tuple[str, bytes]]:
        """The names and the bytes of all other parts, for sheets of that many rows."""
        with self._built(rows, partial(_add_notice, self.columns, self.rendering, written)) as archive:
            for name in archive.namelist():
                if name not in map(sheet_part, range(1, len(rows) + 1)):
                    yield name, archive.read(name)

    @cached_property
    def _first_sheet(self) -> str:
        return self._sheet([0], 1)

    def _sheet(self, rows: Sequence[int], number: int) -> str:
        """The XML of a sheet. The notice, which has a line for each column, is not needed here and stays empty."""
        with self._built(rows, lambda *_: None) as archive:
            return archive.read(sheet_part(number)).decode()

    def _built(self, rows: Sequence[int], add_notice: Callable[[Worksheet, Format], None]) -> ZipFile:
        target = BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            book.set_properties({"created": _MADE})
            bold = book.add_format({"bold": True})
            styles = [book.add_format({"num_format": _code(p)}) for p in (self.facts.date, self.facts.datetime)]
            for number, count in enumerate(rows, 1):
                self._add_sheet(
                    book.add_worksheet(sheet_name(self.rendering.subject.name, number)), count, bold, styles
                )
            add_notice(book.add_worksheet(self._notice_name(len(rows))), bold)
        return ZipFile(target)

    def _add_sheet(self, sheet: Worksheet, rows: int, bold: Format, styles: Sequence[Format]) -> None:
        for number, column in enumerate(self.columns):
            name = without_controls(fit(column.name, self.facts, LONGEST_TITLE))
            _write_text(sheet, 0, number, name, bold)
            sheet.set_column(number, number, _width(column, name))
        for number, style in enumerate(styles):  # found again by ``styles``; the row is cut off
            sheet.write_blank(1, number, None, style)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, rows, len(self.columns) - 1)

    def _notice_name(self, sheets: int) -> str:
        """The notice's name, which no other sheet has, in any case of letters."""
        taken = {sheet_name(self.rendering.subject.name, number).lower() for number in range(1, sheets + 1)}
        title = self.facts.language.notice.title
        return title if title.lower() not in taken else f"{title} (2)"


def sheet_part(number: int) -> str:
    """The name of a sheet's part in the file."""
    return f"xl/worksheets/sheet{number}.xml"


def sheet_name(name: str, number: int) -> str:
    """``messages``, ``messages 2`` …: at most 31 characters, none that Excel rejects."""
    ending = f" {number}" if number > 1 else ""
    return re.sub(r"[\[\]:*?/\\']", "_", name)[: LONGEST_SHEET_NAME - len(ending)] + ending


def _code(pattern: str) -> str:
    """Excel's number format for a strftime pattern."""
    for directive, code in (("%d", "dd"), ("%m", "mm"), ("%Y", "yyyy"), ("%H", "hh"), ("%M", "mm")):
        pattern = pattern.replace(directive, code)
    return pattern


def _width(column: OutputColumn, title: str) -> int:
    """A column's width in characters."""
    usual = _ID_WIDTH if column.type == ObjectId else _WIDTHS.get(column.type.kind, _TEXT_WIDTH)
    return min(max(usual, len(title) + _BUTTON), _WIDEST)


def _add_notice(
    columns: Sequence[OutputColumn], rendering: Rendering, written: Written, sheet: Worksheet, bold: Format
) -> None:
    facts = locale_facts(rendering.locale)
    words = facts.language.notice
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 3, 22)
    sheet.set_column(4, 4, 90)
    lines = list(_facts(rendering, words, written, facts))
    for number, (name, value) in enumerate(lines):
        sheet.write_string(number, 0, name, bold)
        _write_text(sheet, number, 1, without_controls(fit(value, facts, LONGEST_CELL)))
    head = len(lines) + 1
    for number, word in enumerate((words.column, words.label, words.type, words.sensitive, words.meaning)):
        sheet.write_string(head, number, word, bold)
    for number, column in enumerate(columns, head + 1):
        sensitive = facts.language.yes if column.sensitive else ""
        title = fit(column.name, facts, LONGEST_TITLE)
        for place, text in enumerate((title, column.label, str(column.type), sensitive, column.description)):
            _write_text(sheet, number, place, without_controls(text))


def _write_text(sheet: Worksheet, row: int, column: int, text: str, style: Format | None = None) -> None:
    """Write a text from the data unchanged."""
    if _MISTAKEN.search(text):
        sheet.write_rich_string(row, column, *text, *([style] if style else []))
    else:
        sheet.write_string(row, column, text, style)


def _facts(rendering: Rendering, words: Notice, written: Written, facts: LocaleFacts) -> Iterator[tuple[str, str]]:
    subject = rendering.subject
    yield words.export, subject.name
    yield words.description, subject.description
    yield words.window, _window(subject, words, rendering, facts)
    for name, values in subject.filters.items():
        yield f"{words.filters}: {name}", ", ".join(values)
    yield words.zone, rendering.zone.key
    yield words.rows, str(written.rows)
    yield words.cut, str(written.cut)
    yield words.replaced, str(written.replaced)


def _window(subject: Subject, words: Notice, rendering: Rendering, facts: LocaleFacts) -> str:
    ends = ((words.start, subject.window.start), (words.end, subject.window.end))
    pattern = f"{facts.datetime}:%S"
    bounds = [word.format(end.astimezone(rendering.zone).strftime(pattern)) for word, end in ends if end]
    return f"{subject.by} {', '.join(bounds)}" if bounds else words.all_records
