"""Vacuum removes the files that nobody can need any longer, and the log's memory of them."""

import os
import time
from pathlib import Path

import pytest
from tests.unit.test_store import CONTENTS, bodies, message, rows, version

from navette.core.errors import ConfigurationError
from navette.store import Store
from navette.store.vacuum import remove_checkpoints


def test_files_of_older_versions_go_and_those_of_the_current_stay(store: Store) -> None:
    for n in range(3):
        store.merge(CONTENTS, rows(CONTENTS, message(n, str(n))))
    store.compact(CONTENTS)
    parquet = set((store.root / "contents").glob("**/part-*.parquet"))
    needless = store.vacuum(CONTENTS, keep_hours=0, dry_run=True)
    assert len(needless) == 3
    assert set((store.root / "contents").glob("**/part-*.parquet")) == parquet
    assert store.vacuum(CONTENTS, keep_hours=0) == needless
    kept = {Path(file.path) for file in store.snapshot().tables["contents"].files}
    assert set((store.root / "contents").glob("**/part-*.parquet")) == kept
    assert bodies(store) == {0: "0", 1: "1", 2: "2"}


def test_what_recent_versions_need_stays(store: Store) -> None:
    store.merge(CONTENTS, rows(CONTENTS, message(1)))
    store.merge(CONTENTS, rows(CONTENTS, message(1, "changed")))
    assert store.vacuum(CONTENTS) == []
    assert len(list((store.root / "contents").glob("**/part-*.parquet"))) == 2


def test_what_pinned_versions_need_stays(store: Store) -> None:
    for body in "abc":
        store.merge(CONTENTS, rows(CONTENTS, message(1, body)))
    pinned = store.snapshot({"contents": 2}).tables["contents"]
    assert len(store.vacuum(CONTENTS, keep_hours=0, keep_versions=[2])) == 1
    assert store.snapshot({"contents": 2}).tables["contents"] == pinned
    assert Path(pinned.files[0].path).exists()
    with pytest.raises(ConfigurationError, match="version 1 of the table 'contents' is no longer stored"):
        store.snapshot({"contents": 1})


def test_what_was_current_at_the_beginning_of_the_time_stays(store: Store) -> None:
    for body in "abcd":
        store.merge(CONTENTS, rows(CONTENTS, message(1, body)))
    ages = {store.root / "contents" / "_delta_log" / f"{version:020}.json": 4 - version for version in range(4)}
    for path, hours in {**ages, **dict.fromkeys((store.root / "contents").rglob("*.parquet"), 5)}.items():
        at = time.time() - hours * 3600
        os.utime(path, (at, at))
    assert len(store.vacuum(CONTENTS, keep_hours=2)) == 1
    assert [store.snapshot({"contents": version}).tables["contents"].rows for version in (2, 3, 4)] == [1, 1, 1]


def test_the_log_forgets_what_was_vacuumed(store: Store) -> None:
    for n in range(25):
        store.merge(CONTENTS, rows(CONTENTS, message(1, str(n))))
    log = store.root / "contents" / "_delta_log"
    store.vacuum(CONTENTS, keep_hours=0, keep_versions=[13])
    assert min(path.name for path in log.glob("0*")) == f"{10:020}.checkpoint.parquet"
    assert store.snapshot({"contents": 13}).tables["contents"].rows == 1
    store.vacuum(CONTENTS, keep_hours=0)
    assert min(path.name for path in log.glob("0*")) == f"{25:020}.checkpoint.parquet"
    assert bodies(store) == {1: "24"}


def test_one_that_was_killed_while_the_log_forgot_is_taken_up(store: Store) -> None:
    for n in range(12):
        store.merge(CONTENTS, rows(CONTENTS, message(1, str(n))))
    log, long_ago = store.root / "contents" / "_delta_log", time.time() - 30 * 24 * 3600
    for number in range(10):
        os.utime(log / f"{number:020}.json", (long_ago, long_ago))
    for number in range(5):
        (log / f"{number:020}.json").unlink()
    store.vacuum(CONTENTS)
    assert min(path.name for path in log.glob("0*")) == f"{10:020}.checkpoint.parquet"
    assert bodies(store) == {1: "11"}


def test_of_old_checkpoints_some_stay(tmp_path: Path) -> None:
    for number in range(10, 270, 10):
        path = tmp_path / f"{number:020}.checkpoint.parquet"
        path.touch()
        at = time.time() - (0 if number > 230 else 3600)
        os.utime(path, (at, at))
    remove_checkpoints(tmp_path, before=time.time() - 60)
    assert [int(path.name[:20]) for path in sorted(tmp_path.iterdir())] == [10, 100, 200, 240, 250, 260]


def test_without_anything_to_remove_it_writes_no_version(store: Store) -> None:
    assert store.vacuum(CONTENTS) == []
    store.merge(CONTENTS, rows(CONTENTS, message(1)))
    before = version(store, CONTENTS)
    assert store.vacuum(CONTENTS, keep_hours=0) == []
    assert version(store, CONTENTS) == before


def test_what_a_killed_writer_left_goes_too(store: Store) -> None:
    store.merge(CONTENTS, rows(CONTENTS, message(1)))
    left = store.root / "contents" / "created_month=2024-05" / "part-00000-left-c000.zstd.parquet"
    left.write_bytes(b"half a file")
    assert [Path(path).name for path in store.vacuum(CONTENTS, keep_hours=0)] == [left.name]
    assert not left.exists()
    assert bodies(store) == {1: ""}
