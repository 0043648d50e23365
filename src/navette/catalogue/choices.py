"""The values of a filter, derived from its predicate, which compares ``$value`` with a column or with known texts."""

from dataclasses import dataclass

from sqlglot import exp

from navette.catalogue.columns import parse
from navette.catalogue.export import Export
from navette.core.errors import unknown
from navette.tables import TABLES


@dataclass(frozen=True)
class Choices:
    """The origin of a filter's values: a column, whose values can be ids of another table, or fixed texts."""

    table: str = ""
    column: str = ""
    references: str | None = None
    texts: tuple[str, ...] = ()

    @property
    def read_from(self) -> str:
        """The table that the values are read from: the one whose ids they are, or else the column's."""
        return self.references or self.table

    @property
    def is_read_from_rows(self) -> bool:
        """Whether the values are texts of the rows themselves, of which there can be any number."""
        return not (self.references or self.texts)

    @property
    def is_tree(self) -> bool:
        """Whether the values are records in a tree."""
        fields = TABLES[self.references].fields if self.references else ()
        return any(field.references == self.references for field in fields)


def choices(export: Export, name: str) -> Choices:
    """The possible values of a filter. Raises RequestError for a filter that the export does not have."""
    if name not in export.filters:
        raise unknown("filter of {export}", name, export.filters, export=export.name)
    value = next(parse(export.filters[name]).find_all(exp.Parameter, exp.Placeholder))
    compared = _compared(value)
    if isinstance(compared, exp.Case):
        return Choices(texts=tuple(text.name for text in compared.find_all(exp.Literal)))
    if not isinstance(compared, exp.Column):
        raise TypeError(f"the filter {name} of {export.name} compares $value to neither a column nor a CASE.")
    table = _table(export, compared)
    return Choices(table, compared.name, TABLES[table].field(compared.name).references)


def _compared(value: exp.Expr) -> object:
    """The other side of the comparison that contains ``$value``, or its lower()."""
    comparison = value.find_ancestor(exp.EQ, exp.ArrayContains)
    if comparison is None:
        raise TypeError("$value is compared to nothing.")
    return comparison.this


def _table(export: Export, column: exp.Column) -> str:
    """The table of a column: that of the query that contains it (or of its related rows), or of the export's rows."""
    inner = column.find_ancestor(exp.Select)
    table = inner.find(exp.Table) if inner is not None else None
    if table is None:
        return export.rows.split(" AS ")[0]
    return next((related.table for related in export.related if related.name == table.name), table.name)
