"""``navette store``: inspect and maintain the stored tables."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from navette.cli.console import AsJson, err, print_rows
from navette.cli.progress import progress_bar
from navette.cli.reporting import report_vacuum, versions_in_use
from navette.core.errors import unknown
from navette.core.settings import load_settings
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
        err.print(f"The store in {folder} is empty: load data with 'navette load'.", markup=False, soft_wrap=True)


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
    """Write files again that small loads and changes left, in time order, and those of earlier versions of Navette.

    Loads and exports go on meanwhile. A worker does what matters of this by itself.
    """
    store = Store(load_settings().store)
    rows = []
    with progress_bar() as progress:
        for table in progress.track(EVERY_TABLE, description="compacting"):
            rows.append({"table": table.name, "replaced": store.compact(table)})
    print_rows([row for row in rows if row["replaced"]], as_json)


@app.command()
def vacuum(
    keep_hours: Annotated[int, typer.Option(min=0, help="Keep the files that versions of the last hours need.")] = 168,
    dry_run: Annotated[bool, typer.Option(help="Only show how many files would be removed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the files that no recent version needs, nor a run of the last hours or in progress.

    Slots that read older versions can no longer be replayed. A worker does this every day (see NAVETTE_REPLAY_DAYS).
    """
    store, versions = Store(load_settings().store), versions_in_use(keep_hours)
    rows: list[dict[str, Any]] = [
        {"table": table.name, "removed": len(store.vacuum(table, keep_hours, dry_run, versions.get(table.name, ())))}
        for table in EVERY_TABLE
    ]
    print_rows([row for row in rows if row["removed"]], as_json)
    if not dry_run:
        report_vacuum(keep_hours, sum(row["removed"] for row in rows))
