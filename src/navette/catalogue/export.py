"""What an export is, declared as data.

Expressions are SQL in DuckDB's dialect; only functions of the allow-list in ``compile.py`` are used, so that sqlglot
can write them for another engine with the same meaning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from navette.core.types import ColumnType


@dataclass(frozen=True)
class Column:
    """One column of the file: its published name, its type, and the expression that gives its value.

    ``label`` and ``description`` are in English; the French ones are keyed on them in ``locale/``. ``sensitive``
    columns hold personal data and are left out unless asked for by who may see them. ``extra`` names the kind of
    record that alone has the column (``"twitter"``); such columns are left out unless asked for. ``extension`` is the
    extension that brings the column.
    """

    name: str
    type: ColumnType
    expression: str
    label: str
    description: str
    sensitive: bool = False
    extra: str | None = None
    extension: str | None = None


@dataclass(frozen=True)
class Lookup:
    """A relation joined to the rows, at most one row to each: ``LEFT JOIN relation AS alias ON on``.

    ``relation`` is a table's name, or a query in parentheses. A query may read ``base``: the export's rows after the
    window and the filters. A lookup that no chosen column needs is not joined; one whose ``on`` names another
    lookup's alias brings that one along.
    """

    alias: str
    relation: str
    on: str


@dataclass(frozen=True)
class Family:
    """Columns that follow the domain's data, repeated for each member (a channel, a survey question).

    ``members`` is a query that gives ``key`` and ``name`` of each member in order, and for a family whose type
    depends on the data ``type`` (the name of a ColumnType). In the columns' names ``variable`` stands for the member's
    name; in their expressions ``$key`` stands for its key.

    A family of many members reads all their values at once: ``term`` (``expression AS name``) is added to the rows, or
    ``lookup`` is joined. In these ``$keys`` stands for the list of the chosen members' keys, in the order of their
    texts, and in the columns' expressions ``$number`` for the member's place in it.

    ``named_by`` is the table whose rows bring new members, where names are taken from what people call them: each is
    then assigned once, when the store gets the first such row, and kept (see ``column_names.py``).
    """

    variable: str
    members: str
    columns: tuple[Column, ...]
    term: str | None = None
    lookup: Lookup | None = None
    named_by: str | None = None


@dataclass(frozen=True)
class Export:
    """One of the catalogue's exports.

    ``rows`` is ``"table AS alias"``, the rows of the file before window and filters, of those for which ``where``
    holds; with ``group``, one row of the file for each distinct value of those columns of the table, and all else that
    its columns show is looked up. ``times`` are the
    instants (or days) that a window can apply to, the first one by default. ``filters`` are predicates in which
    ``$value`` stands for what is asked. ``incremental``: an automated export can cover a period; others are always
    complete. ``listing``: the rows are what there is, not what happened, so that an automated export is complete
    unless a period is chosen. ``order`` sorts small exports; without it the rows come in the store's order.
    """

    name: str
    label: str
    description: str
    grain: str
    rows: str
    columns: tuple[Column | Family, ...]
    lookups: tuple[Lookup, ...] = ()
    times: dict[str, str] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    where: str | None = None
    group: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    incremental: bool = False
    listing: bool = False
    extension: str | None = None

    def all_columns(self) -> Iterator[Column]:
        """Every declared column in file order, those of families with the pattern in their name."""
        for column in self.columns:
            if isinstance(column, Family):
                yield from column.columns
            else:
                yield column


def is_default(column: Column) -> bool:
    """Whether a file has the column by default: it is neither sensitive nor extra."""
    return not column.sensitive and not column.extra
