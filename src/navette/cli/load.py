"""``navette load``: bring a contact centre's data into the store."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from navette.cli.console import AsJson, err, print_rows
from navette.cli.progress import progress_count
from navette.connectors import Connector, ConversationsFile, DemoDomain, FilesFolder
from navette.core.errors import RequestError
from navette.core.settings import load_settings
from navette.ingesting.load import MOST_SHOWN, LoadSummary, load
from navette.store import Store

app = typer.Typer(
    help="Load a contact centre's data into the store. Loading the same data again changes nothing.",
    no_args_is_help=True,
)


@app.command()
def demo(
    messages: Annotated[int, typer.Option(min=1, help="The approximate number of messages.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed produces other data.")] = 7,
    until: Annotated[
        str,
        typer.Option(
            help="The last day of the two years of data, such as 2025-12-31 or yesterday. Another day "
            "produces other data."
        ),
    ] = "2025-12-31",
    as_json: AsJson = False,
) -> None:
    """Load a fictional but realistic contact centre of any size."""
    _load(DemoDomain(messages=messages, seed=seed, last_day=_day(until)), as_json)


def _day(text: str) -> date:
    if text == "yesterday":
        return datetime.now(UTC).date() - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise RequestError(f"'{text}' is not a day: write a date such as 2025-12-31, or yesterday.") from error


@app.command()
def conversations(
    file: Annotated[Path, typer.Argument(help="A JSON file of conversations.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Load real customer-care conversations from a JSON file."""
    _load(ConversationsFile(file), as_json)


@app.command()
def files(
    folder: Annotated[Path, typer.Argument(help="A folder of files named after the tables.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Load a folder of CSV, JSON Lines or Parquet files from any contact centre."""
    connector = FilesFolder(folder)
    summary = _load(connector, as_json)
    for note in connector.notes:
        _say(f"note: {note}")
    if summary.unread:
        raise RequestError("\n".join(summary.unread))


def _load(connector: Connector, as_json: bool) -> LoadSummary:
    store = Store(load_settings().store)
    with progress_count() as progress:
        task = progress.add_task("loading", total=None)

        def advance(table: str, rows: int) -> None:
            progress.update(task, description=f"loading {table}", advance=rows)

        summary = load(connector, store, advance)
    _print(summary, as_json)
    return summary


def _print(summary: LoadSummary, as_json: bool) -> None:
    rows = [{"table": table, **asdict(merged)} for table, merged in sorted(summary.tables.items())]
    if as_json:
        print_rows([{**row, "dangling": _dangling(summary, row["table"])} for row in rows], as_json)
    else:
        print_rows([*rows, {"table": "total", **asdict(summary.total)}], as_json)
    for dangling in summary.dangling:
        point = "reference points" if dangling.count == 1 else "references point"
        _say(f"{dangling.table}.{dangling.column}: {dangling.count:,} {point} to no row of {dangling.target}.")
    for refused in summary.refused:
        _say(f"{refused}.")
    for reason, count in summary.reasons.most_common(MOST_SHOWN):
        _say(f"{reason}, in {count:,} row{'' if count == 1 else 's'}.")
    if rejected := summary.total.rejected:
        were = "row was" if rejected == 1 else "rows were"
        _say(f"{rejected:,} {were} rejected: 'navette store rejected' shows them.")


def _dangling(summary: LoadSummary, table: str) -> dict[str, int]:
    return {dangling.column: dangling.count for dangling in summary.dangling if dangling.table == table}


def _say(sentence: str) -> None:
    err.print(sentence, highlight=False, markup=False, soft_wrap=True)
