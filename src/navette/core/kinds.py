"""A table of kinds, each imported on first use: a CSV export needs no spreadsheet library."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

Declared = TypeVar("Declared")


class Kinds(Mapping[str, Declared], Generic[Declared]):
    """The instances of classes by name; ``classes`` gives each class as ``package.module:Class``."""

    def __init__(self, classes: Mapping[str, str]) -> None:
        self.classes = dict(classes)
        self._instances: dict[str, Declared] = {}

    def __getitem__(self, name: str) -> Declared:
        if name not in self._instances:
            module, _, class_name = self.classes[name].partition(":")
            self._instances[name] = cast(Declared, getattr(import_module(module), class_name)())
        return self._instances[name]

    def __contains__(self, name: object) -> bool:
        return name in self.classes

    def __iter__(self) -> Iterator[str]:
        return iter(self.classes)

    def __len__(self) -> int:
        return len(self.classes)
