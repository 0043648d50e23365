"""Print tables and messages for people, and JSON for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

# Wide, so that a table in a file or a pipe is not folded to the width of a screen.
out = Console() if sys.stdout.isatty() else Console(width=250)
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def print_json(data: Any) -> None:
    """Print one JSON value to standard output."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def print_rows(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print rows with the same keys as a JSON array, or as a table with numbers aligned right."""
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, value in (rows[0] if rows else {}).items():
        table.add_column(name, justify="right" if isinstance(value, int | float) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_shown(value)) for value in row.values()))
    out.print(table)


def say_empty(store: Path) -> None:
    """Say on standard error that the store has no data, where it is, and how to load some."""
    err.print(f"The store in {store} is empty: load data with 'navette load'.", markup=False, soft_wrap=True)


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else ""
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.2f}"
        case _:
            return str(value)
