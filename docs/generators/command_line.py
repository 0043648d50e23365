"""The command line: every command with its arguments and options, in the words of ``--help``."""

from collections.abc import Iterator

import typer.main
from docs.generators.markdown import code, page, table
from typer import Context
from typer.core import TyperCommand, TyperGroup

from navette.cli.deferred import Deferred
from navette.cli.main import app

# They are the same everywhere, and said once.
SAID_ONCE = {"help", "install_completion", "show_completion"}
HELP = """`-h` or `--help` after any command shows what it takes; `navette --install-completion` lets the shell complete
commands."""


def command_line() -> str:
    """The page."""
    root = typer.main.get_command(app)
    context = root.context_class(root, info_name="navette")
    return page("# Command line", f"{root.help}\n\n{str(root.epilog).strip()}\n\n{HELP}", *_commands(root, context))


def _commands(command: TyperCommand | TyperGroup, context: Context) -> Iterator[str]:
    """What is said of a command, then of those inside it."""
    yield from _described(command, context)
    if isinstance(command, TyperGroup):
        for name, listed in command.commands.items():
            inner = listed.load() if isinstance(listed, Deferred) else listed
            yield from _commands(inner, inner.context_class(inner, info_name=name, parent=context))


def _described(command: TyperCommand | TyperGroup, context: Context) -> Iterator[str]:
    if context.parent is not None:
        yield f"## {context.command_path}"
        yield str(command.help)
        yield f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```"
    records = [p.get_help_record(context) for p in command.get_params(context) if p.name not in SAID_ONCE]
    if rows := [(code(name), meaning) for name, meaning in filter(None, records)]:
        yield table(("option", "meaning"), rows)
