"""The command line: every command with its arguments and options, in the words of ``--help``."""

from collections.abc import Iterator
from typing import cast

import typer.main
from docs.generators.markdown import code, page, table
from typer import Context
from typer.core import TyperCommand, TyperGroup

from navette.cli.deferred import Deferred
from navette.cli.main import app

# Every command has these options: the page's introduction describes them once.
COMMON = {"help", "install_completion", "show_completion"}
HELP = """Add `-h` or `--help` to any command to see its options. `navette --install-completion` installs completion
for your shell."""


def command_line() -> str:
    """Return the page."""
    root = cast(TyperGroup, typer.main.get_command(app))
    context = Context(root, info_name="navette")
    return page("# Command line", f"{root.help}\n\n{str(root.epilog).strip()}\n\n{HELP}", *_commands(root, context))


def _commands(command: TyperCommand | TyperGroup, context: Context) -> Iterator[str]:
    """Yield the section of a command, then those of its subcommands."""
    yield from _described(command, context)
    if isinstance(command, TyperGroup):
        for name, listed in command.commands.items():
            inner = listed.load() if isinstance(listed, Deferred) else cast(TyperCommand, listed)
            yield from _commands(inner, Context(inner, info_name=name, parent=context))


def _described(command: TyperCommand | TyperGroup, context: Context) -> Iterator[str]:
    if context.parent is not None:
        yield f"## {context.command_path}"
        yield str(command.help)
        yield f"```text\n{' '.join([context.command_path, *command.collect_usage_pieces(context)])}\n```"
    records = [p.get_help_record(context) for p in command.get_params(context) if p.name not in COMMON]
    if rows := [(code(name), meaning) for name, meaning in filter(None, records)]:
        yield table(("option", "meaning"), rows)
