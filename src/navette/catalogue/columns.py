"""The columns of a request: families are expanded over their members, and names resolved."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import cast

import sqlglot
from sqlglot import exp

from navette.catalogue.column_names import assign, family_id, free_name
from navette.catalogue.export import Column, Export, Family, is_default
from navette.catalogue.request import Fields
from navette.core import types
from navette.core.errors import RequestError, unknown
from navette.core.rows import WIDE
from navette.core.sql import literal
from navette.core.types import ColumnType, Kind


@dataclass(frozen=True)
class Member:
    """One member of a family: the key that its expressions use, its name in column names, and its type, if any."""

    key: str
    name: str
    type: ColumnType | None = None


@dataclass(frozen=True)
class ChosenColumn:
    """A column of the file: its declaration, name and type, and, for a family's column, its family and member."""

    column: Column
    name: str
    type: ColumnType
    family: Family | None = None
    member: Member | None = None


Ask = Callable[[str], Sequence[tuple[object, ...]]]
"""Runs a query on the data and returns its rows."""


def choose(export: Export, fields: Fields, ask: Ask) -> list[ChosenColumn]:
    """The columns that a request names, or else the default ones.

    A request can name a family by its pattern (all its members) or by one member's column. ``ask`` is used only for
    families that the request can mean. Raises RequestError for a name that the export does not have, or if no column
    is left.
    """
    every = list(_expand(export, fields, ask))
    named: dict[str, list[ChosenColumn]] = {column.name: [] for column in export.all_columns()}
    for column in every:
        for name in {column.name, column.column.name}:
            named.setdefault(name, []).append(column)
    for name in (*fields.added, *fields.left_out, *fields.only):
        if name not in named:
            raise unknown("field of {export}", name, named, export=export.name)
    if fields.only:
        chosen = [column for name in dict.fromkeys(fields.only) for column in named[name]]
    else:
        added, left_out = set(fields.added), set(fields.left_out)
        candidates = (c for c in every if fields.all or is_default(c.column) or _is_named(c, added))
        chosen = [column for column in candidates if not _is_named(column, left_out)]
    if not chosen:
        raise RequestError("no field of {export} is left: choose at least one.", export=export.name)
    return chosen


def parts(chosen: Iterable[ChosenColumn]) -> list[list[ChosenColumn]]:
    """The columns as the result carries them (see ``core.columns.Part``)."""
    divided: list[list[ChosenColumn]] = []
    for _, alike in groupby(chosen, lambda column: (id(column.family), column.type)):
        run = list(alike)
        divided += [run] if len(run) >= WIDE and _is_number_of_member(run[0]) else [[column] for column in run]
    return divided


def expressions(
    parts: Sequence[Sequence[ChosenColumn]],
    display: Callable[[ColumnType, exp.Expr], exp.Expr] = lambda _, value: value,
) -> list[exp.Expr]:
    """The expression of each part, with its values as ``display``, and with its members' keys and places filled in."""
    chosen = [column for part in parts for column in part]
    patterns: dict[tuple[str, ColumnType], exp.Expr] = {}
    places: dict[str, dict[str, int]] = {}

    def pattern(column: ChosenColumn) -> exp.Expr:
        expression = patterns.get((column.column.name, column.type))
        if expression is None:
            expression = display(column.type, _typed(parse(column.column.expression), column.member))
            patterns[column.column.name, column.type] = expression
        return expression

    return [
        _filled_in(pattern(part[0]), part[0], chosen, places)
        if len(part) == 1
        else _as_list(part, pattern, _places(part[0], chosen, places))
        for part in parts
    ]


def keys(chosen: Iterable[ChosenColumn], family: Family) -> list[str]:
    """The keys of a family's chosen members, as its term or its lookup reads them for all families that share it."""
    alike = (c for c in chosen if c.family and (c.family.term, c.family.lookup) == (family.term, family.lookup))
    return sorted({column.member.key for column in alike if column.member})


def _expand(export: Export, fields: Fields, ask: Ask) -> Iterator[ChosenColumn]:
    ask_once = cache(lambda query: tuple(ask(query)))
    taken = {column.name.lower() for column in export.columns if isinstance(column, Column)}
    for declared in export.columns:
        if isinstance(declared, Column):
            yield ChosenColumn(declared, declared.name, declared.type)
        elif _may_be_meant(export, declared, fields):
            for member in _members(export, declared, ask_once):
                yield from (_of_member(declared, column, member, taken) for column in declared.columns)


def _may_be_meant(export: Export, family: Family, fields: Fields) -> bool:
    """Whether a request can mean a column of the family: by default, by pattern, or by a name of no other column."""
    names = {*fields.added, *fields.left_out, *fields.only}
    if names & {column.name for column in family.columns} or names - {column.name for column in export.all_columns()}:
        return True
    return fields.all or (not fields.only and any(is_default(column) for column in family.columns))


def _members(export: Export, family: Family, ask: Ask) -> Iterator[Member]:
    """Yield the members in order. Members without a stored name get the name that the next load will assign."""
    rows = [(str(key), str(name), *map(str, type_)) for key, name, *type_ in ask(family.members)]
    names = _kept_names(export, family, ask) if family.named_by else {}
    names |= assign(export, family, names, [(key, name) for key, name, *_ in rows])
    for key, _, *type_ in rows:
        yield Member(key, names[key], _TYPES[type_[0]] if type_ else None)


def _kept_names(export: Export, family: Family, ask: Ask) -> dict[str, str]:
    sql = f"SELECT key, name FROM column_names WHERE family = {literal(family_id(export, family))}"
    return {str(key): str(name) for key, name, *_ in ask(sql)}


def _of_member(family: Family, column: Column, member: Member, taken: set[str]) -> ChosenColumn:
    """The column of a member, which gives way if a later version brought a fixed column of the same name."""
    name = free_name(column.name.replace(family.variable, member.name), lambda name: name.lower() in taken)
    taken.add(name.lower())
    return ChosenColumn(column, name, member.type or column.type, family, member)


def _is_named(column: ChosenColumn, names: set[str]) -> bool:
    return column.name in names or column.column.name in names


def _typed(expression: exp.Expr, member: Member | None) -> exp.Expr:
    kind = member.type.kind if member is not None and member.type is not None else None
    return exp.TryCast(this=expression, to=exp.DataType.build(_CASTS[kind])) if kind in _CASTS else expression


def _filled_in(
    pattern: exp.Expr, column: ChosenColumn, chosen: Sequence[ChosenColumn], places: dict[str, dict[str, int]]
) -> exp.Expr:
    if column.family is None or column.member is None:
        return pattern
    key = column.member.key
    # In brackets, sqlglot counts from 0 and writes the base of the engine's dialect.
    return bind(pattern, key=key, number=_places(column, chosen, places)[key])


def _places(column: ChosenColumn, chosen: Sequence[ChosenColumn], places: dict[str, dict[str, int]]) -> dict[str, int]:
    """The position of each member's values in a column's family, counted from 0; computed once per family."""
    family = cast(Family, column.family)
    if family.variable not in places:
        places[family.variable] = {key: place for place, key in enumerate(keys(chosen, family))}
    return places[family.variable]


def _is_number_of_member(column: ChosenColumn) -> bool:
    """Whether a column is a number that a family has for each member and that depends only on the member's position."""
    expression = column.column.expression
    is_number = column.type.seconds is not None or column.type.kind in (Kind.INTEGER, Kind.FLOAT)
    return column.member is not None and is_number and "$number" in expression and "$key" not in expression


def _as_list(
    part: Sequence[ChosenColumn], pattern: Callable[[ChosenColumn], exp.Expr], places: dict[str, int]
) -> exp.Expr:
    """The list of the values of a family's columns; each declared column appears once, for any member's position."""
    declared = {column.column.name: column for column in part}
    members = dict.fromkeys(column.member.key for column in part if column.member)
    # A name in brackets is written as it is, so these positions count from 1, as in the engine's dialect.
    of_member = exp.Lambda(
        this=exp.Array(expressions=[bind(pattern(column), number=exp.column("place")) for column in declared.values()]),
        expressions=[exp.to_identifier("place")],
    )
    every = exp.func("flatten", exp.Transform(this=_numbers(places[key] + 1 for key in members), expression=of_member))
    row, step = {key: row for row, key in enumerate(members)}, {name: step for step, name in enumerate(declared, 1)}
    positions = [row[c.member.key] * len(step) + step[c.column.name] for c in part if c.member]
    is_all = positions == [*range(1, len(row) * len(step) + 1)]
    return every if is_all else exp.func("list_select", every, _numbers(positions))


def _numbers(numbers: Iterable[int]) -> exp.Array:
    return exp.Array(expressions=[exp.Literal.number(number) for number in numbers])


# How to read the text of a member's value as its type.
_CASTS = {Kind.INTEGER: "BIGINT", Kind.FLOAT: "DOUBLE", Kind.BOOLEAN: "BOOLEAN"}

_TYPES = {type_.name: type_ for type_ in (types.String, types.Integer, types.Float, types.Boolean)}


def parse(sql: str) -> exp.Expr:
    """Parse an expression of the catalogue's dialect (DuckDB's)."""
    return sqlglot.parse_one(sql, read="duckdb")


def bind(expression: exp.Expr, **values: str | int | list[str] | exp.Expr) -> exp.Expr:
    """Replace the ``$name`` parameters of ``expression`` with literals."""

    def replace(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Parameter | exp.Placeholder) and node.name in values:
            return exp.convert(values[node.name], copy=True)
        return node

    return expression.transform(replace)
