"""The page on the architecture is true: its files and functions exist, and its layers are those of the contract."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "navette"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WALKS = ("Command line to file", "Form to mail", "Slot to server", "Page to service")


def section(title: str) -> str:
    """The text under a heading, up to the next one of the same level."""
    return PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def steps(title: str) -> list[str]:
    """The numbered steps of a walk."""
    return [re.sub(r"\s+", " ", step) for step in re.split(r"^\d+\. +", section(title), flags=re.MULTILINE)[1:]]


def functions_of(path: Path) -> Iterator[str]:
    """The functions that a module defines, methods with their class in front."""
    function = ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, function):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{member.name}" for member in node.body if isinstance(member, function))


STEPS = [(title, step) for title in WALKS for step in steps(title)]


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_has_ten_steps(title: str) -> None:
    assert len(steps(title)) == 10


@pytest.mark.parametrize("step", [step for _, step in STEPS], ids=[f"{title}: {step[:40]}" for title, step in STEPS])
def test_a_step_names_functions_of_the_files_that_it_names(step: str) -> None:
    files = re.findall(r"`([a-z_/]+\.py)`", step)
    assert [name for name in files if not (CODE / name).is_file()] == []
    defined = {function for name in files for function in functions_of(CODE / name)}
    assert [name for name in re.findall(r"`([\w.]+)\(\)`", step) if name not in defined] == []


def layers() -> list[set[str]]:
    """The packages of each level of the import contract, from the top."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    [declared] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return [{name.strip().removeprefix("navette.") for name in level.split("|")} for level in declared]


def test_the_table_has_the_layers_of_the_import_contract() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \|", section("Layers"), flags=re.MULTILINE)
    levels = sorted({int(level) for _, level in rows})
    assert [{name for name, level in rows if int(level) == at} for at in levels] == layers()


def test_the_table_has_every_package() -> None:
    packages = {path.parent.name for path in CODE.glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)` \| \d+ \|", section("Layers"), flags=re.MULTILINE)) == packages
