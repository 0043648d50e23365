"""What the store has confirmed survives a power loss."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.power_loss import Disk
from tests.unit.test_store import CONTENTS, DAY, NOON, key, message, read, rows
from tests.unit.test_store_summaries import THREADS, merge

from navette.store import Store
from navette.store.layout import Sizes

MARKED = Sizes(row_group_rows=2, file=1, rewritten=0, projected_rows=1)
"""Rows of all files are marked, and all files have projections and summaries."""


def merged(store: Store) -> None:
    store.merge(CONTENTS, rows(CONTENTS, *(message(n, str(n), NOON + 20 * n * DAY) for n in range(6))))


def filled(store: Store) -> None:
    with store.filling() as filling:
        filling.add(CONTENTS, rows(CONTENTS, *(message(n, str(n), NOON + 20 * n * DAY) for n in range(6))))


def changed(store: Store) -> None:
    merged(store)
    store.merge(CONTENTS, rows(CONTENTS, message(1, "changed"), message(9, "new")))


def deleted(store: Store) -> None:
    merged(store)
    store.delete(CONTENTS, [(key(2),), (key(3),)])


def checkpointed(store: Store) -> None:
    for n in range(12):
        store.merge(CONTENTS, rows(CONTENTS, message(n, str(n))))
    store.vacuum(CONTENTS, keep_hours=0)


def compacted(store: Store) -> None:
    changed(store)
    store.compact(CONTENTS)
    store.vacuum(CONTENTS, keep_hours=0)


@pytest.mark.parametrize("all_names", [True, False])
@pytest.mark.parametrize("change", [merged, filled, changed, deleted, checkpointed, compacted])
def test_every_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Store], None], all_names: bool
) -> None:
    (tmp_path / "store").mkdir()
    disk = Disk(tmp_path / "store", monkeypatch)
    store = Store(tmp_path / "store", MARKED)
    change(store)
    left = disk.after_power_loss(tmp_path / "left", all_names=all_names)
    assert read(Store(left), CONTENTS) == read(store, CONTENTS)


def test_what_is_stored_beside_the_tables_is_whole_or_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "store").mkdir()
    disk = Disk(tmp_path / "store", monkeypatch)
    store = Store(tmp_path / "store", MARKED)
    merge(store, {1: {"a": 1}, 2: {"b": "x"}})
    merged(store)
    store.compact(THREADS)
    store.compact(CONTENTS)
    left = disk.after_power_loss(tmp_path / "left", all_names=True)
    assert len(list(left.rglob("*.parquet"))) > 4
    assert all(path.stat().st_size for path in left.rglob("*.parquet"))
