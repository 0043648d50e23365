"""Removing what earlier deliveries left half-way in a directory."""

from contextlib import suppress

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_REGULAR

from navette.destinations.sftp.connection import hanging_up_after
from navette.destinations.sftp.errors import GARBLED
from navette.destinations.sftp.names import is_leftover, path_in

OLD_SECONDS = 7 * 24 * 3600


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
