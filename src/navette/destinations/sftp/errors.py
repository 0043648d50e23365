"""What went wrong with an SFTP server, as a sentence, and whether trying again can mend it."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh
from asyncssh.packet import PacketDecodeError

from navette.core.errors import NavetteError, TryLaterError
from navette.destinations.destination import HostKey, RefusedError, reason_of
from navette.destinations.sftp.remarks import is_lost
from navette.destinations.sftp.server import SFTPServer


class SFTPRefusedError(RefusedError):
    """Trying again cannot mend it. ``code`` says which of the known reasons it is; ``reason`` is the server's words."""

    def __init__(self, code: str, sentence: str, reason: str = "") -> None:
        super().__init__(sentence, reason)
        self.code = code


class SFTPTryLaterError(TryLaterError):
    """It may go better later. ``code`` says which of the known reasons it is."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class HostKeyChangedError(SFTPRefusedError):
    """The server shows another key than those that were accepted. Nobody signed in."""

    def __init__(self, server: SFTPServer, found: HostKey) -> None:
        super().__init__(
            "host_key_changed",
            f"{server} shows the host key {found.fingerprint}, which is not the accepted one: it may be another "
            "server. Ask its administrator, test the connection, and accept the new key if it is right.",
        )
        self.shown_key = found.text


GARBLED = (PacketDecodeError, IndexError)
"""What asyncssh raises where an answer cannot be read, or has not the one name in it that was asked for."""

# Errors of the protocol that trying again cannot mend, with their code and what to do.
_FINAL: tuple[tuple[tuple[type[asyncssh.SFTPError], ...], str, str], ...] = (
    (
        (asyncssh.SFTPPermissionDenied, asyncssh.SFTPWriteProtect, asyncssh.SFTPCannotDelete),
        "no_permission",
        "give the user the right to do so",
    ),
    (
        (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath, asyncssh.SFTPNotADirectory),
        "missing",
        "make the directory, or name another",
    ),
    ((asyncssh.SFTPInvalidFilename,), "bad_name", "choose another file name"),
    ((asyncssh.SFTPFileIsADirectory,), "in_the_way", "a directory has the file's name: remove it"),
    ((asyncssh.SFTPOpUnsupported,), "unsupported", "use a server that can"),
)
FULL = (asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded)


def explained(error: Exception, server: SFTPServer, doing: str) -> NavetteError:
    """What an error of asyncssh, or of the system's network, means when it came while ``doing`` (``write to /in``)."""
    said = reason_of(str(error)) or type(error).__name__
    for kinds, code, help_ in _FINAL:
        if isinstance(error, kinds):
            return SFTPRefusedError(code, f"{server} does not let us {doing}: {help_}. ({said})", said)
    if isinstance(error, FULL):
        return full(server, said)
    if isinstance(error, (asyncssh.SFTPError, *GARBLED)) and not is_lost(error):
        return SFTPTryLaterError("failure", f"{server} failed to {doing}: ask its administrator why. ({said})")
    if isinstance(error, TimeoutError):
        return SFTPTryLaterError("timeout", f"{server} did not answer in time to {doing}: see that it is up.")
    return SFTPTryLaterError("connection_lost", f"the connection to {server} was lost: Navette retries. ({said})")


def full(server: SFTPServer, said: str) -> NavetteError:
    """No more fits on the server."""
    return SFTPTryLaterError("disk_full", f"the disk of {server} is full: free some of it. ({said})")


def vanished() -> SFTPTryLaterError:
    """Another worker at the same delivery, or somebody who tidies up, was faster."""
    return SFTPTryLaterError("vanished", "the file was gone before it had its name: it is sent again.")


@contextmanager
def explaining(server: SFTPServer, doing: str) -> Iterator[None]:
    """What asyncssh raises in the block leaves it as an error of ours."""
    try:
        yield
    except (asyncssh.Error, OSError, *GARBLED) as error:
        raise explained(error, server, doing) from error
