"""What filters can be set to: every filter's values come from the data, and each of them finds something."""

from typing import Any

import pytest

from navette.catalogue.compile import compile_query
from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Request
from navette.core.alphabetical import folded
from navette.core.errors import RequestError
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.exporting.choices import Choice, filter_choices

FILTERS = [(export, name) for export in EXPORTS.values() for name in export.filters]


@pytest.mark.parametrize(("export", "name"), FILTERS, ids=lambda one: getattr(one, "name", one))
def test_every_filter_has_choices_and_one_of_them_finds_rows(
    demo: Settings, engine: DuckDBEngine, export: Export, name: str
) -> None:
    found = filter_choices(export, name, demo)
    assert found
    assert len({choice.value for choice in found}) == len(found)
    asked = Request(export.name, filters={name: tuple(choice.value for choice in found)})
    assert engine.count(compile_query(export, asked, engine.ask)) > 0


def test_categories_stand_below_their_parents(demo: Settings, engine: DuckDBEngine) -> None:
    found = filter_choices(EXPORTS["messages"], "category", demo)
    parents: dict[str, Any] = {str(id_): parent for id_, parent in engine.ask("SELECT id, parent_id FROM categories")}
    above: list[str] = []
    for choice in found:
        above = [*above[: choice.depth], choice.value]
        assert parents[choice.value] == (above[choice.depth - 1] if choice.depth else None)
    assert {choice.value for choice in found} == parents.keys()


def test_names_are_those_that_people_know(demo: Settings) -> None:
    agents = filter_choices(EXPORTS["messages"], "agent", demo)
    assert all(" " in choice.label for choice in agents)
    assert [choice.label for choice in agents] == sorted((c.label for c in agents), key=folded)
    assert filter_choices(EXPORTS["threads"], "status", demo) == (
        Choice("closed", "closed"),
        Choice("opened", "opened"),
    )


def test_an_unknown_filter_is_refused_with_its_nearest(demo: Settings) -> None:
    with pytest.raises(RequestError, match="did you mean 'category'"):
        filter_choices(EXPORTS["messages"], "categorie", demo)
