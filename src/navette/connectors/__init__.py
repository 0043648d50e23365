"""Connectors: where the rows of the tables come from. A new one is one folder here and a line in ``CONNECTORS``."""

from navette.connectors.connector import Batch, CommandOption, Connector, Refused, RowSource, Unread
from navette.connectors.conversations import ConversationsFile
from navette.connectors.demo import DemoDomain
from navette.connectors.files import FilesFolder

CONNECTORS: dict[str, type[Connector]] = {
    "files": FilesFolder,
    "conversations": ConversationsFile,
    "demo": DemoDomain,
}
"""Every connector by name, in the order in which they are shown."""

__all__ = [
    "CONNECTORS",
    "Batch",
    "CommandOption",
    "Connector",
    "ConversationsFile",
    "DemoDomain",
    "FilesFolder",
    "Refused",
    "RowSource",
    "Unread",
]
