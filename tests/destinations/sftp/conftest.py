"""Servers to deliver to, one of each kind for all tests, and files to deliver."""

import hashlib
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.ssh_server import Running, WithoutPosixRename, running_asyncssh, running_sshd

from navette.destinations.sftp import Limits, NewKeyPair, SFTPServer, new_key_pair

ATTEMPT = "6560f00d5240b1bca90ffbb6"

SMALL_BLOCKS = Limits(block=64 << 10, rewind=128 << 10, under_way=64 << 10, largest_request=16 << 10)
"""Blocks so small that a small file has many of them."""

OPENSSH: dict[str, dict[str, Any]] = {
    "openssh": {},
    "openssh, changed root": {"chrooted": True},
    "openssh without extensions": {"options": "-P posix-rename,fsync,statvfs,limits"},
}
ASYNCSSH: dict[str, dict[str, Any]] = {"asyncssh": {}, "asyncssh without posix-rename": {"kind": WithoutPosixRename}}
KINDS = (*OPENSSH, *ASYNCSSH)
PLAIN_RENAME = ("openssh without extensions", "asyncssh without posix-rename")


@pytest.fixture(scope="session")
def keys() -> NewKeyPair:
    """The key pair that every server lets in."""
    return new_key_pair("ed25519", "navette@example.org")


@pytest.fixture(scope="session")
def server_of(keys: NewKeyPair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """Gives the server of a kind, which is started at the first call."""
    started: dict[str, Running] = {}
    with ExitStack() as stack:

        def start(kind: str) -> AbstractContextManager[Running]:
            if kind in OPENSSH:
                return running_sshd(keys.public, **OPENSSH[kind])
            return running_asyncssh(keys.public, tmp_path_factory.mktemp("asyncssh"), **ASYNCSSH[kind])

        def give(kind: str) -> Running:
            if kind not in started:
                started[kind] = stack.enter_context(start(kind))
            return started[kind]

        yield give


@pytest.fixture(params=KINDS)
def running(request: pytest.FixtureRequest, server_of: Callable[..., Running]) -> Running:
    """A server of each kind in turn."""
    return server_of(request.param)


@pytest.fixture
def openssh(server_of: Callable[..., Running]) -> Running:
    return server_of("openssh")


@pytest.fixture
def place(running: Running) -> tuple[Path, str]:
    """A new folder on the server: the local path, and its name there."""
    return running.folder()


@pytest.fixture
def server(running: Running, place: tuple[Path, str], keys: NewKeyPair) -> SFTPServer:
    """The server of that folder, as the destination knows it."""
    return running.address(place[1], keys)


@pytest.fixture
def folder(place: tuple[Path, str]) -> Path:
    return place[0]


def noise(size: int, seed: bytes = b"seed") -> bytes:
    """So many bytes that nothing can compress."""
    return hashlib.shake_256(seed).digest(size)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port of 127.0.0.1 at which nobody listens, and nobody else can for now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]
