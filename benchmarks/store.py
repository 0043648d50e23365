"""What the store survives, and what its changes cost.

``python -m benchmarks.store writers [WRITERS COMMITS READERS]``: writers commit beside compaction, vacuum and readers.
``python -m benchmarks.store kills [KILLS]``: writers and compaction are killed at random moments.
Both end with 1 if a key is lost or doubled, or a reader fails.

``python -m benchmarks.store merges [MESSAGES]``: seconds and peak memory of merges into so many messages of 24 months.
"""

import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet
from tests.store_actors import CONTENTS, SMALL, Told, bodies, start

from benchmarks.messages import emptied
from benchmarks.peers import HOME
from benchmarks.store_messages import PARTS, changed, new, stored
from navette.store import Store


def writers(count: int = 4, commits: int = 200, readers: int = 8) -> None:
    """Let writers commit beside a maintainer and readers, and compare the store with what they say."""
    root, told, begun = emptied(HOME / "store-writers"), Told(), time.monotonic()
    working = [start("write", root, name, commits) for name in range(count)]
    maintaining = start("maintain", root, 1_000_000)
    reading = [start("read", root, 1_000_000) for _ in range(readers)]
    for process in working:
        told.hear(process.communicate()[0].splitlines(keepends=True))
    failed = sum(process.returncode != 0 for process in working)
    failed += sum(process.poll() is not None for process in (maintaining, *reading))
    for process in (maintaining, *reading):
        process.kill()
        process.communicate()
    held = bodies(Store(root).snapshot().tables["contents"])
    print(f"{count} writers, {len(held):,} keys, {time.monotonic() - begun:.0f} s, {failed} processes failed")
    if failed or held != told.bodies:
        sys.exit(1)


def kills(count: int = 100) -> None:
    """Kill a writer, or a maintainer, and look at the store each time."""
    root, told, dice = emptied(HOME / "store-kills"), Told(), random.Random(1)
    for number in range(count):
        writing = number % 2 == 0
        arguments = (1, 1_000, number * 1_000) if writing else (1_000,)
        with start("write" if writing else "maintain", root, *arguments) as process:
            assert process.stdout
            lines = [process.stdout.readline()]
            time.sleep(dice.random() * 0.5)
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        told.hear(lines if writing else [])
        told.accept(bodies(Store(root).snapshot().tables["contents"]), unacknowledged=writing)
    store = Store(root, SMALL)
    store.compact(CONTENTS)
    store.vacuum(CONTENTS, keep_hours=0)
    needed = {Path(file.path) for file in store.snapshot().tables["contents"].files}
    left = set((root.resolve() / "contents").rglob("part-*.parquet")) - needed
    print(f"{count} kills, {len(told.bodies):,} keys, {len(left)} files left over")
    if left or bodies(store.snapshot().tables["contents"]) != told.bodies:
        sys.exit(1)


def merges(messages: int = 1_000_000) -> None:
    """Merge changes into a store of messages, each in a process of its own."""
    home = str(HOME / f"store-{messages}")
    _role("build", home, messages)  # the peak of a process is at least its parent's
    for name in ("spread", "again", "recent", "new"):
        _role("merge", home, messages, name)


def build(home: str, messages: str) -> None:
    """Store messages, a month's worth at a time, unless it was done before."""
    if (Path(home) / "done").exists():
        return
    store, begun = Store(emptied(Path(home))), time.perf_counter()
    for part in range(PARTS):
        store.merge(CONTENTS, stored(part, int(messages)))
    _report(f"{int(messages):,} loaded", begun)
    begun = time.perf_counter()
    store.compact(CONTENTS)
    _report("compacted", begun)
    (Path(home) / "done").touch()


def merge(home: str, messages: str, name: str) -> None:
    """Merge one kind of changes and say what it cost."""
    path = Path(home) / "changes.parquet"
    _role("changes", path, messages, name)
    rows: pa.Table = parquet.read_table(path)
    store, begun = Store(Path(home)), time.perf_counter()
    merged = store.merge(CONTENTS, rows)
    _report(f"{int(messages):,} stored, {name}: {merged}", begun)


def changes(path: str, messages: str, name: str) -> None:
    """Write the rows of one kind of changes to a file."""
    parquet.write_table(new(int(messages)) if name == "new" else changed(int(messages), name), path)


def _role(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.store", *map(str, arguments)], check=True)


def _report(done: str, begun: float) -> None:
    seconds, cpu = time.perf_counter() - begun, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{done}: {seconds:.2f} s ({cpu:.1f} s of CPU so far), at most {peak} MB so far", flush=True)


if __name__ == "__main__":
    roles = {"writers": writers, "kills": kills, "merges": merges}
    if sys.argv[1] in roles:
        roles[sys.argv[1]](*map(int, sys.argv[2:]))
    else:
        {"build": build, "merge": merge, "changes": changes}[sys.argv[1]](*sys.argv[2:])
