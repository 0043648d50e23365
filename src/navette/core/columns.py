"""A column of a result, as formats and manifests see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from navette.core.types import ColumnType


@dataclass(frozen=True)
class OutputColumn:
    """One column of an export's result: its name in the file, its type, and what it means.

    ``label`` and ``description`` are in the request's language.
    """

    name: str
    type: ColumnType
    label: str = ""
    description: str = ""
    sensitive: bool = False
    is_id: bool = False
    """Whether every value is 24 hexadecimal digits: the store made sure of it, so that no format need."""


Part = Sequence[OutputColumn]
"""What one column of a result carries: one column of the file, or many that follow each other and are numbers alike.

Many are one list, which is never null, under the name of the first. As columns of their own they would take longer to
plan than to compute, and the engine holds 2,048 rows of each, however few there are.
"""
