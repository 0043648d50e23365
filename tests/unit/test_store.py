"""The store: merges by key, rejects bad rows, survives other writers and kills, compacts, vacuums."""

import contextlib
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from navette.core.errors import ConfigurationError
from navette.store import DataFile, Merged, Store, compaction
from navette.store import relation as stored_rows
from navette.store.data_files import write_batches
from navette.store.store import REJECTED
from navette.tables import TABLES, Table

CONTENTS, AGENTS, PERMISSIONS, EVENTS = (TABLES[name] for name in ("contents", "agents", "agent_permissions", "events"))
NOON = datetime(2024, 5, 31, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def key(n: int) -> str:
    return f"{n:024x}"


def rows(table: Table, *given: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(given), table.schema)


def message(n: int, body: str = "", created: datetime | None = NOON, updated: datetime | None = None) -> dict[str, Any]:
    return {"id": key(n), "created_at": created, "updated_at": updated, "body": body}


def relation(query: str, **params: Any) -> duckdb.DuckDBPyRelation:
    """The result of a query that has one."""
    result = duckdb.sql(query, params=params or None)
    assert result is not None
    return result


def read(store: Store, table: Table) -> list[Any]:
    """The stored rows in the store's order, without the fields that are null."""
    query = stored_rows(table, store.snapshot().tables[table.name].files)
    found = relation(query).to_arrow_table().to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in found]


def bodies(store: Store) -> dict[int, str]:
    """The stored messages: number and body."""
    found = [(int(row["id"], 16), row["body"]) for row in read(store, CONTENTS)]
    assert len(found) == len(dict(found)), "a key is stored twice"
    return dict(found)


def version(store: Store, table: Table) -> int:
    return store.snapshot().versions[table.name]


class TestMerge:
    def test_new_rows_are_inserted_and_given_again_change_nothing(self, store: Store) -> None:
        given_rows = rows(CONTENTS, message(1, "a", updated=NOON), message(2, "b"), message(3, "c", created=None))
        assert store.merge(CONTENTS, given_rows) == Merged(inserted=3)
        first = version(store, CONTENTS)
        assert store.merge(CONTENTS, given_rows) == Merged(unchanged=3)
        assert store.merge(CONTENTS, given_rows.slice(1)) == Merged(unchanged=2)
        assert version(store, CONTENTS) == first
        assert bodies(store) == {1: "a", 2: "b", 3: "c"}

    def test_no_rows_make_no_table(self, store: Store) -> None:
        assert store.merge(CONTENTS, rows(CONTENTS)) == Merged()
        assert list(store.info()) == []

    @pytest.mark.parametrize(
        ("stored", "given_time", "left"),
        [
            (NOON, NOON + HOUR, "given"),
            (NOON, NOON, "given"),  # a tie: the later load
            (NOON, NOON - HOUR, "stored"),
            (NOON, None, "given"),  # not known to be earlier
            (None, NOON, "given"),
            (None, None, "given"),
        ],
    )
    @pytest.mark.parametrize("together", [False, True])
    def test_the_last_update_wins(
        self, store: Store, stored: datetime | None, given_time: datetime | None, left: str, together: bool
    ) -> None:
        before, after = message(1, "stored", updated=stored), message(1, "given", updated=given_time)
        for batch in [(before, after)] if together else [(before,), (after,)]:
            store.merge(CONTENTS, rows(CONTENTS, *batch))
        assert bodies(store) == {1: left}

    def test_without_an_update_time_the_later_load_wins(self, store: Store) -> None:
        for name in ("first", "second"):
            store.merge(EVENTS, rows(EVENTS, {"id": key(1), "name": "x"}, {"id": key(1), "name": name}))
        assert read(store, EVENTS) == [{"id": key(1), "name": "second"}]

    def test_a_key_of_two_fields(self, store: Store) -> None:
        def permission(user: int, source: int, **may: Any) -> dict[str, Any]:
            return {"user_id": key(user), "source_id": key(source), **may}

        store.merge(PERMISSIONS, rows(PERMISSIONS, permission(1, 1, read=True), permission(1, 2), permission(2, 1)))
        changed = store.merge(PERMISSIONS, rows(PERMISSIONS, permission(1, 1, read=False), permission(2, 2)))
        assert changed == Merged(inserted=1, updated=1)
        assert len(read(store, PERMISSIONS)) == 4
        assert permission(1, 1, read=False) in read(store, PERMISSIONS)
        assert store.delete(PERMISSIONS, [(key(1), key(1)), (key(2), key(3))]) == 1
        assert len(read(store, PERMISSIONS)) == 3

    def test_a_row_whose_creation_moves_to_another_month_moves_along(self, store: Store) -> None:
        store.merge(CONTENTS, rows(CONTENTS, message(1, "a"), message(2, "b", created=None)))
        moved = [message(1, "a", created=NOON + DAY), message(2, "b", created=NOON), message(3, "c")]
        assert store.merge(CONTENTS, rows(CONTENTS, *moved)) == Merged(inserted=1, updated=2)
        assert bodies(store) == {1: "a", 2: "b", 3: "c"}
        months = {Path(file.path).parent.name: file.rows for file in store.snapshot().tables["contents"].files}
        assert months == {"created_month=2024-05": 2, "created_month=2024-06": 1}

    def test_months_are_those_of_utc(self, store: Store) -> None:
        late = {"id": [key(1)], "created_at": ["2024-05-31T23:30:00-02:00"]}
        store.merge(CONTENTS, pa.table(late))
        (file,) = store.snapshot().tables["contents"].files
        assert Path(file.path).parent.name == "created_month=2024-06"

    def test_large_loads_are_stored_in_time_order(self, store: Store) -> None:
        """More rows than the engine hands over in one piece: the writer writes several pieces as they come."""
        count = 150_000
        numbers = pa.array(range(count))
        created = pa.array(
            [1_714_521_600_000_000 + (n * 7_919) % count for n in range(count)], pa.timestamp("us", "UTC")
        )
        ids = relation("SELECT printf('%024x', range) AS id FROM range(150000)").to_arrow_table()["id"]
        assert store.merge(EVENTS, pa.table({"id": ids, "created_at": created})).inserted == len(numbers)
        (file,) = store.snapshot().tables["events"].files
        query = "SELECT bool_and(created_at > before) FROM (SELECT created_at, lag(created_at) OVER () AS before FROM "
        assert relation(f"{query} read_parquet('{file.path}'))").fetchall() == [(True,)]

    def test_merged_counts_add_up(self) -> None:
        assert Merged(1, 2, 3, 4) + Merged(10, 20, 30, 40) == Merged(11, 22, 33, 44)


class TestReject:
    def test_bad_rows_are_kept_with_table_origin_reason_and_row(self, store: Store) -> None:
        given_rows = pa.table({"id": [key(1), "x", None], "created_at": ["2024-05-31", None, "soon"]})
        assert store.merge(CONTENTS, given_rows, origin="contents.csv") == Merged(inserted=1, rejected=2)
        kept = [{**row, "id": len(row["id"])} for row in read(store, REJECTED)]
        common = {"id": 24, "table_name": "contents", "origin": "contents.csv"}
        assert sorted(kept, key=lambda row: row["reason"]) == [
            {**common, "reason": "id: missing", "row": '{"id":null,"created_at":"soon"}'},
            {**common, "reason": "id: not an id of 24 hexadecimal digits", "row": '{"id":"x","created_at":null}'},
        ]

    def test_the_same_bad_rows_again_are_kept_once(self, store: Store) -> None:
        bad = pa.table({"id": ["x", "y", "x"]})
        assert store.merge(CONTENTS, bad).rejected == 3
        first = version(store, REJECTED)
        assert store.merge(CONTENTS, bad).rejected == 3
        assert version(store, REJECTED) == first
        assert len(read(store, REJECTED)) == 2
        store.merge(CONTENTS, bad, origin="elsewhere")
        store.merge(AGENTS, bad)
        assert len(read(store, REJECTED)) == 6

    def test_what_connectors_refuse_is_kept_too(self, store: Store) -> None:
        origins, reasons = ["contents.csv, row 2", "contents.csv, row 3"], ["it has 3 cells"] * 2
        bad = pa.table({"origin": origins, "reason": reasons, "row": ["a,b,c", ""]})
        assert store.reject("contents", bad) == 2
        assert sorted((row["origin"], row["row"]) for row in read(store, REJECTED)) == [
            ("contents.csv, row 2", "a,b,c"),
            ("contents.csv, row 3", ""),
        ]
        assert store.reject("contents", bad.slice(0, 0)) == 0

    def test_any_mess_stops_nothing_and_loses_nothing(self, store: Store) -> None:
        dice = random.Random(1)
        mess = [bytes(dice.randrange(256) for _ in range(dice.randrange(30))) for _ in range(150)]
        names = CONTENTS.schema.names
        given_rows = pa.table({name: pa.array(dice.sample(mess, 150), pa.binary()) for name in names})
        merged = store.merge(CONTENTS, given_rows)
        assert merged == Merged(rejected=150)
        assert len(read(store, REJECTED)) == 150


class TestDelete:
    def test_only_the_rows_of_those_keys_go(self, store: Store) -> None:
        store.merge(CONTENTS, rows(CONTENTS, *(message(n, created=NOON + n * DAY) for n in range(5))))
        assert store.delete(CONTENTS, [(key(1),), (key(3),), (key(1),), (key(77),)]) == 2
        assert set(bodies(store)) == {0, 2, 4}

    def test_keys_that_are_not_stored_change_nothing(self, store: Store) -> None:
        assert store.delete(CONTENTS, [(key(1),)]) == 0
        store.merge(CONTENTS, rows(CONTENTS, message(1)))
        before = version(store, CONTENTS)
        assert store.delete(CONTENTS, []) == 0
        assert store.delete(CONTENTS, [(key(2),), ("' OR true --",), ("\\'",)]) == 0
        assert version(store, CONTENTS) == before
        assert version(store, AGENTS) == -1

    def test_many_keys_at_once(self, store: Store) -> None:
        store.merge(CONTENTS, rows(CONTENTS, message(1), message(50_000), message(50_001)))
        assert store.delete(CONTENTS, ((key(n),) for n in range(50_001))) == 2
        assert set(bodies(store)) == {50_001}

    def test_a_key_of_the_wrong_size_is_refused(self, store: Store) -> None:
        store.merge(PERMISSIONS, rows(PERMISSIONS, {"user_id": key(1), "source_id": key(1)}))
        with pytest.raises(ValueError, match="zip"):
            store.delete(PERMISSIONS, [(key(1),)])
        assert len(read(store, PERMISSIONS)) == 1

    def test_a_row_can_come_again(self, store: Store) -> None:
        store.merge(CONTENTS, rows(CONTENTS, message(1, "a")))
        store.delete(CONTENTS, [(key(1),)])
        assert store.merge(CONTENTS, rows(CONTENTS, message(1, "b"))).inserted == 1
        assert bodies(store) == {1: "b"}


class TestCompact:
    @pytest.fixture
    def scattered(self, store: Store) -> Store:
        """Three loads of messages in no order, over two months and none, with an update and a deletion."""
        for part in range(3):
            times = [NOON + ((n * 7 + part) % 5) * 7 * HOUR for n in range(6)]
            batch = [message(part * 10 + n, f"{part}/{n}", created=time) for n, time in enumerate(times)]
            store.merge(CONTENTS, rows(CONTENTS, *batch, message(90 + part, created=None)))
        store.merge(CONTENTS, rows(CONTENTS, message(3, "updated", created=NOON + DAY)))
        store.delete(CONTENTS, [(key(11),)])
        return store

    def test_every_month_becomes_one_file_in_time_order_and_no_row_changes(self, scattered: Store) -> None:
        before = sorted(read(scattered, CONTENTS), key=lambda row: row["id"])
        files = len(scattered.snapshot().tables["contents"].files)
        assert scattered.compact(CONTENTS) == files
        months = [Path(file.path).parent.name for file in scattered.snapshot().tables["contents"].files]
        assert sorted(months) == ["created_month=2024-05", "created_month=2024-06", "created_month=undated"]
        after = read(scattered, CONTENTS)
        assert sorted(after, key=lambda row: row["id"]) == before
        dated = [(row["created_at"], row["id"]) for row in after if "created_at" in row]
        assert dated == sorted(dated)
        undated = [row["id"] for row in after if "created_at" not in row]
        assert undated == [key(90), key(91), key(92)]

    def test_what_is_compact_is_left_alone(self, scattered: Store) -> None:
        scattered.compact(CONTENTS)
        before = version(scattered, CONTENTS)
        assert scattered.compact(CONTENTS) == 0
        assert version(scattered, CONTENTS) == before
        scattered.merge(CONTENTS, rows(CONTENTS, message(200, created=NOON)))
        assert scattered.compact(CONTENTS) == 2, "the one month with a new file"

    def test_another_one_waits(self, scattered: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = os.open(scattered.root / "contents", os.O_RDONLY)

        def write(*arguments: Any) -> Iterator[DataFile]:
            with pytest.raises(BlockingIOError):
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return write_batches(*arguments)

        monkeypatch.setattr(compaction, "write_batches", write)
        assert scattered.compact(CONTENTS)
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(folder)

    def test_one_file_in_no_order_is_put_in_order(self, store: Store) -> None:
        many = [message(n, created=NOON + n * timedelta(seconds=1)) for n in range(100)]
        store.merge(CONTENTS, rows(CONTENTS, *many))
        latest = message(7, created=NOON + HOUR)
        store.merge(CONTENTS, rows(CONTENTS, latest, message(5, "changed", created=NOON - HOUR)))
        store.compact(CONTENTS)
        (file,) = store.snapshot().tables["contents"].files
        assert [int(row["id"], 16) for row in read(store, CONTENTS)] == [
            5,
            *(n for n in range(100) if n not in (5, 7)),
            7,
        ]
        assert (file.rows, file.least["created_at"], file.greatest["created_at"]) == (100, NOON - HOUR, NOON + HOUR)

    def test_tables_without_months_or_creation(self, store: Store) -> None:
        assert store.compact(PERMISSIONS) == 0
        for user in (2, 1, 3):
            store.merge(PERMISSIONS, rows(PERMISSIONS, {"user_id": key(user), "source_id": key(1)}))
        assert store.compact(PERMISSIONS) == 3
        assert [int(row["user_id"], 16) for row in read(store, PERMISSIONS)] == [1, 2, 3]
        assert len(store.snapshot().tables["agent_permissions"].files) == 1

    def test_rejected_rows_are_compacted_like_any(self, store: Store) -> None:
        for n in range(3):
            store.merge(CONTENTS, pa.table({"id": [f"bad {n}"]}))
        assert store.compact(REJECTED) == 3
        assert len(read(store, REJECTED)) == 3

    def test_the_log_keeps_what_statistics_it_had(self, scattered: Store) -> None:
        scattered.compact(CONTENTS)
        files = scattered.snapshot().tables["contents"].files
        (may,) = (file for file in files if "2024-05" in file.path)
        assert (may.least["id"], may.least["updated_at"]) == (key(0), None)
        assert may.least["created_at"] == NOON
        assert sum(file.rows for file in files) == len(read(scattered, CONTENTS))


def test_info_tells_the_state_of_every_table_that_was_written(store: Store) -> None:
    store.merge(CONTENTS, rows(CONTENTS, message(1), message(2, created=None)))
    store.merge(AGENTS, rows(AGENTS, {"id": key(1)}))
    info = {table.name: table for table in store.info()}
    assert set(info) == {"contents", "agents"}
    assert (info["contents"].rows, info["contents"].files, info["agents"].rows) == (2, 2, 1)
    assert info["agents"].version == version(store, AGENTS)
    (file,) = store.snapshot().tables["agents"].files
    assert info["agents"].bytes == Path(file.path).stat().st_size


times = st.none() | st.sampled_from([NOON - 40 * DAY, NOON, NOON + HOUR, NOON + DAY])
changes = st.builds(message, st.integers(1, 5), st.sampled_from("abc"), times, times)
steps = st.one_of(
    st.lists(changes, min_size=1, max_size=8),
    st.lists(changes, min_size=1, max_size=8),
    st.sets(st.integers(1, 5), min_size=1, max_size=2),
    st.just("compact"),
    st.just("vacuum"),
)


def model(stored: dict[str, Any], given_rows: list[Any]) -> None:
    """The store's rule, one row after the other."""
    for row in given_rows:
        before, after = stored.get(row["id"], {}).get("updated_at"), row["updated_at"]
        if before is None or after is None or after >= before:
            stored[row["id"]] = row


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.lists(steps, min_size=1, max_size=6))
@example([[message(1, "a", updated=NOON + DAY)], [message(1, "b"), message(1, "c", updated=NOON)]])
@example([[message(1, "a"), message(1, "b", updated=NOON), message(1, "c", updated=NOON - DAY)]])
def test_any_sequence_of_changes_equals_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, sequence: list[Any]
) -> None:
    store = Store(tmp_path_factory.mktemp("store"))
    expected: dict[str, Any] = {}
    for step in sequence:
        if isinstance(step, list):
            merged = store.merge(CONTENTS, rows(CONTENTS, *step))
            assert merged.inserted + merged.updated + merged.unchanged == len(step)
            assert merged.inserted == len({row["id"] for row in step} - set(expected))
            model(expected, step)
        elif isinstance(step, set):
            gone = {key(n) for n in step} & set(expected)
            assert store.delete(CONTENTS, [(key(n),) for n in step]) == len(gone)
            expected = {name: row for name, row in expected.items() if name not in gone}
        elif step == "compact":
            store.compact(CONTENTS)
        else:
            store.vacuum(CONTENTS, keep_hours=0)
        found = sorted(read(store, CONTENTS), key=lambda row: row["id"])
        wanted = [{name: value for name, value in expected[n].items() if value is not None} for n in sorted(expected)]
        assert found == wanted
        assert store.snapshot().tables["contents"].rows == len(wanted)
    shutil.rmtree(store.root)


@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(st.lists(changes, min_size=2, max_size=10), st.data())
def test_how_rows_are_cut_into_batches_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, given_rows: list[Any], data: DataObject
) -> None:
    cut = data.draw(st.integers(1, len(given_rows) - 1))
    whole, cut_up = Store(tmp_path_factory.mktemp("whole")), Store(tmp_path_factory.mktemp("cut"))
    whole.merge(CONTENTS, rows(CONTENTS, *given_rows))
    for batch in (given_rows[:cut], given_rows[cut:]):
        cut_up.merge(CONTENTS, rows(CONTENTS, *batch))
    by_key = [sorted(read(store, CONTENTS), key=lambda row: row["id"]) for store in (whole, cut_up)]
    assert by_key[0] == by_key[1]
    for store in (whole, cut_up):
        shutil.rmtree(store.root)


WRITER = """
import json, sys
from pathlib import Path
import pyarrow as pa
from navette.store import Store
from navette.tables import TABLES
store, table, name = Store(Path(sys.argv[1])), TABLES["contents"], sys.argv[2]
for round in range(int(sys.argv[3])):
    numbers = range(round * 3, round * 3 + 6)  # every row twice, also by the other writer
    created = [f"2024-{1 + n % 3:02}-01T00:00:{n % 60:02}Z" for n in numbers]
    bodies = [f"{name} {round}"] * 6
    store.merge(table, pa.table({"id": [f"{n:024x}" for n in numbers], "created_at": created, "body": bodies}))
    if name == "compacting" and round % 2 == 0:
        store.compact(table)
        store.vacuum(table)
    print(json.dumps([*numbers]), flush=True)
"""


@contextlib.contextmanager
def writer(store: Store, name: str, rounds: int) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    command = [sys.executable, "-c", WRITER, str(store.root), name, str(rounds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout


class TestSeveralProcesses:
    @pytest.mark.slow
    def test_two_that_merge_and_compact_one_table_lose_and_double_nothing_while_others_read(self, store: Store) -> None:
        with writer(store, "merging", 4) as (first, _), writer(store, "compacting", 4) as (second, _):
            seen = 0
            while first.poll() is None or second.poll() is None:
                pinned = store.snapshot().tables["contents"]
                found = {row["id"] for row in read(store, CONTENTS)}
                assert pinned.rows >= seen, "rows went away"
                assert len(found) >= pinned.rows
                seen = pinned.rows
            assert (first.wait(), second.wait()) == (0, 0)
        texts = bodies(store)
        assert set(texts) == set(range(15))
        assert {body.split()[0] for body in texts.values()} <= {"merging", "compacting"}

    def test_one_that_is_killed_leaves_what_it_acknowledged_and_the_store_goes_on(self, store: Store) -> None:
        with writer(store, "killed", 1_000) as (process, output):
            told = [json.loads(output.readline()) for _ in range(3)]
            process.send_signal(signal.SIGKILL)
            told += [json.loads(line) for line in output if line.endswith("\n")]
            assert process.wait() == -signal.SIGKILL
        assert set(bodies(store)) >= {n for numbers in told for n in numbers}
        with writer(store, "after", len(told) + 1) as (again, output):
            lines = output.readlines()
            assert again.wait() == 0
        assert len(lines) == len(told) + 1
        last = json.loads(lines[-1])
        assert {body for n, body in bodies(store).items() if n <= last[-1]} == {f"after {n}" for n in range(len(lines))}
        store.vacuum(CONTENTS, keep_hours=0)
        kept = {Path(file.path) for file in store.snapshot().tables["contents"].files}
        assert set((store.root / "contents").glob("**/part-*.parquet")) == kept


def test_other_programs_read_the_tables_as_plain_delta(store: Store) -> None:
    store.merge(CONTENTS, rows(CONTENTS, message(1, "a"), message(2, "b", created=None)))
    store.merge(CONTENTS, rows(CONTENTS, message(1, "c")))
    store.compact(CONTENTS)
    delta = DeltaTable(str(store.root / "contents"))
    assert delta.protocol().min_reader_version == 1
    read_back = delta.to_pyarrow_table()
    assert sorted(read_back["body"].to_pylist()) == ["b", "c"]
    assert sorted(read_back["created_month"].to_pylist()) == ["2024-05", "undated"]


def test_a_damaged_log_is_named_with_what_to_do(store: Store) -> None:
    store.merge(TABLES["tags"], pa.table({"id": ["5240b1bca90ffbb6c7000006"], "name": ["a"]}))
    for commit in (store.root / "tags" / "_delta_log").glob("*.json"):
        commit.write_text("{ this is no JSON\n")
    with pytest.raises(ConfigurationError, match="'tags' in the store cannot be read"):
        Store(store.root).snapshot()
