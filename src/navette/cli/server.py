"""``navette init``, ``serve``, ``web`` and ``worker``: set up an installation and run it."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from navette.cli.supervisor import LOOK_EVERY, Supervisor
from navette.core.errors import ConfigurationError
from navette.core.settings import Settings, first_line, load_settings

app = typer.Typer()

COMMAND = [sys.executable, "-P", "-m", "navette"]
"""The command line of Navette in a process of its own. Without -P, Python would import modules from its working
directory, such as /tmp, before its own."""

Bind = Annotated[str, typer.Option(help="Address and port that the console listens on.")]
Threads = Annotated[int, typer.Option(min=1, help="The number of requests that the console answers at a time.")]


@app.command()
def init(
    email: Annotated[
        str | None,
        typer.Option(envvar="NAVETTE_ADMIN_EMAIL", help="The first administrator's address.", show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(envvar="NAVETTE_ADMIN_NAME", help="The first administrator's name.", show_default=False),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            envvar="NAVETTE_ADMIN_PASSWORD_FILE",
            help="A file whose first line is the administrator's password. NAVETTE_ADMIN_PASSWORD works too.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Set up an installation, or bring it up to date: tables, roles, first administrator. Asks for missing values."""
    from navette.site.start import start_django

    start_django()
    from navette.control.actor import OPERATOR
    from navette.services.setup import Person, make_administrator, make_domain, make_tables, needs_administrator

    settings = load_settings()
    settings.home.chmod(0o700)  # also if an earlier version, or another program, created it with other permissions
    make_tables(OPERATOR)
    make_domain(OPERATOR, settings)
    if not needs_administrator(OPERATOR):
        typer.echo("The control database is up to date.")
        return
    email = email or _prompted("E-mail address of the first administrator", "NAVETTE_ADMIN_EMAIL")
    name = name or (typer.prompt("Name", default=email) if sys.stdin.isatty() else email)
    user = make_administrator(OPERATOR, Person(email, name, _password(password_file)))
    typer.echo(f"{user.email} can now sign in as {user.role.label}.")


@app.command()
def web(bind: Bind = "127.0.0.1:8000", threads: Threads = 8) -> None:
    """Run the console, without TLS: put a reverse proxy in front of it on this machine."""
    settings = ready()
    from navette.cli.gunicorn import Console
    from navette.core.logs import log_to_stderr

    if settings.url.startswith("https:") and not settings.trusted_proxies:
        raise ConfigurationError(
            "NAVETTE_URL is https, so the console is behind a reverse proxy: set NAVETTE_TRUSTED_PROXIES to the "
            "number of proxies, usually 1."
        )
    log_to_stderr()
    Console(bind, threads).run()


@app.command()
def worker() -> None:
    """Run a worker, which processes runs, deliveries and chores. Any number of workers share the work."""
    ready()
    from navette.core.logs import log_to_stderr
    from navette.work.worker import Worker

    log_to_stderr()
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: signals.append(number))
    running = Worker(load_settings())
    running.start()
    while not signals:  # a loop, because a signal that arrives in a library's thread does not end a wait
        time.sleep(LOOK_EVERY)
    running.end()


@app.command()
def serve(bind: Bind = "127.0.0.1:8000", threads: Threads = 8) -> None:
    """Run the console and a worker together, on one machine."""
    ready()
    console = [*COMMAND, "web", "--bind", bind, "--threads", str(threads)]
    if not Supervisor([console, [*COMMAND, "worker"]]).run():
        raise typer.Exit(1)


def ready() -> Settings:
    """Start Django and return the settings. Raises ConfigurationError if the database is from another version."""
    from navette.site.start import start_django

    start_django()
    from navette.control.actor import OPERATOR
    from navette.services.setup import check_tables

    check_tables(OPERATOR)
    return load_settings()


def _prompted(label: str, variable: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "the {what} is missing, and no terminal is open to ask for it: set {variable}.",
            what=label.lower(),
            variable=variable,
        )
    return str(typer.prompt(label))


def _password(file: Path | None) -> str:
    if file is not None:
        return first_line(file, "NAVETTE_ADMIN_PASSWORD_FILE")
    if password := os.environ.get("NAVETTE_ADMIN_PASSWORD"):
        return password
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "the password is missing, and no terminal is open to ask for it: set NAVETTE_ADMIN_PASSWORD_FILE."
        )
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
