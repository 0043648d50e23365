"""Lines that break, servers that fall silent, full disks: nothing half is shown, and a later attempt goes on."""

import asyncio
import os
import subprocess
from asyncio import StreamReader, StreamWriter
from asyncio.unix_events import _UnixSelectorEventLoop
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh import SFTPAttrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.destinations.sftp.conftest import ATTEMPT, SMALL_BLOCKS, names, noise
from tests.mail_server import scripted_server
from tests.ssh_server import AS_ROOT, InFolder, Line, Running, line_to, running_asyncssh

from navette.core.errors import TryLaterError
from navette.destinations.destination import Upload
from navette.destinations.sftp import Limits, NewKeyPair, RefusedError, SFTPServer, SFTPTryLaterError, put

CONTENT = noise(1_000_000)
KINDS = ("openssh", "openssh without extensions", "asyncssh")
a_few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("kind", KINDS)
@a_few
@given(cut_after=st.integers(0, 1_100_000))
def test_after_a_cut_anywhere_the_next_attempt_goes_on(
    server_of: Callable[..., Running], keys: NewKeyPair, make: Callable[..., Upload], kind: str, cut_after: int
) -> None:
    running = server_of(kind)
    folder, directory = running.folder()
    (folder / "a.csv").write_bytes(b"former")
    line, upload = Line(cut_after), make("a.csv", CONTENT)
    with line_to(running.port, line) as port:
        server = running.address(directory, keys, port=port, limits=SMALL_BLOCKS)
        try:
            put(server, [upload], attempt_id=ATTEMPT)
        except TryLaterError:
            assert (folder / "a.csv").read_bytes() in (b"former", CONTENT)
        had = sum(path.stat().st_size for path in folder.glob(".*.part"))
        line.cut_after, line.carried = None, 0
        put(server, [upload], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == CONTENT
    # What was there is not sent again, but for the rewound part, and what a handshake takes.
    assert line.carried < len(CONTENT) - had + (192 << 10) + 40_000


@pytest.mark.parametrize("kind", KINDS)
def test_a_line_that_breaks_again_and_again(
    server_of: Callable[..., Running], keys: NewKeyPair, make: Callable[..., Upload], kind: str
) -> None:
    running = server_of(kind)
    folder, directory = running.folder()
    line, upload, broken = Line(400_000), make("a.csv", CONTENT), 0
    with line_to(running.port, line) as port:
        server = running.address(directory, keys, port=port, limits=SMALL_BLOCKS)
        while not (folder / "a.csv").exists():
            line.carried = 0
            try:
                put(server, [upload], attempt_id=ATTEMPT)
            except TryLaterError:
                broken += 1
            assert broken < 20
    assert broken >= 2
    assert names(folder) == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == CONTENT


def test_a_large_file_is_resumed_at_a_block(openssh: Running, keys: NewKeyPair, make: Callable[..., Upload]) -> None:
    content = noise(60_000_000)
    folder, directory = openssh.folder()
    line, upload = Line(50_000_000), make("a.csv", content)
    with line_to(openssh.port, line) as port:
        server = openssh.address(directory, keys, port=port)
        with pytest.raises(TryLaterError, match="was lost"):
            put(server, [upload], attempt_id=ATTEMPT)
        assert names(folder) == [f".a.csv.{ATTEMPT}.part"]
        told, line.cut_after, line.carried = [], None, 0
        put(server, [upload], attempt_id=ATTEMPT, report=lambda _name, bytes_: told.append(bytes_))
    assert (folder / "a.csv").read_bytes() == content
    # What was on its way at the cut is lost with the line: at least 40 of the 50 MB were there, and 16 MiB less count.
    assert min(filter(None, told)) >= 16 << 20
    assert line.carried < 60_000_000 - (16 << 20) + 100_000


@pytest.mark.parametrize("had", [b"", b"x" * 2_000_000, noise(999_999), CONTENT])
def test_whatever_an_earlier_attempt_left_the_file_is_whole(
    server: SFTPServer, folder: Path, make: Callable[..., Upload], had: bytes
) -> None:
    part = folder / f".a.csv.{ATTEMPT}.part"
    part.write_bytes(had)
    part.chmod(0o666)
    put(replace(server, limits=SMALL_BLOCKS), [make("a.csv", CONTENT)], attempt_id=ATTEMPT)
    assert (folder / "a.csv").read_bytes() == CONTENT
    assert names(folder) == ["a.csv"]


def test_bytes_that_an_earlier_server_kept_out_of_order_are_sent_again(
    server: SFTPServer, folder: Path, make: Callable[..., Upload]
) -> None:
    """A hole before the end, as large as what may be under way."""
    part = folder / f".a.csv.{ATTEMPT}.part"
    part.write_bytes(CONTENT[: 600 << 10] + bytes(64 << 10) + CONTENT[664 << 10 : 680 << 10])
    part.chmod(0o666)
    put(replace(server, limits=SMALL_BLOCKS), [make("a.csv", CONTENT)], attempt_id=ATTEMPT)
    assert (folder / "a.csv").read_bytes() == CONTENT


# Silence


class StopError(Exception):
    pass


def test_a_silent_server_does_not_keep_a_delivery_from_being_ended(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload]
) -> None:
    folder, directory = openssh.folder()
    line = Line(silent_after=300_000)

    def stop(*_: Any) -> None:
        if line.silent.is_set():
            raise StopError

    with line_to(openssh.port, line) as port, pytest.raises(StopError):
        put(openssh.address(directory, keys, port=port), [make("a.csv", CONTENT)], attempt_id=ATTEMPT, report=stop)
    assert "a.csv" not in names(folder)


def test_a_dead_peer_is_noticed(openssh: Running, keys: NewKeyPair, make: Callable[..., Upload]) -> None:
    _, directory = openssh.folder()
    limits = Limits(keepalive_seconds=0.05)
    with line_to(openssh.port, Line(silent_after=300_000)) as port, pytest.raises(TryLaterError, match="was lost"):
        put(openssh.address(directory, keys, port=port, limits=limits), [make("a.csv", CONTENT)], attempt_id=ATTEMPT)


class DoesNothing(InFolder):
    """Keeps the connection up, and never answers a write."""

    async def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        file_obj.close()  # asyncssh would leave it open, as the request never ends
        await asyncio.Event().wait()


def test_a_server_that_does_nothing_is_given_up(keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    with running_asyncssh(keys.public, tmp_path / "root", DoesNothing) as running:
        server = running.address("/", keys, limits=Limits(stall_seconds=0.1))
        with pytest.raises(TryLaterError, match="accepted no bytes"):
            put(server, [make("a.csv", CONTENT)], attempt_id=ATTEMPT)
        assert "a.csv" not in names(tmp_path / "root")


async def until_it_hangs_up(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        await reader.read()
    finally:
        writer.transport.abort()


def test_one_that_never_greets_is_given_up(openssh: Running, keys: NewKeyPair, make: Callable[..., Upload]) -> None:
    async def say_nothing(reader: StreamReader, writer: StreamWriter) -> None:
        await until_it_hangs_up(reader, writer)

    with scripted_server(say_nothing) as port, pytest.raises(TryLaterError, match="timed out"):
        put(
            openssh.address("/", keys, port=port, limits=Limits(login_seconds=0.1)),
            [make("a.csv", b"1")],
            attempt_id=ATTEMPT,
        )


def test_one_that_does_not_speak_ssh(openssh: Running, keys: NewKeyPair, make: Callable[..., Upload]) -> None:
    async def speak_of_mail(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n" * 2000)
        await writer.drain()
        await until_it_hangs_up(reader, writer)

    with scripted_server(speak_of_mail) as port, pytest.raises(RefusedError, match="does not speak SSH"):
        put(openssh.address("/", keys, port=port), [make("a.csv", b"1")], attempt_id=ATTEMPT)


def test_nobody_listens(server: SFTPServer, make: Callable[..., Upload], unused_port: int) -> None:
    with pytest.raises(SFTPTryLaterError, match="cannot be reached") as later:
        put(replace(server, port=unused_port), [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert later.value.code == "unreachable"


def test_the_next_address_is_tried(
    openssh: Running, keys: NewKeyPair, make: Callable[..., Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, directory = openssh.folder()
    resolve = asyncio.BaseEventLoop.getaddrinfo

    async def two(loop: _UnixSelectorEventLoop, _host: str, port: int, **named: Any) -> list[tuple[Any, ...]]:
        return [*await resolve(loop, "127.9.9.9", port, **named), *await resolve(loop, "127.0.0.1", port, **named)]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", two)
    server = openssh.address(directory, keys, host="two.example", limits=Limits(connect_seconds=5))
    put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]


# No room


@pytest.fixture
def small_disk(openssh: Running) -> Iterator[tuple[Path, str, Callable[..., subprocess.CompletedProcess[str]]]]:
    """A folder on a disk of 4 MB: its path, its name on the server, and what makes it larger."""
    if not AS_ROOT:
        pytest.skip("SKIPPED LOUDLY: only root can mount a small disk")
    folder, directory = openssh.folder()

    def mount(options: str) -> subprocess.CompletedProcess[str]:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        return subprocess.run(command, check=False, capture_output=True, text=True)

    done = mount("size=4m,mode=777")
    if done.returncode:
        pytest.skip(f"SKIPPED LOUDLY: no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield folder, directory, mount
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(
    small_disk: tuple[Path, str, Callable[..., subprocess.CompletedProcess[str]]],
    openssh: Running,
    keys: NewKeyPair,
    make: Callable[..., Upload],
) -> None:
    folder, directory, mount = small_disk
    (folder / "a.csv").write_bytes(b"former")
    server, upload = openssh.address(directory, keys), make("a.csv", noise(8_000_000))
    with pytest.raises(SFTPTryLaterError, match=r"is full: free some space\. \(it answered 'Failure'\)") as later:
        put(server, [upload], attempt_id=ATTEMPT)
    assert later.value.code == "disk_full"
    assert (folder / "a.csv").read_bytes() == b"former"
    assert os.statvfs(folder).f_bavail == 0
    assert mount("remount,size=32m").returncode == 0
    put(server, [upload], attempt_id=ATTEMPT)
    assert names(folder) == ["a.csv"]
    assert (folder / "a.csv").read_bytes() == upload.path.read_bytes()


class OverQuota(InFolder):
    """Has no more room for us."""

    def write(self, file_obj: object, offset: int, data: bytes) -> Any:
        raise asyncssh.SFTPQuotaExceeded("Disk quota exceeded")


def test_a_quota_is_reported_in_the_servers_words(
    keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path
) -> None:
    (tmp_path / "root").mkdir()
    with (
        running_asyncssh(keys.public, tmp_path / "root", OverQuota) as running,
        pytest.raises(TryLaterError, match=r"ask its administrator why\. \(it answered 'Disk quota exceeded'\)"),
    ):
        put(running.address("/", keys), [make("a.csv", CONTENT)], attempt_id=ATTEMPT)


# Servers that cannot resume


class OnlyWhole(InFolder):
    """Writes files from their beginning alone, as servers before an object store do."""

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> Any:
        if not pflags & asyncssh.FXF_TRUNC and pflags & asyncssh.FXF_WRITE:
            raise asyncssh.SFTPFailure("not supported")
        return super().open(path, pflags, attrs)


def test_a_server_that_cannot_go_on_in_a_file_gets_it_from_its_beginning(
    keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path
) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / f".a.csv.{ATTEMPT}.part").write_bytes(CONTENT[:500_000])
    with running_asyncssh(keys.public, tmp_path / "root", OnlyWhole) as running:
        put(running.address("/", keys, limits=SMALL_BLOCKS), [make("a.csv", CONTENT)], attempt_id=ATTEMPT)
    assert (tmp_path / "root" / "a.csv").read_bytes() == CONTENT


class Forgets(InFolder):
    """Takes everything and keeps the half of it, the first time."""

    forgot = False

    def fsync(self, file_obj: Any) -> Any:
        if not Forgets.forgot:
            Forgets.forgot = True
            os.truncate(file_obj.name, 500_000)


def test_a_file_of_another_size_gets_no_name_and_is_sent_again(
    keys: NewKeyPair, make: Callable[..., Upload], tmp_path: Path
) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    Forgets.forgot = False
    with running_asyncssh(keys.public, folder, Forgets) as running:
        with pytest.raises(TryLaterError, match="has 500,000 of 1,000,000 bytes"):
            put(running.address("/", keys), [make("a.csv", CONTENT)], attempt_id=ATTEMPT)
        assert names(folder) == []
        put(running.address("/", keys), [make("a.csv", CONTENT)], attempt_id=ATTEMPT)
    assert (folder / "a.csv").read_bytes() == CONTENT
