"""Processes that use one store at a time: writers, a maintainer, readers. ``python -m tests.store_actors ROLE ROOT …``.

Each writer has keys of its own and tells what it committed, a line a commit, so that anybody can say what the store
must hold.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from navette.store import Store, TableVersion, relation
from navette.store.layout import Sizes
from navette.tables import TABLES

CONTENTS = TABLES["contents"]
SMALL = Sizes(row_group_rows=200, file=100_000, rewritten=20_000, vector=150, projected_rows=150)
"""Files so small that some are marked, some written again, some split, and some have projections."""

KEPT_SECONDS = 60
"""Readers take less than this long."""

PAUSE = 0.5
"""Seconds for which the maintainer and the readers leave the processor to the writers."""

START = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass
class Told:
    """What writers say that they committed: the body of each of their keys."""

    bodies: dict[str, str] = field(default_factory=dict)

    def hear(self, lines: Iterable[str]) -> None:
        """Take in the lines of a writer; a last one can be cut."""
        for line in lines:
            if line.endswith("\n"):
                change = json.loads(line)
                self.bodies |= change["merged"]
                for key in change["deleted"]:
                    self.bodies.pop(key, None)

    def accept(self, found: dict[str, str], *, unacknowledged: bool) -> None:
        """Compare with what the store holds after a kill.

        One commit can have happened that was not told: it deleted a few keys, or gave one new body to some.
        """
        changes = {
            found.get(key) for key in self.bodies.keys() | found.keys() if found.get(key) != self.bodies.get(key)
        }
        assert len(changes) <= unacknowledged, changes
        self.bodies = found


def start(role: str, root: Path, *arguments: object) -> subprocess.Popen[str]:
    """Start a process."""
    command = [sys.executable, "-m", "tests.store_actors", role, str(root), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def write(root: str, name: str, commits: str, first: str = "0") -> None:
    """Commit changes to keys of this writer: new rows, changed rows, deleted rows."""
    store, dice, mine = Store(Path(root), SMALL), random.Random(f"{name} {first}"), list[str]()
    for number in range(int(first), int(first) + int(commits)):
        fresh = [f"{int(name):04x}{number:012x}{n:08x}" for n in range(dice.randint(1, 30))]
        changed = dice.sample(mine, min(len(mine), dice.randint(0, 20)))
        merged = dict.fromkeys([*fresh, *changed], f"{name} {number}")
        store.merge(CONTENTS, pa.Table.from_pylist([_message(*item) for item in merged.items()], CONTENTS.schema))
        _tell(merged=merged)
        mine += fresh
        if dice.random() < 0.3:
            gone = dice.sample(mine, dice.randint(1, min(5, len(mine))))
            mine = [key for key in mine if key not in gone]
            store.delete(CONTENTS, [(key,) for key in gone])
            _tell(deleted=gone)


def _tell(merged: dict[str, str] | None = None, deleted: Iterable[str] = ()) -> None:
    print(json.dumps({"merged": merged or {}, "deleted": list(deleted)}), flush=True)


def _message(key: str, body: str) -> dict[str, Any]:
    at = START + timedelta(hours=int(key[4:], 16) % 2_000)
    return {"id": key, "created_at": at, "thread_id": key, "body": body, "title": body * 50}


def maintain(root: str, seconds: str) -> None:
    """Compact, thoroughly or not, and vacuum, again and again."""
    store, end = Store(Path(root), SMALL), time.monotonic() + float(seconds)
    while time.monotonic() < end:
        store.compact(CONTENTS, thorough=False)
        store.compact(CONTENTS)
        print(len(store.vacuum(CONTENTS, KEPT_SECONDS / 3600)), flush=True)
        time.sleep(PAUSE)


def read(root: str, seconds: str) -> None:
    """Read one snapshot after the other, each twice: no key is there twice, and nothing changes."""
    store, end = Store(Path(root)), time.monotonic() + float(seconds)
    while time.monotonic() < end:
        pinned = store.snapshot().tables["contents"]
        first = bodies(pinned)
        assert len(first) == pinned.rows
        assert bodies(pinned) == first
        assert {body for (body,) in _query(pinned, "thread_id", by="thread_id")} == set(first)
        time.sleep(PAUSE)
    print("read", flush=True)


def bodies(pinned: TableVersion) -> dict[str, str]:
    """The body of each key, which is there once."""
    found = _query(pinned, "id", "body")
    twice = [key for key, count in Counter(key for key, _ in found).items() if count > 1]
    assert not twice, f"{len(twice)} keys are stored twice"
    return dict(found)


def _query(pinned: TableVersion, *columns: str, by: str | None = None) -> list[Any]:
    with duckdb.connect() as connection:
        return connection.execute(relation(pinned.table, pinned.files, columns, by=by)).fetchall()


ROLES: dict[str, Callable[..., None]] = {"write": write, "maintain": maintain, "read": read}

if __name__ == "__main__":
    ROLES[sys.argv[1]](*sys.argv[2:])
