"""Counting by a filter gives as many rows as the export has, through projections by element and around deleted rows."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from navette.catalogue.compile import compile_query
from navette.catalogue.exports import EXPORTS
from navette.catalogue.query import Query
from navette.catalogue.request import Fields, Request
from navette.core.settings import Settings
from navette.core.windows import OPEN, Window
from navette.engines import DuckDBEngine
from navette.store import Store
from navette.store.layout import Sizes
from navette.tables import TABLES

CONTENTS = TABLES["contents"]
START = datetime(2024, 1, 1, tzinfo=UTC)
CATEGORIES = [f"{number:024x}" for number in range(5)]
LISTS = [None, [], CATEGORIES[:1], [CATEGORIES[1], CATEGORIES[1]], CATEGORIES[:3], [None, CATEGORIES[4]]]
WINDOW = Window(START + timedelta(days=5), START + timedelta(days=40))


def message(number: int) -> dict[str, object]:
    dice = random.Random(number)
    return {
        "id": f"{number:024x}",
        "created_at": START + timedelta(hours=number),
        "category_ids": dice.choice(LISTS),
        "status": dice.choice(["New", "Replied"]),
        "type": "text",
    }


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> DuckDBEngine:
    """Messages of two months: large files with projections, one of them with deleted rows, and a small one."""
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    store = Store(settings.store, Sizes(row_group_rows=64, projected_rows=100, rewritten=0))
    store.merge(CONTENTS, pa.Table.from_pylist([message(number) for number in range(1_300)], CONTENTS.schema))
    store.compact(CONTENTS)
    store.delete(CONTENTS, [(f"{number:024x}",) for number in range(30, 40)])
    store.merge(CONTENTS, pa.Table.from_pylist([message(number) for number in range(1_300, 1_310)], CONTENTS.schema))
    files = store.snapshot().tables["contents"].files
    assert {("category_ids" in file.projections, file.vector is not None) for file in files} == {
        (True, True),
        (True, False),
        (False, False),
    }
    return DuckDBEngine(store.snapshot(), settings)


def query(window: Window, filters: dict[str, tuple[str, ...]]) -> Query:
    request = Request("messages", window, filters=filters, fields=Fields(only=("id",)))
    return compile_query(EXPORTS["messages"], request, lambda _: [])


@pytest.mark.parametrize("window", [OPEN, WINDOW], ids=["all", "days"])
@pytest.mark.parametrize(
    "filters",
    [
        *({"category": (category,)} for category in CATEGORIES),
        {"category": tuple(CATEGORIES[:2])},
        {"category": tuple(CATEGORIES), "status": ("Replied", "New"), "type": ("text",)},
        {"category": (CATEGORIES[1],), "status": ("New",)},
        {"status": ("New",)},
        {"category": ("f" * 24,)},
    ],
    ids=str,
)
def test_a_count_is_the_number_of_rows(
    engine: DuckDBEngine, window: Window, filters: dict[str, tuple[str, ...]]
) -> None:
    compiled = query(window, filters)
    assert engine.count(compiled) == sum(batch.num_rows for batch in engine.rows(compiled).batches())


def test_only_elements_of_the_rows_own_lists_are_read_from_projections() -> None:
    by_one = query(OPEN, {"category": (CATEGORIES[0],), "status": ("New",)}).counted().element
    assert by_one is not None
    assert by_one.column == "category_ids"
    assert by_one.read == {"category_ids", "status"}
    assert query(OPEN, {"category": tuple(CATEGORIES[:2])}).counted().element is not None
    assert query(OPEN, {"team": (CATEGORIES[0],)}).counted().element is None
    assert query(OPEN, {}).counted().element is None


def test_a_file_whose_last_day_is_the_last_of_all_days_is_counted(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    store, last = Store(settings.store), datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
    table = TABLES["identities"]
    rows = [{"id": f"{number:024x}", "created_at": at} for number, at in enumerate((START, START, last))]
    store.merge(table, pa.Table.from_pylist(rows, table.schema))
    request = Request("identities", Window(START, START + timedelta(days=1)), fields=Fields(only=("id",)))
    compiled = compile_query(EXPORTS["identities"], request, lambda _: [])
    assert DuckDBEngine(store.snapshot(), settings).count(compiled) == 2
