"""The directory on the server into which files go.

Its last segments are created if they come from variables. The others never are, so that a wrong one is noticed.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_DIRECTORY, FILEXFER_TYPE_REGULAR, FILEXFER_TYPE_UNKNOWN

from navette.core.foreign_words import one_line, reason_of
from navette.core.messages import message
from navette.destinations.sftp.connection import hanging_up_after
from navette.destinations.sftp.errors import GARBLED, SFTPRefusedError, explaining, full, is_lost, is_refusal, words_of
from navette.destinations.sftp.names import directory_names, is_leftover, path_in
from navette.destinations.sftp.server import SFTPServer

_FULL_BELOW = 1 << 20

OLD_SECONDS = 7 * 24 * 3600
"""Files that a delivery left half-way are removed after this time."""


async def directory_of(sftp: asyncssh.SFTPClient, server: SFTPServer) -> bytes:
    """The server's directory as an absolute path; the parts that may be created exist then.

    Raises RefusedError if it is none, or cannot be created.
    """
    path, missing = await deepest(sftp, server)
    for name in missing:
        path = path_in(path, name)
        with explaining(server, message("create the directory {directory}", directory=reason_of(path))):
            await _make(sftp, path)
    return path


async def deepest(sftp: asyncssh.SFTPClient, server: SFTPServer) -> tuple[bytes, list[bytes]]:
    """The deepest existing part of the server's directory, as an absolute path, and the names to create below it.

    Raises RefusedError where what must be there is not, or something else has the name.
    """
    existing, names = directory_names(server.directory, server.creatable)
    with explaining(server, message("enter the directory {directory}", directory=one_line(server.directory))):
        path = await _absolute(sftp, existing)
        with _untold():
            _require(server, await sftp.stat(path))
        for at, name in enumerate(names):
            try:
                status = await sftp.stat(path_in(path, name))
            except asyncssh.SFTPError as error:
                if is_lost(error):
                    raise
                return path, names[at:]  # missing, or the server does not say: making it again does no harm
            _require(server, status)
            path = path_in(path, name)
    return path, []


async def _absolute(sftp: asyncssh.SFTPClient, path: bytes) -> bytes:
    with _untold():
        return bytes(await sftp.realpath(path))
    return path


@contextmanager
def _untold() -> Iterator[None]:
    """Report a missing directory here; other problems that the server does not report show when writing."""
    try:
        yield
    except asyncssh.SFTPError as error:
        if not is_refusal(error):
            raise


def _require(server: SFTPServer, status: asyncssh.SFTPAttrs) -> None:
    if not _is_directory(status):
        raise SFTPRefusedError(
            "{directory} on {server} is not a directory: create it, or name another.",
            directory=one_line(server.directory),
            server=server,
            code="missing",
        )


def _is_directory(status: asyncssh.SFTPAttrs) -> bool:
    return status.type in (FILEXFER_TYPE_DIRECTORY, FILEXFER_TYPE_UNKNOWN)


async def _make(sftp: asyncssh.SFTPClient, path: bytes) -> None:
    try:
        await sftp.mkdir(path)
    except asyncssh.SFTPError as error:
        try:
            status = await sftp.stat(path)
        except asyncssh.SFTPError as untold:
            if is_refusal(untold):
                return  # it is there, or writing will show that it is not
            raise error from None
        if not _is_directory(status):
            raise  # else another worker was faster


async def free_bytes(sftp: asyncssh.SFTPClient, directory: bytes) -> int | None:
    """How many bytes we may still write there; None if the server does not report it."""
    try:
        volume = await sftp.statvfs(directory)
    except asyncssh.SFTPError:
        return None
    return int(volume.bavail * (volume.frsize or volume.bsize))


async def is_full(sftp: asyncssh.SFTPClient, path: bytes) -> bool:
    """Whether the server reports that the disk of the path is almost full."""
    free = await free_bytes(sftp, path)
    return free is not None and free < _FULL_BELOW


@asynccontextmanager
async def noticing_a_full_disk(sftp: asyncssh.SFTPClient, server: SFTPServer, directory: bytes) -> AsyncIterator[None]:
    """Raise an error about a full disk if that is why the block cannot write: the usual protocol has no code for it."""
    try:
        yield
    except asyncssh.SFTPFailure as error:
        if not await is_full(sftp, directory):
            raise
        raise full(server, words_of(error)) from error


async def sweep(
    connection: asyncssh.SSHClientConnection, sftp: asyncssh.SFTPClient, directory: bytes, now: int, seconds: float
) -> None:
    """Remove files of ours that were never whole and have not been written to for a week by the server's clock.

    A file that a living delivery still writes to is younger. What cannot be removed stays: the delivery is done. That
    is the last thing that is done at the connection, which ends where the server takes more than ``seconds``.
    """
    with suppress(asyncssh.Error, OSError, *GARBLED):
        async with hanging_up_after(seconds, connection):
            async for entry in sftp.scandir(directory):
                name, attributes = entry.filename, entry.attrs
                old = attributes.mtime is not None and now - attributes.mtime > OLD_SECONDS
                if isinstance(name, bytes) and is_leftover(name) and old and attributes.type == FILEXFER_TYPE_REGULAR:
                    with suppress(asyncssh.SFTPError):
                        await sftp.remove(path_in(directory, name))
