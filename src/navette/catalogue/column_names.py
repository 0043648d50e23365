"""The names of columns that follow the data: valid in every format, assigned once, and permanent.

Reports and programs read columns by name. So a member (a channel, a chat variable) keeps the name that it got when
it first appeared, even if it is renamed. No other member gets that name, even if the member is removed.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import count

from navette.catalogue.export import Column, Export, Family
from navette.catalogue.exports import EXPORTS
from navette.store import Naming

LONGEST = 200
"""Characters of a member's name: databases and Power BI accept columns of about that length."""

# Characters that programs reject in a name, or take for its end: control characters, other line ends, U+FEFF,
# noncharacters.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def namings(table: str) -> list[Naming]:
    """How rows of a table name columns, for the store, which records the names."""
    return [
        Naming(family_id(export, family), family.members, partial(assign, export, family))
        for export in EXPORTS.values()
        for family in export.columns
        if isinstance(family, Family) and family.named_by == table
    ]


def family_id(export: Export, family: Family) -> str:
    """The name under which the store knows the family."""
    return f"{export.name}.{family.variable.strip('{}')}"


def assign(
    export: Export, family: Family, known: Mapping[str, str], members: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Assign names to those ``members`` (key and name, in order) that are not ``known``, by key.

    If two names differ only in case, the later one gets a number, because engines do not distinguish such columns.
    So does a name that would produce the name of another column of the export.
    """
    fixed = {column.name.lower() for column in export.columns if isinstance(column, Column)}
    taken, assigned = {name.lower() for name in known.values()}, dict[str, str]()
    for key, name in members:
        if key not in known and key not in assigned:
            assigned[key] = free_name(fit_length(name), partial(_is_taken, family, taken, fixed))
            taken.add(assigned[key].lower())
    return assigned


def fit_length(name: str) -> str:
    """The name in a form that is valid for every format and reader: not empty, no control characters or outer
    blanks."""
    return _UNFIT.sub("_", unicodedata.normalize("NFC", name))[:LONGEST].strip() or "_"


def free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    """The name, or the first of ``name_2``, ``name_3``, … that is not taken."""
    return next(candidate for candidate in _candidates(name) if not is_taken(candidate))


def _candidates(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}_{number}" for number in count(2))


def _is_taken(family: Family, taken: set[str], fixed: set[str], name: str) -> bool:
    names = (column.name.replace(family.variable, name).lower() for column in family.columns)
    return name.lower() in taken or not fixed.isdisjoint(names)
