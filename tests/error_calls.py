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
    """One call: its module, the name that was called, its positional arguments, and its keywords."""

    module: str
    line: int
    called: str
    arguments: tuple[ast.expr, ...]
    named: dict[str, ast.expr]

    @property
    def keywords(self) -> frozenset[str]:
        """The names of its keywords."""
        return frozenset(self.named)

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


def keywords_of(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg or "**": keyword.value for keyword in call.keywords}


TRANSLATIONS = {
    f"{prefix}{name}{suffix}" for prefix in ("", "n", "p", "np") for name in ("gettext",) for suffix in ("", "_lazy")
} | {"_", "gettext_noop"}
"""What turns a text into one language's, at once or when somebody looks at it."""


def translates(expression: ast.expr) -> bool:
    """Whether a call of these is somewhere in the expression."""
    called = [node.func for node in ast.walk(expression) if isinstance(node, ast.Call)]
    return any(getattr(what, "id", getattr(what, "attr", "")) in TRANSLATIONS for what in called)


def joins(expression: ast.expr) -> bool:
    """Whether the expression puts texts together with a separator: ``" and ".join(names)``."""
    called = [node.func for node in ast.walk(expression) if isinstance(node, ast.Call)]
    return any(isinstance(what, ast.Attribute) and what.attr == "join" for what in called)
