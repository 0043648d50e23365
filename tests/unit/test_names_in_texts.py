"""A docstring, a comment or a page names only modules, names and files that exist."""

import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "navette"

FORMER = {"jobs", "pages"}
"""Packages that there were: a text that names one is out of date."""

PACKAGES = {path.name for path in CODE.iterdir() if (path / "__init__.py").exists()} | FORMER

DOTTED = re.compile(r"`(?:navette\.)?(?P<name>[a-z_]+(?:\.[A-Za-z_]\w*)+)(?:\(\))?`")
FILE = re.compile(r"`(?P<name>[\w./-]*\.py|[a-z_]+/(?:[a-z_]+/)*)`")

FILES_OF_AN_INSTALLATION = {"control.sqlite3"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


PYTHON = tracked("src/*.py", "tests/*.py", "benchmarks/*.py", "docs/*.py", "scripts/*.py")
PAGES = tracked("docs/*.md", "CONTRIBUTING.md", "README.md")


def prose(path: Path) -> str:
    """What a file tells people: a page, or the docstrings and comments of a module."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return "\n".join(
        token.string
        for token in tokens
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.startswith('"""'))
    )


def dotted_names(path: Path) -> Iterator[str]:
    for found in DOTTED.finditer(prose(path)):
        if found["name"].partition(".")[0] in PACKAGES and found["name"] not in FILES_OF_AN_INSTALLATION:
            yield found["name"]


@cache
def exists(name: str) -> bool:
    """Whether ``package.module.Name.attribute`` can be found."""
    module, _, rest = f"navette.{name}", "", ""
    names: list[str] = []
    while not is_module(module):
        module, _, rest = module.rpartition(".")
        names.insert(0, rest)
        if module == "navette":
            return False
    value: object = import_module(module)
    for part in names:
        if not hasattr(value, part) and part not in getattr(value, "__annotations__", {}):
            return False
        value = getattr(value, part, None)
    return True


def is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("path", [*PYTHON, *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_dotted_name_exists(path: Path) -> None:
    assert [name for name in dotted_names(path) if not exists(name)] == []


ALL = {str(path.relative_to(ROOT)) for path in tracked()}


def is_tracked(name: str) -> bool:
    """Whether a file of that name, or with the end of that path, is in the repository; or a folder that has files."""
    if name.endswith("/"):
        return any(f"/{name}" in f"/{path}" for path in ALL)
    return any(f"/{path}".endswith(f"/{name}") for path in ALL)


@pytest.mark.parametrize("path", [*PYTHON, *PAGES], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_exists(path: Path) -> None:
    found = (match["name"] for match in FILE.finditer(prose(path)))
    named = {name for name in found if name.endswith(".py") or name.partition("/")[0] in PACKAGES}
    assert [name for name in sorted(named) if not is_tracked(name)] == []
