"""A kind is declared in one place: code outside its file names it nowhere, so that a new one needs no other change."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import navette
from navette.catalogue.export import Prerequisite
from navette.catalogue.exports import EXPORTS
from navette.control.permissions import PERMISSIONS
from navette.formats import COMPRESSIONS, FORMATS
from navette.work.run_export import PREREQUISITES

CODE = Path(navette.__file__).parent


@cache
def texts() -> list[tuple[str, str]]:
    """Each text of the code with its place; not those of migrations."""
    return [
        (node.value, f"{path.relative_to(CODE)}:{node.lineno}")
        for path in sorted(CODE.rglob("*.py"))
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def named(names: Iterable[str], *but: str) -> list[str]:
    """Where the code names one of them, but for the parts ``but``."""
    return [place for text, place in texts() if text in names and not place.startswith(but)]


@pytest.mark.parametrize("name", FORMATS)
def test_no_code_outside_a_formats_own_names_it(name: str) -> None:
    # Files that are read, or kept in the store, are of formats that are written too.
    assert named([name, f".{FORMATS[name].extension}"], "formats/", "connectors/", "store/") == []


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_no_code_outside_names_an_extension_of_compressed_files(name: str) -> None:
    assert named([f".{COMPRESSIONS[name].extension}"], "formats/", "connectors/") == []


def decided_by(tree: ast.AST) -> Iterator[ast.expr]:
    """The expressions that a program compares with, or looks an export up by."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from (node.left, *node.comparators)
        if isinstance(node, ast.MatchValue):
            yield node.value
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("EXPORTS"):
            yield node.slice


def test_no_code_outside_an_exports_own_decides_by_its_name() -> None:
    # As names of tables and of addresses the same words are fine.
    found = []
    for path in sorted(CODE.rglob("*.py")):
        if path.parent != CODE / "catalogue" / "exports":
            for expression in decided_by(ast.parse(path.read_text(encoding="utf-8"))):
                constants = [node.value for node in ast.walk(expression) if isinstance(node, ast.Constant)]
                found += [f"{path.relative_to(CODE)}: {value}" for value in constants if value in EXPORTS]
    assert found == []


def test_each_export_declares_a_permission_that_exists() -> None:
    assert {export.permission for export in EXPORTS.values()} - {None} <= set(PERMISSIONS)


def test_the_worker_knows_how_to_meet_each_prerequisite() -> None:
    assert set(PREREQUISITES) == set(Prerequisite)
