"""A full disk, and files of the store that are missing or damaged, become sentences that say what to do."""

import random
from pathlib import Path

import pytest
from tests.full_disk import file_size_limit
from tests.unit.test_store import CONTENTS, bodies, message, rows

from navette.core.errors import ConfigurationError
from navette.store import Store


@pytest.fixture
def damaged(store: Store) -> Path:
    """A stored data file, to be damaged."""
    store.merge(CONTENTS, rows(CONTENTS, message(1)))
    return Path(store.snapshot().tables["contents"].files[0].path)


def test_the_error_of_a_load_on_a_full_disk_names_the_file_and_changes_nothing(store: Store) -> None:
    store.merge(CONTENTS, rows(CONTENTS, message(1)))
    large = rows(CONTENTS, message(2, random.Random(1).randbytes(400_000).hex()))
    with file_size_limit(100_000), pytest.raises(OSError, match="File too large") as raised:
        store.merge(CONTENTS, large)
    assert Path(raised.value.filename).is_relative_to(store.root / "contents")
    assert bodies(store) == {1: ""}


def test_a_missing_data_file_is_named_with_what_to_do(store: Store, damaged: Path) -> None:
    damaged.unlink()
    with pytest.raises(ConfigurationError, match=r"\.parquet.*restore the store from a backup"):
        store.merge(CONTENTS, rows(CONTENTS, message(1, "changed")))


def test_a_damaged_data_file_is_named_with_what_to_do(store: Store, damaged: Path) -> None:
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.raises(ConfigurationError, match=r"\.parquet.*restore the store from a backup"):
        store.merge(CONTENTS, rows(CONTENTS, message(1, "changed")))


def test_a_table_that_lost_its_log_is_not_taken_for_an_empty_one(store: Store, damaged: Path) -> None:
    log = store.root / "contents" / "_delta_log"
    log.rename(store.root / "moved away")
    with pytest.raises(ConfigurationError, match="'contents' in the store cannot be read"):
        store.snapshot()
    with pytest.raises(ConfigurationError, match="move it away"):
        store.merge(CONTENTS, rows(CONTENTS, message(1, "changed")))
    assert not log.exists()
    assert damaged.exists()
