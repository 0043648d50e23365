"""The engine: rows in the store's order, slices, pruning, and what its connections cannot do."""

import io
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from typing_extensions import Buffer

from navette.catalogue.compile import compile_query
from navette.catalogue.exports import EXPORTS
from navette.catalogue.query import Query
from navette.catalogue.request import Fields, Request
from navette.core.errors import ConfigurationError, NavetteError
from navette.core.settings import Settings
from navette.core.windows import Window
from navette.core.zones import zone
from navette.engines import DuckDBEngine
from navette.engines.duckdb.slices import Slice, slices, worth_reading
from navette.formats import FORMATS, Rendering
from navette.formats.xlsx import Xlsx
from navette.store import Snapshot, Store
from navette.store.layout import Sizes
from navette.store.snapshot import DataFile
from navette.tables import TABLES

CONTENTS = TABLES["contents"]
START = datetime(2024, 1, 1, tzinfo=UTC)


def identifier(number: int) -> str:
    return f"{number:024x}"


def loaded(store: Store, sizes: list[int]) -> Snapshot:
    """A store with one file of messages for each size, one month after the other."""
    number = 0
    for month, size in enumerate(sizes):
        start = datetime(2020 + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        ids = [identifier(number + n) for n in range(size)]
        rows = {
            "id": ids,
            "created_at": pa.array([start + timedelta(seconds=n) for n in range(size)], pa.timestamp("us", tz="UTC")),
            "source_id": [identifier(n % 3) for n in range(size)],
        }
        assert store.merge(CONTENTS, pa.table(rows)).inserted == size
        number += size
    sources = {"id": [identifier(n) for n in range(3)], "name": ["a", "b", "c"]}
    store.merge(TABLES["sources"], pa.table(sources))
    return store.snapshot()


def messages(**request: Any) -> Query:
    return compile_query(EXPORTS["messages"], Request("messages", **request), lambda _: [])


def test_rows_come_in_the_stores_order_through_joins_and_filters(store: Store, settings: Settings) -> None:
    """DuckDB holds small chunks of rows back behind a join or a filter: files of a few rows show it."""
    sizes = [3000, 5, 70, 1, 2500, 40, 2, 4000, 9]
    engine = DuckDBEngine(loaded(store, sizes), settings)
    query = messages(fields=Fields(only=("id", "source_name", "attachments_count")))
    found = [identifier for batch in engine.rows(query).batches() for identifier in batch["id"].to_pylist()]
    assert found == [identifier(n) for n in range(sum(sizes))]
    one_source = messages(fields=Fields(only=("id", "source_name")), filters={"source": (identifier(1),)})
    narrowed = [identifier for batch in engine.rows(one_source).batches() for identifier in batch["id"].to_pylist()]
    assert narrowed == sorted(narrowed)
    assert len(narrowed) > 1000


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("slice_rows", [1, 7, 50, 10_000])
def test_the_bytes_depend_neither_on_slices_nor_on_threads(
    store: Store, settings: Settings, threads: int, slice_rows: int
) -> None:
    snapshot = loaded(store, [30, 1, 12, 3])
    engine = DuckDBEngine(snapshot, settings.model_copy(update={"threads": threads}), slice_rows=slice_rows)
    rows = engine.rows(messages(fields=Fields(only=("id",))))
    batches = rows.batches(["id AS text"], ["*", "length(text) AS characters"], ["text || characters AS line"])
    lines = [line for batch in batches for line in batch["line"].to_pylist()]
    assert lines == [f"{identifier(n)}24" for n in range(46)]


@pytest.mark.parametrize("slice_rows", [7, 10_000])
def test_deleted_rows_are_neither_read_nor_counted(store: Store, settings: Settings, slice_rows: int) -> None:
    store = Store(store.root, Sizes(rewritten=0))
    loaded(store, [30, 12])
    store.delete(CONTENTS, [(identifier(n),) for n in range(0, 42, 5)])
    snapshot = store.snapshot()
    assert [len(file.deleted) for file in snapshot.tables["contents"].files] == [6, 3]
    engine = DuckDBEngine(snapshot, settings, slice_rows=slice_rows)
    query = messages(fields=Fields(only=("id",)))
    found = [identifier for batch in engine.rows(query).batches() for identifier in batch["id"].to_pylist()]
    assert found == [identifier(n) for n in range(42) if n % 5]
    assert engine.count(query) == 33
    january = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, 0, 0, 10, tzinfo=UTC))
    assert engine.count(messages(window=january)) == 8
    assert engine.ask("SELECT count(*) FROM contents") == [(33,)]


def test_progress_ends_at_one(store: Store, settings: Settings) -> None:
    told: list[float] = []
    engine = DuckDBEngine(loaded(store, [25, 5]), settings, slice_rows=10)
    list(engine.rows(messages(fields=Fields(only=("id",))), told.append).batches())
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) == 4


def test_an_empty_store_gives_no_rows_and_the_right_types(store: Store, settings: Settings) -> None:
    engine = DuckDBEngine(store.snapshot(), settings)
    rows = engine.rows(messages(fields=Fields(only=("id", "categories", "created_at"))))
    assert sum(batch.num_rows for batch in rows.batches()) == 0


def test_a_snapshot_does_not_see_what_comes_later(store: Store, settings: Settings) -> None:
    snapshot = loaded(store, [5])
    engine = DuckDBEngine(snapshot, settings)
    store.merge(
        CONTENTS, pa.table({"id": [identifier(99)], "created_at": pa.array([START], pa.timestamp("us", "UTC"))})
    )
    rows = engine.rows(messages(fields=Fields(only=("id",))))
    assert sum(batch.num_rows for batch in rows.batches()) == 5


def test_files_outside_the_window_are_not_read(store: Store, settings: Settings) -> None:
    snapshot = loaded(store, [4, 4, 4])
    day = Window(datetime(2020, 2, 1, tzinfo=UTC), datetime(2020, 2, 2, tzinfo=UTC))
    [part] = slices(worth_reading(snapshot.tables["contents"], messages(window=day)))
    assert [file.least["created_at"].month for file in part.files] == [2]


@pytest.mark.parametrize(
    "attempt",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/escaped.csv'",
        "SET enable_external_access = true",
        "INSTALL excel",
        "ATTACH '/tmp/other.db'",
    ],
)
def test_a_connection_can_only_read_the_store_and_write_its_folder(
    store: Store, settings: Settings, attempt: str
) -> None:
    engine = DuckDBEngine(loaded(store, [1]), settings)
    with engine.folder() as folder, engine.connect({"contents"}, 1, folder) as connection:
        assert connection.execute("SELECT count(*) FROM contents").fetchone() == (1,)
        connection.execute(f"COPY (SELECT 1) TO '{folder}/allowed.csv'")
        with pytest.raises(duckdb.Error, match=r"disabled|lock|allowed"):
            connection.execute(attempt)


def test_nothing_is_left_in_the_scratch_folder(store: Store, settings: Settings) -> None:
    engine = DuckDBEngine(loaded(store, [5, 5]), settings)
    list(engine.rows(messages(fields=Fields(only=("id",)))).batches())
    assert list(settings.scratch.iterdir()) == []


def test_a_failing_query_says_so_and_leaves_nothing(store: Store, settings: Settings) -> None:
    engine = DuckDBEngine(loaded(store, [5, 5]), settings)
    rows = engine.rows(messages(fields=Fields(only=("id",))))
    with pytest.raises(NavetteError, match="ConversionException"):
        list(rows.batches(["CAST(id AS DATE) AS id"]))
    assert list(settings.scratch.iterdir()) == []


def test_a_failure_in_a_later_batch_is_explained_too_and_quotes_no_value(store: Store, settings: Settings) -> None:
    """After the first batch Arrow raises it, with DuckDB's words, which quote the value."""
    rows = DuckDBEngine(loaded(store, [9000]), settings).rows(messages(fields=Fields(only=("id",))))
    day = f"CAST(CASE WHEN id < '{identifier(8000)}' THEN '2020-01-01' ELSE id END AS DATE) AS day"
    with pytest.raises(NavetteError, match="ConversionException") as raised:
        list(rows.batches([day]))
    assert identifier(8000) not in str(raised.value)
    assert list(settings.scratch.iterdir()) == []


class FailingSink(io.BytesIO):
    """Takes some bytes, then fails as nobody expects."""

    def __init__(self) -> None:
        super().__init__()
        self.left = 2

    def write(self, data: Buffer) -> int:
        self.left -= 1
        if not self.left:
            raise RuntimeError("the sink")
        return memoryview(data).nbytes


@pytest.mark.parametrize("name", ["bi", "excel", "jsonl", "xlsx"])
def test_a_sink_that_fails_ends_the_workers(store: Store, settings: Settings, name: str) -> None:
    format_ = Xlsx(piece=1000) if name == "xlsx" else FORMATS[name]
    rows = DuckDBEngine(loaded(store, [6000]), settings, slice_rows=500).rows(messages())
    with pytest.raises(RuntimeError, match="the sink") as raised:
        format_.write(rows, FailingSink(), Rendering("fr", zone("Europe/Paris")))
    assert raised.tb is not None  # held, as a program that prints it does
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("slice")] == []
    assert list(settings.scratch.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux only")
def test_workers_step_back_but_never_forward() -> None:
    """A process that is nicer already may not be made less so, and need not be."""
    ours = os.nice(0)
    for before in (ours, max(ours, 10)):
        code = f"import os; os.nice({before - ours}); from navette.engines.duckdb.rows import step_back; step_back()"
        shown = subprocess.run(
            [sys.executable, "-c", f"{code}; print(os.nice(0))"], capture_output=True, text=True, check=True
        )
        assert int(shown.stdout) == max(before, 5)


@examples(max_examples=100)
@given(st.lists(st.integers(0, 60), max_size=12), st.integers(1, 40), st.integers(1, 4))
@example([0], 1, 1)
def test_slices_tile_the_table(sizes: list[int], slice_rows: int, workers: int) -> None:
    files = tuple(DataFile(str(n), size, {}, {}, {}) for n, size in enumerate(sizes))
    found = slices(files, workers, slice_rows)
    rows = [
        (file.path, row)
        for part in found
        for file in part.files
        for row in (range(file.rows) if part.last is None else range(part.first, part.last))
    ]
    assert rows == [(file.path, row) for file in files for row in range(file.rows)]
    assert all(part.rows <= 2 * slice_rows for part in found)
    assert found == [Slice(())] or all(part.files for part in found)


def test_a_small_memory_limit_is_enough(tmp_path: Path, store: Store) -> None:
    snapshot = loaded(store, [2000, 2000])
    engine = DuckDBEngine(snapshot, Settings(home=tmp_path / "small", memory_limit_mb=200, threads=8))
    rows = engine.rows(messages())
    assert sum(batch.num_rows for batch in rows.batches()) == 4000


def test_a_home_of_any_name_works(tmp_path: Path) -> None:
    home = Settings(home=tmp_path / "o'brien é", threads=2)
    engine = DuckDBEngine(loaded(Store(home.store), [3]), home)
    rows = engine.rows(messages(fields=Fields(only=("id",))))
    assert sum(batch.num_rows for batch in rows.batches()) == 3


def test_what_killed_processes_left_is_removed_and_what_others_use_is_not(settings: Settings, store: Store) -> None:
    engine = DuckDBEngine(store.snapshot(), settings)
    abandoned = settings.scratch / "run-abandoned"
    abandoned.mkdir(parents=True)
    (abandoned / "in-use").touch()
    (abandoned / "0.part").write_bytes(b"personal data")
    with engine.folder() as mine, DuckDBEngine(store.snapshot(), settings).folder() as other:
        assert not abandoned.exists()
        assert mine.exists()
        assert other.exists()
    assert list(settings.scratch.iterdir()) == []


def test_too_little_memory_names_the_setting(store: Store, settings: Settings) -> None:
    little = settings.model_copy(update={"memory_limit_mb": 2, "threads": 2})
    engine = DuckDBEngine(loaded(store, [50_000]), little, connection_mb=1)
    with pytest.raises(ConfigurationError, match="NAVETTE_MEMORY_LIMIT_MB"):
        list(engine.rows(messages()).batches())


def test_a_run_that_is_given_up_stops_at_once_and_leaves_nothing(store: Store, settings: Settings) -> None:
    engine = DuckDBEngine(loaded(store, [100]), settings, slice_rows=10)
    batches = engine.rows(messages(fields=Fields(only=("id",)))).batches()
    next(batches)
    batches.close()
    assert list(settings.scratch.iterdir()) == []
