"""Deliver files: each under a hidden name until it is complete, then under its own."""

from collections.abc import Collection, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader

import asyncssh

from navette.core.foreign_words import one_line, reason_of
from navette.core.messages import message
from navette.destinations.destination import Receipt, Upload
from navette.destinations.sftp.blocks import attributes, changed, has_content, require_regular_file, send_blocks
from navette.destinations.sftp.connection import session
from navette.destinations.sftp.directory import directory_of, noticing_a_full_disk, sweep
from navette.destinations.sftp.errors import NoHiddenNamesError, Remarks, SFTPRefusedError, explaining, is_refusal
from navette.destinations.sftp.names import hidden_name, is_attempt, path_in, remote_file_name
from navette.destinations.sftp.placing import place, remove
from navette.destinations.sftp.progress import Finished, ReportBytes, UploadProgress
from navette.destinations.sftp.server import SFTPServer


def put(
    server: SFTPServer,
    uploads: Sequence[Upload],
    *,
    attempt_id: str,
    delivered: Collection[str] = (),
    report: ReportBytes = lambda _name, _bytes: None,
    finished: Finished = lambda _name: None,
) -> Receipt:
    """Put the files into the server's directory, in order, except those whose names are ``delivered`` already.

    ``attempt_id`` (24 hexadecimal digits) is the same for every attempt of this delivery, so that a later one resumes
    where one was cut; a file that already has its name is replaced by the same bytes. ``report`` gets a name and the
    bytes that the server has, at least twice a second, and ``finished`` the name of each complete file before the next
    one begins. Both are called in this thread; what they raise ends the work and is raised here.

    Raises RefusedError (final), HostKeyChangedError among them; TryLaterError; ConfigurationError (keys); and OSError
    where a file of ours cannot be opened.
    """
    names = [remote_file_name(upload.name) for upload in uploads]
    if len(set(names)) < len(names):
        raise SFTPRefusedError(
            "two files of one delivery have the same name: change the file name pattern.", code="bad_name"
        )
    if not is_attempt(attempt_id):
        raise ValueError(f"an attempt's id has 24 hexadecimal digits, unlike {attempt_id!r}")
    remarks: Remarks = set()
    with ExitStack() as files:
        remaining = [
            (upload, files.enter_context(_opened(upload))) for upload in uploads if upload.name not in delivered
        ]
        if remaining:
            progress = UploadProgress(server, remaining[0][0].name, report, finished)
            progress.drive(_deliver(server, remaining, attempt_id, progress, remarks))
    answer = reason_of(f"{server.directory} of {server.user} at {server}")
    return Receipt(answer, datetime.now(UTC), tuple(sorted(remarks)))


def _opened(upload: Upload) -> BufferedReader:
    if upload.path.stat().st_size != upload.bytes:
        raise changed(upload)
    return upload.path.open("rb")


async def _deliver(
    server: SFTPServer,
    uploads: list[tuple[Upload, BufferedReader]],
    attempt_id: str,
    progress: UploadProgress,
    remarks: Remarks,
) -> None:
    async with session(server) as (connection, sftp):
        directory = await directory_of(sftp, server)
        for upload, source in uploads:
            transfer = Transfer(sftp, server, directory, attempt_id, upload, source, progress, remarks)
            await transfer.write()
            await transfer.place()
            await progress.has_all()
        await sweep(connection, sftp, directory, transfer.written, server.limits.sweep_seconds)


@dataclass
class Transfer:
    """The transfer of one file: under a hidden name until it is whole, or at once under its own name where that is all
    that the server can do. ``written`` is the second, by the server's clock, in which it was written to last.
    """

    sftp: asyncssh.SFTPClient
    server: SFTPServer
    directory: bytes
    attempt_id: str
    upload: Upload
    source: BufferedReader
    progress: UploadProgress
    remarks: Remarks
    written: int = 0
    _is_hidden: bool = False

    @property
    def final(self) -> bytes:
        """The path under which the file is to be seen."""
        return path_in(self.directory, remote_file_name(self.upload.name))

    @property
    def hidden(self) -> tuple[bytes, bytes]:
        """Where its bytes are until then, and where the file that it replaces is set aside."""
        name = remote_file_name(self.upload.name)
        part, aside = (path_in(self.directory, hidden_name(name, self.attempt_id, kind)) for kind in ("part", "aside"))
        return part, aside

    async def write(self) -> None:
        """Send the bytes to the server."""
        if "in_place" not in self.remarks:
            with suppress(NoHiddenNamesError), explaining(self.server, message("write {name}", name=self._shown)):
                await self._send(self.hidden[0])
                self._is_hidden = True
                return
        await self._write_in_place()

    async def place(self) -> str:
        """Rename the file to its final name if necessary; return the request that did it, or an empty text."""
        if not self._is_hidden:
            return ""
        with (
            suppress(NoHiddenNamesError),
            explaining(self.server, message("rename a file to {name}", name=self._shown)),
        ):
            return await place(self.sftp, self.hidden[0], self.final, self.hidden[1], self.remarks)
        await self._write_in_place()
        with explaining(self.server, message("write {name}", name=self._shown)):
            if not await remove(self.sftp, self.hidden[0]):
                self.remarks.add("left")
        return ""

    async def _write_in_place(self) -> None:
        with explaining(self.server, message("write {name}", name=self._shown)):
            former = await attributes(self.sftp, self.final)
            require_regular_file(former, self.final)
            may_be_ours = former is not None and former.size in (None, self.upload.bytes)
            if may_be_ours and await has_content(self.sftp, self.final, self.upload, self.server.limits.block):
                self.remarks.add("there")  # an earlier attempt delivered it, but could not report that
                return
            try:
                await self._send(self.final, whole=True)
            except asyncssh.SFTPError as error:
                if former is None or former.size is None or not is_refusal(error):
                    raise
                raise SFTPRefusedError(
                    "{server} already has a file {name} and does not allow us to replace it: add a variable that "
                    "changes every time, such as the date, to the file name pattern.",
                    server=self.server,
                    name=self._shown,
                    code="exists",
                ) from error
            self.remarks.add("in_place")

    async def _send(self, path: bytes, *, whole: bool = False) -> None:
        async with noticing_a_full_disk(self.sftp, self.server, self.directory):
            self.written = await send_blocks(
                self.sftp,
                self.upload,
                self.source,
                path,
                progress=self.progress,
                remarks=self.remarks,
                limits=self.server.limits,
                whole=whole,
            )

    @property
    def _shown(self) -> str:
        return one_line(self.upload.name)
