"""The connector: reads files named after the tables, and yields rows of those tables."""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import pyarrow as pa

from navette.connectors.connector import Batch, CommandOption, Connector, Refused, Unread
from navette.connectors.files import delimited, json_lines, parquet
from navette.connectors.files.identifiers import Identifiers
from navette.core.errors import RequestError, unknown
from navette.core.messages import message
from navette.tables import TABLES, Table


@dataclass(frozen=True)
class FileReader:
    """How to read files of one format.

    ``columns`` returns the names of a file's columns, or None if it has no rows that show them. ``read`` yields the
    table's fields of the rows in the file's order, at most about 100,000 rows at a time, and whatever cannot be read
    as rows. It calls its last argument with the name of each other column, possibly more than once.
    """

    columns: Callable[[Path, Table], list[str] | None]
    read: Callable[[Path, Table, Callable[[str], None]], Iterator[pa.Table | Refused]]


READERS = {
    ".csv": FileReader(delimited.columns, delimited.read),
    ".csv.gz": FileReader(delimited.columns, delimited.read),
    ".jsonl": FileReader(json_lines.columns, json_lines.read),
    ".jsonl.gz": FileReader(json_lines.columns, json_lines.read),
    ".ndjson": FileReader(json_lines.columns, json_lines.read),
    ".ndjson.gz": FileReader(json_lines.columns, json_lines.read),
    ".parquet": FileReader(parquet.columns, parquet.read),
}
"""Every format by file extension."""

NUMBER = re.compile("([0-9]+)")
ENDING = re.compile(r"\.[a-z]+(\.gz)?$")
UNREADABLE = (OSError, EOFError, zlib.error, UnicodeError, pa.ArrowException)

MOST_NOTED = 20
"""Most unknown columns of a file that notes name, and most of its columns that an error names if one is missing."""

SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class TableFile:
    """One file of the folder, and the table that it is named after."""

    path: Path
    table: Table
    format: FileReader
    noted: set[str] = field(default_factory=set)
    """Unknown columns for which there is a note."""


class FilesFolder(Connector):
    """The files of one folder, each named after its table: ``contents.csv``, or in parts ``contents-2024-01.csv``.

    Identifiers that are not 24 hexadecimal digits are mapped (see ``identifiers``). Reading fills ``notes``,
    sentences for people about parts of the folder that are not read.
    """

    label = message("Files")
    description = message("A folder of CSV, JSON Lines or Parquet files that are named after the tables.")
    summary = "Load a folder of CSV, JSON Lines or Parquet files from any contact centre."
    command = "navette load files FOLDER"
    options = (CommandOption("folder", Path, "A folder of files named after the tables."),)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []

    def read(self) -> Iterator[Batch | Refused | Unread]:
        """Yield every row, table by table, configuration first; a table's files in the natural order of names.

        A file that turns out to be broken, or that has no readable row, yields an Unread at its end, and the next
        file follows. Raises RequestError before the first batch if the folder is missing or has no file of rows, or
        if a file is not named after a table, lacks its table's key or is broken in its first rows.
        """
        self.notes.clear()
        files = self._files()
        for file in files:
            self._check(file)
        identifiers = Identifiers()
        for file in files:
            yield from self._rows(file, identifiers)

    def _files(self) -> list[TableFile]:
        if not self.folder.is_dir():
            problem = message("is a file") if self.folder.exists() else message("does not exist")
            raise RequestError(
                "{folder} {problem}: expected a folder of files named after the tables.",
                folder=self.folder,
                problem=problem,
            )
        files = [file for path in sorted(self.folder.iterdir(), key=_by_nature) if (file := self._table_file(path))]
        if not files:
            raise RequestError(
                "{folder} has no file of rows: expected names such as contents.csv or threads.jsonl.",
                folder=self.folder,
            )
        order = list(TABLES)
        return sorted(files, key=lambda file: order.index(file.table.name))

    def _table_file(self, path: Path) -> TableFile | None:
        ending = ENDING.search(path.name.lower())
        if path.name.startswith("."):
            return None
        if path.is_dir() or ending is None or ending[0] not in READERS:
            self.notes.append(f"{path.name}: not a file of rows ({', '.join(READERS)}); ignored.")
            return None
        name = re.split(r"[-.]", path.name, maxsplit=1)[0].lower()
        if name not in TABLES:
            raise RequestError(
                "{name} is not named after a table: {problem}",
                name=path.name,
                problem=unknown("table", name, TABLES).message,
            )
        return TableFile(path, TABLES[name], READERS[ending[0]])

    def _check(self, file: TableFile) -> None:
        try:
            columns = file.format.columns(file.path, file.table)
        except UNREADABLE as error:
            raise _broken(file, error) from error
        if columns is None:
            return
        if twice := [field.name for field in file.table.fields if columns.count(field.name) > 1]:
            raise RequestError(
                "{name} has the column '{column}' more than once: keep one of them.",
                name=file.path.name,
                column=twice[0],
            )
        if missing := [name for name in file.table.key if name not in columns]:
            raise RequestError(
                "{name} lacks columns of the key of {table} ({missing}): its columns are {columns}.",
                name=file.path.name,
                missing=missing,
                table=file.table.name,
                columns=[*map(_short_name, columns[:MOST_NOTED]), *["…"] * (len(columns) > MOST_NOTED)],
            )
        for name in columns:
            self._note_unknown(file, name)

    def _rows(self, file: TableFile, identifiers: Identifiers) -> Iterator[Batch | Refused | Unread]:
        rows, first_refused = 0, None
        try:
            for part in file.format.read(file.path, file.table, partial(self._note_unknown, file)):
                if isinstance(part, Refused):
                    first_refused = first_refused or part
                    yield part
                elif part.num_rows:
                    mapped, refused = identifiers.mapped(file.table, part, file.path.name)
                    rows += mapped.num_rows
                    first_refused = first_refused or next(iter(refused), None)
                    yield from refused
                    if mapped.num_rows:
                        yield Batch(file.table.name, mapped, file.path.name)
        except RequestError as error:
            yield Unread(error.message)
        except UNREADABLE as error:
            yield Unread(_broken(file, error).message)
        else:
            if first_refused and not rows:
                reason = first_refused.reason
                yield Unread(
                    message("{name} has no row that can be read: {reason}.", name=file.path.name, reason=reason)
                )

    def _note_unknown(self, file: TableFile, name: str) -> None:
        fields = [field.name for field in file.table.fields]
        if name in fields or name in file.noted or len(file.noted) > MOST_NOTED:
            return
        file.noted.add(name)
        if len(file.noted) > MOST_NOTED:
            self.notes.append(f"{file.path.name}: more columns are not fields of {file.table.name}; ignored.")
            return
        near = get_close_matches(name[:SHOWN_CHARACTERS].lower(), fields, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        self.notes.append(
            f"{file.path.name}: column '{_short_name(name)}' is not a field of {file.table.name}; ignored.{hint}"
        )


def _short_name(name: str) -> str:
    """A column's name for display: short, and without noncharacters."""
    short = name if len(name) <= SHOWN_CHARACTERS else f"{name[:SHOWN_CHARACTERS]}…"
    return short.encode("utf-8", "backslashreplace").decode()


def _by_nature(path: Path) -> tuple[list[str | int], str]:
    """The natural order of names: numbers count, and a whole file comes before its parts."""
    stem = ENDING.sub("", path.name.lower())
    return [int(part) if NUMBER.fullmatch(part) else part for part in NUMBER.split(stem)], path.name


def _broken(file: TableFile, error: Exception) -> RequestError:
    return RequestError("{name} cannot be read: {error}.", name=file.path.name, error=error)
