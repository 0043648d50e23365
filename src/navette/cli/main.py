"""The ``navette`` command."""

import os
import signal
import sys
from typing import Annotated, NoReturn

import typer

import navette
from navette.cli.deferred import Deferred, DeferredGroup
from navette.cli.plain_values import take_plain_values_as_they_come
from navette.core.errors import ConfigurationError, NavetteError, TryLaterError
from navette.core.system_errors import system_reason

EPILOG = """
Exit codes: 0 done; 1 an error in Navette; 2 the request is wrong: correct it; 3 the settings or the store are wrong:
fix them; 4 something outside Navette is busy or unavailable: retry later.

Navette keeps its data in the folder NAVETTE_HOME (./var by default). NAVETTE_LOCALE, NAVETTE_TIMEZONE and
NAVETTE_EXPORT_IN_SECONDS are the defaults of options that you leave out.
"""

take_plain_values_as_they_come()


class _Commands(DeferredGroup):
    deferred = (
        Deferred("load", "navette.cli.load", "Load a contact centre's data into the store."),
        Deferred("exports", "navette.cli.catalogue", "List the exports, or show the columns of one."),
        Deferred("export", "navette.cli.export", "Run exports and write their files and a manifest.json."),
        Deferred("explain", "navette.cli.export", "Print the SQL that an export would run."),
        Deferred("store", "navette.cli.store", "Inspect and maintain the stored tables."),
        Deferred("keys", "navette.cli.keys", "Manage the SSH keys of automated exports, and the secret key."),
        Deferred("init", "navette.cli.server", "Set up an installation, or bring it up to date."),
        Deferred("serve", "navette.cli.server", "Run the console and a worker together, on one machine."),
        Deferred(
            "web",
            "navette.cli.server",
            "Run the console, without TLS: put a reverse proxy in front of it on this machine.",
        ),
        Deferred("worker", "navette.cli.server", "Run a worker, which processes runs, deliveries and chores."),
    )


app = typer.Typer(
    name="navette",
    cls=_Commands,
    help="Data exports for digital contact centres: load a contact centre's data and export what you need.",
    epilog=EPILOG,
    no_args_is_help=True,
    # Plain text: the library that draws boxes around help takes longer to import than everything else that help needs.
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"navette {navette.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Declare the options that come before the command."""


def run() -> None:
    """Run the command line. An error that Navette can explain becomes one sentence and an exit code."""
    signal.signal(signal.SIGTERM, _signalled)
    os.umask(0o077)  # other users of this machine must not read the store
    try:
        app()
    except SystemExit as ended:
        _leave(ended.code)
    except NavetteError as error:
        _fail(error)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            _reader_is_gone()
        reason = system_reason(error)
        if error.filename:
            _fail(ConfigurationError("'{file}': {said}. Fix this, then try again.", file=error.filename, said=reason))
        _fail(ConfigurationError("{said}: fix this, then try again.", said=reason))
    except Exception as error:
        if not _is_database_error(error):
            raise
        _fail(
            TryLaterError(
                "the control database reports '{words}': check NAVETTE_DATABASE, the database server and the free disk "
                "space; after an update, run 'navette init'.",
                words=str(error).partition("\n")[0],
            )
        )


def _is_database_error(error: Exception) -> bool:
    """Whether Django raised the error for its database. Commands without a database do not import Django."""
    django = sys.modules.get("django.db")
    return django is not None and isinstance(error, django.DatabaseError)


def _leave(code: str | int | None) -> NoReturn:
    """End the process at once: the usual clean-up of modules takes a quarter of a short command's time."""
    if isinstance(code, str):
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        _reader_is_gone()
    os._exit(code or 0)


def _signalled(number: int, _frame: object) -> NoReturn:
    # Raises an exception, so that temporary files are removed as at any other end.
    sys.exit(128 + number)


def _fail(error: NavetteError) -> NoReturn:
    typer.echo(f"{typer.style('error:', fg='red', bold=True)} {error}", err=True)
    sys.exit(error.exit_code)


def _reader_is_gone() -> NoReturn:
    # The reader closed the pipe, as `| head` does: that is no error, and nobody reads a message.
    sys.stderr.close()
    sys.exit(0)
