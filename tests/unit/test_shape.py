"""The shape of the code: how long functions and modules are, and what no tracked file says.

A line counts where a function's statements stand, without its docstring, its decorators and its signature. Complexity
is ruff's (C901), limited in pyproject.toml.
"""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "navette"
MIGRATIONS = SOURCE / "control" / "migrations"

MEDIAN, NINE_IN_TEN, LONGEST_FUNCTION, LONGEST_MODULE = 7, 20, 60, 500

SHORT = 40
"""A module of fewer lines stands alone only for a reason that is listed below."""

_EXPORT = "each export has a module of its own"
_DJANGO = "Django looks for it there"
_LOWEST = "several layers share it, and it belongs to none of them"

SHORT_MODULES = {
    "core/foreign_words.py": "destinations and connectors quote others, and may not import each other",
    "__main__.py": "python -m navette",
    "catalogue/exports/attachments.py": _EXPORT,
    "catalogue/exports/identity_groups.py": _EXPORT,
    "catalogue/exports/presence_status.py": _EXPORT,
    "catalogue/exports/reply_assistant_entry_groups.py": _EXPORT,
    "catalogue/exports/reply_assistant_sentences.py": _EXPORT,
    "catalogue/words.py": "reads translations, which commands in English do not need",
    "cli/plain_values.py": "replaces a part of typer, and goes once typer needs it no more",
    "cli/progress.py": "the only part of the command line that draws",
    "connectors/files/opened.py": "all readers of files share it",
    "connectors/files/parquet.py": "each kind of file has a module of its own",
    "control/actor.py": "all services take it",
    "control/apps.py": _DJANGO,
    "control/versions.py": "the worker and the command line share it",
    "control/errors.py": "raised by services and shown by the console and the command line",
    "control/ids.py": "models and migrations share it",
    "control/models/journal.py": "each group of models has a module of its own",
    "control/password_tokens.py": "allauth imports it by its name in the settings",
    "control/sessions.py": "services and the console share it",
    "control/sign_in_addresses.py": "settings and services share it",
    "core/alphabetical.py": _LOWEST,
    "core/arrow.py": _LOWEST,
    "core/columns.py": _LOWEST,
    "core/kinds.py": _LOWEST,
    "core/rows.py": _LOWEST,
    "core/sql.py": _LOWEST,
    "demo/object_ids.py": "all tables of the demo domain share it",
    "demo/roles.py": "each table of the demo domain has a module of its own",
    "destinations/email/kind.py": "each destination declares its kind in a module of that name",
    "formats/lines.py": "all formats of lines share it",
    "services/profile.py": "each page's services have a module of their own",
    "services/stored_data.py": "the store is no other page's or command's",
    "site/urls.py": _DJANGO,
    "site/start.py": "starts Django, which no other module may do on import",
    "site/wsgi.py": _DJANGO,
    "web/account/password_links.py": "both the sign-in and the administration's pages send them",
    "web/account/sessions.py": _DJANGO,
    "web/apps.py": _DJANGO,
    "web/account/urls.py": _DJANGO,
    "web/automation/urls.py": _DJANGO,
    "web/exports/urls.py": _DJANGO,
    "web/runs/urls.py": _DJANGO,
    "web/settings/urls.py": _DJANGO,
    "wording/errors.py": "how errors are shown, whoever raised them",
    "work/presence.py": "the worker writes it, and the console reads it",
}

HERE = r"(?<![\w.])/(?:work/|tmp/wt\b|opt/pypi)"
"""Folders of one machine, of which no file may tell."""


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines its statements take, from the first to the last, without the docstring."""
    statements = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


@pytest.fixture(scope="module")
def functions() -> dict[str, int]:
    """The lines of every function but those of migrations, by its place."""
    return {
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}": body_lines(node)
        for path in SOURCE.rglob("*.py")
        if MIGRATIONS not in path.parents
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.fixture(scope="module")
def modules() -> dict[str, int]:
    """The lines of every module but migrations."""
    return {
        str(path.relative_to(SOURCE)): len(path.read_text(encoding="utf-8").splitlines())
        for path in SOURCE.rglob("*.py")
        if MIGRATIONS not in path.parents
    }


def test_most_functions_are_short(functions: dict[str, int]) -> None:
    lines = sorted(functions.values())
    assert statistics.median(lines) <= MEDIAN
    assert lines[len(lines) * 9 // 10] <= NINE_IN_TEN


def test_no_function_is_long(functions: dict[str, int]) -> None:
    assert {place: lines for place, lines in functions.items() if lines > LONGEST_FUNCTION} == {}


def test_no_module_is_long(modules: dict[str, int]) -> None:
    assert {path: lines for path, lines in modules.items() if lines > LONGEST_MODULE} == {}


def test_no_module_of_tests_is_long() -> None:
    tests = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py")}
    assert {path: lines for path, lines in tests.items() if lines > LONGEST_MODULE} == {}


def test_a_short_module_has_a_reason(modules: dict[str, int]) -> None:
    """What fills a package's ``__init__.py`` is its public face, however short."""
    short = {path for path, lines in modules.items() if lines < SHORT and Path(path).name != "__init__.py"}
    assert short - SHORT_MODULES.keys() == set(), "merge them with what they belong to, or list the reason above"
    assert SHORT_MODULES.keys() - short == set(), "they have grown or gone: remove them from the list above"


def test_no_file_reveals_where_it_was_written() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a clone")
    telling = set()
    for name in filter(None, tracked.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and re.search(HERE, path.read_bytes().decode("utf-8", "replace")):
            telling.add(name)
    assert telling == set()
