"""Commands whose modules are imported on first call, so that no command waits for the imports of another."""

import atexit
import gc
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import typer.main
from typer.core import TyperCommand, TyperGroup
from typer.models import TyperInfo


class Deferred(TyperCommand):
    """A command of that name, or a group of commands, that the Typer ``app`` of ``module`` has.

    ``summary`` is what the list of commands says of it: its own help begins with the same words.
    """

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name, help=summary)
        self.module = module

    def load(self) -> Any:
        """The command itself: the module's command of that name, or all of them as a group."""
        group: Any = typer.main.get_group_from_info(
            TyperInfo(_imported(self.module).app, name=self.name),
            pretty_exceptions_short=True,
            suggest_commands=True,
            rich_markup_mode=None,
        )
        return group.commands.get(self.name, group)

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """A context of the command itself: whoever calls it, or completes its options, goes on with that."""
        return self.load().make_context(*arguments, **settings)


class DeferredGroup(TyperGroup):
    """A group that knows the names and the summaries of its ``deferred`` commands."""

    deferred: Iterable[Deferred] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands.update({str(command.name): command for command in self.deferred})


def _imported(name: str) -> Any:
    """The module. What modules bring stays until the end, so the garbage collector is kept from going through it."""
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)  # an extension module warns of objects that nobody could collect
        gc.enable()
