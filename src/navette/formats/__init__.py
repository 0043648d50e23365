"""Text formats: how a result becomes a file. A format knows columns and rows, and nothing of where they come from.

A new format is one file here and one line in ``FORMATS``.
"""

from navette.formats.bi import Bi
from navette.formats.excel import Excel
from navette.formats.format import Format, Rendering, Written

FORMATS: dict[str, Format] = {
    "bi": Bi(),
    "excel": Excel(),
}

__all__ = ["FORMATS", "Format", "Rendering", "Written"]
