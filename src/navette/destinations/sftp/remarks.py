"""What a server turned out not to do, which a delivery goes without."""

from typing import Literal

import asyncssh

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
    """The server does not let us write under a hidden name, or not give such a file its own."""


def is_lost(error: Exception) -> bool:
    """Whether the connection is gone: nothing was refused."""
    return isinstance(error, _LOST)


def is_refusal(error: Exception) -> bool:
    """Whether the server says that it will never do it. Many say only that it failed: SFTPFailure."""
    return isinstance(error, _NEVER)
