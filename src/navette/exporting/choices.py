"""What people choose from when they filter an export: names from the store, in the order of their tree or alphabet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from navette.catalogue.choices import Choices, choices
from navette.catalogue.columns import Ask
from navette.catalogue.export import Export
from navette.core.alphabetical import folded
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.store import Store, TableVersion
from navette.tables import TABLES

RECORD_NAMES = {
    "agents": "nullif(trim(concat_ws(' ', firstname, lastname)), '')",
    "categories": "name",
    "channels": "name",
    "reply_assistant_groups": "name",
    "roles": "label",
    "sources": "name",
    "tags": "name",
    "teams": "name",
}
"""How the records are called that filters refer to."""

MOST = 5_000
"""The most values that a filter offers."""


@dataclass(frozen=True)
class Choice:
    """One value of a filter, and its name; ``depth`` is how far below the top of a tree it is."""

    value: str
    label: str
    depth: int = 0


@dataclass(frozen=True)
class Record:
    """One value that a filter can have: an id or what the rows hold, its name, and the id of what it is below."""

    value: str
    name: str
    parent: str | None = None


def filter_choices(export: Export, name: str, settings: Settings) -> tuple[Choice, ...]:
    """The values of a filter, from the store's current state. Raises RequestError for an unknown filter."""
    source, store = choices(export, name), Store(settings.store)
    pinned = {} if source.texts else {source.read_from: store.pinned(TABLES[source.read_from])}
    records = records_of(source, pinned, lambda sql: DuckDBEngine(store.snapshot(), settings).ask(sql))[:MOST]
    return tuple(_tree(records) if source.references else (Choice(record.value, record.name) for record in records))


_READ: dict[str, tuple[str, tuple[Record, ...]]] = {}
"""The latest result of each query in this process, with the fingerprint of the table that it was read from."""


def records_of(source: Choices, tables: Mapping[str, TableVersion], ask: Ask) -> tuple[Record, ...]:
    """The values that a filter can have, by name, from the versions of ``tables`` that ``ask`` reads."""
    if source.texts:
        return tuple(Record(text, text) for text in sorted(source.texts))
    table = tables[source.read_from]
    if not table.files:
        return ()
    query = _query(source)
    read = _READ.get(query)
    if read is None or read[0] != table.fingerprint:
        read = _READ[query] = table.fingerprint, tuple(_record(*row) for row in ask(query))
    return read[1]


def _query(source: Choices) -> str:
    if source.references is None:
        column = f'"{source.column}"'
        return f'SELECT DISTINCT {column} FROM "{source.table}" WHERE {column} IS NOT NULL ORDER BY 1'
    name, parent = f"coalesce({RECORD_NAMES[source.references]}, id)", "parent_id" if source.is_tree else "NULL"
    return f'SELECT id, {name}, {parent} FROM "{source.references}" ORDER BY 2, 1'


def _record(value: object, name: object = None, parent: object = None) -> Record:
    return Record(str(value), str(value if name is None else name), None if parent is None else str(parent))


def _tree(unsorted: Iterable[Record]) -> Iterator[Choice]:
    """The records, each below its parent, in alphabetical order. Those without a known parent are at the top."""
    records = sorted(unsorted, key=lambda record: (folded(record.name), record.value))
    ids = {record.value for record in records}
    children: dict[str | None, list[Record]] = {}
    for record in records:
        children.setdefault(record.parent if record.parent in ids else None, []).append(record)
    waiting = [(record, 0) for record in reversed(children.pop(None, []))]
    while waiting:
        record, depth = waiting.pop()
        yield Choice(record.value, record.name, depth)
        waiting += [(child, depth + 1) for child in reversed(children.pop(record.value, []))]
