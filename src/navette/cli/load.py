"""``navette load``: bring a contact centre's data into the store."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from inspect import Parameter, Signature
from typing import Any

import typer

from navette.cli.console import AsJson, err, print_rows
from navette.cli.progress import progress_count
from navette.cli.reporting import report_load
from navette.connectors import CONNECTORS, CommandOption, Connector
from navette.core.errors import RequestError
from navette.core.messages import lines
from navette.core.settings import load_settings
from navette.ingesting.load import MOST_SHOWN, LoadSummary, load
from navette.store import Store


def commands(connectors: Mapping[str, type[Connector]]) -> typer.Typer:
    """Return the group of commands, one for each connector."""
    group = typer.Typer(
        help="Load a contact centre's data into the store. Loading the same data again changes nothing.",
        no_args_is_help=True,
    )
    for name, kind in connectors.items():
        group.command(name)(_command(name, kind))
    return group


def _command(name: str, kind: type[Connector]) -> Callable[..., None]:
    """The command that loads through a connector, with the arguments and options that the connector declares."""

    def command(*, as_json: bool, **options: Any) -> None:
        summary = _load(kind.opened(**options), as_json)
        report_load(name, asdict(summary.total))
        if summary.unread:
            problems = lines(summary.unread)
            raise RequestError(problems)

    as_option = Parameter("as_json", Parameter.KEYWORD_ONLY, annotation=AsJson, default=False)
    command.__signature__ = Signature([*map(_parameter, kind.options), as_option])  # type: ignore[attr-defined]
    command.__doc__ = kind.summary
    return command


def _parameter(option: CommandOption) -> Parameter:
    if option.default is None:
        required: Any = typer.Argument(..., help=option.help, show_default=False)
        return Parameter(option.name, Parameter.KEYWORD_ONLY, annotation=option.type, default=required)
    optional: Any = typer.Option(option.default, help=option.help, min=option.least)
    return Parameter(option.name, Parameter.KEYWORD_ONLY, annotation=option.type, default=optional)


def _load(connector: Connector, as_json: bool) -> LoadSummary:
    store = Store(load_settings().store)
    with progress_count() as progress:
        task = progress.add_task("loading", total=None)

        def advance(table: str, rows: int) -> None:
            progress.update(task, description=f"loading {table}", advance=rows)

        summary = load(connector, store, advance)
    _print(summary, as_json)
    for note in connector.notes:
        _say(f"note: {note}")
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
        were, them = ("row was", "it") if rejected == 1 else ("rows were", "them")
        _say(f"{rejected:,} {were} rejected: 'navette store rejected' shows {them}.")


def _dangling(summary: LoadSummary, table: str) -> dict[str, int]:
    return {dangling.column: dangling.count for dangling in summary.dangling if dangling.table == table}


def _say(sentence: str) -> None:
    err.print(sentence, highlight=False, markup=False, soft_wrap=True)


app = commands(CONNECTORS)
