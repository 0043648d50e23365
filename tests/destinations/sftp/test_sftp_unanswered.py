"""Servers that keep the line up and leave a request unanswered, or answer too few of them: nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import asyncssh
import pytest
from tests.destinations.sftp.conftest import ATTEMPT, SMALL_BLOCKS, names, noise
from tests.ssh_server import InFolder, running_asyncssh

from navette.core.errors import TryLaterError
from navette.destinations.destination import Upload
from navette.destinations.sftp import STEPS, Limits, NewKeyPair, SFTPTryLaterError, check, put


async def never(_server: object, *given: Any) -> None:
    for one in given:
        with suppress(AttributeError):
            one.close()  # a file, which asyncssh would leave open, as the request never ends
    await asyncio.Event().wait()


def leaving_unanswered(*requests: str) -> type[InFolder]:
    """A server that answers all but these."""
    return type("Unanswering", (InFolder,), dict.fromkeys(requests, never))


class Silent(asyncssh.SSHServerSession[bytes]):
    """Lets a client begin, and never answers."""

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self.channel, self.received = chan, b""

    def subsystem_requested(self, subsystem: str) -> bool:
        return True


class Nameless(Silent):
    """Answers every request but the first with a list of names, in which there is none."""

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self.received += data
        while len(self.received) >= (size := 4 + int.from_bytes(self.received[:4], "big")) > 4:
            kind, number, self.received = self.received[4], self.received[5:9], self.received[size:]
            answer = b"\x02\0\0\0\x03" if kind == 1 else b"\x68" + number + bytes(4)
            self.channel.write(len(answer).to_bytes(4, "big") + answer)


def speaking(session: type[Silent]) -> dict[str, Any]:
    """What makes a server of such sessions."""
    factory = type("Server", (asyncssh.SSHServer,), {"session_requested": lambda _: session()})
    return {"server_factory": factory, "sftp_factory": None}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a server, beside which files to deliver are made."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


# Testing the connection


@pytest.mark.parametrize(
    ("requests", "step"),
    [
        (["realpath"], "directory"),
        (["stat"], "directory"),
        (["open"], "write"),
        (["write", "close"], "write"),
        (["close"], "write"),
        (["posix_rename"], "rename"),
    ],
    ids=str,
)
def test_a_request_without_an_answer_fails_its_step(
    keys: NewKeyPair, root: Path, requests: list[str], step: str
) -> None:
    with running_asyncssh(keys.public, root, leaving_unanswered(*requests)) as running:
        checked = check(running.address("/", keys, limits=Limits(step_seconds=0.5)))
    at = STEPS.index(step)
    assert [one.state for one in checked.steps] == ["ok"] * at + ["failed"] + ["skipped"] * (len(STEPS) - at - 1)
    assert checked.steps[at].code == "timeout"
    assert "timed out" in str(checked.steps[at].help)


def test_unreported_free_space_is_unknown(keys: NewKeyPair, root: Path) -> None:
    with running_asyncssh(keys.public, root, leaving_unanswered("statvfs")) as running:
        checked = check(running.address("/", keys, limits=Limits(step_seconds=0.5)))
    assert [one.state for one in checked.steps] == ["ok"] * (len(STEPS) - 1) + ["unknown"]


def test_a_clean_up_without_an_answer_is_left(keys: NewKeyPair, root: Path) -> None:
    with running_asyncssh(keys.public, root, leaving_unanswered("remove")) as running:
        checked = check(running.address("/", keys, limits=Limits(clean_up_seconds=0.2)))
    assert {step.name: step.state for step in checked.steps}["rename"] == "ok"


def test_a_session_that_never_begins_is_left(keys: NewKeyPair, root: Path) -> None:
    with running_asyncssh(keys.public, root, **speaking(Silent)) as running:
        checked = check(running.address("/", keys, limits=Limits(step_seconds=0.5)))
    assert [(one.name, one.code) for one in checked.steps if one.state == "failed"] == [("directory", "timeout")]


def test_all_steps_together_have_a_limit(keys: NewKeyPair, root: Path) -> None:
    with running_asyncssh(keys.public, root, leaving_unanswered("write", "close")) as running:
        checked = check(running.address("/", keys, limits=Limits(check_seconds=1)))
    assert [one.code for one in checked.steps if one.state == "failed"] == ["timeout"]


# Delivering


class HangsAtItsList(InFolder):
    """Takes files, and never says what is in a directory."""

    async def scandir(self, path: bytes) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield


class Garbled(InFolder):
    """Says of what is in a directory what nobody can read."""

    async def scandir(self, path: bytes) -> AsyncIterator[Any]:
        yield asyncssh.SFTPName(b"a", b"a", attrs=self)

    def encode(self, _version: int) -> bytes:
        """The attributes, as they are sent."""
        return b"\xff"


@pytest.mark.parametrize("kind", [HangsAtItsList, Garbled])
def test_tidying_up_never_fails_a_delivery(
    keys: NewKeyPair, root: Path, make: Callable[..., Upload], kind: type[Any]
) -> None:
    finished: list[str] = []
    with running_asyncssh(keys.public, root, kind) as running:
        server = running.address("/", keys, limits=Limits(sweep_seconds=0.2))
        put(server, [make("a.csv", b"1")], attempt_id=ATTEMPT, finished=finished.append)
    assert (finished, names(root)) == (["a.csv"], ["a.csv"])


def test_answers_that_cannot_be_read_are_the_servers_failure(
    keys: NewKeyPair, root: Path, make: Callable[..., Upload]
) -> None:
    with (
        running_asyncssh(keys.public, root, **speaking(Nameless)) as running,
        pytest.raises(TryLaterError, match="failed to enter the directory"),
    ):
        put(running.address("/", keys), [make("a.csv", b"1")], attempt_id=ATTEMPT)


class Reluctant(InFolder):
    """Answers a write when it is let."""

    let: SimpleQueue[None] = SimpleQueue()

    async def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        await asyncio.to_thread(self.let.get)
        return super().write(file_obj, offset, data)


def test_a_server_that_answers_now_and_then_is_given_up_and_goes_on_later(
    keys: NewKeyPair, root: Path, make: Callable[..., Upload]
) -> None:
    impatient = replace(SMALL_BLOCKS, rewind=64 << 10, tick_seconds=0.02, pace_seconds=0.3, slowest_pace=1e12)
    content = noise(600_000)
    upload = make("a.csv", content)
    with running_asyncssh(keys.public, root, Reluctant) as running:
        server = running.address("/", keys, limits=impatient)
        for _ in range(2):
            had = sum(path.stat().st_size for path in root.iterdir())
            with pytest.raises(SFTPTryLaterError, match="per second") as slow:
                put(server, [upload], attempt_id=ATTEMPT, report=lambda *_: Reluctant.let.put(None))
            assert slow.value.code == "slow"
            assert "a.csv" not in names(root)
            assert sum(path.stat().st_size for path in root.iterdir()) > had
        patient = replace(server, limits=replace(impatient, slowest_pace=1))
        put(patient, [upload], attempt_id=ATTEMPT, report=lambda *_: Reluctant.let.put(None))
    assert (root / "a.csv").read_bytes() == content
