"""The directory on the server into which files go. It is never made: a wrong one is to be seen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_DIRECTORY, FILEXFER_TYPE_UNKNOWN

from navette.destinations.destination import one_line, reason_of
from navette.destinations.sftp.errors import SFTPRefusedError, explaining, full
from navette.destinations.sftp.names import directory_name
from navette.destinations.sftp.server import SFTPServer

_FULL_BELOW = 1 << 20


async def directory_of(sftp: asyncssh.SFTPClient, server: SFTPServer) -> bytes:
    """The server's directory as an absolute path. Raises RefusedError where it is none."""
    shown = one_line(server.directory)
    with explaining(server, f"enter the directory {shown}"):
        path = await sftp.realpath(directory_name(server.directory))
        found = (await sftp.stat(path)).type
    if found not in (FILEXFER_TYPE_DIRECTORY, FILEXFER_TYPE_UNKNOWN):
        raise SFTPRefusedError("missing", f"{shown} on {server} is no directory: make it, or name another.")
    return bytes(path)


async def free_bytes(sftp: asyncssh.SFTPClient, directory: bytes) -> int | None:
    """How many bytes we may still write there; None where the server does not tell."""
    try:
        told = await sftp.statvfs(directory)
    except asyncssh.SFTPError:
        return None
    return int(told.bavail * (told.frsize or told.bsize))


@asynccontextmanager
async def noticing_a_full_disk(sftp: asyncssh.SFTPClient, server: SFTPServer, directory: bytes) -> AsyncIterator[None]:
    """Where writing fails in the block for want of room, raise that: the usual protocol has no word for it."""
    try:
        yield
    except asyncssh.SFTPFailure as error:
        free = await free_bytes(sftp, directory)
        if free is None or free >= _FULL_BELOW:
            raise
        raise full(server, reason_of(str(error))) from error
