"""Prepared requests: compiled over a snapshot of the store, counted, and written as complete files."""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from navette.catalogue.compile import compile_query
from navette.catalogue.exports import EXPORTS
from navette.catalogue.query import Query
from navette.catalogue.request import Request
from navette.catalogue.words import words
from navette.core.errors import RequestError, unknown
from navette.core.files import complete_file
from navette.core.locales import locale_name
from navette.core.rows import BATCH_ROWS, Rows
from navette.core.settings import Settings
from navette.engines import DuckDBEngine, Engine
from navette.exporting.file_choice import FileChoice
from navette.exporting.filter_values import with_stored_values
from navette.formats import Compression, Format, Rendering, Subject, Written
from navette.store import Store

Progress = Callable[[float], None]
ReportRows = Callable[[int], None]


COUNTS: dict[tuple[object, ...], int] = {}
"""The counts of this process, by query and by the fingerprints of the tables that were counted.

No two files ever have the same path, not even in a store that was created again.
"""

MOST_COUNTS = 1_000


@dataclass(frozen=True)
class Produced:
    """One file that a run wrote: its request, the result, and the versions of the tables."""

    path: Path
    request: Request
    query: Query
    rows: int
    cut: int
    rejected: int
    bytes: int
    sha256: str
    seconds: float
    versions: Mapping[str, int]
    format: Format
    compression: Compression | None = None
    replaced: int = 0


@dataclass(frozen=True)
class Prepared:
    """A request compiled against one snapshot, with how its file is to be written."""

    request: Request
    query: Query
    engine: Engine
    format: Format
    rendering: Rendering
    compression: Compression | None = None

    @property
    def file_name(self) -> str:
        """The file's name: the export's, with the format's extension and the compression's."""
        compressed = f".{self.compression.extension}" if self.compression else ""
        return f"{self.request.export}.{self.format.extension}{compressed}"

    def count(self) -> int:
        """How many rows the file will have. A second call for the same versions uses the first count."""
        tables = [self.engine.snapshot.tables[name] for name in sorted(self.query.tables)]
        key = (self.query.counted().sql(), *(table.fingerprint for table in tables))
        counted = COUNTS.get(key)
        if counted is None:
            counted = self.engine.count(self.query)
            if len(COUNTS) >= MOST_COUNTS:
                COUNTS.clear()
            COUNTS[key] = counted
        return counted

    def write(self, sink: BinaryIO, progress: Progress | None = None, report: ReportRows | None = None) -> Written:
        """Write the file's bytes to ``sink``. ``report`` gets the rows so far; what it raises ends the work."""
        rows: Rows = self.engine.rows(self.query, progress)
        if report is not None:
            rows = _Counted(rows, report)
        if self.compression is None:
            return self.format.write(rows, sink, self.rendering)
        with self.compression.around(sink) as compressed:
            return self.format.write(rows, compressed, self.rendering)

    def produce(
        self, folder: Path, progress: Progress | None = None, report: ReportRows | None = None, name: str = ""
    ) -> Produced:
        """Write the file into ``folder``, under its name (or ``name``) only once it is whole."""
        started, path = time.perf_counter(), folder / (name or self.file_name)
        with complete_file(path) as file:
            written = self.write(cast(BinaryIO, file), progress, report)
        versions = {name: self.engine.snapshot.tables[name].version for name in sorted(self.query.tables)}
        return Produced(
            path=path,
            request=self.request,
            query=self.query,
            rows=written.rows,
            cut=written.cut,
            replaced=written.replaced,
            rejected=self._rejected(),
            bytes=file.bytes_written,
            sha256=file.sha256,
            seconds=time.perf_counter() - started,
            versions=versions,
            format=self.format,
            compression=self.compression,
        )

    def _rejected(self) -> int:
        """How many incoming rows of the export's table were rejected so far."""
        if not self.engine.snapshot.tables["rejected"].files:
            return 0
        counts = self.engine.ask(f"SELECT count(*) FROM rejected WHERE table_name = '{self.query.table}'")
        return cast(int, counts[0][0])


class _Counted:
    """Rows that report how many were read."""

    def __init__(self, rows: Rows, report: ReportRows) -> None:
        self.columns, self.parts, self._rows, self._report = rows.columns, rows.parts, rows, report

    def batches(self, *selects: Sequence[str], size: int = BATCH_ROWS) -> Generator[pa.RecordBatch]:
        count = 0
        with closing(self._rows.batches(*selects, size=size)) as batches:
            for batch in batches:
                count += batch.num_rows
                self._report(count)
                yield batch


Watch = Callable[[Engine], None]
"""Receives the engine before it starts, so that the caller can interrupt it."""


def prepare_files(
    requests: Iterable[Request],
    settings: Settings,
    choice: FileChoice,
    versions: Mapping[str, int] | None = None,
    watch: Watch = lambda _: None,
) -> list[Prepared]:
    """The requests, each ready to be counted, previewed and written, all over one snapshot of the store.

    That is the store as it is now, or at those ``versions`` of its tables. Raises RequestError where a request cannot
    be answered.
    """
    format_, compression = choice.writer()
    engine = open_engine(settings, versions)
    watch(engine)
    return [
        prepare(request, engine, format_, Rendering(choice.locale, request.zone), compression) for request in requests
    ]


def open_engine(settings: Settings, versions: Mapping[str, int] | None = None) -> Engine:
    """An engine over a snapshot of the store: the current one, or these versions of its tables."""
    return DuckDBEngine(Store(settings.store).snapshot(versions), settings)


def prepare(
    request: Request,
    engine: Engine,
    format_: Format,
    rendering: Rendering,
    compression: Compression | None = None,
) -> Prepared:
    """Compile a request, without writing anything. Raises RequestError if it is not valid."""
    query = compile_request(request, engine, rendering.locale)
    if compression and not format_.compressible:
        raise RequestError(
            "{format} files cannot be compressed as a whole: leave out the compression, or use a ZIP archive.",
            format=format_.label,
        )
    description = words(rendering.locale)(EXPORTS[request.export].description)
    subject = Subject(request.export, description, query.window, query.by, request.filters)
    return Prepared(request, query, engine, format_, replace(rendering, subject=subject), compression)


def compile_request(request: Request, engine: Engine, locale: str) -> Query:
    """The query of a request, with labels in the locale's language. Raises RequestError if it is not valid."""
    if request.export not in EXPORTS:
        raise unknown("export", request.export, EXPORTS)
    locale_name(locale)  # refuses an unknown one, whether a format uses it or not
    return compile_query(EXPORTS[request.export], with_stored_values(request, engine), engine.ask, words(locale))
