"""``navette init``, ``serve``, ``web`` and ``worker``: set an installation up, and run it."""

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
"""Navette in a process of its own. Without -P, Python would take modules of the folder in which it is begun, such as
/tmp, before its own."""

Bind = Annotated[str, typer.Option(help="Address and port that the console listens on.")]
Threads = Annotated[int, typer.Option(min=1, help="How many requests the console answers at a time.")]


@app.command()
def init(
    email: Annotated[
        str | None, typer.Option(envvar="NAVETTE_ADMIN_EMAIL", help="Of the first administrator.", show_default=False)
    ] = None,
    name: Annotated[
        str | None, typer.Option(envvar="NAVETTE_ADMIN_NAME", help="Of the first administrator.", show_default=False)
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            envvar="NAVETTE_ADMIN_PASSWORD_FILE",
            help="A file whose first line is the first administrator's password; else NAVETTE_ADMIN_PASSWORD has it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Set an installation up, or bring it up to date: tables, roles, the first administrator. Asks what it needs."""
    from navette.site.start import start_django

    start_django()
    from navette.services.setup import Person, make_administrator, make_domain, make_tables, needs_administrator

    settings = load_settings()
    settings.home.chmod(0o700)  # also what an earlier version, or another program, made for everybody
    make_tables()
    make_domain(settings)
    if not needs_administrator():
        typer.echo("The control database is up to date.")
        return
    email = email or _asked("E-mail address of the first administrator", "NAVETTE_ADMIN_EMAIL")
    name = name or (typer.prompt("Name", default=email) if sys.stdin.isatty() else email)
    user = make_administrator(Person(email, name, _password(password_file)))
    typer.echo(f"{user.email} may sign in as {user.role.label}.")


@app.command()
def web(bind: Bind = "127.0.0.1:8000", threads: Threads = 8) -> None:
    """Run the console, for a reverse proxy on this machine: it speaks plain HTTP, and waits for slow senders."""
    settings = ready()
    from navette.cli.gunicorn import Console
    from navette.core.logs import log_to_stderr

    if settings.url.startswith("https:") and not settings.trusted_proxies:
        raise ConfigurationError(
            "NAVETTE_URL is https, so a reverse proxy stands before the console: set NAVETTE_TRUSTED_PROXIES to 1, or "
            "to how many there are."
        )
    log_to_stderr()
    Console(bind, threads).run()


@app.command()
def worker() -> None:
    """Run a worker: it does the runs, the deliveries and the chores. Any number of them share the work."""
    ready()
    from navette.core.logs import log_to_stderr
    from navette.work.worker import Worker

    log_to_stderr()
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.append(number))
    one = Worker(load_settings())
    one.start()
    while not asked:  # looked at again and again: a signal that a library's thread gets wakes nobody who waits
        time.sleep(LOOK_EVERY)
    one.end()


@app.command()
def serve(bind: Bind = "127.0.0.1:8000", threads: Threads = 8) -> None:
    """Run the console and a worker together, on one machine."""
    ready()
    console = [*COMMAND, "web", "--bind", bind, "--threads", str(threads)]
    if not Supervisor([console, [*COMMAND, "worker"]]).run():
        raise typer.Exit(1)


def ready() -> Settings:
    """Start Django; gives the settings. Raises ConfigurationError where the database is not of this version."""
    from navette.site.start import start_django

    start_django()
    from navette.services.setup import check_tables

    check_tables()
    return load_settings()


def _asked(what: str, variable: str) -> str:
    if not sys.stdin.isatty():
        raise ConfigurationError(f"nobody is there to ask for the {what.lower()}: set {variable}.")
    return str(typer.prompt(what))


def _password(file: Path | None) -> str:
    if file is not None:
        return first_line(file, "NAVETTE_ADMIN_PASSWORD_FILE")
    if found := os.environ.get("NAVETTE_ADMIN_PASSWORD"):
        return found
    if not sys.stdin.isatty():
        raise ConfigurationError("nobody is there to ask for the password: set NAVETTE_ADMIN_PASSWORD_FILE.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
