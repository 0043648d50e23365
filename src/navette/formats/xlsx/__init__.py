"""XLSX: a workbook with typed cells, a sheet per million rows, and a last sheet that describes its contents.

The engine assembles the sheets' rows, which are compressed as they come; XlsxWriter makes everything else. Why:
``docs/decisions/0007-xlsx.md``.
"""

from navette.formats.xlsx.book import Xlsx

__all__ = ["Xlsx"]
