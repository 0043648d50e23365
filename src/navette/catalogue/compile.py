"""Compile a declaration and a request into one SQL query."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, cached_property, partial
from typing import cast

from sqlglot import exp

from navette.catalogue.columns import Ask, ChosenColumn, bind, choose, expressions, keys, parse, parts
from navette.catalogue.export import Export, Family, Lookup
from navette.catalogue.functions import OURS
from navette.catalogue.request import Request
from navette.core import types
from navette.core.columns import OutputColumn, Part
from navette.core.errors import RequestError, unknown
from navette.core.types import ColumnType, Kind
from navette.core.windows import Window
from navette.tables import TABLES

BASE = "base"
"""The name under which lookups can read the export's rows after the window and the filters."""


_SECOND = 1_000_000
"""Microseconds of a second."""


@dataclass(frozen=True)
class Query:
    """One SQL query and its columns.

    ``table`` contains the rows. ``ordered`` queries sort or group all of them; others keep the order of ``table``
    and can run part by part (see ``over``). ``by`` names the time that the window applies to; ``bounds`` is the
    column of ``table`` with that time, if there is one. ``key`` names the columns that together identify a row; it
    is empty if the request leaves one of them out, or if a row stands for a group. ``whole`` means that every row of
    ``table`` within the window gives one row.
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

    @cached_property
    def columns(self) -> tuple[OutputColumn, ...]:
        """The columns of the file, in order."""
        return tuple(column for part in self.parts for column in part)

    def sql(self, dialect: str = "duckdb", pretty: bool = False) -> str:
        """The query's text in an engine's dialect."""
        return self.select.sql(dialect=dialect, pretty=pretty)

    def over(self, relation: str) -> "Query":
        """The same query over ``relation``, which has some of the rows of ``table``."""
        select = self.select.copy()
        source = select.ctes[0].this.args["from_"].this
        source.set("this", exp.to_identifier(relation))
        return replace(self, select=select, table=relation)

    def counted(self) -> "Query":
        """A query for the number of rows: one row, one column. Lookups, which add no rows, are not joined."""
        base = self.select.ctes[0].this
        rows = exp.select("*").from_(self.select.args["from_"].this.copy())
        count = exp.select(exp.alias_(exp.Count(this=exp.Star()), "rows")).from_(rows.subquery("counted"))
        return replace(self, select=count.with_(BASE, as_=base.copy(), materialized=False), ordered=True)

    def first(self, rows: int) -> "Query":
        """A query for the first rows. If nothing is sorted, only those are looked up."""
        select = self.select.copy()
        if self.ordered:
            return replace(self, select=select.limit(rows))
        base = select.ctes[0].this
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


def compile_query(export: Export, request: Request, ask: Ask, words: Callable[[str], str] = str) -> Query:
    """Compile the query that answers ``request``.

    ``ask`` runs a small query on the data, for the columns that depend on them. ``words`` translates the columns'
    labels and descriptions. Raises RequestError for a column, a filter or a time that the export does not have.
    """
    chosen = choose(export, request.fields, ask)
    carried = parts(chosen)
    values = expressions(carried, partial(_displayed, request))
    by = _time(export, request)
    base = _base(export, request, by, _terms(chosen))
    select = exp.select().from_(_rows(export))
    order = [parse(term) for term in export.order]
    for lookup, relation in _used_lookups(export, chosen, [*values, *order]):
        select = select.join(relation.as_(lookup.alias), on=parse(lookup.on), join_type="left")
    select = select.order_by(*order) if order else select
    select = select.with_(BASE, as_=base, materialized=False)
    # Last, because each of the steps above copies the whole query.
    select.set("expressions", [_named(value, part[0].name) for value, part in zip(values, carried, strict=True)])
    return Query(
        select,
        tuple(_outputs(export, *part, request, cache(words)) for part in zip(carried, values, strict=True)),
        _table(export),
        ordered=bool(export.order or export.group),
        window=request.window,
        by=(request.by or next(iter(export.times))) if request.window else None,
        bounds=_bounds(export, by),
        key=_key(export, carried, values),
        whole=not (request.filters or export.where or export.group),
    )


def _table(export: Export) -> str:
    return export.rows.split(" AS ")[0]


def _alias(export: Export) -> str:
    return export.rows.split(" AS ")[1]


def _time(export: Export, request: Request) -> exp.Expr | None:
    """The instant (or day) that the window applies to. Raises RequestError if the export has none of that name."""
    if request.by is not None and request.by not in export.times:
        raise unknown("time of {export}", request.by, export.times, export=export.name)
    if not request.window:
        return None
    if not export.times:
        raise RequestError("{export} has no time to filter by: leave out the start and the end.", export=export.name)
    return parse(export.times[request.by or next(iter(export.times))])


def _bounds(export: Export, by: exp.Expr | None) -> str | None:
    return by.name if isinstance(by, exp.Column) and by.table == _alias(export) else None


def _rows(export: Export) -> exp.Expr:
    """The rows of the file: those of the base, or one for each group of them."""
    base = exp.to_table(BASE).as_(_alias(export))
    return exp.select(*export.group).distinct().from_(base).subquery(_alias(export)) if export.group else base


def _terms(chosen: list[ChosenColumn]) -> list[exp.Expr]:
    """The terms that the families of the chosen columns add to the rows, each once."""
    families = {column.family.term: column.family for column in chosen if column.family and column.family.term}
    return [bind(parse(term), keys=keys(chosen, family)) for term, family in families.items()]


def _base(export: Export, request: Request, by: exp.Expr | None, terms: Iterable[exp.Expr]) -> exp.Select:
    alias = _alias(export)
    base = exp.select(f"{alias}.*", *terms).from_(exp.to_table(_table(export)).as_(alias))
    base = base.where(parse(export.where)) if export.where else base
    if by is not None:
        base = base.where(*_within(export, request, by))
    for name, values in request.filters.items():
        if name not in export.filters:
            raise unknown("filter of {export}", name, export.filters, export=export.name)
        base = base.where(_any_of(parse(export.filters[name]), values))
    return base


def _any_of(predicate: exp.Expr, values: Iterable[str]) -> exp.Expr:
    """A predicate that holds for any of the values: only the comparison is repeated for each, not what surrounds it."""

    def replace(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.EQ | exp.ArrayContains) or not node.find(exp.Parameter, exp.Placeholder):
            return node
        bound = [bind(node, value=value) for value in values]
        if isinstance(node, exp.EQ):
            return exp.In(this=node.this, expressions=[comparison.expression for comparison in bound])
        return exp.paren(exp.or_(*bound))

    return predicate.transform(replace)


def _within(export: Export, request: Request, by: exp.Expr) -> Iterator[exp.Expr]:
    """The window as predicates: half-open, on instants or on the days that it touches in the request's zone."""
    window = request.window
    field = TABLES[_table(export)].field(by.name) if _bounds(export, by) else None
    if field is not None and field.type.kind is Kind.DATE:
        if window.start:
            yield exp.GTE(this=by.copy(), expression=_day(_local_day(window.start, request.zone)))
        if window.end:
            yield exp.LT(this=by.copy(), expression=_day(_day_after(window.end, request.zone)))
        return
    if window.start:
        yield exp.GTE(this=by.copy(), expression=_instant(window.start))
    if window.end:
        yield exp.LT(this=by.copy(), expression=_instant(window.end))


def _instant(value: datetime) -> exp.Expr:
    return exp.cast(exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMPTZ")


def _local_day(instant: datetime, zone: tzinfo) -> date:
    try:
        return instant.astimezone(zone).date()
    except OverflowError:  # at either end of the calendar
        return instant.date()


def _day_after(end: datetime, zone: tzinfo) -> date:
    """The first day that contains no instant before ``end``."""
    day = _local_day(end, zone)
    begins = datetime.combine(day, time(), zone).astimezone(UTC) if date.min < day < date.max else end
    return day if end <= begins or day == date.max else day + timedelta(days=1)


def _day(value: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(value.isoformat()), "DATE")


def _named(value: exp.Expr, name: str) -> exp.Alias:
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def _displayed(request: Request, type_: ColumnType, expression: exp.Expr) -> exp.Expr:
    """A value of that type; a time, in microseconds, in the unit that the request shows.

    Only this function decides how times are rounded: whole units down, hundredths half away from zero. A number of
    whole units that does not fit into 64 bits is null.
    """
    unit = type_.seconds
    if unit is None:
        return expression
    if request.seconds or type_.kind is Kind.INTEGER:
        whole = _divided(expression, _SECOND if request.seconds else unit * _SECOND)
        return exp.TryCast(this=whole, to=exp.DataType.build("BIGINT"))
    # Counted in halves of a hundredth: whole numbers, which a float represents exactly, and so are their halves.
    halves = exp.cast(_divided(expression, unit * _SECOND // 200), "DOUBLE")
    hundredths = exp.func("round", exp.Div(this=halves, expression=exp.convert(2)))
    return exp.Div(this=hundredths, expression=exp.convert(100))


def _divided(microseconds: exp.Expr, by: int) -> exp.Expr:
    """The whole number of times that ``by`` fits into a whole number."""
    return exp.IntDiv(this=exp.paren(microseconds), expression=exp.convert(by))


def _outputs(
    export: Export, part: Sequence[ChosenColumn], value: exp.Expr, request: Request, words: Callable[[str], str]
) -> Part:
    type_, is_id = _type(part[0].type, request), _is_id(export, value)
    return tuple(_output(column, type_, is_id, words) for column in part)


def _output(column: ChosenColumn, type_: ColumnType, is_id: bool, words: Callable[[str], str]) -> OutputColumn:
    label, description = words(column.column.label), words(column.column.description)
    if column.member is not None:
        label = f"{label} ({column.member.name})"
    return OutputColumn(column.name, type_, label, description, column.column.sensitive, is_id)


def _is_id(export: Export, value: exp.Expr) -> bool:
    """Whether a value is an id exactly as a table has it."""
    relations = {_alias(export): _table(export)} | {lookup.alias: lookup.relation for lookup in export.lookups}
    table = TABLES.get(relations.get(value.table, "")) if isinstance(value, exp.Column) else None
    return table is not None and table.field(value.name).is_id


def _key(export: Export, carried: Iterable[Sequence[ChosenColumn]], values: Iterable[exp.Expr]) -> tuple[str, ...]:
    """The names of the columns with the unchanged key of the export's table, in the key's order."""
    names = {
        value.name: part[0].name
        for part, value in zip(carried, values, strict=True)
        if isinstance(value, exp.Column) and value.table == _alias(export)
    }
    key = TABLES[_table(export)].key
    return () if export.group or not names.keys() >= set(key) else tuple(names[field] for field in key)


def _type(type_: ColumnType, request: Request) -> ColumnType:
    """The type of the values once a duration's unit is decided."""
    if type_.seconds is None:
        return type_
    return types.Integer if request.seconds or type_.kind is Kind.INTEGER else types.Float


def _used_lookups(
    export: Export, chosen: list[ChosenColumn], values: Iterable[exp.Expr]
) -> Iterator[tuple[Lookup, exp.Subquery | exp.Table]]:
    """The lookups that the values use, and those that these use, in the order of their declaration; families' last."""
    families = [family for family in export.columns if isinstance(family, Family) and family.lookup]
    owners = {family.lookup.alias: family for family in families if family.lookup}
    lookups = {lookup.alias: lookup for lookup in (*export.lookups, *(f.lookup for f in families if f.lookup))}
    used: set[str] = set()
    waiting = list(values)
    while waiting:
        for alias in _aliases(waiting.pop()) & lookups.keys() - used:
            used.add(alias)
            waiting.append(parse(lookups[alias].on))
    for alias, lookup in lookups.items():
        if alias in used:
            yield lookup, _relation(lookup, keys(chosen, owners[alias]) if alias in owners else [])


def _relation(lookup: Lookup, members: list[str]) -> exp.Subquery | exp.Table:
    relation = parse(lookup.relation)
    if isinstance(relation, exp.Subquery):
        return cast(exp.Subquery, bind(relation, keys=members))
    return exp.to_table(lookup.relation)


def _aliases(expression: exp.Expr) -> set[str]:
    """The relations whose columns an expression reads, except those inside its own subqueries."""
    nodes = expression.walk(prune=lambda node: isinstance(node, exp.Subquery | exp.Select))
    return {node.table for node in nodes if isinstance(node, exp.Column)}
