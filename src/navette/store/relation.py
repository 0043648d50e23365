"""The SQL of the rows of data files, in the files' order, without their deleted rows."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from navette.core.sql import identifier, literal
from navette.core.types import Kind
from navette.store.snapshot import DataFile
from navette.tables import Table

ROW_NUMBER = "row_number"
"""The column of a projection that has the number of the row in its data file."""

PATH = "_path"
"""The column of a row's file. DuckDB would call it ``filename``, which is a field of attachments."""

SQL_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMPTZ",
    Kind.ARRAY: "VARCHAR[]",
    Kind.JSON: "VARCHAR",
}


def relation(
    table: Table,
    files: Sequence[DataFile],
    columns: Sequence[str] | None = None,
    *,
    where: str = "",
    by: str | None = None,
    placed: bool = False,
) -> str:
    """A query for ``columns`` (by default all fields) of the rows of these files that are not deleted.

    Rows come in order on a connection with one thread. Without files there are none. ``where`` is a condition on the
    rows, which can also read ``file_row_number``. ``by`` names a column: files with a projection sorted by it are read
    through that, in its order; ``columns`` must be among its columns. ``placed`` adds where each row is: ``_path``, its
    file, and ``_number``, its number in it.
    """
    names = [field.name for field in table.fields] if columns is None else columns
    if not files:
        return f"SELECT {', '.join(_null(table, name) for name in names)} WHERE false"
    place = [f"f.{PATH}", "f.file_row_number AS _number"] if placed else []
    selected = ", ".join([*(f"f.{identifier(name)}" for name in names), *place])
    condition = f" WHERE {where}" if where else ""
    return " UNION ALL ".join(f"SELECT {selected} FROM {source}{condition}" for source in _sources(files, by, placed))


def scanned(paths: Sequence[str], *, placed: bool = False) -> str:
    """The function that reads the rows of these Parquet files, ``placed`` with the path of each in ``_path``."""
    filename = f", filename = {literal(PATH)}" if placed else ""
    return f"read_parquet([{', '.join(map(literal, paths))}], hive_partitioning = false{filename})"


def _sources(files: Sequence[DataFile], by: str | None, placed: bool) -> Iterator[str]:
    """What to read ``FROM``: neighbours together, whether rows were deleted from them or not.

    One source with one join needs the same memory for any number of files; a hundred sources need hundreds of MB.
    """
    for projected, group in groupby(files, lambda file: by in file.projections):
        members = list(group)
        rows = scanned([file.projections[str(by)] if projected else file.path for file in members], placed=placed)
        number = ROW_NUMBER if projected else "file_row_number"
        yield f"{rows} AS f{_without_deleted(members, number)}"


def _without_deleted(files: Sequence[DataFile], number: str) -> str:
    """The join that leaves out the deleted rows of files that are read together as ``f``."""
    deleted = ", ".join(
        f"({place}::UBIGINT, [{', '.join(map(str, file.deleted))}]::BIGINT[])"
        for place, file in enumerate(files)
        if file.vector
    )
    if not deleted:
        return ""
    rows = f"SELECT file, unnest(numbers) AS number FROM (VALUES {deleted}) AS marked(file, numbers)"
    return f" ANTI JOIN ({rows}) AS d ON d.file = f.file_index AND d.number = f.{number}"


def _null(table: Table, name: str) -> str:
    return f"CAST(NULL AS {SQL_TYPES[table.field(name).type.kind]}) AS {identifier(name)}"
