"""What can be asked of a filter: read off its predicate, which compares ``$value`` to a column or to known texts."""

from dataclasses import dataclass

from sqlglot import exp

from navette.catalogue.columns import parse
from navette.catalogue.export import Export
from navette.core.errors import unknown
from navette.tables import TABLES


@dataclass(frozen=True)
class Choices:
    """Where a filter's values come from: a column, whose values may be ids of another table; or fixed texts."""

    table: str = ""
    column: str = ""
    references: str | None = None
    texts: tuple[str, ...] = ()

    @property
    def read_from(self) -> str:
        """The table that the values are read from: the one whose ids they are, else that of the column."""
        return self.references or self.table

    @property
    def is_tree(self) -> bool:
        """Whether the values are records that stand below each other."""
        return self.references == "categories"


def choices(export: Export, name: str) -> Choices:
    """What the filter's values can be. Raises RequestError for a filter that the export does not have."""
    if name not in export.filters:
        raise unknown(f"filter of {export.name}", name, export.filters)
    value = next(parse(export.filters[name]).find_all(exp.Parameter, exp.Placeholder))
    compared = _compared(value)
    if isinstance(compared, exp.Case):
        return Choices(texts=tuple(text.name for text in compared.find_all(exp.Literal)))
    if not isinstance(compared, exp.Column):
        raise TypeError(f"the filter {name} of {export.name} compares $value to neither a column nor a CASE.")
    table = _table(export, compared)
    return Choices(table, compared.name, TABLES[table].field(compared.name).references)


def _compared(value: exp.Expr) -> object:
    """The other side of the comparison that ``$value`` is in, or in whose lower() it is."""
    comparison = value.find_ancestor(exp.EQ, exp.ArrayContains)
    if comparison is None:
        raise TypeError("$value is compared to nothing.")
    return comparison.this


def _table(export: Export, column: exp.Column) -> str:
    """The table of a column: of the query that it stands in, or of the export's rows."""
    inner = column.find_ancestor(exp.Select)
    table = inner.find(exp.Table) if inner is not None else None
    return table.name if table is not None else export.rows.split(" AS ")[0]
