"""Connectors: where the rows of the tables come from. A new one is one folder here and a line in ``CONNECTORS``."""

from navette.connectors.connector import Batch, Connector, Refused, Unread
from navette.connectors.conversations import ConversationsFile
from navette.connectors.demo import DemoDomain
from navette.connectors.files import FilesFolder

CONNECTORS: dict[str, type[Connector]] = {
    "demo": DemoDomain,
    "conversations": ConversationsFile,
    "files": FilesFolder,
}

__all__ = ["CONNECTORS", "Batch", "Connector", "ConversationsFile", "DemoDomain", "FilesFolder", "Refused", "Unread"]
