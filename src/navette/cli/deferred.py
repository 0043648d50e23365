"""Commands whose modules are imported on first use, so that no command waits for another's imports."""

import atexit
import gc
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import typer.main
from typer.core import TyperCommand, TyperGroup
from typer.models import TyperInfo


class Deferred(TyperCommand):
    """A command, or a group of commands, in the Typer ``app`` of ``module``.

    ``summary`` is its line in the list of commands; its own help begins with the same words.
    """

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name, help=summary)
        self.module = module

    def load(self) -> Any:
        """Import the module and return its command of this name, or else all of its commands as a group."""
        group: Any = typer.main.get_group_from_info(
            TyperInfo(_imported(self.module).app, name=self.name),
            pretty_exceptions_short=True,
            suggest_commands=True,
            rich_markup_mode=None,
        )
        return group.commands.get(self.name, group)

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """Return a context of the real command, for calling it or completing its options."""
        return self.load().make_context(*arguments, **settings)


class DeferredGroup(TyperGroup):
    """A group that knows only the names and summaries of its ``deferred`` commands."""

    deferred: Iterable[Deferred] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands.update({str(command.name): command for command in self.deferred})


def _imported(name: str) -> Any:
    """Import a module without garbage collection, because modules stay in memory until the end."""
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)  # otherwise an extension module warns of objects that were not collected
        gc.enable()
