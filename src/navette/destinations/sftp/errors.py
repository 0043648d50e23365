"""What went wrong with an SFTP server, whether trying again can help, and what a delivery does without."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import asyncssh
from asyncssh.packet import PacketDecodeError

from navette.core.errors import NavetteError, TryLaterError
from navette.core.foreign_words import answered
from navette.core.messages import Message, message
from navette.core.system_errors import system_reason
from navette.destinations.destination import HostKey, RefusedError
from navette.destinations.sftp.server import SFTPServer

Remark = Literal["unsynced", "unsized", "in_place", "there", "left"]
"""``unsynced``: it does not confirm that files are on its disk. ``unsized``: it does not tell how long they are.
``in_place``: it does not rename, so that a file is seen under its name before it is whole. ``there``: the same file was
there already, and cannot be replaced. ``left``: it does not let us remove hidden files of ours.
"""

Remarks = set[Remark]

_LOST = (asyncssh.SFTPNoConnection, asyncssh.SFTPConnectionLost)

_NEVER = (
    *(asyncssh.SFTPOpUnsupported, asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect),
    *(asyncssh.SFTPCannotDelete, asyncssh.SFTPFileAlreadyExists, asyncssh.SFTPInvalidFilename),
)


class NoHiddenNamesError(Exception):
    """The server does not let us write under a hidden name, or does not let us rename such a file."""


def is_lost(error: Exception) -> bool:
    """Whether the connection is gone: nothing was refused."""
    return isinstance(error, _LOST)


def is_refusal(error: Exception) -> bool:
    """Whether the server's answer is a permanent refusal. Many servers answer only SFTPFailure."""
    return isinstance(error, _NEVER)


class SFTPRefusedError(RefusedError):
    """Trying again cannot help. ``code`` says which of the known reasons it is."""

    def __init__(self, text: str | Message, /, *, code: str, **values: object) -> None:
        super().__init__(text, too_large=False, **values)
        self.code = code


class SFTPTryLaterError(TryLaterError):
    """Trying again may help. ``code`` says which of the known reasons it is."""

    def __init__(self, text: str | Message, /, *, code: str, **values: object) -> None:
        super().__init__(text, too_large=False, **values)
        self.code = code


class HostKeyChangedError(SFTPRefusedError):
    """The server shows another key than those that were accepted. Nobody signed in."""

    def __init__(self, server: SFTPServer, key: HostKey) -> None:
        changed = message(
            "{server} shows the host key {fingerprint}, which is not the accepted one: it may be another server. Ask"
            " its administrator, test the connection, and accept the new key if the fingerprint matches.",
            server=server,
            fingerprint=key.fingerprint,
        )
        super().__init__(changed, code="host_key_changed")
        self.shown_key = key.text


GARBLED = (PacketDecodeError, IndexError)
"""What asyncssh raises where an answer cannot be read, or has not the one name in it that was asked for."""

# Errors of the protocol that trying again cannot resolve, with their code and what to do.
_FINAL: tuple[tuple[tuple[type[asyncssh.SFTPError], ...], str, Message], ...] = (
    (
        (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect, asyncssh.SFTPCannotDelete),
        "no_permission",
        message("give the user permission"),
    ),
    (
        (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory),
        "missing",
        message("create the directory, or name another"),
    ),
    ((asyncssh.SFTPInvalidFilename,), "bad_name", message("choose another file name")),
    ((asyncssh.SFTPFileIsADirectory,), "in_the_way", message("a directory has the file's name: remove it")),
    ((asyncssh.SFTPOpUnsupported,), "unsupported", message("use a server that supports this")),
)
FULL = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)


def explained(error: Exception, server: SFTPServer, doing: Message) -> NavetteError:
    """What an error of asyncssh, or of the system's network, means when it came while ``doing`` (``write in.csv``)."""
    reason = words_of(error)
    for kinds, code, help_ in _FINAL:
        if isinstance(error, kinds):
            return SFTPRefusedError(
                "{server} does not allow us to {doing}: {help}. ({said})",
                server=server,
                doing=doing,
                help=help_,
                said=reason,
                code=code,
            )
    if isinstance(error, FULL):
        return full(server, reason)
    if isinstance(error, (asyncssh.SFTPError, *GARBLED)) and not is_lost(error):
        return SFTPTryLaterError(
            "{server} failed to {doing}: ask its administrator why. ({said})",
            server=server,
            doing=doing,
            said=reason,
            code="failure",
        )
    if isinstance(error, TimeoutError):
        return SFTPTryLaterError(
            "{server} timed out while we tried to {doing}: check that it is running.",
            server=server,
            doing=doing,
            code="timeout",
        )
    return SFTPTryLaterError(
        "the connection to {server} was lost: Navette retries. ({said})",
        server=server,
        said=reason,
        code="connection_lost",
    )


_LOCAL = {
    "Login timeout expired": message("timed out"),
    "Server not responding to keepalive": message("timed out"),
    "Connection lost": message("the connection was closed"),
    "Connection closed": message("the connection was closed"),
    "Connection not open": message("the connection was closed"),
}
"""What asyncssh itself says of a connection, in place of the server."""


def words_of(error: Exception) -> Message:
    """What the server said, quoted, or what asyncssh or the system reports."""
    if isinstance(error, OSError):
        return system_reason(error)
    return _LOCAL.get(str(error)) or answered(str(error) or type(error).__name__)


def full(server: SFTPServer, reason: Message) -> NavetteError:
    """The server's disk is full."""
    return SFTPTryLaterError(
        "the disk of {server} is full: free some space. ({said})", server=server, said=reason, code="disk_full"
    )


def vanished() -> SFTPTryLaterError:
    """Another worker at the same delivery, or somebody who tidies up, was faster."""
    return SFTPTryLaterError(
        "the file disappeared from the server before it got its final name: Navette sends it again.", code="vanished"
    )


@contextmanager
def explaining(server: SFTPServer, doing: Message) -> Iterator[None]:
    """What asyncssh raises in the block leaves it as an error of ours."""
    try:
        yield
    except (asyncssh.Error, OSError, *GARBLED) as error:
        raise explained(error, server, doing) from error
