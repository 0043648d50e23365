"""A summary says of all rows of a table what they say themselves, whatever happened to them since it was stored."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from navette.catalogue.compile import compile_query
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Fields, Request
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.store import Store, TableVersion, create_summary
from navette.store.layout import Sizes
from navette.tables import TABLES

THREADS = TABLES["threads"]
[VARIABLES] = THREADS.summaries

SMALL = Sizes(row_group_rows=2, file=1, rewritten=0, projected_rows=1)
"""Two rows a file; all files are summarised."""

Step = tuple[str, Any]


def key(n: int) -> str:
    return f"{n:024x}"


def merge(store: Store, variables: dict[int, dict[str, Any]]) -> None:
    rows = [{"id": key(n), "custom_variables": json.dumps(values)} for n, values in variables.items()]
    store.merge(THREADS, pa.Table.from_pylist(rows, THREADS.schema))


def threads(store: Store) -> TableVersion:
    return store.snapshot().tables["threads"]


def summary(stored: TableVersion) -> list[Any]:
    """The rows of the summary: of each variable, whether a value is a whole number, another number, a boolean."""
    with duckdb.connect() as connection:
        create_summary(connection, stored, VARIABLES)
        return sorted(connection.execute(f"FROM {VARIABLES.name}").fetchall())


def of_values(threads: dict[int, dict[str, Any]]) -> list[Any]:
    values = [(name, value) for values in threads.values() for name, value in values.items() if value is not None]
    return sorted({(name, type(v) is int, type(v) in (int, float), type(v) is bool) for name, v in values})


few = st.integers(1, 6)
values = st.dictionaries(st.sampled_from("ab"), st.sampled_from([1, 1.5, True, "text", None]), max_size=2)
steps = st.lists(
    st.tuples(st.just("merge"), st.dictionaries(few, values, min_size=1, max_size=4))
    | st.tuples(st.just("delete"), st.lists(few, min_size=1, max_size=2))
    | st.tuples(st.sampled_from(["chore", "compact"]), st.none()),
    min_size=1,
    max_size=7,
)


@settings(max_examples=10, deadline=None)
@given(steps)
@example([("merge", {1: {"a": 1}, 2: {"a": "x"}}), ("chore", None), ("delete", [2])])
@example([("merge", {1: {"a": 1}, 2: {}}), ("chore", None), ("merge", {2: {"b": True}}), ("chore", None)])
@example([("merge", {1: {}}), ("chore", None), ("delete", [1]), ("chore", None)])
def test_what_rows_say(tmp_path_factory: pytest.TempPathFactory, sequence: list[Step]) -> None:
    root = tmp_path_factory.mktemp("store")
    store, expected, pinned = Store(root, SMALL), dict[int, dict[str, Any]](), []
    for name, given_rows in sequence:
        if name == "merge":
            merge(store, given_rows)
            expected |= given_rows
        elif name == "delete":
            store.delete(THREADS, [(key(n),) for n in given_rows])
            expected = {n: row for n, row in expected.items() if n not in given_rows}
        else:
            store.compact(THREADS, thorough=name == "compact")
        pinned.append((threads(store), of_values(expected)))
        assert all(summary(stored) == wanted for stored, wanted in pinned)
    shutil.rmtree(root)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store", SMALL)
    merge(store, {n: {"a": n} for n in range(6)})
    store.compact(THREADS)
    return store


def test_stored_summaries_are_read_in_place_of_the_rows(store: Store) -> None:
    stored, wanted = threads(store), summary(threads(store))
    for file in stored.files:
        Path(file.path).unlink()
    assert summary(stored) == wanted == [("a", True, True, False)]


def test_the_rows_are_read_where_a_summary_is_lost(store: Store) -> None:
    wanted = summary(threads(store))
    shutil.rmtree(store.root / ".summaries")
    assert summary(threads(store)) == wanted
    store.compact(THREADS, thorough=False)
    assert (store.root / ".summaries").exists()


def test_a_summary_of_an_earlier_version_with_other_columns_is_not_read(store: Store) -> None:
    path, wanted = store.root / ".summaries" / f"{VARIABLES.name}.parquet", summary(threads(store))
    with duckdb.connect() as connection:
        earlier = connection.sql(f"SELECT sha256(file) AS file, [{{'other': 1}}] AS rows FROM '{path}'")
        parquet.write_table(earlier.to_arrow_table(), path)
    assert summary(threads(store)) == wanted
    store.compact(THREADS, thorough=False)
    assert summary(threads(store)) == wanted


def test_small_tables_have_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    merge(store, {1: {"a": 1}})
    store.compact(THREADS)
    assert not (store.root / ".summaries").exists()


def test_the_columns_of_an_export_follow_them(store: Store) -> None:
    engine = DuckDBEngine(store.snapshot(), Settings(home=store.root.parent))
    query = compile_query(EXPORTS["threads"], Request("threads", fields=Fields(all=True)), engine.ask)
    assert [column.type.name for column in query.columns if column.name == "a"] == ["Integer"]
