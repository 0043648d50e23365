"""The values of filters as people write them: ids or names of records, and whole branches of categories.

A value that no record has is refused: the file would be empty, and nobody would notice that a name was misspelt.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from navette.catalogue.choices import Choices, choices
from navette.catalogue.columns import Ask
from navette.catalogue.compile import compile_query
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Request
from navette.core.errors import RequestError, unknown
from navette.core.messages import message
from navette.core.sql import identifier, literal
from navette.engines import Engine
from navette.exporting.choices import Record, records_of
from navette.store import TableVersion

BRANCH = "/**"
"""The suffix of a category that includes its subcategories."""

_MOST_NAMED = 10
"""How many of the records that share a name an error lists at most."""

_FEW = 8
"""Up to this number, each value of a filter is looked for in the rows before all values are read."""

Path = tuple[str, ...]
"""The names from the top of a record's tree down to its own."""

RecordsOf = Callable[[Choices, Mapping[str, TableVersion], Ask], tuple[Record, ...]]


def with_stored_values(request: Request, engine: Engine, records_of: RecordsOf = records_of) -> Request:
    """The request with its filters' values as the store holds them.

    A value is one that the store holds (an id, a status), the name of one record, or the path of a category
    (``Billing/Refund``); with ``/**`` behind it, those below the category, too. Capitals count only where they decide.
    Raises RequestError for a value that no record has, and for a name that several have. ``records_of`` reads the
    records of a filter.
    """
    filters = {
        name: _stored(request.export, name, values, engine, records_of) for name, values in request.filters.items()
    }
    return replace(request, filters=filters)


def _stored(export: str, name: str, values: Iterable[str], engine: Engine, records_of: RecordsOf) -> tuple[str, ...]:
    """The values of the store that those of a filter mean, each once."""
    source = choices(EXPORTS[export], name)
    named = tuple(dict.fromkeys(values))
    if source.is_read_from_rows and len(named) <= _FEW and all(_is_in_rows(source, value, engine) for value in named):
        return named
    records = _Records(name, records_of(source, engine.snapshot.tables, engine.ask))
    stored = dict[str, None]()
    for value in named:
        if record := records.meant_by(value):
            stored[record.value] = None
        elif source.is_tree and value.endswith(BRANCH) and (top := records.meant_by(value.removesuffix(BRANCH))):
            stored |= dict.fromkeys(records.branch(top))
        elif source.references and _has_rows(export, name, value, engine):  # of a record that was deleted
            stored[value] = None
        else:
            raise unknown(FILTERS[name], value, {record.name for record in records.all})
    return tuple(stored)


FILTERS = {
    "agent": message("agent"),
    "category": message("category"),
    "channel": message("channel"),
    "group": message("group"),
    "language": message("language"),
    "name": message("name"),
    "role": message("role"),
    "source": message("source"),
    "status": message("status"),
    "tag": message("tag"),
    "team": message("team"),
    "type": message("type"),
}
"""What an error calls a value of each filter of the catalogue."""


@dataclass(frozen=True)
class _Records:
    """The records that a filter can mean, indexed: there may be thousands of them, and as many values to look up."""

    filter_name: str
    all: tuple[Record, ...]

    def meant_by(self, value: str) -> Record | None:
        """The record that a value means. Raises RequestError if several records have that name."""
        if value in self._by_value:
            return self._by_value[value]
        named = self._by_path.get(value) or self._by_folded_path.get(value.casefold(), [])
        if len(named) > 1:
            raise _ambiguous(self.filter_name, value, ((record, self._path(record)) for record in named))
        return named[0] if named else None

    def branch(self, top: Record) -> Iterator[str]:
        """The ids of a record and of all those below it."""
        waiting, visited = [top.value], {top.value}
        while waiting:
            value = waiting.pop()
            yield value
            below = [child for child in self._children[value] if child not in visited]
            visited.update(below)
            waiting += below

    @cached_property
    def _by_value(self) -> dict[str, Record]:
        return {record.value: record for record in self.all}

    @cached_property
    def _by_path(self) -> dict[str, list[Record]]:
        """The records by each ending of their paths: ``Refund`` and ``Billing/Refund`` are the same one."""
        by_path = defaultdict[str, list[Record]](list)
        for record in self.all:
            path = self._path(record)
            for first in range(len(path)):
                by_path["/".join(path[first:])].append(record)
        return by_path

    @cached_property
    def _by_folded_path(self) -> dict[str, list[Record]]:
        by_path = defaultdict[str, list[Record]](list)
        for path, records in self._by_path.items():
            by_path[path.casefold()] += records
        return by_path

    @cached_property
    def _children(self) -> dict[str | None, list[str]]:
        children = defaultdict[str | None, list[str]](list)
        for record in self.all:
            children[record.parent].append(record.value)
        return children

    def _path(self, record: Record) -> Path:
        path, visited, above = [record.name], {record.value}, record.parent
        while above in self._by_value and above not in visited:
            visited.add(above)
            path.append(self._by_value[above].name)
            above = self._by_value[above].parent
        return tuple(reversed(path))


def _ambiguous(name: str, value: str, records: Iterable[tuple[Record, Path]]) -> RequestError:
    in_order = sorted(((path, record.value) for record, path in records))
    named = [f"{id_} ({'/'.join(path)})" if len(path) > 1 else id_ for path, id_ in in_order]
    listed = [*named[:_MOST_NAMED], *["…"] * (len(named) > _MOST_NAMED)]
    return RequestError(
        "several values of the filter '{filter}' are called '{name}': choose one of {values}.",
        filter=name,
        name=value,
        values=listed,
    )


def _is_in_rows(source: Choices, value: str, engine: Engine) -> bool:
    """Whether a row has exactly that value. Usually one of the first rows does, so this is fast for any table."""
    rows = f"SELECT 1 FROM {identifier(source.table)} WHERE {identifier(str(source.column))} = {literal(value)} LIMIT 1"
    return bool(engine.ask(rows))


def _has_rows(export: str, name: str, value: str, engine: Engine) -> bool:
    query = compile_query(EXPORTS[export], Request(export, filters={name: (value,)}), engine.ask)
    return engine.count(query) > 0
