"""The declaration of an export, as data.

Expressions are SQL in DuckDB's dialect. They use only functions of the allow-list in ``functions.py``, so that
sqlglot can write them for another engine with the same meaning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from navette.core.types import ColumnType


@dataclass(frozen=True)
class Column:
    """One column of the file: its published name, its type, and the expression of its value.

    ``label`` and ``description`` are in English; ``locale/`` has the French for them. ``sensitive`` columns contain
    personal data and are left out unless a user who may see them asks for them. ``extra`` names the only kind of
    record that has the column (``"twitter"``); such columns are left out unless requested. ``extension`` is the
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
class LastOf:
    """A time of a row: the last ``time`` of the rows of ``table`` whose ``by`` is the row's id; null without any."""

    table: str
    by: str
    time: str


@dataclass(frozen=True)
class Related:
    """Rows of a large table that go with the export's rows: those with one of the ``ids`` in the column ``by``.

    ``ids`` is a query over ``base`` (the export's rows after the window and the filters) and related rows declared
    before. Lookups, filters and ``where`` read the ``columns`` under ``name``; those that a filter or ``where`` reads
    go with the rows before the filters. A query gives the same result with all rows of the table: an engine reads
    related rows first, so that the cost of an export follows its own rows and not those stored.
    """

    name: str
    table: str
    by: str
    ids: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Shared:
    """A relation that several lookups read, so that it is computed once: a query over what lookups can read."""

    name: str
    query: str


@dataclass(frozen=True)
class Lookup:
    """A relation joined to the rows, at most one row to each: ``LEFT JOIN relation AS alias ON on``.

    ``relation`` is a name or a query in parentheses. It reads small tables, related rows, shared relations, and
    ``base``. A lookup that no chosen column needs is not joined. If a lookup's ``on`` names another lookup's alias,
    that one is joined too.
    """

    alias: str
    relation: str
    on: str


@dataclass(frozen=True)
class Family:
    """Columns that follow the domain's data, repeated for each member (a channel, a survey question).

    ``members`` is a query over small tables and summaries for the ``key`` and the ``name`` of each member in order,
    and, for a family whose type depends on the data, its ``type`` (the name of a ColumnType). In column names
    ``variable`` stands for the member's name; in expressions ``$key`` stands for its key.

    A family with many members reads all their values at once: ``term`` (``expression AS name``) is added to the
    rows, or ``lookup`` is joined. In these, ``$keys`` stands for the list of the chosen members' keys in text order,
    and in the columns' expressions ``$number`` stands for the member's position in it.

    ``named_by`` is the table whose rows bring new members, if people name them. Each name is then assigned once,
    when the store gets the first such row, and recorded (see ``column_names.py``).
    """

    variable: str
    members: str
    columns: tuple[Column, ...]
    term: str | None = None
    lookup: Lookup | None = None
    named_by: str | None = None


class Prerequisite(StrEnum):
    """Something that an export can require before it reads the store. The worker knows how to meet it."""

    STORED_JOURNAL = "stored_journal"
    """The events of Navette's own journal are in the store's table ``events``."""


@dataclass(frozen=True)
class Export:
    """One of the catalogue's exports.

    ``rows`` is ``"table AS alias"``: the rows of the file before window and filters, if ``where`` holds for them.
    With ``group``, the file has one row for each distinct value of those columns of the table, and everything else
    in its columns is looked up. ``times`` are the instants (or days) that a window can apply to, the first one by
    default. ``filters`` are predicates in which ``$value`` stands for the requested value. ``incremental``: an
    automated export can cover a period; other exports are always complete. ``listing``: the rows are things that
    exist, not things that happened, so an automated export is complete unless a period is chosen. ``order`` sorts
    small exports; without it the rows come in the store's order. ``extension`` names the extension that brings the
    export. ``permission`` is required to run the export and to have its files, besides the permission to export.
    ``prerequisites`` are met before the export reads the store.
    """

    name: str
    label: str
    description: str
    grain: str
    rows: str
    columns: tuple[Column | Family, ...]
    related: tuple[Related, ...] = ()
    shared: tuple[Shared, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    times: dict[str, str | LastOf] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    where: str | None = None
    group: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    incremental: bool = False
    listing: bool = False
    extension: str | None = None
    permission: str | None = None
    prerequisites: tuple[Prerequisite, ...] = ()

    def all_columns(self) -> Iterator[Column]:
        """Yield every declared column in file order; those of families have the pattern in their name."""
        for column in self.columns:
            if isinstance(column, Family):
                yield from column.columns
            else:
                yield column


def is_default(column: Column) -> bool:
    """Whether a file has the column by default: it is neither sensitive nor extra."""
    return not column.sensitive and not column.extra
