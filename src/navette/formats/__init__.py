"""Formats: how a result becomes a file. A format knows columns and rows, but not where they come from.

A new format is one file here and one line in ``FORMATS``.
"""

from collections.abc import Mapping

from navette.core.kinds import Kinds
from navette.formats.compression import CODECS, COMPRESSIONS, Compression, compressed, compressions
from navette.formats.format import Cells, Format, InMail, Rendering, Subject, Written

FORMATS: Mapping[str, Format] = Kinds(
    {
        "excel": "navette.formats.excel:Excel",
        "bi": "navette.formats.bi:Bi",
        "xlsx": "navette.formats.xlsx:Xlsx",
        "parquet": "navette.formats.parquet:Parquet",
        "jsonl": "navette.formats.jsonl:JsonLines",
    }
)
"""Every format, by name, in the order in which they are offered."""

FOR_PEOPLE, FOR_PROGRAMS = "excel", "bi"
"""The default formats: of files requested in the console; of the command line and automated exports."""

__all__ = [
    "CODECS",
    "COMPRESSIONS",
    "FORMATS",
    "FOR_PEOPLE",
    "FOR_PROGRAMS",
    "Cells",
    "Compression",
    "Format",
    "InMail",
    "Rendering",
    "Subject",
    "Written",
    "compressed",
    "compressions",
]
