"""Test a connection step by step, up to a file that is delivered like any other and then removed."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from io import BufferedReader
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import asyncssh

from navette.core.errors import ConfigurationError, NavetteError
from navette.core.foreign_words import reason_of
from navette.core.messages import Message, message
from navette.destinations.destination import Checked, Step, Upload
from navette.destinations.sftp.blocks import attributes
from navette.destinations.sftp.connection import Acquaintance, closing, hanging_up_after, sign_in, started
from navette.destinations.sftp.directory import deepest, free_bytes
from navette.destinations.sftp.errors import GARBLED, HostKeyChangedError, Remarks, explaining
from navette.destinations.sftp.keys import host_keys
from navette.destinations.sftp.placing import remove
from navette.destinations.sftp.progress import UploadProgress
from navette.destinations.sftp.reaching import reach, resolve
from navette.destinations.sftp.server import SFTPServer
from navette.destinations.sftp.upload import Transfer

STEPS = (
    *("address", "connect", "algorithms", "host_key"),
    *("authenticate", "directory", "write", "rename", "free_space"),
)
"""The steps of a test, in order."""

_NAME, _ATTEMPT = ".navette-check", "0" * 24
_CONTENT = b"Navette tries whether it may write here, and removes this file.\n"


def check(server: SFTPServer) -> Checked:
    """Test a delivery, except for creating directories. Nothing is left behind if the server lets us remove files.

    Where no host key is accepted yet, or the server shows another, the step ``host_key`` fails with the code
    ``host_key_unknown`` or ``host_key_changed``, and nobody signs in. Raises ConfigurationError where an accepted
    host key cannot be read.
    """
    report = _Report(server, Acquaintance(host_keys(server.host_keys)))
    with suppress(_StepFailedError):
        asyncio.run(report.run())
    return report.result()


class _StepFailedError(Exception):
    """The following steps cannot be tested."""


@dataclass
class _Report:
    server: SFTPServer
    acquaintance: Acquaintance
    steps: dict[str, Step] = field(default_factory=dict)
    remarks: Remarks = field(default_factory=set)
    end: float = field(init=False)

    def __post_init__(self) -> None:
        self.end = monotonic() + self.server.limits.check_seconds

    def result(self) -> Checked:
        return Checked(tuple(self.steps.get(name, Step(name, "skipped")) for name in STEPS), self.acquaintance.host_key)

    async def run(self) -> None:
        async with self.step("address", message("find an address")) as facts:
            places = await resolve(self.server)
            facts.append(", ".join(map(str, places)))
        async with self.step("connect", message("connect")) as facts:
            line = await reach(self.server, places)
            facts.append(message("{address} port {port}", address=line.getpeername()[0], port=str(self.server.port)))
        connection = await self.signed_in(line)
        async with closing(connection):
            async with self.step("directory", message("enter the directory")) as facts, self.limited(connection):
                sftp = await started(self.server, connection)
                directory, missing = await deepest(sftp, self.server)
                facts.append(_where(directory, missing))
            with suppress(_StepFailedError):  # whether there is room may say why
                await self.write_and_rename(connection, sftp, directory)
            if not connection.is_closed():
                await self.tell_free_space(connection, sftp, directory)

    async def signed_in(self, line: socket.socket) -> asyncssh.SSHClientConnection:
        """Three steps; the error says how many of them were done."""
        try:
            connection = await sign_in(self.server, line, self.acquaintance)
        except NavetteError as error:
            self.add_sign_in_steps(error)
            raise _StepFailedError from error
        cipher, version = (str(connection.get_extra_info(name)) for name in ("send_cipher", "server_version"))
        self.add_sign_in_steps(None)
        self.add(replace(self.steps["algorithms"], detail=f"{reason_of(version)}, {cipher}, {self.key_kind}"))
        self.add(Step("authenticate", "ok", self.server.user))
        return connection

    def add_sign_in_steps(self, error: NavetteError | None) -> None:
        """The steps up to signing in, which ended with the error."""
        host_key = self.acquaintance.host_key
        if host_key is None and error is not None:
            self.fail("authenticate" if isinstance(error, ConfigurationError) else "algorithms", error)
            return
        self.add(Step("algorithms", "ok", self.key_kind))
        if isinstance(error, HostKeyChangedError):
            self.fail("host_key", error)
            if not self.acquaintance.accepted:
                compare = message(
                    "compare the fingerprint with the one that the server's administrator gives you, and accept it."
                )
                self.add(replace(self.steps["host_key"], code="host_key_unknown", help=compare))
        else:
            self.add(Step("host_key", "ok", host_key.fingerprint if host_key else ""))
            if error is not None:
                self.fail("authenticate", error)

    @property
    def key_kind(self) -> str:
        return self.acquaintance.host_key.text.split()[0] if self.acquaintance.host_key else ""

    async def write_and_rename(
        self, connection: asyncssh.SSHClientConnection, sftp: asyncssh.SFTPClient, directory: bytes
    ) -> None:
        """Deliver a file as any other, and remove it again."""
        with _file_to_try() as (upload, source):
            progress = UploadProgress(self.server, upload.name, lambda *_: None, lambda _: None)
            transfer = Transfer(sftp, self.server, directory, _ATTEMPT, upload, source, progress, self.remarks)
            try:
                async with self.step("write", message("write a file")), self.limited(connection):
                    await transfer.write()
                async with self.step("rename", message("rename a file")) as facts, self.limited(connection):
                    facts.append(await transfer.place())
            finally:
                await self.clean_up(connection, sftp, [transfer.final, *transfer.hidden])

    async def clean_up(
        self, connection: asyncssh.SSHClientConnection, sftp: asyncssh.SFTPClient, paths: list[bytes]
    ) -> None:
        with suppress(asyncssh.Error, OSError, *GARBLED):
            async with hanging_up_after(self.server.limits.clean_up_seconds, connection):
                # A server on which we may not remove files refuses even for a missing file.
                leftovers = [path for path in paths if not await remove(sftp, path) and await attributes(sftp, path)]
                if leftovers and (step := self.steps.get("rename") or self.steps.get("write")):
                    self.add(replace(step, remarks=tuple(dict.fromkeys([*step.remarks, "left"]))))

    async def tell_free_space(
        self, connection: asyncssh.SSHClientConnection, sftp: asyncssh.SFTPClient, directory: bytes
    ) -> None:
        async with self.step("free_space", message("report the free space")), self.limited(connection):
            free = await free_bytes(sftp, directory)
        self.add(
            Step("free_space", "unknown")
            if free is None
            else Step("free_space", "ok", message("{free:size} free", free=free))
        )

    @asynccontextmanager
    async def step(self, name: str, doing: Message) -> AsyncIterator[list[Message | str]]:
        """A step, to which the block may add a fact."""
        facts: list[Message | str] = []
        before = set(self.remarks)
        try:
            with explaining(self.server, doing):
                yield facts
        except NavetteError as error:
            self.fail(name, error)
            raise _StepFailedError from error
        self.add(Step(name, "ok", next(iter(facts), ""), remarks=tuple(sorted(self.remarks - before))))

    def limited(self, connection: asyncssh.SSHClientConnection) -> AbstractAsyncContextManager[None]:
        """Limits the time of a step: to its own limit, and to the rest of the whole test's."""
        return hanging_up_after(min(self.server.limits.step_seconds, self.end - monotonic()), connection)

    def fail(self, name: str, error: NavetteError) -> None:
        host_key = self.acquaintance.host_key
        detail = host_key.fingerprint if name == "host_key" and host_key else ""
        self.add(Step(name, "failed", detail, error.message, getattr(error, "code", "")))

    def add(self, step: Step) -> None:
        self.steps[step.name] = step


def _where(directory: bytes, missing: list[bytes]) -> Message | str:
    existing = reason_of(directory)
    if not missing:
        return existing
    names = reason_of(b"/".join(missing))
    return message("{directory}, {names} is created below it", directory=existing, names=names)


@contextmanager
def _file_to_try() -> Iterator[tuple[Upload, BufferedReader]]:
    """A file of the same name and content each time: servers from which nothing can be removed keep one of it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(_CONTENT)
        with path.open("rb") as source:
            yield Upload(path, _NAME, hashlib.sha256(_CONTENT).hexdigest(), len(_CONTENT)), source
