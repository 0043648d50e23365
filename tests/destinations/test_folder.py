"""Files into a folder: whole or not there, and the folder as people meant it."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from navette.core.errors import ConfigurationError, TryLaterError
from navette.destinations.destination import RefusedError, Upload
from navette.destinations.folder import folder_within, put

NOBODY = 65534


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_arrive_in_their_order_and_what_is_done_is_left_out(folder: Path, make: Callable[..., Upload]) -> None:
    uploads = [make("b.csv", b"bb"), make("a.csv", b"a"), make("c.csv", b"c")]
    told: list[tuple[str, int]] = []
    finished: list[str] = []
    put(folder, uploads, delivered=["c.csv"], report=lambda *far: told.append(far), finished=finished.append)
    assert (names(folder), told, finished) == (["a.csv", "b.csv"], [("b.csv", 2), ("a.csv", 1)], ["b.csv", "a.csv"])
    assert (folder / "b.csv").read_bytes() == b"bb"


def test_two_files_of_one_name_are_refused(folder: Path, make: Callable[..., Upload]) -> None:
    with pytest.raises(RefusedError, match="two files of one delivery have the same name: change"):
        put(folder, [make("a.csv", b"1"), make("a.csv", b"2")])
    assert names(folder) == []


@pytest.mark.parametrize("name", ["", "..", "../a.csv", "a/b", "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_written(
    folder: Path, make: Callable[..., Upload], name: str
) -> None:
    with pytest.raises(RefusedError, match="is not a valid file name"):
        put(folder, [make("a.csv", b"1"), make(name, b"2")])
    assert names(folder) == []


def test_a_folder_that_is_not_there_is_not_made(folder: Path, make: Callable[..., Upload]) -> None:
    with pytest.raises(RefusedError, match="is missing: create it"):
        put(folder / "none", [make("a.csv", b"1")])
    assert names(folder) == []


# What is made


@pytest.mark.parametrize("there", ["", "2026", "2026/03"])
def test_the_last_names_are_made_where_they_are_not_there(
    folder: Path, make: Callable[..., Upload], there: str
) -> None:
    (folder / there).mkdir(parents=True, exist_ok=True)
    put(folder / "2026/03", [make("a.csv", b"1")], creatable=2)
    assert (names(folder), names(folder / "2026"), names(folder / "2026/03")) == (["2026"], ["03"], ["a.csv"])


def test_no_more_than_these_are_made(folder: Path, make: Callable[..., Upload]) -> None:
    with pytest.raises(RefusedError, match=r"the folder .*/in/none is missing"):
        put(folder / "none/2026", [make("a.csv", b"1")], creatable=1)
    assert names(folder) == []


@pytest.mark.parametrize("path", ["2026", "2026/03"])
def test_a_file_in_its_place_is_refused(folder: Path, make: Callable[..., Upload], path: str) -> None:
    (folder / "2026").write_bytes(b"1")
    with pytest.raises(RefusedError, match=r"in/2026 is not a folder: remove it"):
        put(folder / path, [make("a.csv", b"1")], creatable=path.count("/") + 1)
    assert names(folder) == ["2026"]


@pytest.mark.parametrize("name", ["..", ".", "", "a\\b", "a\nb"])
def test_a_made_name_that_leads_elsewhere_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="is not a valid directory name"):
        folder_within(f"{folder}/{name}", [folder.parent], creatable=1)
    with pytest.raises(RefusedError, match="is not a valid directory name"):
        folder_within(f"{folder}/{name}/03", [folder.parent], creatable=2)


def test_a_folder_lies_in_one_of_the_roots_wherever_links_lead(folder: Path, tmp_path: Path) -> None:
    (folder / "away").symlink_to("/")
    assert folder_within(f"{folder}/2026/03", [tmp_path], creatable=2) == folder / "2026/03"
    with pytest.raises(ConfigurationError, match="NAVETTE_FOLDERS"):
        folder_within(f"{folder}/away/2026", [tmp_path], creatable=1)


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that this process may read alone, in which is one that it may not enter."""
    path = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own belong to the user that the tests run as
    (path / "closed").mkdir(mode=0o000)
    path.chmod(0o555)
    former = os.geteuid()
    if former == 0:
        os.seteuid(NOBODY)
    yield path
    os.seteuid(former)
    for one in (path, path / "closed"):
        one.chmod(0o700)
    shutil.rmtree(path)


def test_missing_permissions_are_reported(read_only: Path) -> None:
    for folder, made, verb in ((read_only, 0, "written to"), (read_only / "2026", 1, "created")):
        with pytest.raises(
            RefusedError, match=rf"the folder {folder} cannot be {verb}: give Navette's user permission"
        ):
            put(folder, [Upload(Path("/dev/null"), "a.csv", hashlib.sha256(b"").hexdigest(), 0)], creatable=made)
    with pytest.raises(RefusedError, match="cannot be entered: give Navette's user permission"):
        put(read_only / "closed/in", [])


# Who may read them


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.mark.parametrize(
    ("umask", "file", "directory"), [(0o027, 0o640, 0o750), (0o022, 0o644, 0o755), (0o007, 0o660, 0o770)]
)
@pytest.mark.parametrize("own", [0o077, 0o000])
def test_other_programs_may_read_delivered_files_whatever_the_umask_of_the_process(
    folder: Path, make: Callable[..., Upload], own: int, umask: int, file: int, directory: int
) -> None:
    former = os.umask(own)
    try:
        put(folder / "2026/03", [make("a.csv", b"1")], umask=umask, creatable=2)
        put(folder / "2026/03", [make("b.csv", b"1")], umask=umask, creatable=2)
    finally:
        os.umask(former)
    assert [mode(folder / "2026/03" / name) for name in ("a.csv", "b.csv")] == [file] * 2
    assert [mode(folder / name) for name in ("2026", "2026/03")] == [directory] * 2


def test_a_folder_that_hands_its_group_down_goes_on_doing_so(folder: Path, make: Callable[..., Upload]) -> None:
    folder.chmod(0o2750)
    put(folder / "2026/03", [make("a.csv", b"1")], creatable=2)
    assert [mode(folder / name) for name in ("2026", "2026/03")] == [0o2750] * 2


def test_a_folder_that_was_there_keeps_its_mode(folder: Path, make: Callable[..., Upload]) -> None:
    (folder / "2026").mkdir()
    (folder / "2026").chmod(0o700)
    put(folder / "2026", [make("a.csv", b"1")], creatable=1)
    assert mode(folder / "2026") == 0o700


# Left behind


def test_old_leftovers_of_ours_are_removed_and_nothing_else(folder: Path, make: Callable[..., Upload]) -> None:
    ours, young, link = f".{'0a' * 8}.part", f".{'0b' * 8}.part", f".{'0c' * 8}.part"
    others = [f"{'0a' * 8}.part", f".{'0a' * 7}.part", f".{'0A' * 8}.part", f".{'0a' * 8}.part.csv", "old.csv"]
    for name in (ours, young, *others):
        (folder / name).write_bytes(b"1")
    (folder / link).symlink_to(folder / "old.csv")
    (folder / f".{'0d' * 8}.part").mkdir()
    for path in folder.iterdir():
        days = 6 if path.name == young else 8
        then = path.lstat().st_mtime - days * 24 * 3600
        os.utime(path, (then, then), follow_symlinks=False)
    before = set(names(folder))
    put(folder, [make("new.csv", b"1")])
    assert before - set(names(folder)) == {ours}
    assert set(names(folder)) - before == {"new.csv"}


def test_what_else_goes_wrong_is_tried_again(folder: Path, make: Callable[..., Upload]) -> None:
    (folder / "a.csv").mkdir()
    with pytest.raises(TryLaterError, match=r"in cannot be used now: a directory has this name\."):
        put(folder, [make("a.csv", b"1")])
    assert names(folder) == ["a.csv"]
