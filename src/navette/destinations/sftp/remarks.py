"""What a server does not support and a delivery therefore does without."""

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
    """The server does not let us write under a hidden name, or does not let us rename such a file."""


def is_lost(error: Exception) -> bool:
    """Whether the connection is gone: nothing was refused."""
    return isinstance(error, _LOST)


def is_refusal(error: Exception) -> bool:
    """Whether the server's answer is a permanent refusal. Many servers answer only SFTPFailure."""
    return isinstance(error, _NEVER)
