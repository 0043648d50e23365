"""A column of a result, as formats and manifests see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from navette.core.types import ColumnType


@dataclass(frozen=True)
class OutputColumn:
    """One column of an export's result: its name in the file, its type and its meaning.

    ``label`` and ``description`` are in the request's language.
    """

    name: str
    type: ColumnType
    label: str = ""
    description: str = ""
    sensitive: bool = False
    is_id: bool = False
    """Whether every value is 24 hexadecimal digits. The store checks this, so formats need not."""


Part = Sequence[OutputColumn]
"""The columns of the file that one column of a result carries: one, or several consecutive columns of the same number
type.

Several columns are one list, which is never null, under the name of the first. As separate columns they would take
longer to plan than to compute, and the engine allocates 2,048 rows for each, however few there are.
"""
