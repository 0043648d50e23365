"""Giving a whole file its name, in one step where the server can, else so that the name never has half a file."""

from contextlib import suppress

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_DIRECTORY

from navette.destinations.sftp.blocks import attributes
from navette.destinations.sftp.errors import SFTPRefusedError, vanished


async def place(sftp: asyncssh.SFTPClient, part: bytes, final: bytes, aside: bytes) -> None:
    """Rename ``part`` to ``final``, which is replaced if it is there.

    Servers with posix-rename do that in one step. On others what has the name is first set aside, and removed when
    ours has the name: for a moment nobody has it. It is put back where ours cannot get the name. Should the connection
    end in between, what was set aside stays, and the next attempt gives ours its name. Raises RefusedError where a
    directory has the name.
    """
    former = await attributes(sftp, final)
    if former is not None and former.type == FILEXFER_TYPE_DIRECTORY:
        raise SFTPRefusedError("in_the_way", "a directory on the server has the file's name: rename it.")
    try:
        try:
            await sftp.posix_rename(part, final)
        except asyncssh.SFTPOpUnsupported:
            await _swap(sftp, part, final, aside, replacing=former is not None)
    except asyncssh.SFTPNoSuchFile as error:
        raise vanished() from error


async def _swap(sftp: asyncssh.SFTPClient, part: bytes, final: bytes, aside: bytes, *, replacing: bool) -> None:
    if replacing:
        if await attributes(sftp, part) is None:  # another worker gave it the name
            raise vanished()
        await _remove(sftp, aside)  # of an attempt that was cut after ours had got the name
        with suppress(asyncssh.SFTPNoSuchFile):  # who fetches files may have removed it by now
            await sftp.rename(final, aside)
    try:
        await sftp.rename(part, final)
    except asyncssh.SFTPError:
        if replacing:
            with suppress(asyncssh.SFTPError):  # what counts is why ours could not get the name
                await sftp.rename(aside, final)
        raise
    await _remove(sftp, aside)


async def _remove(sftp: asyncssh.SFTPClient, path: bytes) -> None:
    with suppress(asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        await sftp.remove(path)
