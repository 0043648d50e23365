"""Destinations: where a file goes. A destination knows a file and an address, and nothing of what is in the file.

A new kind is one folder here and one line in ``DESTINATIONS``.
"""

from collections.abc import Mapping

from navette.core.kinds import Kinds
from navette.destinations.destination import (
    DestinationKind,
    FileDestinationKind,
    Installation,
    Location,
    Receipt,
    RefusedError,
    Setting,
    SettingType,
    Several,
    UnknownOutcomeError,
    Upload,
)

DESTINATIONS: Mapping[str, DestinationKind] = Kinds(
    {
        "sftp": "navette.destinations.sftp.kind:SFTP",
        "folder": "navette.destinations.folder:Folder",
        "email": "navette.destinations.email.kind:Email",
    }
)


def file_destination(kind: str) -> FileDestinationKind:
    """The kind of that name, which brings files somewhere. Raises TypeError for one that mails them to people."""
    destination = DESTINATIONS[kind]
    if not isinstance(destination, FileDestinationKind):
        raise TypeError(f"{kind} brings files to people")
    return destination


__all__ = [
    "DESTINATIONS",
    "DestinationKind",
    "FileDestinationKind",
    "Installation",
    "Location",
    "Receipt",
    "RefusedError",
    "Setting",
    "SettingType",
    "Several",
    "UnknownOutcomeError",
    "Upload",
    "file_destination",
]
