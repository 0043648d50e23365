"""Errors from the layers below, as sentences in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

import navette
from navette.control.errors import ForbiddenError
from navette.wording.errors import KNOWN, PHRASES, in_words, sentence

SOURCES = re.sub(
    r'"\s*\n\s*f?"',
    "",
    "\n".join(
        path.read_text(encoding="utf-8")
        for path in Path(navette.__file__).parent.rglob("*.py")
        if path.parts[-2:] != ("wording", "errors.py")
    ),
)


@pytest.mark.parametrize("known", KNOWN)
def test_every_known_sentence_is_one_that_the_code_says(known: Any) -> None:
    for piece in re.split(r"\{\w+\}|3 workers", known):
        assert piece in SOURCES


def with_values(known: Any) -> Any:
    """The sentence with a value for each of its names, and these names."""
    names = re.findall(r"\{(\w+)\}|%\((\w+)\)s", known)
    values = {one or other: f"<{one or other}> 1" for one, other in names}
    return known % values if "%(" in known else known.format(**values), list(values)


@pytest.mark.parametrize("known", KNOWN)
def test_every_known_sentence_is_shown_in_french_with_its_values(known: Any) -> None:
    said, names = with_values(known)
    with override("fr"):
        shown = sentence(said)
    assert shown != sentence(said)
    assert shown[0].isupper() or not shown[0].isalpha()
    for name in names:
        assert f"<{name}> 1" in shown


def test_parts_of_a_sentence_are_shown_in_french_too() -> None:
    said = "files.example.org does not let us enter the directory /nowhere: make the directory, or name another. (No)"
    with override("fr"):
        shown = sentence(said)
    assert "entrer dans le répertoire /nowhere" in shown
    assert "créez le répertoire" in shown
    said = "files.example.org does not let us write a file: give the user the right to do so. (Denied: /x. (y))"
    with override("fr"):
        assert "donnez-en le droit à l’utilisateur. (Denied: /x. (y))" in sentence(said)


@pytest.mark.parametrize("known", PHRASES)
def test_every_known_part_is_one_that_the_code_says(known: Any) -> None:
    for piece in re.split(r"\{\w+\}", known):
        assert piece in SOURCES


def test_what_is_not_known_is_shown_as_it_came() -> None:
    with override("fr"):
        assert sentence(ForbiddenError("something else {0} %s.")) == "Something else {0} %s."


def test_a_very_long_error_is_shown_unchanged() -> None:
    """Trying all of the ways in which it might be a known sentence would take hours."""
    long = "unknown agent '" + "': did you mean '" * 10_000
    assert sentence(long) == f"U{long[1:]}"


PACKAGE = Path(navette.__file__).parent
REACHED = (
    *("automation", "catalogue", "control", "core", "destinations", "engines", "exporting", "formats"),
    *("services", "store", "wording", "work"),
)
"""What runs and deliveries go through: what is raised there may be stored with one, and mailed."""

NOT_REACHED = (
    "core/settings.py",  # where they are wrong, nothing starts
    "services/setup.py",
    "ingesting/load.py",
    "exporting/package",  # of the command line alone
    "control/ssh_keys.py",
    "services/ssh_keys.py",
)


def literal(node: Any) -> Any:
    """A text or f-string of the code with a made-up value in each place; None for what is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "<1>" for part in node.values)
    return None


def errors_in(path: Path) -> Iterator[Any]:
    """The sentences that a module raises, or stores as an error."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        ours = name.endswith("Error") and name not in ("ValueError", "TypeError", "LeaseLostError")
        said = node.args[:2] if ours or name in ("_fail", "_later") else []
        said += [keyword.value for keyword in node.keywords if keyword.arg == "error"]
        for one in said:
            for text in map(literal, (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,)):
                if text and " " in text:
                    yield text


ERRORS = sorted(
    {
        (str(path.relative_to(PACKAGE)), text)
        for part in REACHED
        for path in (PACKAGE / part).rglob("*.py")
        if not str(path.relative_to(PACKAGE)).startswith(NOT_REACHED)
        for text in errors_in(path)
    }
)


def test_the_errors_of_runs_and_deliveries_are_collected() -> None:
    assert len(ERRORS) > 100
    assert ("automation/rights.py", "the task was deleted.") in ERRORS


@pytest.mark.parametrize(("module", "error"), ERRORS)
def test_every_error_that_a_run_or_a_delivery_can_end_with_has_its_french(module: str, error: str) -> None:
    with override("fr"):
        assert in_words(error) != error, f"{module}: add it to error_words.py, and its French"


def test_permissions_in_an_error_are_named_as_the_console_names_them() -> None:
    said = "your role does not permit this: Export data (read_export)."
    with override("fr"):
        shown = in_words(said).replace("\N{NO-BREAK SPACE}", " ")
    assert shown == "votre rôle ne le permet pas : Exporter des données (read_export)."


def test_the_nearest_valid_name_is_suggested_in_french_too() -> None:
    with override("fr"):
        shown = in_words("unknown filter of messages 'colour': did you mean 'channel'?")
    assert shown.startswith("filtre de messages inconnu")
