"""After a deletion, a compaction and a vacuum, nothing in the store's folder tells of the deleted rows."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from navette.core.files import umask
from navette.store import EVERY_TABLE, Store
from navette.store.layout import SIZES, Sizes
from navette.tables import TABLES, Table

CONTENTS, IDENTITIES, THREADS = TABLES["contents"], TABLES["identities"], TABLES["threads"]
ROWS = 6

MARKED = Sizes(row_group_rows=2, file=1, rewritten=0, projected_rows=1)
"""Two rows a file, which are marked; all files have projections and summaries."""

IN_ONE_FILE = Sizes(row_group_rows=2, rewritten=0, projected_rows=ROWS)
"""One file a month; the table is large until a row is deleted."""


def key(table: Table, n: int) -> str:
    return f"{list(TABLES).index(table.name) + 1:08x}{n:016x}"


def fill(store: Store) -> None:
    """Rows that say everywhere whose they are: in keys, texts, references, and names of values."""
    for table, name in ((CONTENTS, "thread_id"), (IDENTITIES, "identity_group_id"), (THREADS, "source_id")):
        values = {"body": "secret {n}", "email": "secret {n}", "title": "secret {n}", name: "f" * 23 + "{n}"}
        named = {"extra_values": '{{"secret {n}": 1}}', "custom_variables": '{{"secret {n}": "secret {n}"}}'}
        rows = [
            {name: text.format(n=n) for name, text in (values | named).items() if name in table.schema.names}
            | {"id": key(table, n), "created_at": f"2024-0{n % 2 + 1}-01"}
            for n in range(ROWS)
        ]
        store.merge(table, pa.Table.from_pylist(rows))


def delete(store: Store, numbers: range) -> None:
    for table in (CONTENTS, IDENTITIES, THREADS):
        assert store.delete(table, [(key(table, n),) for n in numbers]) == len(numbers)


def compact(store: Store) -> None:
    for table in EVERY_TABLE:
        store.compact(table)


def finish(store: Store) -> None:
    """What the docs say is to do after a deletion that must be final."""
    compact(store)
    for table in EVERY_TABLE:
        store.vacuum(table, keep_hours=0)


def found(root: Path, numbers: range) -> set[str]:
    """The files below ``root`` that tell of deleted rows."""
    keys = [key(table, n) for table in (CONTENTS, IDENTITIES, THREADS) for n in numbers]
    words = [*keys, *(f"secret {n}" for n in numbers), *("f" * 23 + str(n) for n in numbers)]
    return {str(path.relative_to(root)) for path, text in texts(root) if any(word in text for word in words)}


def texts(root: Path) -> Iterator[tuple[Path, str]]:
    """All files below ``root``, with their names, their bytes and, of Parquet files, their values."""
    for path in (path for path in root.rglob("*") if path.is_file()):
        text = str(path) + path.read_bytes().decode("latin-1")
        is_parquet = path.suffix == ".parquet"
        yield path, text + (json.dumps(parquet.read_table(path).to_pylist(), default=str) if is_parquet else "")


@pytest.mark.parametrize("sizes", [SIZES, MARKED, IN_ONE_FILE])
@pytest.mark.parametrize("compacted", [True, False])
@pytest.mark.parametrize("numbers", [range(5, 6), range(2, 6), range(6)])
def test_nothing_is_left_of_deleted_rows(store: Store, sizes: Sizes, compacted: bool, numbers: range) -> None:
    store = Store(store.root, sizes)
    fill(store)
    if compacted:
        compact(store)
    assert found(store.root, numbers)
    delete(store, numbers)
    finish(store)
    assert found(store.root, numbers) == set()
    left = range(numbers.start)
    assert (store.snapshot().tables["contents"].rows, bool(found(store.root, left))) == (len(left), bool(left))


def test_nothing_is_left_of_killed_processes(store: Store) -> None:
    fill(store)
    (store.root / "contents" / "_delta_log" / "_commit_1.json.tmp").write_text("secret 1")
    for name, lock in ((".tmp-killed", "in-use"), (".tmp-killed-while-it-removed-its-folder", "spilled")):
        (store.root / name).mkdir()
        (store.root / name / lock).touch()
        (store.root / name / "rows").write_text("secret 1")
    delete(store, range(6))
    finish(store)
    assert found(store.root, range(6)) == set()


def test_nothing_is_left_of_a_table_whose_folder_was_moved_away(store: Store, tmp_path: Path) -> None:
    store = Store(store.root, MARKED)
    fill(store)
    compact(store)
    for name in ("contents", "identities", "threads"):
        shutil.move(store.root / name, tmp_path / "away" / name)
    finish(store)
    assert found(store.root, range(6)) == set()


def test_nothing_is_left_of_projections_that_are_no_longer_declared(store: Store) -> None:
    store = Store(store.root, MARKED)
    fill(store)
    compact(store)
    folder = store.root / ".projections" / "contents"
    projection = next(folder.iterdir())
    former = projection.rename(folder / f"{projection.name.split('.parquet.')[0]}.parquet.body.parquet")
    finish(store)
    assert not former.exists()


def test_other_users_can_read_no_copy_of_the_rows(store: Store) -> None:
    """As the command line and the worker write it: projections and summaries are no easier to read than data files."""
    with umask(0o077):
        store = Store(store.root, MARKED)
        fill(store)
        delete(store, range(2))
        compact(store)
    with umask(0), store._scratch() as scratch:  # whatever the umask, as others would read what spills to disk
        assert scratch.stat().st_mode & 0o777 == 0o700
    written = [path for path in store.root.rglob("*") if path.is_file()]
    assert {".projections", ".summaries"} < {path.relative_to(store.root).parts[0] for path in written}
    assert [path for path in written if path.stat().st_mode & 0o077] == []
