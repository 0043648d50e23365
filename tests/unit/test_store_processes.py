"""Several processes use one store: nothing is lost or doubled, no reader fails, and whoever is killed harms nobody."""

import random
import signal
import time
from pathlib import Path

import pytest
from tests.store_actors import CONTENTS, SMALL, Told, bodies, start

from navette.store import Store

pytestmark = pytest.mark.slow


def stored(root: Path) -> dict[str, str]:
    return bodies(Store(root).snapshot().tables["contents"])


def test_writers_beside_compaction_vacuum_and_readers(tmp_path: Path) -> None:
    writers = [start("write", tmp_path, name, 8) for name in (1, 2)]
    others = [start("maintain", tmp_path, 4), start("maintain", tmp_path, 4), start("read", tmp_path, 4)]
    told = Told()
    for process in writers:
        told.hear(process.communicate()[0].splitlines(keepends=True))
    for process in others:
        process.communicate()
    assert [process.returncode for process in (*writers, *others)] == [0] * 5
    assert stored(tmp_path) == told.bodies


@pytest.mark.parametrize("role", ["write", "maintain"])
def test_killed_at_any_point(tmp_path: Path, role: str) -> None:
    told, dice = Told(), random.Random(role)
    with start("write", tmp_path, 1, 12) as first:
        told.hear(first.communicate()[0].splitlines(keepends=True))
    for n in range(3):
        arguments = (2, 1_000, n * 1_000) if role == "write" else (60,)
        with start(role, tmp_path, *arguments) as process:
            assert process.stdout
            lines = [process.stdout.readline()]
            time.sleep(dice.random() * 0.3)
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        told.hear(lines if role == "write" else [])
        told.accept(stored(tmp_path), unacknowledged=role == "write")
    store = Store(tmp_path, SMALL)
    store.compact(CONTENTS)
    store.vacuum(CONTENTS, keep_hours=0)
    assert stored(tmp_path) == told.bodies
    needed = {Path(file.path) for file in store.snapshot().tables["contents"].files}
    assert set((tmp_path / "contents").rglob("part-*.parquet")) == needed
    assert not list(tmp_path.glob(".tmp-*"))
