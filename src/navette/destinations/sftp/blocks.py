"""Sending a file's bytes to a hidden name: many requests under way, resumed after a cut, checked at the end."""

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from io import BufferedReader

import asyncssh
from asyncssh import FXF_CREAT, FXF_TRUNC, FXF_WRITE, SFTPAttrs
from asyncssh.constants import FILEXFER_TYPE_REGULAR, FILEXFER_TYPE_UNKNOWN
from asyncssh.sftp import SAFE_SFTP_WRITE_LEN, SFTPClientFile

from navette.destinations.destination import Upload, reason_of
from navette.destinations.sftp.errors import SFTPRefusedError, SFTPTryLaterError, vanished
from navette.destinations.sftp.progress import Progress

BLOCK = 8 << 20
"""How many bytes are read at a time, and where a resumed file may begin: at a multiple of it."""

REWIND = 16 << 20
"""How many bytes are sent once more after a cut. More than can be under way: a server may have kept later ones only."""

UNDER_WAY = 8 << 20
"""How many bytes may be under way, in requests that the server has not answered."""

_LARGEST_REQUEST, _SMALLEST_REQUEST = 256 << 10, 4 << 10
# What every server must take; asyncssh would send half of it where the server does not say.
_USUAL_REQUEST = 32 << 10


async def send(
    sftp: asyncssh.SFTPClient, upload: Upload, source: BufferedReader, part: bytes, progress: Progress
) -> int:
    """Bring the whole file to the path ``part``, from where an earlier attempt came to.

    Gives the second, by the server's clock, in which it was written to last; 0 where the server does not tell. Raises
    RefusedError where the file is not the one that was made, TryLaterError where the server has another size, and
    asyncssh's errors.
    """
    file, start = await _opened(sftp, upload, part)
    progress.begins(upload.name, start)
    digest = hashlib.sha256()
    blocks = _blocks(source, upload, digest)
    await _write(file, blocks, start, _request_size(sftp), progress.has)
    with suppress(asyncssh.SFTPOpUnsupported):
        await file.fsync()
    await file.close()
    if digest.hexdigest() != upload.sha256:
        await _give_up(sftp, part)
        raise changed(upload)
    found = await attributes(sftp, part)
    if found is None:
        raise vanished()
    if found.size != upload.bytes:
        await _give_up(sftp, part)
        raise SFTPTryLaterError(
            "wrong_size", f"the server has {found.size} bytes of {upload.bytes}: it is tried again."
        )
    return found.mtime or 0


async def _give_up(sftp: asyncssh.SFTPClient, part: bytes) -> None:
    """What is there is no beginning of the file: the next attempt begins anew."""
    with suppress(asyncssh.SFTPError):
        await sftp.remove(part)


def changed(upload: Upload) -> SFTPRefusedError:
    """The file is not the one that was made."""
    sentence = f"{upload.path.name} is not the file that was made: run the export again."
    return SFTPRefusedError("file_changed", sentence)


async def _opened(sftp: asyncssh.SFTPClient, upload: Upload, part: bytes) -> tuple[SFTPClientFile, int]:
    """The file on the server, and where writing begins: 0 where there is none, or the server cannot go on in one.

    What is there is emptied only where it cannot be ours: a worker that was taken for dead may be about to rename it,
    and would show half of it. The file is not closed where writing fails: the connection ends then, and a dead server
    would not answer.
    """
    found = await attributes(sftp, part)
    if found and found.type not in (FILEXFER_TYPE_REGULAR, FILEXFER_TYPE_UNKNOWN):
        raise SFTPRefusedError("in_the_way", f"{reason_of(part)} on the server is no file: remove it.")
    size = (found and found.size) or 0
    if size <= upload.bytes:
        with suppress(asyncssh.SFTPFailure, asyncssh.SFTPOpUnsupported):
            file = await sftp.open(part, FXF_WRITE | FXF_CREAT, encoding=None, block_size=0)
            return file, max(size - REWIND, 0) // BLOCK * BLOCK
    return await sftp.open(part, FXF_WRITE | FXF_CREAT | FXF_TRUNC, encoding=None, block_size=0), 0


async def attributes(sftp: asyncssh.SFTPClient, path: bytes) -> SFTPAttrs | None:
    """What the server says of the path itself, were it a link; None where nothing is there."""
    try:
        return await sftp.lstat(path)
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        return None


def _request_size(sftp: asyncssh.SFTPClient) -> int:
    most = sftp.limits.max_write_len
    return _USUAL_REQUEST if most == SAFE_SFTP_WRITE_LEN else max(min(most, _LARGEST_REQUEST), _SMALLEST_REQUEST)


async def _write(
    file: SFTPClientFile,
    blocks: AsyncIterator[tuple[int, bytes]],
    start: int,
    size: int,
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
                if len(under_way) * size >= UNDER_WAY:
                    await answered()
                piece = block[at : at + size]
                under_way.append((asyncio.create_task(file.write(piece, offset + at)), offset + at + len(piece)))
        while under_way:
            await answered()
    finally:
        for request, _ in under_way:
            request.cancel()
        await asyncio.gather(*(request for request, _ in under_way), return_exceptions=True)


async def _blocks(source: BufferedReader, upload: Upload, digest: "hashlib._Hash") -> AsyncIterator[tuple[int, bytes]]:
    """The file's blocks with their offsets, each read and hashed in a thread while the one before it is sent."""
    reading = _reading(source, upload, 0, digest)
    for offset in range(0, upload.bytes, BLOCK):
        block = await reading
        if offset + BLOCK < upload.bytes:
            reading = _reading(source, upload, offset + BLOCK, digest)
        yield offset, block


def _reading(source: BufferedReader, upload: Upload, offset: int, digest: "hashlib._Hash") -> "asyncio.Task[bytes]":
    def read() -> bytes:
        block = os.pread(source.fileno(), min(BLOCK, upload.bytes - offset), offset)
        digest.update(block)
        return block

    return asyncio.create_task(asyncio.to_thread(read))
