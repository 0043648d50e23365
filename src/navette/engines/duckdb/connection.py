"""Connections: the views that queries read, and errors that people can act on."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import duckdb
import pyarrow as pa
from duckdb.sqltypes import VARCHAR

from navette.core.errors import ConfigurationError, NavetteError, TryLaterError
from navette.engines.duckdb.slices import Slice
from navette.store import TableVersion, relation

_RAISED = {
    "Out of Memory Error": duckdb.OutOfMemoryException,
    "IO Error": duckdb.IOException,
    "INTERRUPT Error": duckdb.InterruptException,
    "Conversion Error": duckdb.ConversionException,
    "Invalid Input Error": duckdb.InvalidInputException,
}
"""DuckDB's errors, by the beginning of their messages."""


def create_view(
    connection: duckdb.DuckDBPyConnection, name: str, pinned: TableVersion, part: Slice, condition: str = ""
) -> None:
    """Create the view of the rows of a slice, or of those of them for which a condition holds."""
    rows = f"file_row_number >= {part.first} AND file_row_number < {part.last}" if part.last is not None else ""
    where = " AND ".join(f"({term})" for term in (rows, condition) if term)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {relation(pinned.table, part.files, where=where)}")


def add_functions(connection: duckdb.DuckDBPyConnection, names: set[str]) -> None:
    """Navette's own functions, each from a text to a text; null gives null."""
    for name in names:
        function = getattr(import_module(f"navette.core.{name}"), name)
        connection.create_function(name, function, [VARCHAR], VARCHAR)


@contextmanager
def as_duckdb_raises() -> Iterator[None]:
    """DuckDB's error, which Arrow raises as its own after the first batch; recognised by its first words."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        kind = str(error).partition(":")[0]
        raise _RAISED.get(kind, duckdb.Error)(kind) from error


@contextmanager
def explaining_errors() -> Iterator[None]:
    """Turn the engine's errors into ones that people can act on. Its own text may quote values, so it is left out."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise ConfigurationError(
            "the export needs more memory than the engine may use: raise NAVETTE_MEMORY_LIMIT_MB, or choose "
            "fewer fields."
        ) from error
    except duckdb.IOException as error:
        raise TryLaterError(
            "a file could not be read or written: the disk is full, the store was vacuumed in the meantime, or a file "
            "of the store is missing. Run the export again; if it fails again, restore the store from a backup."
        ) from error
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise NavetteError(
            "the engine could not run the query ({kind}): run the export again; if it fails again, give this message"
            " to the person who runs this installation.",
            kind=type(error).__name__,
        ) from error
