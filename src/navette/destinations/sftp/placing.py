"""Rename a complete file to its final name: atomically if the server can, else so that it is never half a file."""

from contextlib import suppress

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_DIRECTORY

from navette.destinations.sftp.blocks import attributes
from navette.destinations.sftp.errors import (
    NoHiddenNamesError,
    Remarks,
    SFTPRefusedError,
    is_lost,
    is_refusal,
    vanished,
)


async def place(sftp: asyncssh.SFTPClient, part: bytes, final: bytes, aside: bytes, remarks: Remarks) -> str:
    """Rename ``part`` to ``final``, which is replaced if it is there. Gives the request that did it.

    Servers with posix-rename do that in one step. On others what has the name is first set aside, and removed when
    ours has the name: for a moment nobody has it. It is put back where ours cannot get the name. Should the connection
    end in between, what was set aside stays, and the next attempt gives ours its name. Raises RefusedError where a
    directory has the name, NoHiddenNamesError where the server renames nothing, or nothing to that name.
    """
    former = await attributes(sftp, final)
    if former is not None and former.type == FILEXFER_TYPE_DIRECTORY:
        raise SFTPRefusedError("a directory on the server has the file's name: rename it.", code="in_the_way")
    try:
        await sftp.posix_rename(part, final)
    except asyncssh.SFTPNoSuchFile as error:
        raise vanished() from error
    except asyncssh.SFTPError as error:
        if is_lost(error):
            raise
        await _swap(sftp, part, final, aside, remarks, replacing=former is not None)
        return "rename"
    return "posix-rename"


async def _swap(
    sftp: asyncssh.SFTPClient, part: bytes, final: bytes, aside: bytes, remarks: Remarks, *, replacing: bool
) -> None:
    if replacing:
        if await attributes(sftp, part) is None:  # another worker gave it the name
            raise vanished()
        await remove(sftp, aside)  # of an attempt that was cut after ours had got the name
        replacing = await _set_aside(sftp, final, aside)
    try:
        await sftp.rename(part, final)
    except asyncssh.SFTPNoSuchFile as error:
        await _put_back(sftp, aside, final, replacing=replacing)
        raise vanished() from error
    except asyncssh.SFTPError as error:
        await _put_back(sftp, aside, final, replacing=replacing)
        if is_lost(error):
            raise
        # Not where another delivery took the name meanwhile.
        if is_refusal(error) or (not replacing and await attributes(sftp, final) is None):
            raise NoHiddenNamesError from error
        raise
    if not await remove(sftp, aside) and replacing:
        remarks.add("left")


async def _set_aside(sftp: asyncssh.SFTPClient, final: bytes, aside: bytes) -> bool:
    """Whether a file was set aside. Raises NoHiddenNamesError if the server does not move it."""
    try:
        await sftp.rename(final, aside)
    except asyncssh.SFTPNoSuchFile:  # a program that fetches files may have removed it
        return False
    except asyncssh.SFTPError as error:
        if is_lost(error):
            raise
        raise NoHiddenNamesError from error
    return True


async def _put_back(sftp: asyncssh.SFTPClient, aside: bytes, final: bytes, *, replacing: bool) -> None:
    if replacing:
        with suppress(asyncssh.SFTPError):  # what counts is why ours could not get the name
            await sftp.rename(aside, final)


async def remove(sftp: asyncssh.SFTPClient, path: bytes) -> bool:
    """Whether the file is gone: some servers do not let us remove files."""
    try:
        await sftp.remove(path)
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        return True
    except asyncssh.SFTPError as error:
        if is_lost(error):
            raise
        return False
    return True
