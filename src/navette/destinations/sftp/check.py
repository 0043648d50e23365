"""Trying a connection step by step, up to a file that is written, renamed and removed again."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from time import monotonic

import asyncssh

from navette.core.errors import ConfigurationError, NavetteError
from navette.destinations.destination import reason_of
from navette.destinations.sftp.connection import Acquaintance, closing, hanging_up_after, sign_in, started
from navette.destinations.sftp.directory import deepest, free_bytes, noticing_a_full_disk
from navette.destinations.sftp.errors import GARBLED, HostKeyChangedError, explaining
from navette.destinations.sftp.keys import host_keys
from navette.destinations.sftp.names import hidden_name, path_in
from navette.destinations.sftp.reaching import reach, resolve
from navette.destinations.sftp.server import SFTPServer
from navette.destinations.sftp.steps import STEPS, Checked, Step

STEP_SECONDS, CHECK_SECONDS, CLEAN_UP_SECONDS = 30, 90, 10
"""For one step after signing in, for all steps, and for removing what was written."""


def check(server: SFTPServer) -> Checked:
    """Try everything that a delivery does, but for making directories. Nothing stays on a server that answers.

    Where no host key is accepted yet, or the server shows another, the step ``host_key`` fails with the code
    ``host_key_unknown`` or ``host_key_changed``, and nobody signs in. Raises ConfigurationError where an accepted
    host key cannot be read.
    """
    report = _Report(server, Acquaintance(host_keys(server.host_keys)))
    with suppress(_StepFailedError):
        asyncio.run(report.run())
    return report.result()


class _StepFailedError(Exception):
    """The steps after it cannot be tried."""


@dataclass
class _Report:
    server: SFTPServer
    acquaintance: Acquaintance
    steps: dict[str, Step] = field(default_factory=dict)
    end: float = field(default_factory=lambda: monotonic() + CHECK_SECONDS)

    def result(self) -> Checked:
        return Checked(tuple(self.steps.get(name, Step(name, "skipped")) for name in STEPS), self.acquaintance.found)

    async def run(self) -> None:
        async with self.step("address", "find an address") as facts:
            places = await resolve(self.server)
            facts.extend(map(str, places))
        async with self.step("connect", "connect") as facts:
            line = await reach(self.server, places)
            facts.append(f"{line.getpeername()[0]} port {self.server.port}")
        connection = await self.signed_in(line)
        async with closing(connection):
            async with self.step("directory", "enter the directory") as facts, self.limited(connection):
                sftp = await started(self.server, connection)
                directory, missing = await deepest(sftp, self.server)
                facts.append(reason_of(directory))
                if missing:
                    facts.append(f"{reason_of(b'/'.join(missing))} is made below it")
            with suppress(_StepFailedError):  # whether there is room may say why
                await self.write_and_rename(connection, sftp, directory)
            if not connection.is_closed():
                await self.tell_free_space(connection, sftp, directory)

    async def signed_in(self, line: socket.socket) -> asyncssh.SSHClientConnection:
        """Three steps, of which the error tells how many were done."""
        try:
            connection = await sign_in(self.server, line, self.acquaintance)
        except NavetteError as error:
            self.known(error)
            raise _StepFailedError from error
        cipher, version = (str(connection.get_extra_info(name)) for name in ("send_cipher", "server_version"))
        self.known(None)
        self.add(replace(self.steps["algorithms"], detail=f"{reason_of(version)}, {cipher}, {self.key_kind}"))
        self.add(Step("authenticate", "ok", self.server.user))
        return connection

    def known(self, error: NavetteError | None) -> None:
        """The steps up to signing in, which ended with the error."""
        found = self.acquaintance.found
        if found is None and error is not None:
            self.fail("authenticate" if isinstance(error, ConfigurationError) else "algorithms", error)
            return
        self.add(Step("algorithms", "ok", self.key_kind))
        if isinstance(error, HostKeyChangedError):
            self.fail("host_key", error)
            if not self.acquaintance.accepted:
                sentence = "compare the fingerprint with the one that the server's administrator gives, and accept it."
                self.add(replace(self.steps["host_key"], code="host_key_unknown", help=sentence))
        else:
            self.add(Step("host_key", "ok", found.fingerprint if found else ""))
            if error is not None:
                self.fail("authenticate", error)

    @property
    def key_kind(self) -> str:
        return self.acquaintance.found.text.split()[0] if self.acquaintance.found else ""

    async def write_and_rename(
        self, connection: asyncssh.SSHClientConnection, sftp: asyncssh.SFTPClient, directory: bytes
    ) -> None:
        hidden = [hidden_name(b"navette-check", secrets.token_hex(12), "part") for _ in range(2)]
        one, other = (path_in(directory, name) for name in hidden)
        try:
            async with (
                self.step("write", "write a file"),
                self.limited(connection),
                noticing_a_full_disk(sftp, self.server, directory),
            ):
                for path in (one, other):
                    async with sftp.open(path, "xb") as file:
                        await file.write(b"Navette tries whether it may write here, and removes this file.\n")
            async with self.step("rename", "rename a file") as facts, self.limited(connection):
                facts.append(await _renamed(sftp, one, other))
        finally:
            with suppress(asyncssh.Error, OSError, *GARBLED):
                async with hanging_up_after(CLEAN_UP_SECONDS, connection):
                    for path in (one, other):
                        with suppress(asyncssh.SFTPError):
                            await sftp.remove(path)

    async def tell_free_space(
        self, connection: asyncssh.SSHClientConnection, sftp: asyncssh.SFTPClient, directory: bytes
    ) -> None:
        async with self.step("free_space", "tell the free space"), self.limited(connection):
            free = await free_bytes(sftp, directory)
        self.add(Step("free_space", "unknown") if free is None else Step("free_space", "ok", str(free)))

    @asynccontextmanager
    async def step(self, name: str, doing: str) -> AsyncIterator[list[str]]:
        """A step, to which the block adds facts."""
        facts: list[str] = []
        try:
            with explaining(self.server, doing):
                yield facts
        except NavetteError as error:
            self.fail(name, error)
            raise _StepFailedError from error
        self.add(Step(name, "ok", ", ".join(facts)))

    def limited(self, connection: asyncssh.SSHClientConnection) -> AbstractAsyncContextManager[None]:
        """Bounds what the server is asked at a step: it has its time, and no more than is left of the whole."""
        return hanging_up_after(min(STEP_SECONDS, self.end - monotonic()), connection)

    def fail(self, name: str, error: NavetteError) -> None:
        found = self.acquaintance.found
        detail = found.fingerprint if name == "host_key" and found else ""
        self.add(Step(name, "failed", detail, str(error), getattr(error, "code", "")))

    def add(self, step: Step) -> None:
        self.steps[step.name] = step


async def _renamed(sftp: asyncssh.SFTPClient, one: bytes, other: bytes) -> str:
    """Which rename the server knows: one that replaces, or the plain one."""
    try:
        await sftp.posix_rename(one, other)
    except asyncssh.SFTPOpUnsupported:
        await sftp.remove(other)
        await sftp.rename(one, other)
        return "rename"
    return "posix-rename"
