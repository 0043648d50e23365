"""``navette store``: inspect and maintain the stored tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from navette.cli.console import AsJson, err, print_rows, say_empty
from navette.cli.progress import progress_bar
from navette.cli.reporting import report_vacuum, versions_in_use
from navette.core.errors import unknown
from navette.core.settings import LONGEST_DAYS, load_settings
from navette.engines import DuckDBEngine
from navette.store import EVERY_TABLE, Store
from navette.store.store import REJECTED
from navette.tables import TABLES

app = typer.Typer(help="Inspect and maintain the stored tables.", no_args_is_help=True)


@app.command()
def info(as_json: AsJson = False) -> None:
    """Show each table's version, rows, files and bytes."""
    folder = load_settings().store
    tables = [asdict(table) for table in Store(folder).info()]
    if tables or as_json:
        print_rows(tables, as_json)
    else:
        say_empty(folder)


@app.command()
def rejected(
    table: Annotated[str | None, typer.Argument(help="Show only the rows of this table.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rows that loads rejected, with the table, the file, the reason and the original row.

    The table shows the first 1,000 rows and 200 characters of each row; --json prints everything.
    """
    if table is not None and table not in TABLES:
        raise unknown("table", table, TABLES)
    rows = _rejected(table, "row" if as_json else "row[:200]", "" if as_json else "LIMIT 1000")
    if rows or as_json:
        print_rows(rows, as_json)
    else:
        err.print("No row was rejected.")


def _rejected(table: str | None, row: str, limit: str) -> list[dict[str, object]]:
    """Return the rejected rows of a table, or of all tables; ``row`` and ``limit`` are SQL."""
    settings = load_settings()
    engine = DuckDBEngine(Store(settings.store).snapshot(), settings)
    if not engine.snapshot.tables[REJECTED.name].files:
        return []
    where = f"WHERE table_name = '{table}'" if table else ""
    rejected = engine.ask(f"SELECT table_name, origin, reason, {row} FROM rejected {where} ORDER BY ALL {limit}")
    names = ("table", "origin", "reason", "row")
    return [dict(zip(names, values, strict=True)) for values in rejected]


@app.command()
def compact(as_json: AsJson = False) -> None:
    """Rewrite the files left by small loads, changes and earlier versions of Navette, in time order.

    Loads and exports can run meanwhile. A worker does this by itself wherever it is worth the cost.
    """
    store = Store(load_settings().store)
    rows = []
    with progress_bar() as progress:
        for table in progress.track(EVERY_TABLE, description="compacting"):
            rows.append({"table": table.name, "replaced": store.compact(table)})
    _print_changed(rows, "replaced", "No files need compacting.", as_json)


@app.command()
def vacuum(
    keep_hours: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=LONGEST_DAYS * 24,
            help="Keep the files that versions and runs of the last hours need; NAVETTE_REPLAY_DAYS by default.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Only show how many files would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the files that no recent version of a table needs, and no run of the last hours or in progress.

    Slots that read older versions can no longer be replayed. A worker does this every day.
    """
    settings = load_settings()
    hours = settings.replay_days * 24 if keep_hours is None else keep_hours
    store, versions = Store(settings.store), versions_in_use(hours)
    rows: list[dict[str, Any]] = [
        {"table": table.name, "removed": len(store.vacuum(table, hours, dry_run, versions.get(table.name, ())))}
        for table in EVERY_TABLE
    ]
    _print_changed(rows, "removed", "No files can be removed.", as_json)
    if not dry_run:
        report_vacuum(hours, sum(row["removed"] for row in rows))


def _print_changed(rows: Sequence[Mapping[str, Any]], count: str, none: str, as_json: bool) -> None:
    """Print the tables of which files changed, or say that there are none."""
    changed = [row for row in rows if row[count]]
    if changed or as_json:
        print_rows(changed, as_json)
    else:
        err.print(none)
