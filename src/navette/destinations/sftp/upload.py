"""Delivering files: each under a hidden name until it is whole, then under its own."""

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader

import asyncssh

from navette.destinations.destination import Receipt, Upload, one_line, reason_of
from navette.destinations.sftp.blocks import changed, send
from navette.destinations.sftp.connection import session
from navette.destinations.sftp.directory import directory_of, noticing_a_full_disk
from navette.destinations.sftp.errors import SFTPRefusedError, explaining
from navette.destinations.sftp.leftovers import sweep
from navette.destinations.sftp.names import file_name, hidden_name, is_attempt, path_in
from navette.destinations.sftp.placing import place
from navette.destinations.sftp.progress import Finished, Progress, Seen
from navette.destinations.sftp.server import SFTPServer


def put(
    server: SFTPServer,
    uploads: Sequence[Upload],
    *,
    attempt_id: str,
    done: Collection[str] = (),
    seen: Seen = lambda _name, _bytes: None,
    finished: Finished = lambda _name: None,
) -> Receipt:
    """Bring the files into the server's directory, in their order; those whose names are ``done`` are there already.

    ``attempt_id`` (24 hexadecimal digits) is the same each time that this delivery is tried, so that a later attempt
    goes on where one was cut; a file that already has its name is replaced by the same bytes. ``seen`` is told the
    name and the bytes that the server has, twice a second at least, and ``finished`` each name that a whole file got,
    before the next file is begun. Both are called in this thread; what they raise ends the work and comes out of here.

    Raises RefusedError (final), HostKeyChangedError among them; TryLaterError; ConfigurationError (keys); and OSError
    where a file of ours cannot be opened.
    """
    names = [file_name(upload.name) for upload in uploads]
    if len(set(names)) < len(names):
        raise SFTPRefusedError("bad_name", "two files of one delivery have one name: change the pattern of names.")
    if not is_attempt(attempt_id):
        raise ValueError(f"an attempt's id has 24 hexadecimal digits, unlike {attempt_id!r}")
    with ExitStack() as files:
        left = [(upload, files.enter_context(_opened(upload))) for upload in uploads if upload.name not in done]
        if left:
            progress = Progress(server, left[0][0].name, seen, finished)
            progress.drive(_deliver(server, left, attempt_id, progress))
    return Receipt(reason_of(f"{server.directory} of {server.user} at {server}"), datetime.now(UTC))


def _opened(upload: Upload) -> BufferedReader:
    if upload.path.stat().st_size != upload.bytes:
        raise changed(upload)
    return upload.path.open("rb")


async def _deliver(
    server: SFTPServer, uploads: list[tuple[Upload, BufferedReader]], attempt_id: str, progress: Progress
) -> None:
    async with session(server) as (connection, sftp):
        delivery = _Delivery(sftp, server, await directory_of(sftp, server), attempt_id, progress)
        for upload, source in uploads:
            written = await delivery.bring(upload, source)
        await sweep(connection, sftp, delivery.directory, written)


@dataclass(frozen=True)
class _Delivery:
    sftp: asyncssh.SFTPClient
    server: SFTPServer
    directory: bytes
    attempt_id: str
    progress: Progress

    async def bring(self, upload: Upload, source: BufferedReader) -> int:
        """Gives the second, by the server's clock, in which the file was written to last."""
        name = file_name(upload.name)
        part, aside = (path_in(self.directory, hidden_name(name, self.attempt_id, kind)) for kind in ("part", "aside"))
        with explaining(self.server, f"write {one_line(upload.name)}"):
            async with noticing_a_full_disk(self.sftp, self.server, self.directory):
                written = await send(self.sftp, upload, source, part, self.progress)
        with explaining(self.server, f"rename a file to {one_line(upload.name)}"):
            await place(self.sftp, part, path_in(self.directory, name), aside)
        await self.progress.has_all()
        return written
