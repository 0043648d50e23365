"""``load-duckdb.sql``: tables for DuckDB, each filled from its file."""

from collections.abc import Sequence

from navette.core.sql import identifier, literal
from navette.core.types import Kind
from navette.exporting.package.resource import Resource

TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMPTZ",
    Kind.ARRAY: "VARCHAR",
    Kind.JSON: "JSON",
}

# The line ends are given, or a CR in a title passes for the end of all lines. Not in parallel: several threads have to
# guess where a row begins, and a text that looks like rows misleads them. Longer lines than these 32 MiB stop the load;
# the buffer is set with them, else it would be 16 times as large.
OPTIONS = (
    r"""FORMAT csv, HEADER, DELIMITER ',', NEW_LINE '\n', QUOTE '"', ESCAPE '"', NULLSTR '', ENCODING 'utf-8', """
    "AUTO_DETECT false, PARALLEL false, MAX_LINE_SIZE 33554432, BUFFER_SIZE 67108864"
)

HEAD = """\
-- Makes one table of each file and fills it, all or nothing. In the folder of this file:
--     duckdb navette.duckdb -c ".read load-duckdb.sql"
-- Elements of lists are joined with ", " in one text.

BEGIN TRANSACTION;
"""


def duckdb_script(resources: Sequence[Resource]) -> str:
    """The script's text."""
    return "\n".join([HEAD, *map(_load, resources), "COMMIT;\n"])


def _load(resource: Resource) -> str:
    columns = ",\n".join(f"    {identifier(column.name)} {TYPES[column.type.kind]}" for column in resource.columns)
    # Nothing is null and "" an empty text, but in a file of one column.
    options = f"{OPTIONS}, ALLOW_QUOTED_NULLS {str(resource.is_one_column).lower()}"
    options += ", COMPRESSION gzip" if resource.is_gzipped else ""
    return (
        f"CREATE TABLE {identifier(resource.name)} (\n{columns}\n);\n"
        f"COPY {identifier(resource.name)} FROM {literal(resource.path)} ({options});\n"
    )
