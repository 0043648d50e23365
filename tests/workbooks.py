"""Workbooks as other programs see them: by sheet, line by line; and the parts of the file."""

from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import openpyxl
from openpyxl.utils.escape import unescape
from python_calamine import CalamineWorkbook

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

Sheets = dict[str, list[list[Any]]]


def by_openpyxl(content: bytes) -> Sheets:
    """Each sheet's cells, titles first. What openpyxl leaves of Excel's ``_xHHHH_`` is decoded."""
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    return {sheet.title: [[_decoded(value) for value in line] for line in sheet.values] for sheet in book}


def by_calamine(content: bytes) -> Sheets:
    """Each sheet's cells, titles first; null is an empty text, and an integer is a float."""
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def parts(content: bytes) -> dict[str, bytes]:
    """The bytes of each part, by its name."""
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheets_of(content: bytes) -> list[ElementTree.Element]:
    """The XML of each sheet."""
    found = {name: text for name, text in parts(content).items() if name.startswith("xl/worksheets/sheet")}
    return [ElementTree.fromstring(found[name]) for name in sorted(found)]


def _decoded(value: Any) -> Any:
    return unescape(value) if isinstance(value, str) else value
