"""``navette store``: look after the stored tables."""

from dataclasses import asdict
from typing import Annotated

import typer

from navette.cli.console import AsJson, print_rows
from navette.cli.progress import progress_bar
from navette.core.settings import load_settings
from navette.store import COLUMN_NAMES, Store
from navette.store.store import REJECTED
from navette.tables import TABLES

EVERY_TABLE = (*TABLES.values(), REJECTED, COLUMN_NAMES)

app = typer.Typer(help="Look after the stored tables.", no_args_is_help=True)


@app.command()
def info(as_json: AsJson = False) -> None:
    """Show each table's version, rows, files and bytes."""
    print_rows([asdict(table) for table in Store(load_settings().store).info()], as_json)


@app.command()
def compact(as_json: AsJson = False) -> None:
    """Write what many small loads left in many files as few, in time order."""
    store = Store(load_settings().store)
    rows = []
    with progress_bar() as progress:
        for table in progress.track(EVERY_TABLE, description="compacting"):
            rows.append({"table": table.name, "replaced": store.compact(table)})
    print_rows([row for row in rows if row["replaced"]], as_json)


@app.command()
def vacuum(
    keep_hours: Annotated[int, typer.Option(min=0, help="Keep what versions of the last hours need.")] = 168,
    dry_run: Annotated[bool, typer.Option(help="Only show what would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the files that no recent version needs. Runs that read older versions can then not be replayed."""
    store = Store(load_settings().store)
    rows = [{"table": t.name, "removed": len(store.vacuum(t, keep_hours, dry_run))} for t in EVERY_TABLE]
    print_rows([row for row in rows if row["removed"]], as_json)
