"""Compile a declaration and a request into one SQL query."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, partial
from typing import cast

from sqlglot import exp

from navette.catalogue.columns import Ask, ChosenColumn, bind, choose, expressions, keys, parse, parts
from navette.catalogue.export import Export, Family, LastOf, Lookup, Related
from navette.catalogue.query import BASE, CANDIDATES, ROW_KEYS, Query, cte, relations, with_
from navette.catalogue.request import Request
from navette.core import types
from navette.core.columns import OutputColumn, Part
from navette.core.errors import RequestError, unknown
from navette.core.types import ColumnType, Kind
from navette.core.windows import Window
from navette.tables import TABLES

_SECOND = 1_000_000
"""Microseconds of a second."""


def compile_query(export: Export, request: Request, ask: Ask, words: Callable[[str], str] = str) -> Query:
    """Compile the query that answers ``request``.

    ``ask`` runs a small query on the data, for the columns that depend on them. ``words`` translates the columns'
    labels and descriptions. Raises RequestError for a column, a filter or a time that the export does not have.
    """
    chosen = choose(export, request.fields, ask)
    carried = parts(chosen)
    values = expressions(carried, partial(_displayed, request))
    by = _time(export, request)
    select = exp.select(*(_named(value, part[0].name) for value, part in zip(values, carried, strict=True)))
    select.from_(_rows(export), copy=False)
    order = [parse(term) for term in export.order]
    for lookup, relation in _used_lookups(export, chosen, [*values, *order]):
        select.join(relation.as_(lookup.alias, copy=False), on=parse(lookup.on), join_type="left", copy=False)
    if order:
        select.order_by(*order, copy=False)
    row_keys = [cte(ROW_KEYS, _row_keys(by, request.window))] if isinstance(by, LastOf) else []
    ctes, declared = _ctes(export, _base(export, request, by, _terms(chosen)), select)
    select.set("with_", with_([*row_keys, *ctes]))
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
        declared=declared,
        last_of=by if isinstance(by, LastOf) else None,
    )


def _table(export: Export) -> str:
    return export.rows.split(" AS ")[0]


def _alias(export: Export) -> str:
    return export.rows.split(" AS ")[1]


def _time(export: Export, request: Request) -> exp.Expr | LastOf | None:
    """The instant (or day) that the window applies to. Raises RequestError if the export has none of that name."""
    if request.by is not None and request.by not in export.times:
        raise unknown("time of {export}", request.by, export.times, export=export.name)
    if not request.window:
        return None
    if not export.times:
        raise RequestError("{export} has no time to filter by: leave out the start and the end.", export=export.name)
    time = export.times[request.by or next(iter(export.times))]
    return time if isinstance(time, LastOf) else parse(time)


def _row_keys(by: LastOf, window: Window) -> exp.Select:
    """The ids of the rows whose last time is within the window: only the time after its start is looked at."""
    time = exp.column(by.time)
    keys = exp.select(exp.column(by.by).as_("key")).from_(by.table).where(f"{by.by} IS NOT NULL").group_by(by.by)
    if window.start:
        keys = keys.where(exp.GTE(this=time, expression=_instant(window.start)))
    return keys.having(exp.LT(this=exp.Max(this=time.copy()), expression=_instant(window.end))) if window.end else keys


def _bounds(export: Export, by: exp.Expr | LastOf | None) -> str | None:
    return by.name if isinstance(by, exp.Column) and by.table == _alias(export) else None


def _rows(export: Export) -> exp.Expr:
    """The rows of the file: those of the base, or one for each group of them."""
    base = exp.to_table(BASE).as_(_alias(export))
    return exp.select(*export.group).distinct().from_(base).subquery(_alias(export)) if export.group else base


def _terms(chosen: list[ChosenColumn]) -> list[exp.Expr]:
    """The terms that the families of the chosen columns add to the rows, each once."""
    families = {column.family.term: column.family for column in chosen if column.family and column.family.term}
    return [bind(parse(term), keys=keys(chosen, family)) for term, family in families.items()]


@dataclass(frozen=True)
class _Base:
    """The rows of an export: its ``table``, the ``window`` and the ``filters`` as predicates, and families' terms."""

    alias: str
    table: str
    window: list[exp.Expr]
    filters: list[exp.Expr]
    terms: list[exp.Expr]

    def select(self) -> exp.Select:
        return self._of(self.table, [*self.window, *self.filters], self.terms)

    def in_steps(self) -> tuple[exp.Select, exp.Select]:
        """The rows within the window, and those of them that the filters leave."""
        return self._of(self.table, self.window, []), self._of(CANDIDATES, self.filters, self.terms)

    def _of(self, table: str, predicates: list[exp.Expr], terms: list[exp.Expr]) -> exp.Select:
        rows = exp.select(f"{self.alias}.*", *terms).from_(exp.to_table(table).as_(self.alias))
        return rows.where(*predicates) if predicates else rows


def _base(export: Export, request: Request, by: exp.Expr | LastOf | None, terms: list[exp.Expr]) -> _Base:
    window = list(_within(export, request, by)) if by is not None else []
    where = [parse(export.where)] if export.where else []
    return _Base(_alias(export), _table(export), window, [*where, *_filters(export, request)], terms)


def _filters(export: Export, request: Request) -> Iterator[exp.Expr]:
    for name, values in request.filters.items():
        if name not in export.filters:
            raise unknown("filter of {export}", name, export.filters, export=export.name)
        yield _any_of(parse(export.filters[name]), values)


def _ctes(export: Export, base: _Base, select: exp.Select) -> tuple[list[exp.CTE], tuple[Related, ...]]:
    """The relations that a query reads, each after those that it reads itself, and which of them are related rows."""
    shared = _needed_shared(export, select)
    filtering = _needed_related(export, base.filters)
    others = [r for r in _needed_related(export, [select, *shared.values()]) if r not in filtering]
    after = [*map(_related_cte, others), *(cte(name, query) for name, query in shared.items())]
    if not filtering:
        return [cte(BASE, base.select()), *after], tuple(others)
    candidates, rows = base.in_steps()
    before = [_related_cte(related, of=CANDIDATES) for related in filtering]
    return [cte(CANDIDATES, candidates), *before, cte(BASE, rows), *after], (*filtering, *others)


def _needed_shared(export: Export, select: exp.Select) -> dict[str, exp.Expr]:
    """The shared relations that the select reads, and those that these read, in the order of their declaration."""
    read, needed = relations(select), dict[str, exp.Expr]()
    for shared in reversed(export.shared):
        if shared.name in read:
            needed = {shared.name: parse(shared.query), **needed}
            read |= relations(needed[shared.name])
    return needed


def _needed_related(export: Export, expressions: Iterable[exp.Expr]) -> list[Related]:
    """The related rows that the expressions read, and those whose ids these need, in the order of their declaration."""
    read = set[str]().union(*map(relations, expressions))
    needed: list[Related] = []
    for related in reversed(export.related):
        if related.name in read:
            needed.insert(0, related)
            read |= relations(parse(related.ids))
    return needed


def _related_cte(related: Related, of: str = BASE) -> exp.CTE:
    ids = parse(related.ids)
    for table in ids.find_all(exp.Table):
        if table.name == BASE:
            table.set("this", exp.to_identifier(of))
    rows = exp.select(*related.columns).from_(related.table)
    return cte(related.name, rows.where(exp.In(this=exp.column(related.by), query=exp.Subquery(this=ids))))


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


def _within(export: Export, request: Request, by: exp.Expr | LastOf) -> Iterator[exp.Expr]:
    """The window as predicates: half-open, on instants or on the days that it touches in the request's zone."""
    if isinstance(by, LastOf):
        yield parse(f"{_alias(export)}.id IN (SELECT key FROM {ROW_KEYS})")
        return
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
    tables = {related.name: related.table for related in export.related}
    relations = {_alias(export): _table(export)} | {lookup.alias: lookup.relation for lookup in export.lookups}
    relation = relations.get(value.table, "") if isinstance(value, exp.Column) else ""
    table = TABLES.get(tables.get(relation, relation))
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
