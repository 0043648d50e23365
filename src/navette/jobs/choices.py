"""What people choose from when they filter an export: names from the store, in the order of their tree or alphabet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from navette.catalogue.choices import Choices, choices
from navette.catalogue.export import Export
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.store import Store
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


def filter_choices(export: Export, name: str, settings: Settings) -> tuple[Choice, ...]:
    """What a filter can be set to, from what the store holds now. Raises RequestError for an unknown filter."""
    asked = choices(export, name)
    if asked.texts:
        return tuple(Choice(text, text) for text in sorted(asked.texts))
    files = Store(settings.store).pinned(TABLES[asked.references or asked.table]).files
    return _found(asked, tuple(file.path for file in files), settings)


@lru_cache(maxsize=200)
def _found(asked: Choices, files: tuple[str, ...], settings: Settings) -> tuple[Choice, ...]:
    """The table's files are only there for what was found in others not to be given."""
    if not files:
        return ()
    ask = DuckDBEngine(Store(settings.store).snapshot(), settings).ask
    if asked.references is None:
        column = f'"{asked.column}"'
        sql = f'SELECT DISTINCT {column} FROM "{asked.table}" WHERE {column} IS NOT NULL ORDER BY 1 LIMIT {MOST}'
        return tuple(Choice(str(value), str(value)) for (value,) in ask(sql))
    parent = "parent_id" if asked.references == "categories" else "NULL"
    names = f"coalesce({NAMES[asked.references]}, id)"
    sql = f'SELECT id, {names}, {parent} FROM "{asked.references}" ORDER BY 2, 1 LIMIT {MOST}'
    return tuple(_tree([(str(a), str(b), None if c is None else str(c)) for a, b, c in ask(sql)]))


def _tree(rows: Iterable[tuple[str, str, str | None]]) -> Iterator[Choice]:
    """The records, each below its parent, alphabetically; those whose parent is not there stand at the top."""
    rows = sorted(rows, key=lambda row: (row[1].casefold(), row[0]))
    ids = {row[0] for row in rows}
    children: dict[str | None, list[tuple[str, str]]] = {}
    for id_, label, parent in rows:
        children.setdefault(parent if parent in ids else None, []).append((id_, label))
    waiting = [(id_, label, 0) for id_, label in reversed(children.pop(None, []))]
    while waiting:
        id_, label, depth = waiting.pop()
        yield Choice(id_, label, depth)
        waiting += [(child, name, depth + 1) for child, name in reversed(children.pop(id_, []))]
