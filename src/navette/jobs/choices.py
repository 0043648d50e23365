"""What people choose from when they filter an export: names from the store, in the order of their tree or alphabet."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from navette.catalogue.choices import Choices, choices
from navette.catalogue.columns import Ask
from navette.catalogue.export import Export
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.store import Store, TableVersion
from navette.tables import TABLES

NAMES = {
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
"""More than this nobody chooses from."""


@dataclass(frozen=True)
class Choice:
    """One value of a filter, and its name; ``depth`` is how far below the top of a tree it is."""

    value: str
    label: str
    depth: int = 0


@dataclass(frozen=True)
class Known:
    """One value that a filter can have: an id or what the rows hold, its name, and the id of what it is below."""

    value: str
    name: str
    parent: str | None = None


def filter_choices(export: Export, name: str, settings: Settings) -> tuple[Choice, ...]:
    """What a filter can be set to, from what the store holds now. Raises RequestError for an unknown filter."""
    asked, store = choices(export, name), Store(settings.store)
    pinned = {} if asked.texts else {asked.named: store.pinned(TABLES[asked.named])}
    known = known_values(asked, pinned, lambda sql: DuckDBEngine(store.snapshot(), settings).ask(sql))
    return tuple(_tree(known[:MOST]) if asked.references else (Choice(one.value, one.name) for one in known[:MOST]))


_KNOWN: dict[tuple[Choices, tuple[str, ...]], tuple[Known, ...]] = {}
"""What was read in this process: the question and the paths of the files that it was asked of, to the answer."""

_MOST_KNOWN = 200


def known_values(asked: Choices, tables: Mapping[str, TableVersion], ask: Ask) -> tuple[Known, ...]:
    """The values that a filter can have, by name, from the versions of ``tables`` that ``ask`` reads."""
    if asked.texts:
        return tuple(Known(text, text) for text in sorted(asked.texts))
    files = tuple(file.path for file in tables[asked.named].files)
    if not files:
        return ()
    if (asked, files) not in _KNOWN:
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[asked, files] = tuple(_read(asked, ask))
    return _KNOWN[asked, files]


def _read(asked: Choices, ask: Ask) -> Iterator[Known]:
    if asked.references is None:
        column = f'"{asked.column}"'
        for (value,) in ask(f'SELECT DISTINCT {column} FROM "{asked.table}" WHERE {column} IS NOT NULL ORDER BY 1'):
            yield Known(str(value), str(value))
        return
    names, parent = f"coalesce({NAMES[asked.references]}, id)", "parent_id" if asked.is_tree else "NULL"
    for value, name, above in ask(f'SELECT id, {names}, {parent} FROM "{asked.references}" ORDER BY 2, 1'):
        yield Known(str(value), str(name), None if above is None else str(above))


def _tree(known: Iterable[Known]) -> Iterator[Choice]:
    """The records, each below its parent, alphabetically; those whose parent is not there stand at the top."""
    records = sorted(known, key=lambda record: (record.name.casefold(), record.value))
    ids = {record.value for record in records}
    children: dict[str | None, list[Known]] = {}
    for record in records:
        children.setdefault(record.parent if record.parent in ids else None, []).append(record)
    waiting = [(record, 0) for record in reversed(children.pop(None, []))]
    while waiting:
        record, depth = waiting.pop()
        yield Choice(record.value, record.name, depth)
        waiting += [(child, depth + 1) for child in reversed(children.pop(record.value, []))]
