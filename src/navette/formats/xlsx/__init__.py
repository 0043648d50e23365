"""XLSX: a real workbook with typed cells, a sheet per million rows, and a last sheet that says what it is.

The sheets' rows are assembled by the engine and compressed as they come; XlsxWriter makes all the rest. Why:
``docs/decisions/0007-xlsx.md``.
"""

from navette.formats.xlsx.book import Xlsx

__all__ = ["Xlsx"]
