"""The values of filters as people write them: ids or names of records, and whole branches of categories.

A value that no record has is refused: the file would be empty, and nobody would notice that a name was misspelt.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from navette.catalogue.choices import choices
from navette.catalogue.compile import compile_query
from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Request
from navette.core.errors import RequestError, unknown
from navette.engines import DuckDBEngine
from navette.jobs.choices import Known, known_values

BRANCH = "/**"
"""What follows a category where those below it are meant, too."""

_MOST_NAMED = 10
"""So many of the records of one name are listed."""


def with_stored_values(request: Request, engine: DuckDBEngine) -> Request:
    """The request with its filters' values as the store holds them.

    A value is one that the store holds (an id, a status), the name of one record, or the path of a category
    (``Billing/Refund``); with ``/**`` behind it, those below the category, too. Capitals count only where they decide.
    Raises RequestError for a value that no record has, and for a name that several have.
    """
    export = EXPORTS[request.export]
    stored = {
        name: tuple(dict.fromkeys(one for value in values for one in _stored(export, name, value, engine)))
        for name, values in request.filters.items()
    }
    return replace(request, filters=stored)


def _stored(export: Export, name: str, value: str, engine: DuckDBEngine) -> list[str]:
    """The values of the store that one value of a filter means."""
    asked = choices(export, name)
    known = known_values(asked, engine.snapshot.tables, engine.ask)
    if record := _record(known, name, value):
        return [record.value]
    top = _record(known, name, value.removesuffix(BRANCH)) if value.endswith(BRANCH) and asked.is_tree else None
    if top is not None:
        return list(_branch(known, top))
    if asked.references and _has_rows(export, name, value, engine):  # those of a record that is deleted by now
        return [value]
    raise unknown(name, value, {record.name for record in known})


def _record(known: Iterable[Known], name: str, value: str) -> Known | None:
    """The record that a value means. Raises RequestError where it is the name of several."""
    called, alike = defaultdict(list), defaultdict(list)
    for record, path in _with_paths(known):
        if record.value == value:
            return record
        for ending in _endings(path):
            called[ending].append((record, path))
            alike[ending.casefold()].append((record, path))
    found = called[value] or alike[value.casefold()]
    if len(found) > 1:
        raise _ambiguous(name, value, found)
    return found[0][0] if found else None


def _with_paths(known: Iterable[Known]) -> Iterator[tuple[Known, tuple[str, ...]]]:
    """Each record with the names from the top of its tree down to its own."""
    records = {record.value: record for record in known}
    for record in records.values():
        path, seen, above = [record.name], {record.value}, record.parent
        while above in records and above not in seen:
            seen.add(above)
            path.append(records[above].name)
            above = records[above].parent
        yield record, tuple(reversed(path))


def _endings(path: tuple[str, ...]) -> Iterator[str]:
    for first in range(len(path)):
        yield "/".join(path[first:])


def _branch(known: Iterable[Known], top: Known) -> Iterator[str]:
    """The ids of a record and of all those below it."""
    children = defaultdict(list)
    for record in known:
        children[record.parent].append(record.value)
    waiting, seen = [top.value], {top.value}
    while waiting:
        value = waiting.pop()
        yield value
        below = [child for child in children[value] if child not in seen]
        seen.update(below)
        waiting += below


def _ambiguous(name: str, value: str, found: Iterable[tuple[Known, tuple[str, ...]]]) -> RequestError:
    named = [
        f"{record.value} ({'/'.join(path)})" if len(path) > 1 else record.value
        for record, path in sorted(found, key=lambda one: (one[1], one[0].value))
    ]
    listed = ", ".join(named[:_MOST_NAMED]) + (", …" if len(named) > _MOST_NAMED else "")
    return RequestError(f"several values of the filter '{name}' are called '{value}': choose one of {listed}.")


def _has_rows(export: Export, name: str, value: str, engine: DuckDBEngine) -> bool:
    query = compile_query(export, Request(export.name, filters={name: (value,)}), engine.ask)
    return engine.count(query) > 0
