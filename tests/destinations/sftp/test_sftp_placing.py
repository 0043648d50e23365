"""Servers that cannot replace a file in one step: the name has the former file, nobody's, or the whole new one."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from tests.destinations.sftp.conftest import ATTEMPT, PLAIN_RENAME, names
from tests.ssh_server import Running, WithoutPosixRename, running_asyncssh

from navette.core.errors import TryLaterError
from navette.destinations.destination import Upload
from navette.destinations.sftp import NewKeyPair, put

PART, ASIDE = f".a.csv.{ATTEMPT}.part", f".a.csv.{ATTEMPT}.aside"


@pytest.mark.parametrize("kind", PLAIN_RENAME)
@pytest.mark.parametrize(
    "left",
    [
        {"a.csv": b"former"},
        {"a.csv": b"former", PART: b"new"},
        {ASIDE: b"former", PART: b"new"},
        {"a.csv": b"new", ASIDE: b"former"},
        {"a.csv": b"new"},
        {ASIDE: b"former"},
    ],
    ids=["begun", "sent", "set aside", "placed", "all but told", "set aside, and the new one lost"],
)
def test_an_attempt_that_was_cut_at_any_step_is_brought_to_its_end(
    server_of: Callable[..., Running], keys: NewKeyPair, make: Callable[..., Upload], kind: str, left: dict[str, bytes]
) -> None:
    running = server_of(kind)
    folder, directory = running.folder()
    for name, content in left.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o666)
    put(running.address(directory, keys), [make("a.csv", b"new")], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == b"new"


class Cut(WithoutPosixRename):
    """Hangs up at a step of the renaming, before or after it is done."""

    at, after = 0, False
    steps = 0

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return self._step(lambda: super(Cut, self).rename(oldpath, newpath))

    def remove(self, path: bytes) -> Any:
        return self._step(lambda: super(Cut, self).remove(path))

    def _step(self, do: Callable[[], Any]) -> Any:
        Cut.steps += 1
        if Cut.steps != Cut.at:
            return do()
        if Cut.after:
            with suppress(OSError):
                do()
        self.connection.abort()
        raise asyncssh.SFTPFailure("cut")


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_cut_at_any_step_shows_nothing_half(
    keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path, at: int, after: bool
) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"former")
    Cut.at, Cut.after, Cut.steps = at, after, 0
    upload = make("a.csv", b"new")
    with running_asyncssh(keys.public, folder, Cut) as running:
        with pytest.raises(TryLaterError, match="was lost"):
            put(running.address("/", keys), [upload], attempt_id=ATTEMPT)
        shown = (folder / "a.csv").read_bytes() if (folder / "a.csv").exists() else None
        assert shown in (b"former", None, b"new")
        put(running.address("/", keys), [upload], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == b"new"


class Refuses(WithoutPosixRename):
    """Lets no new file have a name."""

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if oldpath.endswith(b".part"):
            raise asyncssh.SFTPFailure("not this one")
        return super().rename(oldpath, newpath)


def test_the_former_file_is_put_back_where_the_new_one_cannot_have_its_name(
    keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path
) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"former")
    with (
        running_asyncssh(keys.public, folder, Refuses) as running,
        pytest.raises(TryLaterError, match=r"failed to rename a file to a\.csv: .* \(it answered 'not this one'\)"),
    ):
        put(running.address("/", keys), [make("a.csv", b"new")], attempt_id=ATTEMPT)
    assert (folder / "a.csv").read_bytes() == b"former"
    assert names(folder) == [PART, "a.csv"]


class Vanishes(WithoutPosixRename):
    """Loses what is to be renamed, as where somebody fetches and removes files."""

    lost = b""

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if oldpath.endswith(Vanishes.lost):
            super().remove(oldpath)
        return super().rename(oldpath, newpath)


@pytest.mark.parametrize("lost", [b"a.csv", b".part"])
def test_what_vanishes_meanwhile_does_not_end_the_delivery_for_good(
    keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path, lost: bytes
) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"former")
    Vanishes.lost = lost
    with running_asyncssh(keys.public, folder, Vanishes) as running:
        server, upload = running.address("/", keys), make("a.csv", b"new")
        if lost == b".part":
            with pytest.raises(TryLaterError, match="sends it again"):
                put(server, [upload], attempt_id=ATTEMPT)
            assert (folder / "a.csv").read_bytes() == b"former"
            Vanishes.lost = b"nothing"
        put(server, [upload], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == b"new"


class TakenMeanwhile(WithoutPosixRename):
    """Another delivery gives its file the name just before."""

    others = True

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if TakenMeanwhile.others:
            TakenMeanwhile.others = False
            with open(self.map_path(newpath), "wb") as file:  # noqa: PTH123  # bytes
                file.write(b"another's")
            raise asyncssh.SFTPFailure("exists")
        return super().rename(oldpath, newpath)


def test_a_name_that_is_taken_meanwhile_is_no_sign_that_the_server_renames_nothing(
    keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path
) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    TakenMeanwhile.others = True
    with running_asyncssh(keys.public, folder, TakenMeanwhile) as running:
        server, upload = running.address("/", keys), make("a.csv", b"new")
        with pytest.raises(TryLaterError):
            put(server, [upload], attempt_id=ATTEMPT)
        assert (folder / "a.csv").read_bytes() == b"another's"
        assert put(server, [upload], attempt_id=ATTEMPT).remarks == ()
    assert names(folder) == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == b"new"
