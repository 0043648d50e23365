"""Directories of which the last segments come of variables: those, and no others, are made where they are not there."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from asyncssh import SFTPAttrs
from tests.destinations.sftp.conftest import ATTEMPT, names
from tests.ssh_server import AS_ROOT, InFolder, Running, running_asyncssh

from navette.destinations.destination import Upload
from navette.destinations.sftp import NewKeyPair, RefusedError, SFTPRefusedError, SFTPServer, check, put
from navette.destinations.sftp.names import directory_names


def below(server: SFTPServer, more: str, made: int) -> SFTPServer:
    return replace(server, directory=f"{server.directory.rstrip('/')}/{more}", creatable=made)


@pytest.mark.parametrize("there", ["", "2026", "2026/03"])
def test_what_is_missing_is_made(server: SFTPServer, folder: Path, make: Callable[..., Upload], there: str) -> None:
    (folder / there).mkdir(parents=True, exist_ok=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)
    put(below(server, "2026/03", 2), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert (names(folder), names(folder / "2026"), names(folder / "2026/03")) == (["2026"], ["03"], ["a.csv"])


def test_what_is_made_has_the_mode_that_the_server_gives(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload]
) -> None:
    folder, directory = openssh.folder()
    put(openssh.address(f"{directory}/2026", keys, creatable=1), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert (folder / "2026").stat().st_mode & 0o777 == 0o777 & ~umask()


def umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def test_a_relative_directory_may_be_made_where_a_login_begins(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload]
) -> None:
    folder, _ = openssh.folder()
    put(openssh.address(f"{folder.name}/2026", keys, creatable=1), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert names(folder / "2026") == ["a.csv"]


@pytest.mark.parametrize(("more", "made"), [("none/2026", 1), ("none", 0), ("none/2026/03", 2)])
def test_what_is_not_to_be_made_must_be_there(
    server: SFTPServer, folder: Path, make: Callable[..., Upload], more: str, made: int
) -> None:
    with pytest.raises(RefusedError, match="create the directory, or name another"):
        put(below(server, more, made), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert names(folder) == []


@pytest.mark.parametrize("more", ["2026", "2026/03"])
def test_a_file_in_its_place_is_refused(
    server: SFTPServer, folder: Path, make: Callable[..., Upload], more: str
) -> None:
    (folder / "2026").write_bytes(b"1")
    with pytest.raises(SFTPRefusedError) as refused:
        put(below(server, more, more.count("/") + 1), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert refused.value.code == "missing"
    assert names(folder) == ["2026"]


def test_workers_that_make_the_same_do_no_harm(server: SFTPServer, folder: Path, make: Callable[..., Upload]) -> None:
    uploads = [make(f"{number}.csv", b"1") for number in range(4)]
    with ThreadPoolExecutor() as threads:
        deliveries = [
            threads.submit(put, below(server, "2026/03/09", 3), [upload], attempt_id=f"{number:024x}")
            for number, upload in enumerate(uploads)
        ]
    assert [delivery.exception() for delivery in deliveries] == [None] * 4
    assert names(folder / "2026/03/09") == [upload.name for upload in uploads]


class AlwaysLate(InFolder):
    """Another worker makes each directory just before."""

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        super().mkdir(path, attrs)
        super().mkdir(path, attrs)


def test_a_directory_that_another_worker_made_in_between_is_taken(
    keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path
) -> None:
    (tmp_path / "root").mkdir()
    with running_asyncssh(keys.public, tmp_path / "root", AlwaysLate) as running:
        put(running.address("/2026/03", keys, creatable=2), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert names(tmp_path / "root/2026/03") == ["a.csv"]


def test_missing_permission_to_create_one_is_reported(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload]
) -> None:
    path, directory = openssh.folder()
    if AS_ROOT:
        shutil.chown(path, "root")
    path.chmod(0o555)
    with pytest.raises(SFTPRefusedError) as refused:
        put(openssh.address(f"{directory}/2026/03", keys, creatable=2), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert refused.value.code == "no_permission"
    assert f"does not allow us to create the directory {directory}/2026: give the user permission." in str(
        refused.value
    )


# Which names


@pytest.mark.parametrize(
    ("directory", "made", "expected"),
    [
        ("in/2026/03", 2, (b"in", [b"2026", b"03"])),
        ("/in/2026", 1, (b"/in", [b"2026"])),
        ("/2026", 1, (b"/", [b"2026"])),
        ("./2026", 1, (b".", [b"2026"])),
        ("2026/03", 2, (b".", [b"2026", b"03"])),
        ("in//2026", 1, (b"in/", [b"2026"])),
        ("in/..", 0, (b"in/..", [])),
        ("../2026", 1, (b"..", [b"2026"])),
        ("", 0, (b".", [])),
        ("/", 0, (b"/", [])),
    ],
)
def test_what_must_be_there_and_what_may_be_made(
    directory: str, made: int, expected: tuple[bytes, list[bytes]]
) -> None:
    assert directory_names(directory, made) == expected


@pytest.mark.parametrize("name", ["..", ".", "", "a\\b", "a\0b", "a\nb", "\ud800", "é" * 128])
@pytest.mark.parametrize("pattern", ["in/{}", "in/{}/03", "in/2026/{}"])
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_made(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload], pattern: str, name: str
) -> None:
    folder, directory = openssh.folder()
    made = pattern.count("/")
    (folder / "in").mkdir()
    with pytest.raises(RefusedError, match="is not a valid directory name"):
        put(
            openssh.address(f"{directory}/{pattern.format(name)}", keys, creatable=made),
            [make("a.csv", b"1")],
            attempt_id=ATTEMPT,
        )
    assert names(folder / "in") == []


@pytest.mark.parametrize("made", [-1, 3])
def test_no_more_can_be_made_than_there_are(made: int) -> None:
    with pytest.raises(ValueError, match="has no"):
        directory_names("in/2026", made)


# Testing the connection


@pytest.mark.parametrize(
    ("there", "told"),
    [("", "2026/03 is created below it"), ("2026", "03 is created below it"), ("2026/03", "")],
)
def test_a_test_of_the_connection_writes_in_what_is_there_and_makes_nothing(
    server: SFTPServer, folder: Path, there: str, told: str
) -> None:
    (folder / there).mkdir(parents=True, exist_ok=True)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777)
    before = sorted(folder.rglob("*"))
    checked = check(below(server, "2026/03", 2))
    details = {step.name: step.detail for step in checked.steps}
    assert {step.state for step in checked.steps} <= {"ok", "unknown"}
    deepest = "/".join(part for part in (server.directory.rstrip("/"), there) if part)
    assert str(details["directory"]) == (f"{deepest}, {told}" if told else deepest)
    assert sorted(folder.rglob("*")) == before
