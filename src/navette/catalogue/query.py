"""A compiled query: its SQL as a whole, and in steps that an engine can take."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from typing import cast

from sqlglot import exp

from navette.catalogue.export import LastOf, Related
from navette.catalogue.functions import OURS
from navette.core.columns import OutputColumn, Part
from navette.core.windows import Window
from navette.tables import TABLES

BASE = "base"
"""The name under which lookups can read the export's rows after the window and the filters."""

CANDIDATES = "candidates"
"""The name of the rows within the window, before the filters, if a filter reads rows that are related to them."""

ROW_KEYS = "row_keys"
"""The name of the keys of the rows within the window, if it applies to a time of other rows."""


@dataclass(frozen=True)
class RelatedRows:
    """Rows of ``table`` that a query reads as ``name``: those whose column ``by`` has one of the ``keys``.

    ``keys`` is the text of a query with one column, ``key``. It reads the query's table, small tables, and related
    rows before it. ``filters`` says whether a filter reads them, so that they go with the rows before the filters.
    """

    name: str
    table: str
    by: str
    columns: tuple[str, ...]
    filters: bool
    keys: str


@dataclass(frozen=True)
class RowKeys:
    """What decides which rows are within the window, if none of their own times does: the rows of another ``table``.

    ``keys`` is the text of a query over that table for the column ``key``: the values of the rows' column ``by``. It
    reads only rows whose ``time`` is not before ``start``.
    """

    name: str
    table: str
    by: str
    time: str
    start: datetime | None
    keys: str


@dataclass(frozen=True)
class ElementFilter:
    """A filter by elements of the list ``column``; ``read`` are all columns of the rows that the filters read."""

    column: str
    read: frozenset[str]


@dataclass(frozen=True)
class Query:
    """One SQL query and its columns.

    ``table`` contains the rows. ``ordered`` queries sort or group all of them; others keep the order of ``table``
    and can run part by part (see ``over``). ``by`` names the time that the window applies to; ``bounds`` is the
    column of ``table`` with that time, if there is one. ``key`` names the columns that together identify a row; it
    is empty if the request leaves one of them out, or if a row stands for a group. ``whole`` means that every row of
    ``table`` within the window gives one row. ``declared`` are the related rows among the query's CTEs,
    ``last_of`` the time that the window applies to, if it is one of other rows.
    """

    select: exp.Select
    parts: tuple[Part, ...]
    table: str
    ordered: bool
    window: Window
    by: str | None
    bounds: str | None
    key: tuple[str, ...]
    whole: bool
    declared: tuple[Related, ...] = ()
    last_of: LastOf | None = None

    @cached_property
    def columns(self) -> tuple[OutputColumn, ...]:
        """The columns of the file, in order."""
        return tuple(column for part in self.parts for column in part)

    @cached_property
    def related(self) -> tuple[RelatedRows, ...]:
        """The related rows in the order in which an engine can read them, before ``rest``."""
        before = self._before_base()
        return tuple(
            RelatedRows(r.name, r.table, r.by, r.columns, r.name in before, self._keys(r).sql("duckdb"))
            for r in self.declared
        )

    @property
    def sorted(self) -> bool:
        """Whether the rows have an order of their own, whatever the order in which they are read."""
        return bool(self.select.args.get("order"))

    @property
    def row_keys(self) -> RowKeys | None:
        """What an engine can read before it reads the query's rows."""
        if self.last_of is None:
            return None
        [cte] = (cte for cte in self.select.ctes if cte.alias == ROW_KEYS)
        keys = cte.this.sql("duckdb")
        return RowKeys(ROW_KEYS, self.last_of.table, "id", self.last_of.time, self.window.start, keys)

    def sql(self, dialect: str = "duckdb", pretty: bool = False) -> str:
        """The query's text in an engine's dialect."""
        return self.select.sql(dialect=dialect, pretty=pretty)

    def over(self, relation: str) -> "Query":
        """The same query over ``relation``, which has some of the rows of ``table``."""
        select = self.select.copy()
        rows = next(cte for cte in select.ctes if cte.alias in (CANDIDATES, BASE))
        source = rows.this.args["from_"].this
        source.set("this", exp.to_identifier(relation))
        return replace(self, select=select, table=relation)

    def rest(self) -> "Query":
        """The same query where there are relations with the names of the row keys and of the related rows."""
        select, names = self.select.copy(), {ROW_KEYS, *(related.name for related in self.declared)}
        select.set("with_", with_([cte for cte in select.ctes if cte.alias not in names]))
        return replace(self, select=select, declared=())

    def counted(self) -> "Query":
        """A query for the number of rows: one row, one column. Lookups, which add no rows, are not joined."""
        ctes = {cte.alias: cte.copy() for cte in self.select.ctes}
        before = [*self._before_base(), BASE]
        rows = exp.select("*").from_(self.select.args["from_"].this.copy())
        count = exp.select(exp.alias_(exp.Count(this=exp.Star()), "rows")).from_(rows.subquery("counted"))
        count.set("with_", with_([ctes[name] for name in before]))
        declared = tuple(related for related in self.declared if related.name in before)
        return replace(self, select=count, ordered=True, declared=declared)

    @property
    def element(self) -> ElementFilter | None:
        """The filter by elements of a list, if the query has one."""
        contained = self._contained()
        if len(contained) != 1 or self.declared or self.last_of:
            return None
        column = contained[0][0].this
        read = {node.name for node in self._base.find_all(exp.Column) if node.table == column.table} - {"*"}
        return ElementFilter(column.name, frozenset(read))

    def by_element(self, *row: str) -> "Query":
        """A query that counts the same rows, over rows with one element each in place of the list of ``element``.

        The columns ``row`` say which of these were one row; none has an element twice.
        """
        query = replace(self, select=self.select.copy())
        [contained] = query._contained()
        for node in contained:
            node.replace(exp.EQ(this=node.this.copy(), expression=node.expression.copy()))
        if len(contained) > 1:
            rows = next(query.select.find_all(exp.Subquery)).this
            rows.select(*map(exp.column, row), append=False, copy=False).distinct(copy=False)
        return query

    def first(self, rows: int) -> "Query":
        """A query for the first rows. If nothing is sorted, only those are looked up."""
        select = self.select.copy()
        if self.ordered:
            return replace(self, select=select.limit(rows))
        [base] = (cte.this for cte in select.ctes if cte.alias == BASE)
        base.replace(base.limit(rows))
        return replace(self, select=select, ordered=True)

    @property
    def tables(self) -> set[str]:
        """The tables that the query reads."""
        return {table.name for table in self.select.find_all(exp.Table)} & TABLES.keys()

    @property
    def functions(self) -> set[str]:
        """Navette's own functions that the query calls."""
        return {function.name.lower() for function in self.select.find_all(exp.Anonymous)} & OURS

    def _before_base(self) -> list[str]:
        """The names of what the base reads."""
        return [*takewhile(lambda name: name != BASE, (cte.alias for cte in self.select.ctes))]

    def _contained(self) -> list[list[exp.ArrayContains]]:
        """The lists that must contain one of some values in every row, whatever else holds for it."""
        where = self._base.args.get("where")
        conditions = _terms(where.this, exp.And) if where else []
        alternatives = (_terms(condition, exp.Or) for condition in conditions)
        return [_of_one_list(terms) for terms in alternatives if _of_one_list(terms)]

    @property
    def _base(self) -> exp.Select:
        [base] = (cte.this for cte in self.select.ctes if cte.alias == BASE)
        return cast(exp.Select, base)

    def _keys(self, related: Related) -> exp.Select:
        """The query for the keys of related rows: each of their ids once."""
        read = relations(self._ids(related))
        rows = [cte for cte in self.select.ctes if cte.alias in (CANDIDATES, BASE)]
        before = [cte.copy() for cte in rows if BASE in read or cte.alias in read]
        ids = exp.Subquery(this=self._ids(related).copy(), alias=_alias("ids", "key"))
        keys = exp.select("key").distinct().from_(ids).where("key IS NOT NULL")
        keys.set("with_", with_(before))
        return keys

    def _ids(self, related: Related) -> exp.Expr:
        [cte] = (cte for cte in self.select.ctes if cte.alias == related.name)
        return cast(exp.Expr, cte.this.args["where"].this.args["query"].this)


def _terms(node: exp.Expr, kind: type[exp.Connector]) -> list[exp.Expr]:
    """The terms of a conjunction or of an alternative, without parentheses."""
    inner = node.unnest()
    return [term.unnest() for term in inner.flatten()] if isinstance(inner, kind) else [inner]


def _of_one_list(terms: list[exp.Expr]) -> list[exp.ArrayContains]:
    """The terms if each says that one and the same column contains a value."""
    contained = [term for term in terms if isinstance(term, exp.ArrayContains) and isinstance(term.this, exp.Column)]
    columns = {term.this.sql() for term in contained}
    return contained if len(contained) == len(terms) and len(columns) == 1 else []


def relations(expression: exp.Expr) -> set[str]:
    """The names of the relations that an expression reads."""
    return {table.name for table in expression.find_all(exp.Table)}


def cte(name: str, query: exp.Expr) -> exp.CTE:
    """A query under a name that those after it can read."""
    # The rows are not materialised, because a query reads only some of their columns, and wide ones once.
    materialized = False if name in (BASE, CANDIDATES) else None
    return exp.CTE(this=query, alias=_alias(name), materialized=materialized)


def _alias(name: str, *columns: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name), columns=[exp.to_identifier(column) for column in columns])


def with_(ctes: list[exp.CTE]) -> exp.With | None:
    """The named queries before a query, in order."""
    return exp.With(expressions=ctes) if ctes else None
