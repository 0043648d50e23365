"""What every SFTP server is delivered, whatever kind it is."""

import getpass
import logging
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.destinations.sftp.conftest import ATTEMPT, names, noise
from tests.ssh_server import AS_ROOT, Running, running_sshd

from navette.core.errors import ConfigurationError, TryLaterError
from navette.destinations.destination import Upload
from navette.destinations.sftp import (
    HostKeyChangedError,
    NewKeyPair,
    RefusedError,
    SFTPRefusedError,
    SFTPServer,
    fingerprint,
    new_key_pair,
    put,
)

OTHER_ATTEMPT = ATTEMPT[::-1]


def test_a_file_arrives_whole_under_its_name_alone(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    content = noise(1_000_000)
    receipt = put(server, [make("messages été.csv", content)], attempt_id=ATTEMPT)
    assert names(folder) == ["messages été.csv"]
    assert (folder / "messages été.csv").read_bytes() == content
    assert server.directory in receipt.answer
    assert receipt.at.utcoffset() == timedelta(0)


def test_files_arrive_in_their_order_each_before_the_next_is_begun(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    uploads = [make("b.csv", noise(100_000)), make("empty.csv", b""), make("a.csv", b"1"), make("manifest.json", b"{}")]
    seen_there = []
    put(server, uploads, attempt_id=ATTEMPT, finished=lambda name: seen_there.append((name, names(folder))))
    assert seen_there == [
        ("b.csv", ["b.csv"]),
        ("empty.csv", ["b.csv", "empty.csv"]),
        ("a.csv", ["a.csv", "b.csv", "empty.csv"]),
        ("manifest.json", ["a.csv", "b.csv", "empty.csv", "manifest.json"]),
    ]
    assert (folder / "empty.csv").read_bytes() == b""


def test_what_is_done_is_not_sent_again(server: SFTPServer, folder: Path, make: Callable[..., Upload]) -> None:
    uploads = [make("a.csv", b"a"), make("b.csv", b"b")]
    finished: list[str] = []
    put(server, uploads, attempt_id=ATTEMPT, delivered=["a.csv"], finished=finished.append)
    assert (finished, names(folder)) == (["b.csv"], ["b.csv"])
    put(replace(server, port=1), uploads, attempt_id=ATTEMPT, delivered=["a.csv", "b.csv"])  # nobody is asked


def test_a_file_that_has_its_name_is_done_though_the_delivery_is_stopped_at_once(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    finished: list[str] = []

    def stop(name: str, _bytes: int) -> None:
        if (folder / name).exists():
            raise InterruptedError

    with pytest.raises(InterruptedError):
        put(
            server,
            [make("a.csv", b"a"), make("b.csv", b"b")],
            attempt_id=ATTEMPT,
            report=stop,
            finished=finished.append,
        )
    assert (finished, names(folder)) == (["a.csv"], ["a.csv"])


@pytest.mark.parametrize("attempt", [ATTEMPT, OTHER_ATTEMPT])
def test_a_second_delivery_replaces_and_leaves_nothing_beside(
    server: SFTPServer, folder: Path, make: Callable[..., Upload], attempt: str
) -> None:
    put(server, [make("a.csv", noise(300_000)), make("b.csv", b"1")], attempt_id=ATTEMPT)
    put(server, [make("a.csv", b"shorter"), make("b.csv", b"1")], attempt_id=attempt)
    assert names(folder) == ["a.csv", "b.csv"]
    assert (folder / "a.csv").read_bytes() == b"shorter"


def test_the_name_has_the_former_file_until_it_has_the_new_one(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    former, new = noise(100_000, b"former"), noise(20_000_000, b"new")
    put(server, [make("a.csv", former)], attempt_id=OTHER_ATTEMPT)
    contents = []
    put(
        server,
        [make("a.csv", new)],
        attempt_id=ATTEMPT,
        report=lambda _name, _bytes: contents.append((folder / "a.csv").read_bytes()),
        finished=lambda _name: contents.append((folder / "a.csv").read_bytes()),
    )
    assert set(contents) == {former, new}
    assert contents[-1] == new


def test_reported_progress_only_grows(server: SFTPServer, make: Callable[..., Upload]) -> None:
    told = []
    put(server, [make("a.csv", noise(20_000_000))], attempt_id=ATTEMPT, report=lambda *far: told.append(far))
    assert {name for name, _ in told} == {"a.csv"}
    assert [bytes_ for _, bytes_ in told] == sorted(bytes_ for _, bytes_ in told)
    assert told[-1] == ("a.csv", 20_000_000)
    assert len(told) >= 3


class StopError(Exception):
    pass


@pytest.mark.parametrize("when", ["report", "finished"])
def test_an_error_of_the_report_ends_the_delivery_and_is_raised(
    server: SFTPServer, folder: Path, make: Callable[..., Upload], when: str
) -> None:
    def stop(*_: object) -> None:
        raise StopError

    told: dict[str, Any] = {when: stop}

    with pytest.raises(StopError):
        put(server, [make("a.csv", noise(9_000_000)), make("b.csv", b"1")], attempt_id=ATTEMPT, **told)
    assert names(folder) in ([f".a.csv.{ATTEMPT}.part"], ["a.csv"], [])
    put(server, [make("a.csv", noise(9_000_000)), make("b.csv", b"1")], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv", "b.csv"]
    assert (folder / "a.csv").read_bytes() == noise(9_000_000)


def test_an_operating_system_error_of_the_report_is_not_taken_for_the_networks(
    server: SFTPServer, make: Callable[..., Upload]
) -> None:
    def stop(_name: str) -> None:
        raise ConnectionResetError("the database's")

    with pytest.raises(ConnectionResetError, match="the database's"):
        put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT, finished=stop)


def test_several_deliveries_at_once_from_threads_of_their_own(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    uploads = [make(f"{number}.csv", noise(3_000_000, bytes([number]))) for number in range(4)]
    with ThreadPoolExecutor() as threads:
        deliveries = [
            threads.submit(put, server, [upload], attempt_id=f"{number:024x}") for number, upload in enumerate(uploads)
        ]
    assert [delivery.exception() for delivery in deliveries] == [None] * 4
    assert names(folder) == [upload.name for upload in uploads]
    assert all((folder / one.name).read_bytes() == one.path.read_bytes() for one in uploads)


def test_two_workers_at_one_delivery_do_no_harm(server: SFTPServer, folder: Path, make: Callable[..., Upload]) -> None:
    """One was taken for dead, and wakes up."""
    upload = make("a.csv", noise(3_000_000))
    with ThreadPoolExecutor() as threads:
        deliveries = [threads.submit(put, server, [upload], attempt_id=ATTEMPT) for _ in range(2)]
    failures = [one.exception() for one in deliveries if one.exception()]
    assert len(failures) < 2
    assert all(isinstance(one, TryLaterError) for one in failures)
    assert (folder / "a.csv").read_bytes() == upload.path.read_bytes()


# Left behind


def aged(path: Path, days: int) -> None:
    then = path.stat().st_mtime - timedelta(days=days).total_seconds()
    os.utime(path, (then, then))


def test_old_leftovers_of_ours_are_removed_and_nothing_else(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    old = ["messages.csv", f".a.csv.{OTHER_ATTEMPT}.part", f".a.csv.{OTHER_ATTEMPT}.aside", ".a.csv.part", ".profile"]
    old += [f"a.csv.{OTHER_ATTEMPT}.part", f".{OTHER_ATTEMPT}.part", f".a.{OTHER_ATTEMPT.upper()}.part", ".a.0.part"]
    for name in old:
        (folder / name).write_bytes(b"1")
        aged(folder / name, days=8)
    (folder / f".young.csv.{OTHER_ATTEMPT}.part").write_bytes(b"1")
    aged(folder / f".young.csv.{OTHER_ATTEMPT}.part", days=6)
    (folder / f".folder.{OTHER_ATTEMPT}.part").mkdir()
    aged(folder / f".folder.{OTHER_ATTEMPT}.part", days=8)
    before = set(names(folder))
    put(server, [make("new.csv", b"1")], attempt_id=ATTEMPT)
    assert before - set(names(folder)) == {f".a.csv.{OTHER_ATTEMPT}.part"}
    assert set(names(folder)) - before == {"new.csv"}


def test_a_link_under_the_hidden_name_is_not_followed(
    server: SFTPServer, folder: Path, make: Callable[..., Upload], tmp_path: Path
) -> None:
    (tmp_path / "target").write_bytes(b"precious")
    (folder / f".a.csv.{ATTEMPT}.part").symlink_to(tmp_path / "target")
    with pytest.raises(RefusedError, match="is not a file"):
        put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert (tmp_path / "target").read_bytes() == b"precious"


# What is refused


def test_a_missing_directory_is_refused_and_not_made(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    with pytest.raises(SFTPRefusedError, match="create the directory, or name another") as refused:
        put(replace(server, directory=f"{server.directory}/none"), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert refused.value.code == "missing"
    assert names(folder) == []


def test_a_file_is_no_directory(server: SFTPServer, folder: Path, make: Callable[..., Upload]) -> None:
    (folder / "file").write_bytes(b"1")
    with pytest.raises(SFTPRefusedError) as refused:
        put(replace(server, directory=f"{server.directory}/file"), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert refused.value.code == "missing"


def test_a_directory_has_the_files_name(server: SFTPServer, folder: Path, make: Callable[..., Upload]) -> None:
    (folder / "a.csv").mkdir()
    (folder / "a.csv" / "kept").write_bytes(b"1")
    with pytest.raises(RefusedError, match="a directory on the server has the file's name"):
        put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert names(folder / "a.csv") == ["kept"]


def test_a_directory_without_the_right_to_write(
    server_of: Callable[..., Running], keys: NewKeyPair, make: Callable[..., Upload]
) -> None:
    running = server_of("openssh")
    path, directory = running.folder()
    if AS_ROOT:
        shutil.chown(path, "root")
    path.chmod(0o555)
    with pytest.raises(SFTPRefusedError, match="give the user permission") as refused:
        put(running.address(directory, keys), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert (refused.value.code, refused.value.reason) == ("no_permission", "Permission denied")
    assert names(path) == []


def test_a_refused_key(server: SFTPServer, folder: Path, make: Callable[..., Upload]) -> None:
    stranger = new_key_pair("ed25519", "stranger")
    with pytest.raises(SFTPRefusedError, match="add our public key") as refused:
        put(replace(server, private_keys=(stranger.private,)), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert refused.value.code == "sign_in_refused"
    assert names(folder) == []


def test_during_a_rotation_each_key_is_tried(
    server: SFTPServer, folder: Path, make: Callable[..., Upload], keys: NewKeyPair
) -> None:
    new = new_key_pair("ed25519", "new")
    put(replace(server, private_keys=(new.private, keys.private)), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]


def test_a_server_that_hangs_up_after_the_first_refused_key(keys: NewKeyPair, make: Callable[..., Upload]) -> None:
    strangers = tuple(new_key_pair("ed25519", "stranger").private for _ in range(2))
    with running_sshd(keys.public, more="MaxAuthTries 1") as running:
        _, directory = running.folder()
        with pytest.raises(RefusedError, match="add our public key"):
            put(running.address(directory, keys, private_keys=strangers), [make("a.csv", b"1")], attempt_id=ATTEMPT)


def test_the_systems_user_has_no_name(
    server: SFTPServer, make: Callable[..., Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> None:
        raise KeyError("getpwuid(): uid not found: 1000")

    monkeypatch.setattr(getpass, "getuser", nameless)
    with pytest.raises(ConfigurationError, match="LOGNAME"):
        put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)


def test_a_changed_host_key_stops_and_says_which_it_is_now(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    for kind in ("ed25519", "rsa4096"):  # of the same algorithm, and of another
        former = new_key_pair(kind, "former host").public
        with pytest.raises(HostKeyChangedError) as changed:
            put(replace(server, host_keys=(former,)), [make("a.csv", b"1")], attempt_id=ATTEMPT)
        assert changed.value.shown_key == server.host_keys[0]
        assert fingerprint(server.host_keys[0]) in str(changed.value)
    former = new_key_pair("ed25519", "former host").public
    put(replace(server, host_keys=(former, *server.host_keys)), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]


def test_without_an_accepted_host_key_nobody_is_called(server: SFTPServer, make: Callable[..., Upload]) -> None:
    with pytest.raises(RefusedError, match="accept its key"):
        put(replace(server, host_keys=(), port=1), [make("a.csv", b"1")], attempt_id=ATTEMPT)


def test_a_file_that_is_not_the_one_that_was_made(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    other = replace(make("a.csv", b"1"), sha256=make("b.csv", b"2").sha256)
    with pytest.raises(RefusedError, match="run the export again"):
        put(server, [other], attempt_id=ATTEMPT)
    longer = replace(make("a.csv", b"1"), bytes=2)
    with pytest.raises(RefusedError, match="run the export again"):
        put(server, [longer], attempt_id=ATTEMPT)
    assert names(folder) == []


def test_a_file_that_is_gone_says_so_before_anybody_is_called(
    server: SFTPServer, make: Callable[..., Upload], tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        put(
            replace(server, port=1),
            [replace(make("a.csv", b"1"), path=tmp_path / "gone")],
            attempt_id=ATTEMPT,
        )


@pytest.mark.parametrize("keys_given", [(), ("no key",), ("-----BEGIN OPENSSH PRIVATE KEY-----\nsecret",)])
def test_keys_that_are_none_are_the_configurations_fault(
    server: SFTPServer, make: Callable[..., Upload], keys_given: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError, match="key pair") as told:
        put(replace(server, private_keys=keys_given), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert "secret" not in str(told.value)
    assert told.value.__cause__ is None


def test_two_files_of_one_name_are_refused(server: SFTPServer, folder: Path, make: Callable[..., Upload]) -> None:
    with pytest.raises(RefusedError, match="the same name"):
        put(server, [make("a.csv", b"1"), make("a.csv", b"2")], attempt_id=ATTEMPT)
    assert names(folder) == []


@pytest.mark.parametrize("attempt", ["", "1", ATTEMPT.upper(), f"{ATTEMPT}/", "../" * 8])
def test_an_attempt_is_an_id(server: SFTPServer, make: Callable[..., Upload], attempt: str) -> None:
    with pytest.raises(ValueError, match="24 hexadecimal digits"):
        put(server, [make("a.csv", b"1")], attempt_id=attempt)


def test_a_private_key_is_not_shown(
    server: SFTPServer, keys: NewKeyPair, make: Callable[..., Upload], caplog: pytest.LogCaptureFixture
) -> None:
    secret = keys.private.splitlines()[3]
    caplog.set_level(logging.DEBUG)
    put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert caplog.text
    assert secret not in caplog.text
    assert secret not in repr(server)
    assert secret not in str(server)
    assert secret not in repr(keys)
