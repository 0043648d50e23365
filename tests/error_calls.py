"""The calls in the code that make an error or a message, and the names by which Babel finds their templates."""

import ast
from dataclasses import dataclass
from pathlib import Path

import navette

PACKAGE = Path(navette.__file__).parent
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def error_classes() -> set[str]:
    """The names of NavetteError and of all classes that derive from it."""
    bases: dict[str, set[str]] = {
        node.name: {getattr(base, "id", getattr(base, "attr", "")) for base in node.bases}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found, more = set[str](), {"NavetteError"}
    while more:
        found |= more
        more = {name for name, above in bases.items() if above & found} - found
    return found


ERRORS = tuple(sorted(error_classes() - {"HostKeyChangedError"}))
"""HostKeyChangedError words itself."""

ATTRIBUTES = {"code", "too_large"}
"""Keywords of errors that are no values of their message."""


@dataclass(frozen=True)
class Call:
    """One call: its module, the name that was called, its positional arguments, and the names of its keywords."""

    module: str
    line: int
    called: str
    arguments: tuple[ast.expr, ...]
    keywords: frozenset[str]

    @property
    def templates(self) -> list[str]:
        """The texts that are written out where templates stand."""
        forms = self.arguments[: 2 if self.called == "plural" else 1]
        return [form.value for form in forms if isinstance(form, ast.Constant) and isinstance(form.value, str)]

    @property
    def values(self) -> frozenset[str]:
        """The names of the values that the templates get."""
        counted = frozenset({"count"} if self.called == "plural" else ())
        return self.keywords - ATTRIBUTES | counted


def calls_of(*names: str) -> list[Call]:
    """The calls of those names in the whole package."""
    return [
        Call(str(path.relative_to(PACKAGE)), node.lineno, called, tuple(node.args), keywords_of(node))
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (called := getattr(node.func, "id", getattr(node.func, "attr", ""))) in names
    ]


def keywords_of(call: ast.Call) -> frozenset[str]:
    return frozenset(keyword.arg or "**" for keyword in call.keywords)
