"""``navette export`` and ``navette explain``: run requests, or show the SQL that they would run."""

import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress, TaskID

from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Fields, Request
from navette.catalogue.words import words
from navette.cli.console import AsJson, print_rows, say_empty
from navette.cli.progress import progress_bar
from navette.core.errors import RequestError
from navette.core.file_names import is_plain_name
from navette.core.files import umask
from navette.core.settings import Settings, load_settings
from navette.core.windows import OPEN, window
from navette.core.zones import zone
from navette.exporting.bundle import bundle
from navette.exporting.file_choice import FileChoice
from navette.exporting.manifest import add_to_manifest
from navette.exporting.package import remove_outdated_package, write_package
from navette.exporting.prepare import Prepared, Produced, compile_request, open_engine, prepare_files
from navette.formats import FOR_PROGRAMS, FORMATS
from navette.store import Store

Names = Annotated[
    list[str] | None, typer.Argument(help="The exports' names; see: navette exports.", show_default=False)
]
Start = Annotated[
    str | None,
    typer.Option("--from", help="A day such as 2020-01-31 (from its start) or an instant.", show_default=False),
]
End = Annotated[
    str | None,
    typer.Option("--to", help="A day such as 2020-01-31 (included) or an instant (excluded).", show_default=False),
]
By = Annotated[
    str | None,
    typer.Option(help="The time that --from and --to apply to, such as created or updated.", show_default=False),
]
FieldList = Annotated[
    str | None,
    typer.Option(
        help="Changes to the default fields (+author_name,-status), or the complete list (id,created_at,body).",
        show_default=False,
    ),
]
AllFields = Annotated[
    bool, typer.Option("--all-fields", help="Export every column, including sensitive and extra ones.")
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        help="A filter such as source=NAME (or ID). Repeat the option to accept any of several values.",
        show_default=False,
    ),
]
Zone = Annotated[str | None, typer.Option("--timezone", help="Time zone of days and datetimes.", show_default=False)]
Seconds = Annotated[
    bool | None, typer.Option("--seconds/--hours", help="Write durations in whole seconds, or in hours and minutes.")
]

FormatName = Annotated[str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")]
Compress = Annotated[
    str | None,
    typer.Option(
        help="gzip or zstd for text files for programs; zstd (the default), snappy, gzip or none inside columnar "
        "files.",
        show_default=False,
    ),
]
ZipName = Annotated[
    str | None,
    typer.Option("--zip", help="Put all files into one archive of this name, in the folder.", show_default=False),
]
PasswordFile = Annotated[
    Path | None, typer.Option(help="A file whose first line is the archive's password (AES-256).", show_default=False)
]

app = typer.Typer()


@app.command("export", no_args_is_help=True)
def export(
    names: Names = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Run every export; those without times are complete.")] = False,
    start: Start = None,
    end: End = None,
    by: By = None,
    format_name: FormatName = FOR_PROGRAMS,
    compress: Compress = None,
    locale: Annotated[
        str | None, typer.Option(help="Language and conventions, such as fr.", show_default=False)
    ] = None,
    timezone: Zone = None,
    fields: FieldList = None,
    all_fields: AllFields = False,
    where: Where = None,
    seconds: Seconds = None,
    output: Annotated[str, typer.Option(help="The folder of the files, or - for standard output.")] = "exports",
    zip_name: ZipName = None,
    password_file: PasswordFile = None,
    package: Annotated[
        bool, typer.Option("--package", help="Also write a data package and scripts that load the files (bi only).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run exports and write their files and a manifest.json."""
    settings = load_settings()
    choice = FileChoice(format_name, compress or "", locale or settings.locale)
    if package:
        _check_package(choice, output)
    archive = _archive(zip_name, output)
    password = _password(password_file, archive)
    request = _request(settings, timezone, start, end, seconds)
    request = replace(request, by=by, filters=_filters(where or ()), fields=_fields(fields, all_fields))
    requests = [replace(request, export=name) for name in _chosen(names, every)]
    if every:
        requests = [_as_far_as_it_goes(request) for request in requests]
    runs = prepare_files(requests, settings, choice)
    if Store(settings.store).is_empty():
        say_empty(settings.store)
    if output == "-":
        _print(runs)
        return
    with ExitStack() as stack:
        folder = stack.enter_context(runs[0].engine.folder()) / "files" if archive else Path(output)
        stack.enter_context(umask(settings.folder_mask))  # other users may read exports
        remove_outdated_package(folder, [run.file_name for run in runs])
        produced = _produce(runs, folder)
        if package:
            write_package(folder, produced, words(choice.locale))
        if archive:
            bundle(sorted(folder.iterdir()), archive, password)
    print_rows([_row(files, archive) for files in produced], as_json)


@app.command("explain", no_args_is_help=True)
def explain(
    name: Annotated[str, typer.Argument(help="The export's name.", show_default=False)],
    *,
    start: Start = None,
    end: End = None,
    by: By = None,
    timezone: Zone = None,
    fields: FieldList = None,
    all_fields: AllFields = False,
    where: Where = None,
    seconds: Seconds = None,
    as_json: AsJson = False,
) -> None:
    """Print the SQL that an export would run."""
    settings = load_settings()
    request = replace(_request(settings, timezone, start, end, seconds), export=name, by=by)
    request = replace(request, filters=_filters(where or ()), fields=_fields(fields, all_fields))
    sql = compile_request(request, open_engine(settings), settings.locale).sql(pretty=True)
    print_rows([{"export": name, "sql": sql}], as_json) if as_json else typer.echo(sql)


def _archive(name: str | None, output: str) -> Path | None:
    if name is None:
        return None
    stem, _, extension = name.rpartition(".")
    if not stem or extension.lower() != "zip" or not is_plain_name(name):
        raise RequestError(
            "'{name}' is not a valid archive name: end it with .zip, and give the folder with --output.", name=name
        )
    if output == "-":
        raise RequestError("an archive is written to a folder: give one with --output, or leave out --zip.")
    return Path(output) / name


def _password(file: Path | None, archive: Path | None) -> str | None:
    if file is None:
        return None
    if archive is None:
        raise RequestError("only an archive can have a password: add --zip, or leave out --password-file.")
    try:
        password = file.read_text(encoding="utf-8-sig").partition("\n")[0].removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(
            "the password file {file} cannot be read: {kind}.", file=file, kind=type(error).__name__
        ) from error
    if not password.strip():
        raise RequestError("the first line of the password file {file} is empty: write the password there.", file=file)
    return password


def _check_package(choice: FileChoice, output: str) -> None:
    """Refuse a package of other files than those that it can describe, before any is written."""
    format_, compression = choice.writer()
    if not format_.packageable:
        raise RequestError("a data package describes BI files: use --format bi, or leave out --package.")
    if compression and not compression.packageable:
        raise RequestError(
            "readers of data packages do not open {name} files: give --compress gzip or none.", name=compression.name
        )
    if output == "-":
        raise RequestError(
            "a data package is written next to its files: give a folder with --output, or leave out --package."
        )


def _chosen(names: Sequence[str] | None, every: bool) -> list[str]:
    if every and names:
        raise RequestError("give either the exports' names or --all, not both.")
    if not every and not names:
        raise RequestError("name the exports to run, or give --all.")
    return list(EXPORTS) if every else list(dict.fromkeys(names or ()))


def _request(
    settings: Settings, timezone: str | None, start: str | None, end: str | None, seconds: bool | None
) -> Request:
    clocks = zone(timezone or settings.timezone)
    return Request(
        export="",
        window=window(start, end, clocks),
        zone=clocks,
        seconds=settings.export_in_seconds if seconds is None else seconds,
    )


def _as_far_as_it_goes(request: Request) -> Request:
    """Of all the exports, those without times are always complete; those without the time named use their own."""
    times = EXPORTS[request.export].times
    if not times:
        return replace(request, window=OPEN, by=None)
    return request if request.by in times else replace(request, by=None)


def _fields(fields: str | None, all_fields: bool) -> Fields:
    if fields and all_fields:
        raise RequestError("give either --fields or --all-fields, not both.")
    return Fields.parse(fields) if fields else Fields(all=all_fields)


def _filters(where: Sequence[str]) -> dict[str, tuple[str, ...]]:
    filters: dict[str, list[str]] = defaultdict(list)
    for text in where:
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            raise RequestError(
                "the filter '{text}' is not of the form name=value: write it as in status=New.", text=text
            )
        filters[name].append(value)
    return {name: tuple(values) for name, values in filters.items()}


def _print(runs: Sequence[Prepared]) -> None:
    if len(runs) > 1:
        raise RequestError("standard output takes one export: name one, or give a folder with --output.")
    runs[0].write(sys.stdout.buffer)
    sys.stdout.buffer.flush()


def _produce(runs: Sequence[Prepared], folder: Path) -> list[Produced]:
    produced = []
    with progress_bar() as progress:
        for run in runs:
            task = progress.add_task(run.request.export, total=1.0)
            produced.append(run.produce(folder, partial(_show, progress, task)))
            add_to_manifest(produced[-1], run)
    return produced


def _show(progress: Progress, task: TaskID, fraction: float) -> None:
    progress.update(task, completed=fraction)


def _row(produced: Produced, archive: Path | None) -> dict[str, Any]:
    in_archive = {"archive": str(archive)} if archive else {}
    return in_archive | {
        "export": produced.request.export,
        "rows": produced.rows,
        "bytes": produced.bytes,
        "seconds": round(produced.seconds, 3),
        "cut": produced.cut,
        "replaced": produced.replaced,
        "file": produced.path.name if archive else str(produced.path),
    }
