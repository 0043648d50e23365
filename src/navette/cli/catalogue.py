"""``navette exports``: list what can be exported."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from navette.catalogue.export import Export, is_default
from navette.catalogue.exports import EXPORTS
from navette.catalogue.words import words
from navette.cli.console import AsJson, out, print_json, print_rows
from navette.core.errors import unknown
from navette.core.locales import locale_facts

Say = Callable[[str], str]

app = typer.Typer(help="List the exports, or show the columns of one.", invoke_without_command=True)

Locale = Annotated[str, typer.Option(envvar="NAVETTE_LOCALE", help="Language of labels and descriptions: en or fr.")]


@app.callback()
def exports(context: typer.Context, locale: Locale = "en", as_json: AsJson = False) -> None:
    """List the exports, or show the columns of one."""
    if context.invoked_subcommand is None:
        say = _words(locale)
        print_rows([_summary(export, say) for export in EXPORTS.values()], as_json)


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="The export's name, such as messages.", show_default=False)],
    locale: Locale = "en",
    as_json: AsJson = False,
) -> None:
    """Show the columns, times and filters of an export."""
    if name not in EXPORTS:
        raise unknown("export", name, EXPORTS)
    say = _words(locale)
    described = describe(EXPORTS[name], say)
    if as_json:
        print_json(described)
        return
    out.print(f"[bold]{name}[/]: {described['description']}")
    out.print(f"{described['grain']}; times: {_listed(described['times'])}; filters: {_listed(described['filters'])}\n")
    print_rows([{key: column[key] for key in _SHOWN} for column in described["columns"]], as_json=False)


_SHOWN = ("name", "type", "sensitive", "extra", "default", "label", "description")


def describe(export: Export, say: Say) -> dict[str, Any]:
    """Return everything public about an export, ready for JSON; ``say`` translates texts."""
    return {
        "name": export.name,
        "label": say(export.label),
        "description": say(export.description),
        "grain": say(export.grain),
        "incremental": export.incremental,
        "times": list(export.times),
        "filters": list(export.filters),
        "extension": export.extension,
        "columns": [
            {
                "name": column.name,
                "type": column.type.name,
                "sensitive": column.sensitive,
                "extra": column.extra,
                "extension": column.extension or export.extension,
                "default": is_default(column),
                "label": say(column.label),
                "description": say(column.description),
            }
            for column in export.all_columns()
        ],
    }


def _words(locale: str) -> Say:
    locale_facts(locale)  # raises if the locale is unknown
    return words(locale)


def _summary(export: Export, say: Say) -> dict[str, Any]:
    columns = list(export.all_columns())
    return {
        "name": export.name,
        "label": say(export.label),
        "columns": len(columns),
        "sensitive": sum(column.sensitive for column in columns),
        "incremental": export.incremental,
        "description": say(export.description),
    }


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
