"""Formats: how a result becomes a file. A format knows columns and rows, and nothing of where they come from.

A new format is one file here and one line in ``FORMATS``.
"""

from navette.formats.bi import Bi
from navette.formats.compression import COMPRESSIONS, Compression, compressed, compressions
from navette.formats.excel import Excel
from navette.formats.format import Format, Rendering, Subject, Written
from navette.formats.jsonl import JsonLines
from navette.formats.parquet import Parquet
from navette.formats.xlsx import Xlsx

FORMATS: dict[str, Format] = {
    "bi": Bi(),
    "excel": Excel(),
    "jsonl": JsonLines(),
    "parquet": Parquet(),
    "xlsx": Xlsx(),
}

__all__ = [
    "COMPRESSIONS",
    "FORMATS",
    "Compression",
    "Format",
    "Rendering",
    "Subject",
    "Written",
    "compressed",
    "compressions",
]
