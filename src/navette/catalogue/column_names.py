"""The names of columns that follow the data: fit for every format, assigned once, and kept.

Reports and programs read columns by name. So a member (a channel, a chat variable) keeps the name that it got when it
first appeared, also when it is renamed; and a name goes to no other member, also when its own is removed.
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
"""Characters of a member's name: databases and Power BI take columns of about that length."""

# What programs cannot have in a name, or take for its end: control characters, other line ends, U+FEFF, no characters.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def namings(table: str) -> list[Naming]:
    """How rows of a table name columns: for the store, which keeps the names."""
    return [
        Naming(family_id(export, family), family.members, partial(assign, export, family))
        for export in EXPORTS.values()
        for family in export.columns
        if isinstance(family, Family) and family.named_by == table
    ]


def family_id(export: Export, family: Family) -> str:
    """What the store knows the family by."""
    return f"{export.name}.{family.variable.strip('{}')}"


def assign(
    export: Export, family: Family, known: Mapping[str, str], members: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """The names of those ``members`` (key and name, in order) that are not ``known``, by key.

    Of two names that differ only in case the later one gets a number, as engines do not tell such columns apart; so
    does a name that makes the name of one of the export's other columns.
    """
    fixed = {column.name.lower() for column in export.columns if isinstance(column, Column)}
    taken, assigned = {name.lower() for name in known.values()}, dict[str, str]()
    for key, name in members:
        if key not in known and key not in assigned:
            assigned[key] = free_name(fit(name), partial(_is_taken, family, taken, fixed))
            taken.add(assigned[key].lower())
    return assigned


def fit(name: str) -> str:
    """The name as every format and its readers can have it: none empty, no control characters, no blanks around it."""
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
