"""Servers that cannot do everything: a delivery does without, says what it could not verify, and a test agrees."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import asyncssh
import pytest
from asyncssh import FXF_APPEND, FXF_CREAT, FXF_TRUNC, FXF_WRITE, SFTPAttrs
from tests.destinations.sftp.conftest import ATTEMPT, SMALL_BLOCKS, names, noise
from tests.ssh_server import InFolder, WithoutPosixRename, running_asyncssh

from navette.core.errors import TryLaterError
from navette.destinations.destination import Upload
from navette.destinations.sftp import Checked, NewKeyPair, SFTPRefusedError, check, put

OTHER_ATTEMPT = ATTEMPT[::-1]
CHECK = ".navette-check"


DENIED, UNKNOWN, FAILURE = asyncssh.SFTPPermissionDenied, asyncssh.SFTPOpUnsupported, asyncssh.SFTPFailure


def refusing(*requests: str, error: type[Any] = DENIED, kind: type[Any] = InFolder) -> type[Any]:
    """A server that refuses these requests."""

    def refuse(*_: Any) -> None:
        raise error("not here")

    return type("Refusing", (kind,), dict.fromkeys(requests, refuse))


def refusing_of_files(*requests: str, error: type[Any] = DENIED, kind: type[InFolder] = InFolder) -> type[Any]:
    """A server that refuses these requests of what is no directory."""

    def made(name: str) -> Callable[..., os.stat_result]:
        def request(self: Any, path: bytes) -> os.stat_result:
            if not os.path.isdir(self.map_path(path)):  # noqa: PTH112  # bytes
                raise error("not here")
            return getattr(kind, name)(self, path)

        return request

    return type("RefusingOfFiles", (kind,), {name: made(name) for name in requests})


def there(server: InFolder, path: bytes) -> bool:
    return os.path.lexists(server.map_path(path))


class WriteOnce(WithoutPosixRename):
    """Keeps every file for good: none is written to again, renamed or removed."""

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> Any:
        if pflags & FXF_WRITE and there(self, path):
            raise asyncssh.SFTPPermissionDenied("write once")
        return super().open(path, pflags, attrs)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("write once")

    def remove(self, path: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("write once")


class WriteOnceUnderAName(WriteOnce):
    """The same, but a new file may be renamed to a name that nobody has."""

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        if not oldpath.endswith(b".part") or there(self, newpath):
            raise asyncssh.SFTPFailure("write once")
        return InFolder.rename(self, oldpath, newpath)


class Gateway(WithoutPosixRename):
    """Stores objects: whole writes from the beginning, in order, seen once closed; no names to hide, no renaming."""

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> Any:
        if pflags & FXF_WRITE and (not pflags & FXF_TRUNC or not pflags & FXF_CREAT or pflags & FXF_APPEND):
            raise asyncssh.SFTPOpUnsupported("whole writes only")
        file = super().open(path, pflags, attrs)
        self.ends = getattr(self, "ends", {}) | {file: 0}
        return file

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        if offset != self.ends[file_obj]:
            raise asyncssh.SFTPOpUnsupported("in order only")
        self.ends[file_obj] += len(data)
        return super().write(file_obj, offset, data)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        raise asyncssh.SFTPOpUnsupported("objects have one name")

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> Any:
        raise asyncssh.SFTPOpUnsupported("objects have no modes")

    lsetstat = setstat

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> Any:
        raise asyncssh.SFTPOpUnsupported("objects have no modes")

    def fsync(self, file_obj: Any) -> Any:
        raise asyncssh.SFTPOpUnsupported("no disk")

    def statvfs(self, path: bytes) -> Any:
        raise asyncssh.SFTPOpUnsupported("no disk")


class InOrder(InFolder):
    """Opens files that are there, and takes writes from their beginning alone."""

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> Any:
        file = super().open(path, pflags, attrs)
        self.ends = getattr(self, "ends", {}) | {file: 0}
        return file

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        if offset != self.ends[file_obj]:
            raise asyncssh.SFTPFailure("in order only")
        self.ends[file_obj] += len(data)
        return super().write(file_obj, offset, data)


class Lagging(InFolder):
    """Says of a new file, at first, that it is not there, then that it is empty."""

    asked: dict[bytes, int] = {}  # noqa: RUF012  # emptied by the test

    def lstat(self, path: bytes) -> Any:
        found = super().lstat(path)
        if path.endswith(b".part"):
            self.asked[path] = self.asked.get(path, 0) + 1
            if self.asked[path] == 1:
                raise asyncssh.SFTPNoSuchFile("not yet")
            if self.asked[path] == 2:
                return asyncssh.SFTPAttrs(type=1, size=0)
        return found

    def fstat(self, file_obj: Any) -> Any:
        raise asyncssh.SFTPOpUnsupported("not while it is open")


class Spool(InFolder):
    """A drop box: files may be written and renamed, and nothing looked at."""

    def scandir(self, path: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("write only")

    def lstat(self, path: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("write only")

    stat = lstat

    def fstat(self, file_obj: Any) -> Any:
        raise asyncssh.SFTPPermissionDenied("write only")

    def remove(self, path: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("write only")


class NoHiddenNames(InFolder):
    """Takes no name that begins with a dot."""

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> Any:
        if path.rpartition(b"/")[2].startswith(b".") and path != b"/" + CHECK.encode():
            raise asyncssh.SFTPPermissionDenied("no such names")
        return super().open(path, pflags, attrs)


QUIRKS: dict[str, tuple[type[InFolder], set[str]]] = {
    "stat of files denied": (refusing_of_files("stat", "lstat"), set()),
    "stat of files fails": (refusing_of_files("stat", "lstat", error=FAILURE), set()),
    "lstat unknown": (refusing("lstat", error=UNKNOWN), set()),
    "every stat of files denied": (refusing("fstat", kind=refusing_of_files("stat", "lstat")), {"unsized"}),
    "every stat denied": (refusing("stat", "lstat", "fstat"), {"unsized"}),
    "realpath unknown": (refusing("realpath", error=UNKNOWN), set()),
    "fsync denied": (refusing("fsync"), {"unsynced"}),
    "fsync fails": (refusing("fsync", error=FAILURE), {"unsynced"}),
    "fsync unknown": (refusing("fsync", error=UNKNOWN), {"unsynced"}),
    "no deletion": (refusing("remove"), set()),
    "no deletion, no posix-rename": (refusing("remove", kind=WithoutPosixRename), set()),
    "posix-rename fails": (refusing("posix_rename", error=FAILURE), set()),
    "no renaming": (refusing("rename", "posix_rename"), {"in_place"}),
    "no renaming, no deletion": (refusing("rename", "posix_rename", "remove"), {"in_place", "left"}),
    "renaming fails": (refusing("rename", "posix_rename", error=FAILURE), {"in_place"}),
    "write once": (WriteOnce, {"in_place", "left"}),
    "write once under a name": (WriteOnceUnderAName, set()),
    "object store": (Gateway, {"in_place", "unsynced"}),
    "in order": (InOrder, set()),
    "lagging": (Lagging, set()),
    "drop box": (Spool, {"unsized"}),
    "no hidden names": (NoHiddenNames, {"in_place"}),
    "no modes": (refusing("setstat", "lsetstat", "fsetstat"), set()),
    "no list": (refusing("scandir"), set()),
}


@pytest.fixture(params=QUIRKS)
def quirk(request: pytest.FixtureRequest) -> str:
    """The name of each in turn."""
    Lagging.asked.clear()
    return request.param


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def whole(folder: Path) -> dict[str, bytes]:
    """What consumers see: names that are not hidden."""
    return {name: (folder / name).read_bytes() for name in names(folder) if not name.startswith(".")}


def test_a_delivery_does_without_unsupported_operations_and_reports_them(
    keys: NewKeyPair, root: Path, make: Callable[..., Upload], quirk: str
) -> None:
    kind, remarks = QUIRKS[quirk]
    files = {"a.csv": noise(300_000), "b.csv": b"", "manifest.json": b"{}"}
    finished: list[str] = []
    with running_asyncssh(keys.public, root, kind) as running:
        uploads = [make(*file) for file in files.items()]
        receipt = put(running.address("/", keys), uploads, attempt_id=ATTEMPT, finished=finished.append)
    assert whole(root) == files
    assert finished == list(files)
    assert set(receipt.remarks) == remarks


def test_a_test_reports_the_same_remarks_as_a_delivery(keys: NewKeyPair, root: Path, quirk: str) -> None:
    kind, remarks = QUIRKS[quirk]
    with running_asyncssh(keys.public, root, kind) as running:
        checked = check(running.address("/", keys))
    assert [step.help for step in checked.steps if step.state == "failed"] == []
    assert remarked(checked) - {"left"} == remarks - {"left"}
    assert ("left" in remarked(checked)) == bool(names(root))
    assert whole(root) == {}


@pytest.mark.parametrize("quirk", [name for name, (kind, _) in QUIRKS.items() if kind.remove is not InFolder.remove])
def test_where_nothing_can_be_removed_many_tests_leave_no_more_than_a_few(
    keys: NewKeyPair, root: Path, quirk: str
) -> None:
    kind, _ = QUIRKS[quirk]
    kept: list[list[str]] = []
    with running_asyncssh(keys.public, root, kind) as running:
        for _ in range(5):
            checked = check(running.address("/", keys))
            assert [step.help for step in checked.steps if step.state == "failed"] == []
            assert "left" in remarked(checked)
            kept.append(names(root))
    assert kept[3] == kept[4]
    assert set(kept[4]) <= {CHECK, f".{CHECK}.{'0' * 24}.part", f".{CHECK}.{'0' * 24}.aside"}


def remarked(checked: Checked) -> set[str]:
    return {remark for step in checked.steps for remark in step.remarks}


def test_a_second_delivery_replaces_the_first_file_or_fails(
    keys: NewKeyPair, root: Path, make: Callable[..., Upload], quirk: str
) -> None:
    kind, _ = QUIRKS[quirk]
    with running_asyncssh(keys.public, root, kind) as running:
        server = running.address("/", keys)
        put(server, [make("a.csv", b"former")], attempt_id=OTHER_ATTEMPT)
        # a worker died before it could say that it was done
        put(server, [make("a.csv", b"former")], attempt_id=ATTEMPT)
        if "write once" in quirk:
            with pytest.raises(
                SFTPRefusedError, match=r"already has a file a\.csv and does not allow us to replace it"
            ) as no:
                put(server, [make("a.csv", b"longer")], attempt_id=OTHER_ATTEMPT[::-1])
            assert no.value.code == "exists"
            assert whole(root) == {"a.csv": b"former"}
        else:
            put(server, [make("a.csv", b"new")], attempt_id=ATTEMPT)
            assert whole(root) == {"a.csv": b"new"}


def test_a_file_is_visible_before_it_is_complete_only_if_nothing_else_works(
    keys: NewKeyPair, root: Path, make: Callable[..., Upload], quirk: str
) -> None:
    kind, remarks = QUIRKS[quirk]
    early: list[str] = []

    def look(_name: str, count: int) -> None:
        early.extend(name for name in whole(root) if name != "a.csv" or count < 20_000_000)

    with running_asyncssh(keys.public, root, kind) as running:
        put(running.address("/", keys), [make("z.csv", b"1")], attempt_id=ATTEMPT)
        (root / "z.csv").unlink()
        put(running.address("/", keys), [make("a.csv", noise(20_000_000))], attempt_id=ATTEMPT, report=look)
    assert ("a.csv" in early) == ("in_place" in remarks)
    assert whole(root) == {"a.csv": noise(20_000_000)}


@pytest.mark.parametrize(
    "quirk", ["in order", "object store", "every stat denied", "write once under a name"], indirect=True
)
def test_a_file_that_was_cut_is_whole_after_the_next_try(
    keys: NewKeyPair, root: Path, make: Callable[..., Upload], quirk: str
) -> None:
    content = noise(600_000)
    (root / f".a.csv.{ATTEMPT}.part").write_bytes(content[:400_000])
    with running_asyncssh(keys.public, root, QUIRKS[quirk][0]) as running:
        server = running.address("/", keys, limits=replace(SMALL_BLOCKS, rewind=64 << 10))
        put(server, [make("a.csv", content)], attempt_id=ATTEMPT)
    assert whole(root) == {"a.csv": content}


class StaysShort(InFolder):
    """Loses the end of each file, and says so."""

    def lstat(self, path: bytes) -> Any:
        found = asyncssh.SFTPAttrs.from_local(cast(os.stat_result, super().lstat(path)))
        if path.endswith(b".part"):
            found.size = 3
        return found


def test_a_size_that_stays_wrong_is_no_lag(keys: NewKeyPair, root: Path, make: Callable[..., Upload]) -> None:
    with (
        running_asyncssh(keys.public, root, StaysShort) as running,
        pytest.raises(TryLaterError, match="has 3 of 600,000 bytes"),
    ):
        put(running.address("/", keys), [make("a.csv", noise(600_000))], attempt_id=ATTEMPT)
    assert whole(root) == {}


class MakesNothingTwice(InFolder):
    """Refuses to make a directory that is there, as one that may not be made; tells nothing of directories."""

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        if there(self, path):
            raise asyncssh.SFTPPermissionDenied("exists")
        super().mkdir(path, attrs)

    def stat(self, path: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("not told")


@pytest.mark.parametrize("made", ["", "2026", "2026/03"])
def test_directories_are_made_on_servers_that_do_not_tell_which_are_there(
    keys: NewKeyPair, root: Path, make: Callable[..., Upload], made: str
) -> None:
    (root / made).mkdir(parents=True, exist_ok=True)
    with running_asyncssh(keys.public, root, MakesNothingTwice) as running:
        put(running.address("/2026/03", keys, creatable=2), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert whole(root / "2026/03") == {"a.csv": b"1"}
