"""The ``navette`` command."""

import os
import signal
import sys
from typing import Annotated, NoReturn

import typer
from rich.markup import escape

import navette
from navette.cli import catalogue, export, keys, load, server, store
from navette.cli.console import err
from navette.core.errors import ConfigurationError, NavetteError

EPILOG = """
Exit codes: 0 done; 1 an error of Navette's own; 2 the request is wrong: correct it; 3 the settings or the store are
wrong: mend them; 4 something outside is busy or away: try later.

State lives in the folder NAVETTE_HOME (./var by default). NAVETTE_LOCALE, NAVETTE_TIMEZONE and
NAVETTE_EXPORT_IN_SECONDS are used where a command does not say.
"""

app = typer.Typer(
    name="navette",
    help="Data exports for digital contact centres: load a contact centre's data, export what you need of them.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(load.app, name="load")
app.add_typer(catalogue.app, name="exports")
app.command("export", no_args_is_help=True)(export.export)
app.command("explain", no_args_is_help=True)(export.explain)
app.add_typer(store.app, name="store")
app.add_typer(keys.app, name="keys")
app.command("init")(server.init)
app.command("serve")(server.serve)
app.command("web")(server.web)
app.command("worker")(server.worker)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"navette {navette.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options that stand before the command."""


def run() -> None:
    """Run the command line; an error that Navette can explain is one sentence and an exit code."""
    signal.signal(signal.SIGTERM, _signalled)
    os.umask(0o077)  # what is stored is for nobody else on this machine
    try:
        app()
    except NavetteError as error:
        _fail(error)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            _reader_is_gone()
        where = f" '{error.filename}'" if error.filename else ""
        _fail(ConfigurationError(f"{error.strerror or error}{where}: mend that and run it again."))


def _signalled(number: int, _frame: object) -> NoReturn:
    # As an exception, so that temporary files go as they do at any other end.
    sys.exit(128 + number)


def _fail(error: NavetteError) -> NoReturn:
    err.print(f"[bold red]error:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
    sys.exit(error.exit_code)


def _reader_is_gone() -> NoReturn:
    # As `| head` does: nothing is wrong, and nothing more can be said.
    sys.stderr.close()
    sys.exit(0)
