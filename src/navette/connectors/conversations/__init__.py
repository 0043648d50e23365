"""Real customer-care conversations in one JSON file, as research corpora publish them."""

from navette.connectors.conversations.file import ConversationsFile

__all__ = ["ConversationsFile"]
