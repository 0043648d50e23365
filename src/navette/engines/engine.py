"""What an engine is: it runs a compiled query over one snapshot of the store."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from navette.core.columns import OutputColumn, Part
from navette.core.rows import Rows
from navette.core.windows import Window
from navette.store import Snapshot


class CompiledQuery(Protocol):
    """What an engine needs to know of a query; the catalogue compiles such ones."""

    @property
    def columns(self) -> tuple[OutputColumn, ...]: ...
    @property
    def parts(self) -> tuple[Part, ...]: ...
    @property
    def table(self) -> str: ...
    @property
    def tables(self) -> set[str]: ...
    @property
    def functions(self) -> set[str]: ...
    @property
    def ordered(self) -> bool: ...
    @property
    def window(self) -> Window: ...
    @property
    def bounds(self) -> str | None: ...
    @property
    def whole(self) -> bool: ...
    def counted(self) -> "CompiledQuery": ...
    def sql(self) -> str: ...
    def over(self, relation: str) -> "CompiledQuery": ...


class Engine(Protocol):
    """Runs queries over the tables of ``snapshot``."""

    @property
    def snapshot(self) -> Snapshot: ...

    def rows(self, query: CompiledQuery, progress: Callable[[float], None] | None = None) -> Rows:
        """Return the result of a query, not yet computed. ``progress`` receives the part done, from 0 to 1."""
        ...

    def count(self, query: CompiledQuery) -> int:
        """Return the number of rows of a query."""
        ...

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Return the rows of a small query over the snapshot's tables."""
        ...

    def folder(self) -> AbstractContextManager[Path]:
        """Return a folder for temporary files, which is removed at the end."""
        ...

    def interrupt(self) -> None:
        """Stop what runs now. Call it again until the work has ended."""
        ...
