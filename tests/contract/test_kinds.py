"""A kind is declared in one place: code outside its file names it nowhere, so that a new one needs no other change."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import navette
from navette.formats import COMPRESSIONS, FORMATS

CODE = Path(navette.__file__).parent


def texts(*but: str) -> Iterator[tuple[str, str]]:
    """Each text of the code with its place; not that of the parts ``but``, of migrations, or of docstrings."""
    for path in sorted(CODE.rglob("*.py")):
        place = path.relative_to(CODE)
        if "migrations" not in place.parts and not any(str(place).startswith(part) for part in but):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value, f"{place}:{node.lineno}"


def named(names: Iterable[str], *but: str) -> list[str]:
    return [place for text, place in texts(*but) if text in names]


@pytest.mark.parametrize("name", FORMATS)
def test_no_code_outside_a_formats_own_names_it(name: str) -> None:
    # Files that are read, or kept in the store, are of formats that are written too.
    assert named([name, f".{FORMATS[name].extension}"], "formats/", "connectors/", "store/") == []


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_no_code_outside_names_an_extension_of_compressed_files(name: str) -> None:
    assert named([f".{COMPRESSIONS[name].extension}"], "formats/", "connectors/") == []
