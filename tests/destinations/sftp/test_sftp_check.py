"""A connection is tried step by step: what each step says, and that nothing stays behind."""

import asyncio
import shutil
from asyncio import StreamReader, StreamWriter
from asyncio.unix_events import _UnixSelectorEventLoop
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from tests.destinations.sftp.conftest import ATTEMPT, PLAIN_RENAME, names
from tests.mail_server import scripted_server
from tests.ssh_server import AS_ROOT, InFolder, Running, running_asyncssh, running_sshd

from navette.destinations.sftp import (
    STEPS,
    Allowed,
    Checked,
    HostKey,
    NewKeyPair,
    SFTPServer,
    SFTPTryLaterError,
    Step,
    Upload,
    check,
    fingerprint,
    new_key_pair,
    put,
)


def states(checked: Checked) -> dict[str, str]:
    return {step.name: step.state for step in checked.steps}


def failed(checked: Checked) -> Step:
    """The one step that failed, those before it being ok, and those after it not tried."""
    [step] = [one for one in checked.steps if one.state == "failed"]
    at = STEPS.index(step.name)
    assert [one.state for one in checked.steps] == ["ok"] * at + ["failed"] + ["skipped"] * (len(STEPS) - at - 1)
    assert str(step.help).endswith((".", ")"))
    return step


def test_all_is_well(server: SFTPServer, folder: Path, running: Running, request: pytest.FixtureRequest) -> None:
    kind = request.node.callspec.params["running"]
    checked = check(server)
    facts = {step.name: step.detail for step in checked.steps}
    assert tuple(facts) == STEPS
    expected = dict.fromkeys(STEPS, "ok")
    if kind == "openssh without extensions":
        expected["free_space"] = "unknown"
    else:
        assert str(facts["free_space"]).endswith("B free")
    assert states(checked) == expected
    assert str(facts["connect"]) == f"127.0.0.1 port {running.port}"
    assert "aes128-gcm@openssh.com, ssh-ed25519" in str(facts["algorithms"])
    assert facts["host_key"] == fingerprint(running.host_keys[0]) == shown_key(checked).fingerprint
    assert facts["directory"] == server.directory
    assert facts["rename"] == ("rename" if kind in PLAIN_RENAME else "posix-rename")
    assert names(folder) == []


def shown_key(checked: Checked) -> HostKey:
    assert checked.host_key is not None
    return checked.host_key


class Watched(asyncssh.SSHServer):
    """Notes whose sign-in began."""

    began: list[str] = []  # noqa: RUF012  # emptied by the test

    def begin_auth(self, username: str) -> bool:
        self.began.append(username)
        return True


@pytest.mark.parametrize("accepted", ["none", "another", "another algorithm's"])
def test_an_unknown_host_key_is_shown_and_nobody_signs_in(keys: NewKeyPair, tmp_path: Path, accepted: str) -> None:
    others: dict[str, tuple[str, ...]] = {
        "none": (),
        "another": (new_key_pair("ed25519", "").public,),
        "another algorithm's": (asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode(),),
    }
    Watched.began.clear()
    with running_asyncssh(keys.public, tmp_path, server_factory=Watched) as running:
        checked = check(running.address("/", keys, host_keys=others[accepted]))
        step = failed(checked)
        assert Watched.began == []
        assert check(running.address("/", keys, host_keys=(shown_key(checked).text,))).steps[-1].state == "ok"
        assert Watched.began == ["navette"]
    assert step.name == "host_key"
    assert step.code == ("host_key_unknown" if accepted == "none" else "host_key_changed")
    assert step.detail == shown_key(checked).fingerprint == fingerprint(shown_key(checked).text)
    assert shown_key(checked).text == running.host_keys[0]


def test_an_address_that_is_not_allowed(server: SFTPServer) -> None:
    step = failed(check(replace(server, allowed=Allowed.parse("10.0.0.0/8"))))
    assert (step.name, step.code) == ("address", "not_allowed")
    assert str(step.help) == (
        f"Navette may not connect to port {server.port} of 127.0.0.1: an administrator can add it to the list of "
        "allowed SFTP servers, a private address as a network."
    )


def test_what_a_name_stands_for_is_shown_as_far_as_it_may_be_reached(
    server: SFTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = asyncio.BaseEventLoop.getaddrinfo

    async def two(loop: _UnixSelectorEventLoop, _host: str, port: int, **named: Any) -> list[tuple[Any, ...]]:
        return [*await resolve(loop, "127.0.0.1", port, **named), *await resolve(loop, "10.1.2.3", port, **named)]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", two)
    assert check(replace(server, host="intranet.example")).steps[0].detail == "127.0.0.1"
    checked = check(replace(server, host="intranet.example", allowed=Allowed()))
    assert failed(checked).name == "address"
    assert "10.1.2.3" not in str(checked)
    assert "127.0.0.1" not in str(checked)


class Babbling(InFolder):
    """Calls every directory by a name that no page could show."""

    def realpath(self, path: bytes) -> bytes:
        return b"/\x1b[2J\xe2\x80\xae" + b"x" * 100_000

    def stat(self, path: bytes) -> Any:
        return super().stat(b"/")


def test_what_a_server_calls_its_directory_is_cut(keys: NewKeyPair, tmp_path: Path) -> None:
    with running_asyncssh(keys.public, tmp_path, Babbling) as running:
        checked = check(running.address("/", keys))
    [directory] = [step for step in checked.steps if step.name == "directory"]
    assert directory.state == "ok"
    assert str(directory.detail).startswith("/ [2J xxx")
    assert all(len(str(step.detail)) + len(str(step.help)) < 1000 for step in checked.steps)


def test_nobody_listens(server: SFTPServer, unused_port: int) -> None:
    step = failed(check(replace(server, port=unused_port)))
    assert (step.name, step.code) == ("connect", "unreachable")
    assert "connection refused" in str(step.help)


def test_it_does_not_speak_ssh(server: SFTPServer) -> None:
    async def hang_up(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.transport.abort()

    with scripted_server(hang_up) as port:
        assert failed(check(replace(server, port=port))).name == "algorithms"


def test_no_common_algorithm(keys: NewKeyPair, tmp_path: Path) -> None:
    with running_asyncssh(keys.public, tmp_path, encryption_algs=["aes256-cbc"]) as running:
        step = failed(check(running.address("/", keys)))
    assert (step.name, step.code) == ("algorithms", "no_common_algorithm")
    assert "(It offers aes256-cbc.)" in str(step.help)


def test_the_key_is_refused(server: SFTPServer) -> None:
    step = failed(check(replace(server, private_keys=(new_key_pair("ed25519", "stranger").private,))))
    assert (step.name, step.code) == ("authenticate", "sign_in_refused")
    assert "add our public key" in str(step.help)


@pytest.mark.parametrize("user", ["", "no such user", "a\x01b"])
def test_the_user_is_refused(openssh: Running, keys: NewKeyPair, user: str) -> None:
    checked = check(openssh.address("/", keys, user=user))
    assert states(checked)["authenticate"] != "ok"
    assert "failed" in states(checked).values()


def test_a_key_is_not_enough(keys: NewKeyPair) -> None:
    more = "HostbasedAuthentication yes\nAuthenticationMethods publickey,hostbased"
    with running_sshd(keys.public, more=more) as running:
        step = failed(check(running.address(running.directory, keys)))
    assert (step.name, step.code) == ("authenticate", "key_not_enough")


def test_keys_are_not_taken_at_all(keys: NewKeyPair, tmp_path: Path) -> None:
    class Passwords(asyncssh.SSHServer):
        def public_key_auth_supported(self) -> bool:
            return False

        def password_auth_supported(self) -> bool:
            return True

    with running_asyncssh(keys.public, tmp_path, server_factory=Passwords, authorized_client_keys=None) as running:
        step = failed(check(running.address("/", keys)))
    assert (step.name, step.code) == ("authenticate", "key_not_enough")


def test_login_scripts_that_print_are_named(keys: NewKeyPair) -> None:
    with running_sshd(keys.public, more="Match all\nForceCommand /bin/echo Welcome") as running:
        step = failed(check(running.address(running.directory, keys)))
    assert (step.name, step.code) == ("directory", "no_sftp")
    assert "login scripts" in str(step.help)


def test_a_server_without_room_for_a_session_may_have_some_later(
    keys: NewKeyPair, tmp_path: Path, make: Callable[..., Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, "too many sessions")

    monkeypatch.setattr(asyncssh.connection.SSHServerConnection, "_process_session_open", full)
    with running_asyncssh(keys.public, tmp_path) as running:
        server = running.address("/", keys)
        step = failed(check(server))
        with pytest.raises(SFTPTryLaterError, match="too many sessions"):
            put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT)
    assert (step.name, step.code) == ("directory", "busy")


def test_no_sftp(keys: NewKeyPair, tmp_path: Path) -> None:
    with running_asyncssh(keys.public, tmp_path, sftp_factory=None) as running:
        step = failed(check(running.address("/", keys)))
    assert (step.name, step.code) == ("directory", "no_sftp")


def test_the_directory_is_missing(server: SFTPServer, folder: Path) -> None:
    step = failed(check(replace(server, directory=f"{server.directory}/none")))
    assert (step.name, step.code) == ("directory", "missing")
    assert names(folder) == []


def test_the_directory_may_not_be_written_to(openssh: Running, keys: NewKeyPair) -> None:
    path, directory = openssh.folder()
    if AS_ROOT:
        shutil.chown(path, "root")
    path.chmod(0o555)
    checked = check(openssh.address(directory, keys))
    told = states(checked)
    assert (told["directory"], told["write"], told["rename"], told["free_space"]) == ("ok", "failed", "skipped", "ok")
    assert [step.code for step in checked.steps if step.state == "failed"] == ["no_permission"]


class NoRename(InFolder):
    """Lets files be written, and not be renamed."""

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        raise asyncssh.SFTPPermissionDenied("no renaming")

    posix_rename = rename


def test_it_may_write_and_not_rename_as_a_delivery_goes_without_and_nothing_is_left(
    keys: NewKeyPair, tmp_path: Path
) -> None:
    with running_asyncssh(keys.public, tmp_path, NoRename) as running:
        checked = check(running.address("/", keys))
    assert states(checked) == dict.fromkeys(STEPS, "ok")
    assert {step.name: step.remarks for step in checked.steps if step.remarks} == {"rename": ("in_place",)}
    assert names(tmp_path) == []


def test_a_relative_directory_is_shown_as_it_is_meant(openssh: Running, keys: NewKeyPair) -> None:
    folder, directory = openssh.folder()
    checked = check(openssh.address(f"./{folder.name}/", keys))
    assert {step.name: step.detail for step in checked.steps}["directory"] == directory
    assert states(checked) == dict.fromkeys(STEPS, "ok")
