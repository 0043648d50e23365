"""The journal in words: whatever the code records has a label, and values are written as people write them."""

import ast
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from navette.catalogue.exports import EXPORTS
from navette.wording.events import DETAILS, EVENTS, event_in_words
from navette.wording.reader import Reader, current_reader

CODE = Path(__file__).parents[2] / "src" / "navette"
CALLS = ("record", "_journal")


def is_call(node: Any, *names: str) -> Any:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


@cache
def recordings() -> Any:
    """Every call that records an event, with the module and the function that it stands in."""
    modules = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(CODE.rglob("*.py"))]
    functions = [(module, one) for module in modules for one in ast.walk(module) if isinstance(one, ast.FunctionDef)]
    return [
        (module, function, node)
        for module, function in functions
        for node in ast.walk(function)
        if is_call(node, *CALLS)
    ]


def names() -> set[str]:
    """The names of events: in the calls, dots and all; a call of ``_journal`` may choose between two."""
    texts = [part for _, _, call in recordings() for one in call.args for part in ast.walk(one)]
    return {str(one.value) for one in texts if isinstance(one, ast.Constant) and "." in str(one.value)}


def keys(node: ast.AST, module: ast.AST, function: ast.AST) -> set[str]:
    """The keys of a mapping that stands in the code in so many words. Raises LookupError where it does not."""

    def of(inner: ast.AST) -> set[str]:
        return keys(inner, module, function)

    match node:
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return set().union(*({ast.literal_eval(key)} if key else of(value) for key, value in pairs))
        case ast.IfExp():
            return of(node.body) | of(node.orelse)
        case ast.DictComp():
            return of(node.generators[0].iter)
        case ast.Tuple():
            return {ast.literal_eval(one) for one in node.elts}
        case ast.Call(func=ast.Attribute(value=mapping, attr="items")):
            return of(mapping)
        case ast.Call(func=ast.Name(id=name)):
            called = next(one for one in ast.walk(module) if isinstance(one, ast.FunctionDef) and one.name == name)
            found = [
                keys(one.value, module, called) for one in ast.walk(called) if isinstance(one, ast.Return) and one.value
            ]
            return set().union(*found)
        case ast.Name(id=name):
            values = [
                one.value
                for one in ast.walk(function)
                if isinstance(one, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in one.targets)
            ]
            if values:
                return set().union(*map(of, values))
    raise LookupError(ast.unparse(node))


def details() -> Any:
    """The keys of the details of every event."""
    found: set[str] = set()
    for module, function, call in recordings():
        for one in call.keywords:
            found |= {one.arg} if one.arg else keys(one.value, module, function)
    return found


def test_every_event_that_is_recorded_has_a_label() -> None:
    assert {"session.created", "preset.updated", "export.previewed"} <= names()
    assert names() - EVENTS.keys() == set()


def test_every_detail_that_is_recorded_has_a_label() -> None:
    # One of each way to give them: named, in a dictionary, chosen, made by a function, made from what is there.
    assert {"what", "recipient", "part", "sha256", "filters"} <= details()
    assert details() - DETAILS.keys() == set()


@pytest.mark.parametrize(
    ("language", "label", "value"),
    [
        ("en", "filters", "Channel: a, b · Status: open"),
        ("fr", "filtres", "Groupe de canaux\u00a0: a, b · Statut\u00a0: open"),
    ],
)
def test_filters_are_called_as_in_the_panel(language: str, label: str, value: str) -> None:
    with override(language):
        assert list(event_in_words({"filters": {"channel": ["a", "b"], "status": ["open"]}}, current_reader())) == [
            (label, value)
        ]


def test_a_slot_is_an_instant_as_people_write_it() -> None:
    assert list(event_in_words({"slot": "2026-11-28T19:41:34+00:00"}, Reader("fr", ZoneInfo("Europe/Paris")))) == [
        ("slot", "28 nov. 2026, 20:41")
    ]


@pytest.mark.parametrize("name", sorted({name for export in EXPORTS.values() for name in export.times}))
def test_times_are_called_as_in_the_panel(name: str) -> None:
    ((label, value),) = event_in_words({"by": name}, current_reader())
    assert label == "filtered by"
    assert value != name
