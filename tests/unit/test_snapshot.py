"""A snapshot pins one version of every table as the files that hold it, with what their statistics tell."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from hypothesis import example, given, settings
from hypothesis import strategies as st

from navette.core.errors import ConfigurationError
from navette.store import DataFile, Store, TableVersion
from navette.store.layout import Sizes
from navette.store.vectors import Vector
from navette.tables import TABLES, Table

CONTENTS, AGENTS, EVENTS = TABLES["contents"], TABLES["agents"], TABLES["events"]
DAY = timedelta(days=1)
INSTANT = datetime(2024, 5, 1, 12, 0, 0, 123_456, UTC)


def rows(*created: datetime, table: Table = CONTENTS) -> pa.Table:
    ids = [f"{n:024x}" for n in range(len(created))]
    return pa.table({"id": ids, "created_at": pa.array(created, table.schema.field("created_at").type)})


def stored(pinned: TableVersion) -> list[dict[str, datetime | str | None]]:
    """The rows of a pinned table, read as the engines read them, in no order."""
    paths = [file.path for file in pinned.files]
    with duckdb.connect() as connection:
        result = connection.sql("SELECT * FROM read_parquet($paths)", params={"paths": paths})
        assert result is not None
        return result.to_arrow_table().to_pylist()


def test_a_table_never_written_has_no_version_and_no_files(store: Store) -> None:
    snapshot = store.snapshot()
    assert set(snapshot.tables) == {*TABLES, "rejected", "column_names"}
    assert {(pinned.version, pinned.files, pinned.rows) for pinned in snapshot.tables.values()} == {(-1, (), 0)}
    assert set(snapshot.versions.values()) == {-1}
    assert Path(snapshot.root) == store.root.absolute()


def test_a_snapshot_stays_as_it_was_while_the_tables_change(store: Store) -> None:
    store.merge(CONTENTS, rows(INSTANT, INSTANT + DAY))
    pinned = store.snapshot().tables["contents"]
    before = stored(pinned)
    store.merge(CONTENTS, rows(INSTANT + DAY, INSTANT + 2 * DAY, INSTANT + 3 * DAY))
    store.compact(CONTENTS)
    store.delete(CONTENTS, [("0" * 24,)])
    assert stored(pinned) == before
    assert pinned.rows == len(before) == 2
    assert store.snapshot().tables["contents"].rows == 2


def test_files_come_in_the_order_of_their_first_creation(store: Store) -> None:
    for month in (11, 2, 7):
        store.merge(CONTENTS, pa.table({"id": [f"{month:024x}"], "created_at": [f"2024-{month:02}-01"]}))
    files = store.snapshot().tables["contents"].files
    assert [file.least["created_at"].month for file in files] == [2, 7, 11]
    assert [file.greatest["id"] for file in files] == [f"{month:024x}" for month in (2, 7, 11)]


@pytest.mark.parametrize("folder", ["with space", "hash#tag", "é", "it's", 'quo"te', "{a}", "a=b&c;d"])
def test_a_store_can_be_in_a_folder_of_almost_any_name(tmp_path: Path, folder: str) -> None:
    store = Store(tmp_path / folder / "store")
    store.merge(CONTENTS, rows(INSTANT))
    store.merge(CONTENTS, rows(INSTANT + DAY))
    store.delete(CONTENTS, [("f" * 24,)])
    store.compact(CONTENTS)
    assert len(stored(store.snapshot().tables["contents"])) == 1
    assert [info.rows for info in store.info()] == [1]
    assert sorted(path.name for path in store.root.iterdir()) == [".contents.lock", "contents"]


def test_a_store_can_be_reached_through_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for day in range(2):
        Store(tmp_path / "link").merge(CONTENTS, rows(INSTANT + day * DAY))
    store = Store(tmp_path / "link", Sizes(projected_rows=1))
    store.compact(CONTENTS)
    assert [set(file.projections) for file in store.snapshot().tables["contents"].files] == [
        {"thread_id", "intervention_id", "category_ids"}
    ]
    store.vacuum(CONTENTS, keep_hours=0)
    assert len(stored(store.snapshot().tables["contents"])) == 1


@pytest.mark.parametrize("character", "%*?[]\\^|<>")
def test_a_folder_whose_name_the_libraries_would_misread_is_refused(tmp_path: Path, character: str) -> None:
    with pytest.raises(ConfigurationError, match="choose a folder without") as refused:
        Store(tmp_path / f"a{character}b")
    assert character in str(refused.value)


@pytest.mark.parametrize("feature", ["deletionVectors", "columnMapping"])
def test_a_table_of_another_writer_whose_files_do_not_tell_all_is_refused(store: Store, feature: str) -> None:
    store.merge(AGENTS, rows(INSTANT, table=AGENTS))
    log = store.root / "agents" / "_delta_log"
    features = {"readerFeatures": [feature], "writerFeatures": [feature]}
    actions: list[dict[str, Any]] = [{"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}}]
    if feature == "deletionVectors":  # in a file of its own, as Spark writes it
        [add] = [action["add"] for action in actions_of(log) if "add" in action]
        vector = {"storageType": "u", "pathOrInlineDv": "0" * 20, "offset": 1, "sizeInBytes": 40, "cardinality": 1}
        actions.append({"add": {**add, "deletionVector": vector}})
    version = store.snapshot().versions["agents"] + 1
    (log / f"{version:020}.json").write_text("\n".join(map(json.dumps, actions)))
    with pytest.raises(ConfigurationError, match=f"'agents' .* was written with {feature}"):
        store.snapshot()


def actions_of(log: Path) -> list[dict[str, Any]]:
    """The actions of all commits in a log."""
    return [json.loads(line) for path in sorted(log.glob("*.json")) for line in path.read_text().splitlines()]


def test_a_table_that_lacks_a_field_of_this_version_is_refused_with_its_name(store: Store) -> None:
    """As one may that an earlier version wrote: its rows could be neither read nor merged."""
    earlier = replace(AGENTS, fields=tuple(field for field in AGENTS.fields if field.name != "email"))
    store.merge(earlier, rows(INSTANT, table=earlier))
    for use in (store.snapshot, lambda: store.merge(AGENTS, rows(INSTANT, table=AGENTS))):
        with pytest.raises(ConfigurationError, match="'agents' in the store has no email, which this version"):
            use()


def test_files_of_one_name_in_several_months_are_distinguished(store: Store) -> None:
    """Other writers, such as Spark, name the files of one commit alike in every partition."""
    store.merge(CONTENTS, rows(INSTANT, INSTANT - 40 * DAY, INSTANT + 40 * DAY))
    log = store.root / "contents" / "_delta_log" / f"{1:020}.json"
    for file in store.snapshot().tables["contents"].files:
        path = Path(file.path)
        path.rename(path.with_name("part-00000.parquet"))
        log.write_text(log.read_text().replace(path.name, "part-00000.parquet"))
    pinned = store.snapshot().tables["contents"]
    assert len({file.path for file in pinned.files}) == 3
    assert len({row["id"] for row in stored(pinned)}) == 3


def test_a_checkpoint_and_missing_old_versions_change_nothing(store: Store) -> None:
    for n in range(3):
        store.merge(CONTENTS, rows(*[INSTANT + DAY] * (n + 1)))
    before = store.snapshot().tables["contents"]
    DeltaTable(str(store.root / "contents")).create_checkpoint()
    for version in range(before.version):
        (store.root / "contents" / "_delta_log" / f"{version:020}.json").unlink()
    assert store.snapshot().tables["contents"] == before


def test_a_started_but_never_created_table_counts_as_never_written(store: Store) -> None:
    """A process killed before the first version was whole leaves a folder, perhaps with a file of another name."""
    (store.root / "contents" / "_delta_log").mkdir(parents=True)
    (store.root / "contents" / "_delta_log" / "00000000000000000000.json#1").write_text("{")
    assert store.snapshot().versions["contents"] == -1
    assert store.merge(CONTENTS, rows(INSTANT)).inserted == 1
    assert store.snapshot().tables["contents"].rows == 1


class TestStatistics:
    def test_bounds_that_are_not_known_may_hold_anything(self) -> None:
        assert DataFile("f", 1, {}, {}, {}).may_hold("created_at", INSTANT, INSTANT)
        assert DataFile("f", 1, {"created_at": None}, {"created_at": None}, {}).may_hold("created_at", INSTANT, INSTANT)

    def test_a_window_that_begins_within_the_last_millisecond_finds_its_row(self, store: Store) -> None:
        """The log cuts bounds to milliseconds, here to 12:00:00.123."""
        store.merge(CONTENTS, rows(INSTANT))
        (file,) = store.snapshot().tables["contents"].files
        assert file.may_hold("created_at", INSTANT, None)
        assert not file.may_hold("created_at", INSTANT + timedelta(milliseconds=1), None)

    @pytest.mark.parametrize("edge", [datetime.min, datetime.max])
    def test_windows_at_the_ends_of_the_calendar(self, store: Store, edge: datetime) -> None:
        edge = edge.replace(tzinfo=UTC)
        store.merge(CONTENTS, rows(edge))
        (file,) = store.snapshot().tables["contents"].files
        assert file.may_hold("created_at", edge, None)
        assert file.may_hold("created_at", datetime.min.replace(tzinfo=UTC), None)
        assert not file.may_hold("created_at", None, datetime.min.replace(tzinfo=UTC))

    instants = st.datetimes(datetime(1969, 12, 31), datetime(1970, 1, 2), timezones=st.just(UTC)) | st.datetimes(
        datetime(2024, 4, 29), datetime(2024, 5, 2), timezones=st.just(UTC)
    )

    @settings(max_examples=5, deadline=None)
    @given(st.lists(instants, min_size=1, max_size=6), st.booleans())
    @example([datetime(1969, 12, 31, 23, 59, 59, 999_500, UTC)], False)
    def test_no_file_is_left_out_that_has_a_row_of_the_window(
        self, tmp_path_factory: pytest.TempPathFactory, created: list[datetime], compacted: bool
    ) -> None:
        store = Store(tmp_path_factory.mktemp("store"))
        store.merge(CONTENTS, rows(*created))
        if compacted:
            store.merge(CONTENTS, pa.table({"id": ["f" * 24], "created_at": [created[0]]}))
            store.compact(CONTENTS)
        files = store.snapshot().tables["contents"].files
        for instant in created:
            end = instant + timedelta(microseconds=1)
            month = f"created_month={instant:%Y-%m}"
            (file,) = (file for file in files if month in file.path)
            assert file.may_hold("created_at", instant, end)
        shutil.rmtree(store.root)


def test_a_table_that_another_writer_appended_to_is_read_whole(store: Store) -> None:
    store.merge(AGENTS, rows(INSTANT, table=AGENTS))
    more = pa.table({"id": ["f" * 24], "created_at": pa.array([INSTANT], AGENTS.schema.field("created_at").type)})
    write_deltalake(str(store.root / "agents"), more, mode="append", schema_mode="merge")
    assert store.snapshot().tables["agents"].rows == 2
    assert store.merge(AGENTS, rows(INSTANT, table=AGENTS)).unchanged == 1


def edit_last_commit(log: Path, changes: dict[str, Any]) -> None:
    """Change the entry of each file that the last commit adds."""
    path = max(log.glob("*.json"))
    actions = [json.loads(line) for line in path.read_text().splitlines()]
    for action in actions:
        if "add" in action:
            action["add"] |= changes
    path.write_text("\n".join(map(json.dumps, actions)))


def test_a_table_whose_log_has_no_statistics_is_read_whole(store: Store) -> None:
    store.merge(CONTENTS, rows(INSTANT))
    edit_last_commit(store.root / "contents" / "_delta_log", {"stats": None})
    assert store.snapshot().tables["contents"].rows == 1
    assert store.merge(CONTENTS, rows(INSTANT)).unchanged == 1
    assert store.compact(CONTENTS) == 1


@pytest.mark.parametrize(
    "path", ["../agents/a", "created_month=2024-05/../../a", "/a", "file:///a", "*.parquet", "a%20"]
)
def test_a_log_that_names_files_elsewhere_is_refused(store: Store, path: str) -> None:
    store.merge(CONTENTS, rows(INSTANT))
    edit_last_commit(store.root / "contents" / "_delta_log", {"path": path})
    for use in (store.snapshot, lambda: store.compact(CONTENTS), lambda: store.delete(CONTENTS, [("a" * 24,)])):
        with pytest.raises(ConfigurationError, match="'contents' in the store cannot be read"):
            use()


def test_a_version_of_a_table_that_is_gone_is_not_an_empty_one(store: Store) -> None:
    store.merge(CONTENTS, rows(INSTANT))
    versions = store.snapshot().versions
    shutil.rmtree(store.root / "contents")
    with pytest.raises(ConfigurationError, match="version 1 of the table 'contents' is no longer stored"):
        store.snapshot(versions)
    assert store.snapshot().versions["contents"] == -1


def test_files_that_have_nothing_to_do_with_the_store_change_nothing(store: Store) -> None:
    marked = Store(store.root, Sizes(row_group_rows=2, rewritten=0, projected_rows=1))
    marked.merge(CONTENTS, rows(INSTANT, INSTANT, INSTANT))
    marked.compact(CONTENTS)
    assert marked.delete(CONTENTS, [("0" * 24,)]) == 1
    log, projections = store.root / "contents" / "_delta_log", store.root / ".projections" / "contents"
    for path in (log / "copy.checkpoint.parquet", log / "²².json", projections / "README", projections / "a.parquet"):
        path.write_text("nothing")
    (store.root / "contents" / "link.parquet").symlink_to("nowhere")
    (store.root / "contents" / "folder.parquet").mkdir()
    (projections / "folder.parquet").mkdir()
    assert store.snapshot().tables["contents"].rows == 2
    store.compact(CONTENTS)
    store.vacuum(CONTENTS, keep_hours=0)
    assert store.snapshot().tables["contents"].rows == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"pathOrInlineDv": "é"},
        {"pathOrInlineDv": ""},
        {"pathOrInlineDv": "00000" * 9},
        {"sizeInBytes": 3},
        {"cardinality": 2},
        {"cardinality": 4},
        Vector.of([3]).descriptor,
        Vector.of([1 << 63]).descriptor,
    ],
)
def test_a_damaged_vector_is_named_with_what_to_do(store: Store, changes: dict[str, Any]) -> None:
    """Deleted rows must never appear again."""
    store = Store(store.root, Sizes(rewritten=0))
    store.merge(CONTENTS, rows(INSTANT, INSTANT, INSTANT))
    assert store.delete(CONTENTS, [("0" * 24,)]) == 1
    log = store.root / "contents" / "_delta_log"
    added = [action["add"] for action in actions_of(log) if "add" in action]
    [vector] = [add["deletionVector"] for add in added if "deletionVector" in add]
    edit_last_commit(log, {"deletionVector": vector | changes})
    for use in (lambda: store.snapshot().tables["contents"].files[0].deleted, lambda: store.compact(CONTENTS)):
        with pytest.raises(ConfigurationError, match=r"which rows of part-00000-.* are deleted"):
            use()
