"""``load-postgresql.sql``: tables for PostgreSQL with keys and comments, each filled from its file by psql."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from navette.core.columns import OutputColumn
from navette.core.file_names import cut
from navette.core.sql import identifier, literal
from navette.core.types import Kind
from navette.exporting.package.resource import Resource

TYPES = {
    Kind.TEXT: "text",
    Kind.INTEGER: "bigint",
    Kind.FLOAT: "double precision",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.DATETIME: "timestamptz",
    Kind.ARRAY: "text",
    Kind.JSON: "json",  # jsonb would refuse some of what JSON allows, such as \u0000
}

LONGEST_IDENTIFIER = 63
"""In bytes: PostgreSQL cuts longer names, so that two may become the same."""

OF_THE_SYSTEM = ("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid")
"""The names that no column may have."""

HEAD = r"""-- Makes one table of each file and fills it, all or nothing. In the folder of this file:
--     psql --dbname=DATABASE --file=load-postgresql.sql
-- Elements of lists are joined with ", " in one text. Names longer than 63 bytes are cut.

\set ON_ERROR_STOP on
set client_encoding = 'UTF8';
begin;
"""


def postgresql_script(resources: Sequence[Resource]) -> str:
    """The script's text."""
    return "\n".join([HEAD, *map(_load, resources), "commit;\n"])


def _load(resource: Resource) -> str:
    table, names = identifier(resource.name), _names([column.name for column in resource.columns])
    columns = dict(zip(names, resource.columns, strict=True))
    lines = [f"    {name} {TYPES[column.type.kind]}" for name, column in columns.items()]
    key = [next(name for name, column in columns.items() if column.name == key_column) for key_column in resource.key]
    lines += [f"    primary key ({', '.join(key)})"] if key else []
    return "\n".join(
        [
            f"create table {table} (\n" + ",\n".join(lines) + "\n);",
            f"comment on table {table} is {_text(f'{resource.title}: {resource.description}')};",
            *(f"comment on column {table}.{name} is {_text(_comment(column))};" for name, column in columns.items()),
            rf"\copy {table} from {_source(resource)} with ({_options(resource, names)})",
            _counted(resource),
        ]
    )


def _names(names: Iterable[str]) -> list[str]:
    """The columns' names in quotes, adapted to PostgreSQL and psql, and still all different."""
    taken = set(OF_THE_SYSTEM)
    return [identifier(_free(name, taken)) for name in names]


def _free(name: str, taken: set[str]) -> str:
    """The name, or the first of ``name_2``, ``name_3``, … that is not taken, which it is from then on.

    NUL cannot be in a name, and a line break would end psql's ``\\copy``.
    """
    name = re.sub(r"[\0\r\n]", "_", name)
    free = next(candidate for candidate in _candidates(name) if candidate not in taken)
    taken.add(free)
    return free


def _candidates(name: str) -> Iterator[str]:
    yield cut(name, LONGEST_IDENTIFIER)
    for number in count(2):
        end = f"_{number}"
        yield cut(name, LONGEST_IDENTIFIER - len(end)) + end


def _counted(resource: Resource) -> str:
    """A check of the rows that were read: before version 18 psql ends a file where a line is nothing but ``\\.``."""
    failure = literal(f"{resource.path}: not all of its {resource.rows} rows were read")
    complete = f"(select count(*) from {identifier(resource.name)}) = {resource.rows}"
    return f"do $check$ begin assert {complete}, {failure}; end $check$;\n"


def _text(text: str) -> str:
    return literal(text.replace("\0", ""))


def _comment(column: OutputColumn) -> str:
    return f"{column.label}: {column.description}"


def _source(resource: Resource) -> str:
    return (
        f"program {literal(f'gzip -dc {shlex.quote(resource.path)}')}"
        if resource.is_gzipped
        else literal(resource.path)
    )


def _options(resource: Resource, names: Sequence[str]) -> str:
    """How the file is read: nothing is null and ``""`` an empty text, but in a file of one column."""
    return "format csv, header" + (f", force_null ({names[0]})" if resource.is_one_column else "")
