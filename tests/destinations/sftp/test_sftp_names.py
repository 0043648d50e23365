"""Names: whatever they are, nothing is written outside the directory, and nothing hidden is taken for another's."""

import asyncio
import os
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.destinations.sftp.conftest import ATTEMPT, names
from tests.naughty import NAUGHTY
from tests.ssh_server import Running

from navette.core.file_names import LONGEST_NAME, UNSEEN
from navette.destinations.destination import Upload
from navette.destinations.sftp import NewKeyPair, RefusedError, put
from navette.destinations.sftp.connection import session
from navette.destinations.sftp.directory import directory_of
from navette.destinations.sftp.names import hidden_name, is_hidden, is_leftover, remote_file_name

PATHS = [
    "..",
    ".",
    "/",
    "../a",
    "a/../../b",
    "/etc/passwd",
    "a\\b",
    "..\\a",
    "a\0b",
    "~/a",
    "\ud800",
    "é" * 128,
    "a\x9fb",
]
texts = st.text() | st.sampled_from([*NAUGHTY, *PATHS]) | st.text("./\\~é\0", max_size=300)


def accepted(name: str) -> bytes | None:
    try:
        return remote_file_name(name)
    except RefusedError:
        return None


@given(texts)
@example("é" * 127)
@example("é" * 128)
def test_a_name_is_plain_or_refused(name: str) -> None:
    encoded = accepted(name)
    plain = bool(name) and name not in (".", "..") and not UNSEEN.search(name) and not set(name) & set("/\\")
    assert (encoded is not None) == (plain and len(os.fsencode(name)) <= 255)
    if encoded is not None:
        assert os.path.normpath(os.path.join(b"/d", encoded)) == b"/d/" + encoded  # noqa: PTH118  # bytes


@given(texts.filter(accepted), texts.filter(accepted))
@example("a" * 255, "a" * 254 + "b")
@example("é" * 127, "é" * 126 + "e")
def test_hidden_names_fit_and_are_each_files_own(one: str, other: str) -> None:
    hidden = hidden_name(remote_file_name(one), ATTEMPT, "part")
    assert len(hidden) <= LONGEST_NAME
    assert hidden.startswith(b".")
    assert b"/" not in hidden
    assert hidden.decode()
    assert is_leftover(hidden)
    with pytest.raises(RefusedError, match="hidden names"):
        remote_file_name(hidden.decode())
    assert (hidden == hidden_name(remote_file_name(other), ATTEMPT, "part")) == (one == other)


def test_what_was_set_aside_is_no_leftover() -> None:
    aside = hidden_name(b"a.csv", ATTEMPT, "aside")
    assert is_hidden(aside)
    assert not is_leftover(aside)


def test_hidden_names_are_the_documented_ones() -> None:
    assert hidden_name(b"a.csv", ATTEMPT, "part") == f".a.csv.{ATTEMPT}.part".encode()


@pytest.mark.parametrize("kind", ["openssh, changed root", "asyncssh"])
def test_naughty_names_arrive_as_they_are_or_are_refused(
    server_of: Callable[..., Running], keys: NewKeyPair, make: Callable[..., Upload], kind: str
) -> None:
    running = server_of(kind)
    folder, directory = running.folder()
    outside = set(names(running.root))
    good = [name for name in dict.fromkeys([*NAUGHTY, *PATHS]) if accepted(name)]
    put(running.address(directory, keys), [make(name, b"1") for name in good], attempt_id=ATTEMPT)
    assert sorted(os.listdir(folder)) == sorted(good)
    assert len(good) > 250
    assert set(names(running.root)) == outside


def test_naughty_directories_are_not_made(openssh: Running, keys: NewKeyPair) -> None:
    folder, directory = openssh.folder()

    async def enter() -> None:
        async with session(openssh.address(directory, keys)) as (_, sftp):
            for text in [*NAUGHTY, *PATHS]:
                below = openssh.address(f"{directory}/x/{text}", keys)
                with pytest.raises(RefusedError):
                    await directory_of(sftp, below)

    asyncio.run(enter())
    assert names(folder) == []
