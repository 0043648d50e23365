"""Which columns a request gets: families expanded over their members, names resolved."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from navette.catalogue.column_names import assign, family_id, free_name
from navette.catalogue.export import Column, Export, Family, is_default
from navette.catalogue.request import Fields
from navette.core import types
from navette.core.errors import RequestError, unknown
from navette.core.sql import literal
from navette.core.types import ColumnType, Kind


@dataclass(frozen=True)
class Member:
    """One member of a family: the key that its expressions use, its name in the columns' names, its type if any."""

    key: str
    name: str
    type: ColumnType | None = None


@dataclass(frozen=True)
class ChosenColumn:
    """A column of the file: its declaration, its name and type, and of a family's column which one of whose it is."""

    column: Column
    name: str
    type: ColumnType
    family: Family | None = None
    member: Member | None = None


Ask = Callable[[str], Sequence[tuple[object, ...]]]
"""Runs a query on the data and gives its rows."""


def choose(export: Export, fields: Fields, ask: Ask) -> list[ChosenColumn]:
    """The columns that a request names, the default ones otherwise.

    A family can be named by its pattern (all its members) or by one member's column; ``ask`` is only used for families
    that can be meant. Raises RequestError for a name that the export does not have, or when no column is left.
    """
    every = list(_expand(export, fields, ask))
    named: dict[str, list[ChosenColumn]] = {column.name: [] for column in export.all_columns()}
    for column in every:
        for name in {column.name, column.column.name}:
            named.setdefault(name, []).append(column)
    for name in (*fields.added, *fields.left_out, *fields.only):
        if name not in named:
            raise unknown(f"column of {export.name}", name, named)
    if fields.only:
        chosen = [column for name in dict.fromkeys(fields.only) for column in named[name]]
    else:
        added, left_out = set(fields.added), set(fields.left_out)
        wanted = (c for c in every if fields.all or is_default(c.column) or _is_named(c, added))
        chosen = [column for column in wanted if not _is_named(column, left_out)]
    if not chosen:
        raise RequestError(f"no column of {export.name} is left: name at least one.")
    return chosen


def expressions(
    chosen: Sequence[ChosenColumn], shown: Callable[[ColumnType, exp.Expr], exp.Expr] = lambda _, value: value
) -> list[exp.Expr]:
    """The expression of each column as ``shown``, with what belongs to its member filled in."""
    patterns: dict[tuple[str, ColumnType], exp.Expr] = {}
    places: dict[str, dict[str, int]] = {}
    filled_in = []
    for column in chosen:
        pattern = patterns.get((column.column.name, column.type))
        if pattern is None:
            pattern = shown(column.type, _typed(parse(column.column.expression), column.member))
            patterns[column.column.name, column.type] = pattern
        filled_in.append(_filled_in(pattern, column, chosen, places))
    return filled_in


def keys(chosen: Iterable[ChosenColumn], family: Family) -> list[str]:
    """The keys of a family's chosen members, as its term or its lookup reads them for each family that shares it."""
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
    """Whether a request can name a column of the family: by default, by pattern, or by a name of no other column."""
    names = {*fields.added, *fields.left_out, *fields.only}
    if names & {column.name for column in family.columns} or names - {column.name for column in export.all_columns()}:
        return True
    return fields.all or (not fields.only and any(is_default(column) for column in family.columns))


def _members(export: Export, family: Family, ask: Ask) -> Iterator[Member]:
    """The members in their order; those that the store has no name for get theirs as its next load will give it."""
    rows = [(str(key), str(name), *map(str, type_)) for key, name, *type_ in ask(family.members)]
    names = _kept_names(export, family, ask) if family.named_by else {}
    names |= assign(export, family, names, [(key, name) for key, name, *_ in rows])
    for key, _, *type_ in rows:
        yield Member(key, names[key], _TYPES[type_[0]] if type_ else None)


def _kept_names(export: Export, family: Family, ask: Ask) -> dict[str, str]:
    sql = f"SELECT key, name FROM column_names WHERE family = {literal(family_id(export, family))}"
    return {str(key): str(name) for key, name, *_ in ask(sql)}


def _of_member(family: Family, column: Column, member: Member, taken: set[str]) -> ChosenColumn:
    """A member's column. A fixed column that a later version brought has its name; the member's gives way."""
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
    variable, key = column.family.variable, column.member.key
    if variable not in places:
        places[variable] = {member: place for place, member in enumerate(keys(chosen, column.family))}
    # Inside of brackets sqlglot counts from 0 and writes what the engine's dialect counts from.
    return bind(pattern, key=key, number=places[variable][key])


# How the text of a member's value is read as its type.
_CASTS = {Kind.INTEGER: "BIGINT", Kind.FLOAT: "DOUBLE", Kind.BOOLEAN: "BOOLEAN"}

_TYPES = {type_.name: type_ for type_ in (types.String, types.Integer, types.Float, types.Boolean)}


def parse(sql: str) -> exp.Expr:
    """An expression of the catalogue's dialect (DuckDB's)."""
    return sqlglot.parse_one(sql, read="duckdb")


def bind(expression: exp.Expr, **values: str | int | list[str]) -> exp.Expr:
    """``expression`` with its ``$name`` parameters replaced by literals."""

    def replace(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Parameter | exp.Placeholder) and node.name in values:
            return exp.convert(values[node.name])
        return node

    return expression.transform(replace)
