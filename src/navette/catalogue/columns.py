"""Which columns a request gets: families expanded over their members, names resolved."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count

import sqlglot
from sqlglot import exp

from navette.catalogue.export import Column, Export, Family
from navette.catalogue.request import Fields
from navette.core import types
from navette.core.errors import RequestError, unknown
from navette.core.types import ColumnType, Kind


@dataclass(frozen=True)
class Member:
    """One member of a family: the key that its expressions use, its name in the columns' names, its type if any."""

    key: str
    name: str
    type: ColumnType | None = None


@dataclass(frozen=True)
class ChosenColumn:
    """A column of the file: its declaration, and its name and expression with the member filled in."""

    column: Column
    name: str
    type: ColumnType
    expression: exp.Expr
    member: Member | None = None


Ask = Callable[[str], Sequence[tuple[object, ...]]]
"""Runs a query on the data and gives its rows."""


def choose(export: Export, fields: Fields, ask: Ask) -> list[ChosenColumn]:
    """The columns that a request names, the default ones otherwise.

    A family can be named by its pattern (all its members) or by one member's column; ``ask`` is only used for families
    that can be meant. Raises RequestError for a name that the export does not have, or when no column is left.
    """
    every = list(_expand(export, fields, ask))
    patterns = {column.name for column in export.all_columns()}
    for name in (*fields.added, *fields.left_out, *fields.only):
        if name not in patterns and not _named(every, name):
            raise unknown(f"column of {export.name}", name, patterns | {column.name for column in every})
    if fields.only:
        chosen = [column for name in dict.fromkeys(fields.only) for column in _named(every, name)]
    else:
        wanted = (c for c in every if fields.all or is_default(c.column) or _is_named(c, fields.added))
        chosen = [column for column in wanted if not _is_named(column, fields.left_out)]
    if not chosen:
        raise RequestError(f"no column of {export.name} is left: name at least one.")
    return chosen


def is_default(column: Column) -> bool:
    """Whether a file has the column when nobody asks: it is neither sensitive nor extra."""
    return not column.sensitive and not column.extra


def _expand(export: Export, fields: Fields, ask: Ask) -> Iterator[ChosenColumn]:
    asked = cache(lambda query: tuple(_members(ask(query))))
    taken = {column.name.lower() for column in export.columns if isinstance(column, Column)}
    for declared in export.columns:
        if isinstance(declared, Column):
            yield ChosenColumn(declared, declared.name, declared.type, parse(declared.expression))
        elif _may_be_meant(export, declared, fields):
            for member in asked(declared.members):
                yield from (_of_member(declared, column, member, taken) for column in declared.columns)


def _may_be_meant(export: Export, family: Family, fields: Fields) -> bool:
    """Whether a request can name a column of the family: by default, by pattern, or by a name of no other column."""
    names = {*fields.added, *fields.left_out, *fields.only}
    if names & {column.name for column in family.columns} or names - {column.name for column in export.all_columns()}:
        return True
    return fields.all or (not fields.only and any(is_default(column) for column in family.columns))


def _of_member(family: Family, column: Column, member: Member, taken: set[str]) -> ChosenColumn:
    expression = bind(parse(column.expression), key=member.key)
    if member.type is not None and member.type.kind in _CASTS:
        expression = exp.TryCast(this=expression, to=exp.DataType.build(_CASTS[member.type.kind]))
    name = _free(column.name.replace(family.variable, member.name), taken)
    return ChosenColumn(column, name, member.type or column.type, expression, member)


def _named(columns: Iterable[ChosenColumn], name: str) -> list[ChosenColumn]:
    return [column for column in columns if _is_named(column, (name,))]


def _is_named(column: ChosenColumn, names: Iterable[str]) -> bool:
    return any(name in (column.name, column.column.name) for name in names)


def _members(rows: Iterable[Sequence[object]]) -> Iterator[Member]:
    taken: set[str] = set()
    for key, name, *type_ in rows:
        yield Member(str(key), _free(str(name), taken), _TYPES[str(type_[0])] if type_ else None)


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first of ``name_2``, ``name_3``, … that is not taken, whatever the case; an empty one is ``_``.

    Engines do not tell names apart by case, and the names come from the data. The one given is taken from then on.
    """
    name = name or "_"
    candidates = (f"{name}_{n}" if n > 1 else name for n in count(1))
    free = next(candidate for candidate in candidates if candidate.lower() not in taken)
    taken.add(free.lower())
    return free


# How the text of a member's value is read as its type.
_CASTS = {Kind.INTEGER: "BIGINT", Kind.FLOAT: "DOUBLE", Kind.BOOLEAN: "BOOLEAN"}

_TYPES = {type_.name: type_ for type_ in (types.String, types.Integer, types.Float, types.Boolean)}


def parse(sql: str) -> exp.Expr:
    """An expression of the catalogue's dialect (DuckDB's)."""
    return sqlglot.parse_one(sql, read="duckdb")


def bind(expression: exp.Expr, **values: str | int) -> exp.Expr:
    """``expression`` with its ``$name`` parameters replaced by literals."""

    def replace(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Parameter | exp.Placeholder) and node.name in values:
            return exp.convert(values[node.name])
        return node

    return expression.transform(replace)
