"""A load goes on whatever it meets, and its summary says what became of everything."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.folder_of_files import written
from typer.testing import CliRunner

from navette.cli.main import app
from navette.connectors import DemoDomain
from navette.core.errors import RequestError
from navette.core.settings import Settings
from navette.ingesting.load import load
from navette.store import Dangling, Merged, Store
from navette.tables import TABLES

CONTENTS = TABLES["contents"]
SCHEMA = pa.schema([CONTENTS.schema.field(name) for name in ("id", "thread_id", "category_ids")])


@pytest.fixture
def command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Any, ...]]:
    """``navette load files FOLDER --json``: its rows, or the error it ends with, and what it said."""
    monkeypatch.setenv("NAVETTE_HOME", str(settings.home))

    def run(folder: Path) -> tuple[Any, ...]:
        done = CliRunner().invoke(app, ["load", "files", str(folder), "--json"])
        assert done.exception is None or isinstance(done.exception, RequestError), done.output
        return json.loads(done.stdout), done.exception, done.stderr

    return run


class TestRefusedRows:
    def test_they_are_kept_with_their_places_and_written_at_once(self, tmp_path: Path, store: Store) -> None:
        summary = load(written(tmp_path, contents__jsonl='{"id": 1}\n' + "nonsense\n" * 3_000), store)
        assert summary.tables == {"contents": Merged(inserted=1, rejected=3_000)}
        rejected = store.snapshot().tables["rejected"]
        assert (rejected.version, rejected.rows) == (1, 3_000)

    def test_many_or_long_ones_are_written_before_they_fill_the_memory(self, tmp_path: Path, store: Store) -> None:
        load(written(tmp_path, contents__jsonl=f"{'x' * 900}\n" * 5), store, refused_characters=1_000)
        assert store.snapshot().tables["rejected"].version == 3


class TestReferences:
    def test_references_that_point_to_no_row_are_counted_by_column(self, tmp_path: Path, store: Store) -> None:
        folder = written(
            tmp_path,
            threads__csv='id,category_ids\n1,"a,b"\n2,b\n',
            categories__csv="id,parent_id\na,\nc,z\n",
            contents__csv="id,thread_id,in_reply_to_id\nm,1,\nn,3,m\no,3,q\np,,\n",
        )
        assert load(folder, store).dangling == [
            Dangling("categories", "parent_id", "categories", 1),
            Dangling("threads", "category_ids", "categories", 2),
            Dangling("contents", "thread_id", "threads", 2),
            Dangling("contents", "in_reply_to_id", "contents", 1),
        ]

    def test_a_row_may_come_after_what_refers_to_it_in_the_same_load_or_a_later_one(
        self, tmp_path: Path, store: Store
    ) -> None:
        first = written(
            tmp_path, **{"contents-1__csv": "id,in_reply_to_id,thread_id\n1,2,t\n", "contents-2__csv": "id\n2\n"}
        )
        assert load(first, store).dangling == [Dangling("contents", "thread_id", "threads", 1)]
        written(tmp_path, threads__csv="id\nt\n")
        assert load(first, store).dangling == []

    def test_rows_that_are_rejected_do_not_count(self, tmp_path: Path, store: Store) -> None:
        folder = written(tmp_path, contents__csv="id,thread_id,created_at\n1,t,soon\n2,u,2024-01-01\n")
        assert [one.count for one in load(folder, store).dangling] == [1]

    @pytest.mark.slow
    def test_a_demo_domain_refers_to_nothing_that_it_does_not_have(self, store: Store) -> None:
        assert load(DemoDomain(messages=300, seed=7), store).dangling == []

    @pytest.mark.slow
    @given(
        keys=st.sets(st.integers(0, 9)),
        references=st.lists(
            st.tuples(st.none() | st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3)), min_size=1
        ),
        size=st.integers(1, 4),
    )
    @settings(max_examples=30, deadline=None)
    def test_references_in_batches_are_counted_like_single_references(
        self, keys: set[int], references: list[Any], size: int
    ) -> None:
        rows = [
            {"id": f"{n:024x}", "thread_id": None if thread is None else f"{thread:024x}"}
            | {"category_ids": [f"{category:024x}" for category in categories]}
            for n, (thread, categories) in enumerate(references)
        ]
        with TemporaryDirectory() as folder:
            store = Store(Path(folder))
            known = pa.table({"id": pa.array([f"{key:024x}" for key in keys], pa.string())})
            with store.references() as counted:
                for start in range(0, len(rows), size):
                    store.merge(CONTENTS, pa.Table.from_pylist(rows[start : start + size], SCHEMA), "", counted)
                for table in ("threads", "categories"):
                    store.merge(TABLES[table], known, "", counted)
                found = {one.column: one.count for one in counted.dangling(store.snapshot())}
        expected = {
            "thread_id": sum(thread is not None and thread not in keys for thread, _ in references),
            "category_ids": sum(category not in keys for _, categories in references for category in categories),
        }
        assert found == {column: count for column, count in expected.items() if count}


class TestTheCommand:
    def test_references_that_point_to_no_row_are_reported(
        self, tmp_path: Path, command: Callable[..., tuple[Any, ...]]
    ) -> None:
        written(tmp_path, contents__csv="id,thread_id,source_id\n1,t,s\n2,t,\n")
        rows, error, said = command(tmp_path)
        assert ([row["dangling"] for row in rows], error) == ([{"thread_id": 2, "source_id": 1}], None)
        assert "contents.thread_id: 2 references point to no row of threads." in said
        assert "contents.source_id: 1 reference points to no row of sources." in said

    def test_refused_rows_are_counted_and_are_no_failure(
        self, tmp_path: Path, command: Callable[..., tuple[Any, ...]]
    ) -> None:
        written(tmp_path, contents__jsonl='{"id": 1}\n[\n')
        rows, error, said = command(tmp_path)
        assert [(row["inserted"], row["rejected"]) for row in rows] == [(1, 1)]
        assert error is None
        assert "contents.jsonl, line 2: the line is not JSON: " in said
        assert "1 row was rejected" in said

    def test_the_reasons_for_rejected_rows_are_reported_with_their_files(
        self, tmp_path: Path, command: Callable[..., tuple[Any, ...]]
    ) -> None:
        threads = "id,created_at,closed\n1,2024-05-06,0\n2,06/05/2024,0\n3,07/05/2024,0\n4,2024-05-08,maybe\n"
        written(tmp_path, threads__csv=threads, contents__jsonl='{"title": "x"}\n{"id": 1}\n')
        _, error, said = command(tmp_path)
        assert error is None
        assert "threads.csv: created_at: not an instant such as 2020-01-31T13:00:00Z, in 2 rows." in said
        assert "threads.csv: closed: not true or false, in 1 row." in said
        assert "contents.jsonl: id: missing, in 1 row." in said
        assert "4 rows were rejected" in said

    def test_a_reason_in_several_batches_of_a_file_is_reported_once(
        self, tmp_path: Path, command: Callable[..., tuple[Any, ...]]
    ) -> None:
        written(tmp_path, contents__csv="id,created_at\n" + "1,yesterday\n" * 100_001)
        _, _, said = command(tmp_path)
        reason = "created_at: not an instant such as 2020-01-31T13:00:00Z"
        assert said.count(f"contents.csv: {reason}, in 100,001 rows.") == 1

    def test_ten_refused_rows_are_named_and_all_counted(
        self, tmp_path: Path, command: Callable[..., tuple[Any, ...]]
    ) -> None:
        written(tmp_path, contents__jsonl='{"id": 1}\n' + "nonsense\n" * 30)
        _, _, said = command(tmp_path)
        assert said.count("contents.jsonl, line ") == 10
        assert "30 rows were rejected" in said

    def test_a_file_that_cannot_be_read_is_named_after_the_others_are_loaded(
        self, tmp_path: Path, command: Callable[..., tuple[Any, ...]]
    ) -> None:
        written(tmp_path, agents__jsonl="nonsense\n", contents__jsonl='[{"id": 1}, {', events__csv="id\n1\n")
        rows, error, _ = command(tmp_path)
        assert {row["table"]: row["inserted"] for row in rows} == {"agents": 0, "contents": 1, "events": 1}
        assert error.exit_code == 2
        assert [line.split()[0] for line in str(error).splitlines()] == ["agents.jsonl", "contents.jsonl:"]
