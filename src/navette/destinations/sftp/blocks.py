"""Sending a file's bytes to a hidden name: many requests under way, resumed after a cut, checked at the end."""

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial
from io import BufferedReader
from typing import cast

import asyncssh
from asyncssh import FXF_CREAT, FXF_TRUNC, FXF_WRITE, SFTPAttrs
from asyncssh.constants import FILEXFER_TYPE_REGULAR, FILEXFER_TYPE_UNKNOWN
from asyncssh.sftp import SAFE_SFTP_WRITE_LEN, SFTPClientFile

from navette.core.foreign_words import reason_of
from navette.destinations.destination import Upload
from navette.destinations.sftp.directory import is_full
from navette.destinations.sftp.errors import (
    FULL,
    NoHiddenNamesError,
    Remarks,
    SFTPRefusedError,
    SFTPTryLaterError,
    is_lost,
    is_refusal,
)
from navette.destinations.sftp.progress import UploadProgress
from navette.destinations.sftp.server import Limits

LAG_SECONDS = (0, 0.1, 0.2, 0.4, 0.8, 1.6)
"""The pauses before each question about a file's size, for servers that report it late."""

_SMALLEST_REQUEST = 4 << 10
# What every server must take; asyncssh would send half of it where the server does not say.
_USUAL_REQUEST = 32 << 10


async def send_blocks(
    sftp: asyncssh.SFTPClient,
    upload: Upload,
    source: BufferedReader,
    path: bytes,
    *,
    progress: UploadProgress,
    remarks: Remarks,
    limits: Limits,
    whole: bool = False,
) -> int:
    """Send the file to that path, from where an earlier attempt stopped, or from its beginning (``whole``).

    Gives the second, by the server's clock, in which it was written to last; 0 where the server does not tell. Raises
    RefusedError where the file is not the one that was made, TryLaterError where the server has another size,
    NoHiddenNamesError where the path cannot be opened, unless ``whole``, and asyncssh's errors.
    """
    file, start = (await _truncated(sftp, path), 0) if whole else await _opened(sftp, upload, path, limits)
    full = partial(is_full, sftp, path)
    request_size = _request_size(sftp, limits.largest_request)
    fill = partial(_filled, request_size=request_size, limits=limits, progress=progress, remarks=remarks, full=full)
    try:
        try:
            size = await fill(file, upload, source, start)
        except asyncssh.SFTPError as error:
            if start == 0 or is_lost(error) or await full():
                raise
            with suppress(asyncssh.SFTPError):
                await file.close()
            file = await _truncated(sftp, path)  # the server accepts writes only from the beginning
            size = await fill(file, upload, source, 0)
    except SFTPRefusedError:
        await _give_up(sftp, path)
        raise
    return await _verified(sftp, upload, path, size, remarks)


async def _filled(
    file: SFTPClientFile,
    upload: Upload,
    source: BufferedReader,
    start: int,
    *,
    request_size: int,
    limits: Limits,
    progress: UploadProgress,
    remarks: Remarks,
    full: Callable[[], Awaitable[bool]],
) -> int | None:
    """Write and close the file; gives the size that the server says it has."""
    progress.begins(upload.name, start)
    digest = hashlib.sha256()
    blocks = _blocks(source, upload, digest, limits.block)
    await _write(file, blocks, start, size=request_size, most_under_way=limits.under_way, has=progress.has)
    synced, size = await asyncio.gather(_synced(file, full), _size(file))
    if not synced:
        remarks.add("unsynced")
    await file.close()
    if digest.hexdigest() != upload.sha256:
        raise changed(upload)
    return size


async def _synced(file: SFTPClientFile, full: Callable[[], Awaitable[bool]]) -> bool:
    """Whether the server confirms that the file is on its disk. Raises where that has no room for it."""
    try:
        await file.fsync()
    except asyncssh.SFTPError as error:
        no_room = isinstance(error, FULL) or (isinstance(error, asyncssh.SFTPFailure) and await full())
        if no_room or is_lost(error):
            raise
        return False
    return True


async def _size(file: SFTPClientFile) -> int | None:
    """What the server reports about the open file; None if it reports nothing."""
    try:
        return (await file.stat()).size
    except asyncssh.SFTPError as error:
        if is_lost(error):
            raise
        return None


async def _verified(sftp: asyncssh.SFTPClient, upload: Upload, path: bytes, size: int | None, remarks: Remarks) -> int:
    """Compare the sizes; some servers need a moment. Gives the time of the last write."""
    for seconds in LAG_SECONDS:
        await asyncio.sleep(seconds)
        status = await attributes(sftp, path)
        if status is not None and status.size in (None, upload.bytes):
            break
    if status is not None and status.size is not None:
        size = status.size
    if size is None:
        remarks.add("unsized")
    elif size != upload.bytes:
        await _give_up(sftp, path)
        raise SFTPTryLaterError(
            "the server has {size} of {expected} bytes: Navette retries.",
            size=size,
            expected=upload.bytes,
            code="wrong_size",
        )
    return (status and status.mtime) or 0


async def _give_up(sftp: asyncssh.SFTPClient, part: bytes) -> None:
    """The file on the server is not a beginning of ours: the next attempt starts again."""
    with suppress(asyncssh.SFTPError):
        await sftp.remove(part)


def changed(upload: Upload) -> SFTPRefusedError:
    """The file has changed since it was written."""
    return SFTPRefusedError(
        "{file} is not the file that the export wrote: run the export again.",
        file=upload.path.name,
        code="file_changed",
    )


async def _opened(sftp: asyncssh.SFTPClient, upload: Upload, part: bytes, limits: Limits) -> tuple[SFTPClientFile, int]:
    """The file on the server, and where writing begins: 0 where there is none, or the server cannot go on in one.

    What is there is emptied only where it cannot be ours: a worker that was taken for dead may be about to rename it,
    and would show half of it. The file is not closed where writing fails: the connection ends then, and a dead server
    would not answer.
    """
    status = await attributes(sftp, part)
    require_regular_file(status, part)
    size = (status and status.size) or 0
    if size <= upload.bytes:
        with suppress(asyncssh.SFTPError):
            file = await sftp.open(part, FXF_WRITE | FXF_CREAT, encoding=None, block_size=0)
            return file, max(size - limits.rewind, 0) // limits.block * limits.block
    try:
        return await _truncated(sftp, part), 0
    except asyncssh.SFTPError as error:
        if is_refusal(error):
            raise NoHiddenNamesError from error
        raise


async def _truncated(sftp: asyncssh.SFTPClient, path: bytes) -> SFTPClientFile:
    return await sftp.open(path, FXF_WRITE | FXF_CREAT | FXF_TRUNC, encoding=None, block_size=0)


def require_regular_file(status: SFTPAttrs | None, path: bytes) -> None:
    """Raise RefusedError where something else has the path."""
    if status and status.type not in (FILEXFER_TYPE_REGULAR, FILEXFER_TYPE_UNKNOWN):
        raise SFTPRefusedError(
            "{path} on the server is not a file: remove it.", path=reason_of(path), code="in_the_way"
        )


async def attributes(sftp: asyncssh.SFTPClient, path: bytes) -> SFTPAttrs | None:
    """What the server says of the path itself, were it a link; None where nothing is there.

    Where it does not tell, there are no facts in it.
    """
    for ask in (sftp.lstat, sftp.stat):
        try:
            return await ask(path)
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return None
        except asyncssh.SFTPError as error:
            if is_lost(error):
                raise
    return SFTPAttrs()


async def has_content(sftp: asyncssh.SFTPClient, path: bytes, upload: Upload, size: int) -> bool:
    """Whether the file on the server has the upload's bytes, as far as it lets us read them, ``size`` at a time."""
    digest = hashlib.sha256()
    try:
        async with sftp.open(path, "rb", encoding=None) as file:
            while block := await file.read(size):
                digest.update(cast(bytes, block))
    except asyncssh.SFTPError as error:
        if is_lost(error):
            raise
        return False
    return digest.hexdigest() == upload.sha256


def _request_size(sftp: asyncssh.SFTPClient, largest: int) -> int:
    most = sftp.limits.max_write_len
    return _USUAL_REQUEST if most == SAFE_SFTP_WRITE_LEN else max(min(most, largest), _SMALLEST_REQUEST)


async def _write(
    file: SFTPClientFile,
    blocks: AsyncIterator[tuple[int, bytes]],
    start: int,
    *,
    size: int,
    most_under_way: int,
    has: Callable[[int], None],
) -> None:
    """Write the blocks from ``start`` on, in requests of that size, waiting for answers in the requests' order."""
    under_way: deque[tuple[asyncio.Task[int], int]] = deque()

    async def answered() -> None:
        request, end = under_way.popleft()
        await request
        has(end)

    try:
        async for offset, block in blocks:
            for at in range(0, len(block) if offset >= start else 0, size):
                if len(under_way) * size >= most_under_way:
                    await answered()
                piece = block[at : at + size]
                under_way.append((asyncio.create_task(file.write(piece, offset + at)), offset + at + len(piece)))
        while under_way:
            await answered()
    finally:
        for request, _ in under_way:
            request.cancel()
        await asyncio.gather(*(request for request, _ in under_way), return_exceptions=True)


async def _blocks(
    source: BufferedReader, upload: Upload, digest: "hashlib._Hash", size: int
) -> AsyncIterator[tuple[int, bytes]]:
    """The file's blocks with their offsets, each read and hashed in a thread while the one before it is sent."""
    reading = _reading(source, upload, 0, digest, size)
    for offset in range(0, upload.bytes, size):
        block = await reading
        if offset + size < upload.bytes:
            reading = _reading(source, upload, offset + size, digest, size)
        yield offset, block


def _reading(
    source: BufferedReader, upload: Upload, offset: int, digest: "hashlib._Hash", size: int
) -> "asyncio.Task[bytes]":
    def read() -> bytes:
        block = os.pread(source.fileno(), min(size, upload.bytes - offset), offset)
        digest.update(block)
        return block

    return asyncio.create_task(asyncio.to_thread(read))
