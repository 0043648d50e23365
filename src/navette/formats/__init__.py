"""Formats: how a result becomes a file. A format knows columns and rows, and nothing of where they come from.

A new format is one file here and one line in ``FORMATS``.
"""

from collections.abc import Mapping

from navette.core.kinds import Kinds
from navette.formats.compression import COMPRESSIONS, Compression, compressed, compressions
from navette.formats.format import Format, Rendering, Subject, Written

FORMATS: Mapping[str, Format] = Kinds(
    {
        "bi": "navette.formats.bi:Bi",
        "excel": "navette.formats.excel:Excel",
        "jsonl": "navette.formats.jsonl:JsonLines",
        "parquet": "navette.formats.parquet:Parquet",
        "xlsx": "navette.formats.xlsx:Xlsx",
    }
)

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
