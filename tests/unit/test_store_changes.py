"""However small the store's files and vectors are, any changes leave what a dictionary would hold."""

import random
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, QueryBuilder
from hypothesis import example, given, settings
from hypothesis import strategies as st

from navette.core.errors import TryLaterError
from navette.core.types import Kind
from navette.store import Snapshot, Store, TableVersion, relation
from navette.store.delta_log import DeltaLog
from navette.store.layout import SIZES, Sizes
from navette.store.vectors import Vector
from navette.tables import TABLES, Table

CONTENTS, PRESENCE, THREADS = TABLES["contents"], TABLES["presence_times"], TABLES["threads"]
NOON = datetime(2024, 5, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)

MARKED = Sizes(row_group_rows=2, file=1, rewritten=0, projected_rows=1)
"""Two rows a file, which are marked and never written again by a merge."""

sizes = st.builds(
    Sizes,
    row_group_rows=st.integers(1, 3),
    file=st.sampled_from([1, 12_000, SIZES.file]),
    rewritten=st.sampled_from([0, 0, 11_000, SIZES.rewritten]),
    vector=st.sampled_from([0, SIZES.vector]),
    projected_rows=st.integers(1, 4),
)

Row = dict[str, Any]
Step = tuple[str, Any]


def key(n: int) -> str:
    return f"{n:024x}"


def hashed(n: int) -> str:
    """A key that says nothing of its row's time."""
    return f"{n * 0x9E3779B97F4A7C15 % (1 << 96):024x}"


def message(n: int, body: str = "", created: datetime | None = NOON, updated: datetime | None = None) -> Row:
    return {"id": key(n), "created_at": created, "updated_at": updated, "body": body, "thread_id": key(n // 2)}


def read(pinned: TableVersion, **options: Any) -> list[Row]:
    """The rows of a table, each without the fields that are null."""
    with duckdb.connect(config={"threads": 1}) as connection:  # in order
        found = connection.sql(relation(pinned.table, pinned.files, **options)).to_arrow_table().to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in found]


def by_other_programs(store: Store, table: Table) -> set[str]:
    """The keys that deltalake's own reader finds."""
    delta = DeltaTable(str(store.root / table.name))
    found = pa.table(QueryBuilder().register("t", delta).execute(f"SELECT {table.key[0]} AS key FROM t").read_all())
    keys = found["key"].to_pylist()
    assert len(keys) == len(set(keys))
    return set(keys)


def merge(store: Store, table: Table, *rows: Row) -> None:
    store.merge(table, pa.Table.from_pylist(list(rows), table.schema))


def stored(store: Store, table: Table = CONTENTS) -> TableVersion:
    return store.snapshot().tables[table.name]


def apply(store: Store, table: Table, expected: dict[str, Row], step: Step) -> dict[str, Row]:
    """Do a step in the store, and return what a dictionary would then hold."""
    name, given_rows = step
    if name == "merge":
        merge(store, table, *given_rows)
        return merged(table, expected, given_rows)
    if name == "delete":
        assert store.delete(table, [(key,) for key in given_rows]) == len(set(given_rows) & set(expected))
        return {key: row for key, row in expected.items() if key not in given_rows}
    if name == "vacuum":
        store.vacuum(table, keep_hours=0)
    else:
        store.compact(table, thorough=name == "compact")
    return expected


def merged(table: Table, before: dict[str, Row], given_rows: list[Row]) -> dict[str, Row]:
    """The store's rule, one row after the other."""
    after = dict(before)
    for row in given_rows:
        old = after.get(row["id"], {}).get(table.updated or "")
        new = row.get(table.updated or "")
        if old is None or new is None or new >= old:
            after[row["id"]] = row
    return after


def steps(rows: st.SearchStrategy[Row], keys: st.SearchStrategy[str]) -> st.SearchStrategy[list[Step]]:
    batches = st.tuples(st.just("merge"), st.lists(rows, min_size=1, max_size=8))
    deletions = st.tuples(st.just("delete"), st.lists(keys, min_size=1, max_size=3))
    chores = st.tuples(st.sampled_from(["compact", "chore", "vacuum"]), st.none())
    return st.lists(batches | batches | deletions | chores, min_size=1, max_size=7)


def check(root: Path, table: Table, chosen: Sizes, sequence: list[Step]) -> None:
    store, expected = Store(root, chosen), dict[str, Row]()
    pinned: list[tuple[Snapshot, list[Row]]] = []
    for step in sequence:
        expected = apply(store, table, expected, step)
        found = read(stored(store, table))
        wanted = [{name: value for name, value in row.items() if value is not None} for row in expected.values()]
        assert sorted(found, key=lambda row: row["id"]) == sorted(wanted, key=lambda row: row["id"])
        assert stored(store, table).rows == len(wanted)
        pinned = [] if step[0] == "vacuum" else [*pinned, (store.snapshot(), found)]
        assert all(read(snapshot.tables[table.name]) == before for snapshot, before in pinned)
    if (root / table.name).exists():
        assert by_other_programs(store, table) == set(expected)
    shutil.rmtree(root)


times = st.none() | st.sampled_from([NOON - 40 * DAY, NOON, NOON + timedelta(milliseconds=1), NOON + DAY])
few = st.integers(1, 6)


@settings(max_examples=12, deadline=None)
@given(sizes, steps(st.builds(message, few, st.sampled_from("abc"), times, times), few.map(key)))
@example(MARKED, [("merge", [message(n) for n in range(6)]), ("delete", [key(2)]), ("delete", [key(3), key(5)])])
@example(MARKED, [("merge", [message(1), message(2)]), ("merge", [message(1, "b")] * 2), ("chore", None)])
def test_messages(tmp_path_factory: pytest.TempPathFactory, chosen: Sizes, sequence: list[Step]) -> None:
    check(tmp_path_factory.mktemp("store"), CONTENTS, chosen, sequence)


@settings(max_examples=8, deadline=None)
@given(sizes, steps(st.builds(message, few, st.sampled_from("ab"), times, times), few.map(key)))
def test_keys_that_are_hashes(tmp_path_factory: pytest.TempPathFactory, chosen: Sizes, sequence: list[Step]) -> None:
    def rehashed(step: Step) -> Step:
        if step[0] == "merge":
            return "merge", [row | {"id": hashed(int(row["id"], 16))} for row in step[1]]
        return step[0], step[1] and [hashed(int(n, 16)) for n in step[1]]

    check(tmp_path_factory.mktemp("store"), CONTENTS, chosen, [rehashed(step) for step in sequence])


ODD_KEYS = [
    "'",
    '"',
    "a'b",
    "\\",
    "é",
    "\0",
    "\U0001f600",
    "\U00020000",
    "x" * 40,
    "x" * 64,
    "x" * 64 + "y",
    "{}",
    "%",
    " ",
]
odd_keys = st.sampled_from([*ODD_KEYS, "a" * 5_000, "z" * 5_000])


@settings(max_examples=8, deadline=None)
@given(sizes, steps(st.fixed_dictionaries({"id": odd_keys, "state": st.sampled_from("ab")}), odd_keys))
def test_odd_keys_without_any_time(
    tmp_path_factory: pytest.TempPathFactory, chosen: Sizes, sequence: list[Step]
) -> None:
    check(tmp_path_factory.mktemp("store"), PRESENCE, chosen, sequence)


@pytest.mark.parametrize("name", sorted(TABLES.keys() - {"time_sheets"}))  # whose texts have to be hours
def test_rows_of_every_table(store: Store, name: str) -> None:
    """Its fields may be called what DuckDB calls the place of a row, such as the ``filename`` of attachments."""
    table, store = TABLES[name], Store(store.root, MARKED)

    def row(n: int, word: str) -> Row:
        return {field.name: word for field in table.fields if field.type.kind is Kind.TEXT} | dict.fromkeys(
            table.key, key(n)
        )

    def found() -> list[Row]:
        return sorted(read(stored(store, table)), key=lambda row: str(row[table.key[0]]))

    merge(store, table, row(1, key(7)), row(2, key(7)), row(3, key(7)))
    merge(store, table, row(2, key(8)))
    assert found() == [row(1, key(7)), row(2, key(8)), row(3, key(7))]
    assert store.delete(table, [(key(1),) * len(table.key)]) == 1
    assert found() == [row(2, key(8)), row(3, key(7))]


@pytest.mark.parametrize("odd", [*ODD_KEYS, "a" * 10_000, "z" * 10_000])
@pytest.mark.parametrize("others", [("!", "#"), ("~", "zz", "zzz")])
def test_a_row_is_found_by_its_key_whatever_that_is(store: Store, odd: str, others: tuple[str, ...]) -> None:
    store = Store(store.root, Sizes(row_group_rows=2))
    merge(store, PRESENCE, *({"id": id_} for id_ in (odd, *others)))
    merge(store, PRESENCE, {"id": odd, "state": "changed"})
    assert stored(store, PRESENCE).rows == 1 + len(others)
    assert store.delete(PRESENCE, [(odd,)]) == 1


class TestVectors:
    @given(st.sets(st.integers(0, 1 << 33), max_size=50))
    def test_a_vector_has_the_rows_that_it_was_made_of(self, rows: set[int]) -> None:
        vector = Vector.of(rows)
        assert vector.rows.tolist() == sorted(rows)
        assert vector.count == len(rows)

    def test_a_changed_row_marks_its_file_and_costs_a_small_one(self, store: Store) -> None:
        store = Store(store.root, MARKED)
        merge(store, CONTENTS, *(message(n, created=NOON + n * timedelta(seconds=1)) for n in range(4)))
        before = stored(store).files
        merge(store, CONTENTS, message(1, "changed"))
        after = {file.path: file for file in stored(store).files}
        assert [after[file.path].deleted for file in before] == [(1,), ()]
        assert [file.live_rows for file in stored(store).files] == [1, 1, 2]

    def test_a_file_whose_rows_are_all_deleted_goes(self, store: Store) -> None:
        store = Store(store.root, MARKED)
        merge(store, CONTENTS, message(1), message(2), message(3))
        store.delete(CONTENTS, [(key(1),), (key(2),)])
        assert [file.rows for file in stored(store).files] == [1]

    def test_a_file_with_too_large_a_vector_is_written_again(self, store: Store) -> None:
        store = Store(store.root, Sizes(rewritten=0, vector=40))
        merge(store, CONTENTS, *map(message, range(100)))
        store.delete(CONTENTS, [(key(50),)])
        assert [(file.rows, file.deleted) for file in stored(store).files] == [(100, (50,))]
        store.delete(CONTENTS, [(key(n),) for n in range(0, 100, 7)])
        assert [(file.rows, file.deleted) for file in stored(store).files] == [(84, ())]

    def test_a_checkpoint_keeps_them(self, store: Store) -> None:
        store = Store(store.root, MARKED)
        merge(store, CONTENTS, *map(message, range(30)))
        for n in range(12):
            store.delete(CONTENTS, [(key(2 * n),)])
        log = store.root / "contents" / "_delta_log"
        assert [path.name for path in log.glob("*.checkpoint.parquet")] == [f"{10:020}.checkpoint.parquet"]
        assert sorted(row["id"] for row in read(stored(store))) == [key(n) for n in range(30) if n % 2 or n >= 24]
        assert by_other_programs(store, CONTENTS) == {row["id"] for row in read(stored(store))}

    def test_many_files_with_deleted_rows_are_read_in_little_memory(self, store: Store) -> None:
        store = Store(store.root, MARKED)
        merge(store, CONTENTS, *map(message, range(200)))
        store.delete(CONTENTS, [(key(n),) for n in range(0, 200, 2)])
        assert len(stored(store).files) == 100
        with duckdb.connect(config={"threads": 1, "memory_limit": "50MB"}) as connection:
            query = f"SELECT list(id) FROM ({relation(CONTENTS, stored(store).files)})"
            assert connection.execute(query).fetchall() == [([key(n) for n in range(1, 200, 2)],)]

    def test_small_tables_stay_readable_for_programs_without_deletion_vectors(self, store: Store) -> None:
        merge(store, CONTENTS, *map(message, range(30)))
        merge(store, CONTENTS, message(3, "changed"))
        assert DeltaTable(str(store.root / "contents")).protocol().min_reader_version == 1


class TestOthers:
    def test_a_commit_of_another_program_is_never_overwritten(self, store: Store) -> None:
        merge(store, CONTENTS, message(1))
        log = DeltaLog(CONTENTS, DeltaTable(str(store.root / "contents")))
        merge(store, CONTENTS, message(2))
        with pytest.raises(TryLaterError, match="another program wrote the table 'contents'"):
            log.commit("DELETE", map(log.remove, log.pinned.files))
        assert {row["id"] for row in read(stored(store))} == {key(1), key(2)}
        assert not list((store.root / "contents" / "_delta_log").glob("*.tmp"))

    @pytest.mark.parametrize("chosen", [MARKED, SIZES])
    def test_compaction_gives_up_where_a_writer_was_faster(self, store: Store, chosen: Sizes) -> None:
        class Overtaken(Store):
            """A store that another process changes when compaction has read it."""

            def _writing(self, table: Table) -> Any:
                Store(self.root, chosen).delete(CONTENTS, [(key(1),)])
                return super()._writing(table)

        merge(store, CONTENTS, message(1), message(2))
        merge(store, CONTENTS, message(3))
        assert Overtaken(store.root).compact(CONTENTS) == 0
        assert {row["id"] for row in read(stored(store))} == {key(2), key(3)}
        assert store.compact(CONTENTS) == 2
        assert sorted(path.name for path in store.root.iterdir()) == [".contents.lock", "contents"]

    @pytest.mark.parametrize("table", [CONTENTS, PRESENCE])
    def test_what_is_compact_in_several_files_is_left_alone(self, store: Store, table: Table) -> None:
        """Also without any time: by the months of undated messages, and in a table that has no creation."""
        store = Store(store.root, MARKED)
        for first in range(0, 9, 3):
            merge(store, table, *({"id": key(n)} for n in (first + 1, first + 20)))
        assert store.compact(table) == 3
        assert [file.rows for file in stored(store, table).files] == [2, 2, 2]
        assert [row["id"] for row in read(stored(store, table))] == [key(n) for n in (1, 4, 7, 20, 23, 26)]
        assert store.compact(table) == 0

    def test_the_files_of_a_month_stay_in_the_order_of_its_days(self, store: Store) -> None:
        store = Store(store.root, MARKED)
        messages = [message(day, created=NOON.replace(day=day)) for day in range(1, 29)]
        merge(store, CONTENTS, *messages[::2])
        merge(store, CONTENTS, *messages[1::2])
        assert store.compact(CONTENTS) == 14
        assert [row["created_at"].day for row in read(stored(store))] == [*range(1, 29)]
        assert store.compact(CONTENTS) == 0

    def test_a_table_of_an_earlier_version_is_carried_over(self, store: Store) -> None:
        """It had neither bounds of parents nor their names in its properties."""
        earlier = replace(CONTENTS, projections=())
        merge(store, earlier, message(1), message(2))
        store.compact(earlier)
        before = store.snapshot().versions
        assert store.compact(CONTENTS) == 1
        [file] = stored(store).files
        assert (file.least["thread_id"], file.greatest["thread_id"]) == (key(0), key(1))
        assert store.compact(CONTENTS) == 0
        assert len(read(store.snapshot(before).tables["contents"])) == 2


class TestProjections:
    @pytest.fixture
    def projected(self, store: Store) -> Store:
        store = Store(store.root, Sizes(row_group_rows=4, file=1, rewritten=0, projected_rows=2))
        rows = [message(n, created=NOON + n * timedelta(seconds=1)) for n in range(40)]
        random.Random(1).shuffle(rows)
        merge(store, CONTENTS, *rows, message(90, created=NOON) | {"thread_id": None})
        store.compact(CONTENTS)
        return store

    def test_they_have_the_rows_of_their_file_in_the_order_of_the_parent(self, projected: Store) -> None:
        names = ["id", "thread_id"]
        for file in (file for file in stored(projected).files if file.rows > 1):
            assert set(file.projections) == {"thread_id", "intervention_id", "category_ids"}
            through, direct = (
                [tuple(row.values()) for row in read(TableVersion(CONTENTS, 0, (file,)), columns=names, **options)]
                for options in ({"by": "thread_id"}, {"where": "thread_id IS NOT NULL"})
            )
            assert through == sorted(direct, key=lambda row: row[1])

    def test_rows_deleted_later_are_left_out(self, projected: Store) -> None:
        projected.delete(CONTENTS, [(key(n),) for n in range(0, 40, 3)])
        merge(projected, CONTENTS, message(7, "changed") | {"thread_id": key(1)})
        found = read(stored(projected), columns=["id", "thread_id"], by="thread_id", where=f"thread_id = '{key(1)}'")
        assert sorted(row["id"] for row in found) == [key(2), key(7)]

    def test_they_go_with_their_file(self, projected: Store) -> None:
        folder = projected.root / ".projections" / "contents"
        before = set(folder.iterdir())
        projected.delete(CONTENTS, [(key(n),) for n in range(8)])
        projected.vacuum(CONTENTS, keep_hours=0)
        assert set(folder.iterdir()) < before
        wanted = {path for file in stored(projected).files for path in file.projections.values()}
        assert {str(path) for path in folder.iterdir()} == wanted

    def test_a_lost_one_is_made_again(self, projected: Store) -> None:
        shutil.rmtree(projected.root / ".projections")
        assert not any(file.projections for file in stored(projected).files)
        projected.compact(CONTENTS, thorough=False)
        assert any(file.projections for file in stored(projected).files)

    def test_those_of_another_version_with_other_columns_are_not_read(self, projected: Store) -> None:
        first, *others = CONTENTS.projections
        wider = replace(CONTENTS, projections=(replace(first, columns=(*first.columns, "body")), *others))
        assert not any(first.by in file.projections for file in projected.pinned(wider).files)
        projected.compact(wider)
        assert any(first.by in file.projections for file in projected.pinned(wider).files)
        found = read(projected.pinned(wider), columns=["id", "body"], by=first.by, where=f"{first.by} IS NOT NULL")
        assert sorted(row["id"] for row in found) == [key(n) for n in range(40)]
