"""The connector: one file of conversations in, the tables of a contact centre out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from navette.connectors.connector import Batch, CommandOption, Connector, Refused
from navette.connectors.conversations.layout import (
    Conversation,
    is_conversation,
    read_conversation,
    without_repeats,
)
from navette.connectors.conversations.rows import table_rows
from navette.core.errors import RequestError
from navette.core.messages import Message, message
from navette.core.system_errors import system_reason
from navette.tables import TABLES

BATCH_ROWS = 100_000
EXPECTED = message("a JSON list of conversations, each with dialogHeader, dialogContent and agentURL, in UTF-8")


class ConversationsFile(Connector):
    """The conversations of one JSON file; the whole file is read at once.

    Every message becomes a row of ``contents``, or is refused with the reason. Identifiers are derived from company,
    session, tweet and handle, so loading a file twice, or two files that overlap, gives the same rows once.
    """

    label = message("Conversations")
    description = message("A JSON file of customer-care conversations.")
    summary = "Load real customer-care conversations from a JSON file."
    command = "navette load conversations FILE"
    options = (CommandOption("file", Path, "A JSON file of conversations."),)

    def __init__(self, file: Path) -> None:
        self.path = file

    def read(self) -> Iterator[Batch | Refused]:
        """Yield the refused rows first, then the rows, table by table.

        Raises RequestError if the file has another layout.
        """
        conversations: list[Conversation] = []
        for number, record in enumerate(self._records(), start=1):
            conversation, refused = read_conversation(record, origin=f"{self.path.name}, conversation {number}")
            conversations += [conversation] if conversation else []
            yield from refused
        for table, rows in table_rows(conversations):
            for start in range(0, len(rows), BATCH_ROWS):
                batch = pa.Table.from_pylist(rows[start : start + BATCH_ROWS], schema=TABLES[table].schema)
                yield Batch(table, batch, origin=self.path.name)

    def _records(self) -> list[object]:
        try:
            records = json.loads(self._text(), object_pairs_hook=without_repeats)
        except (ValueError, RecursionError) as error:
            raise self._unreadable(message("is not JSON ({said})", said=error)) from error
        if not isinstance(records, list):
            raise self._unreadable(message("is JSON, but not a list"))
        if records and not any(is_conversation(record) for record in records):
            raise self._unreadable(message("is a list, but not of conversations"))
        return records

    def _text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise self._unreadable(message("is not UTF-8 (at byte {at})", at=error.start)) from error
        except OSError as error:
            raise self._unreadable(message("cannot be opened ({said})", said=system_reason(error))) from error

    def _unreadable(self, problem: Message) -> RequestError:
        return RequestError(
            "{path} {problem}: expected {expected}.", path=self.path, problem=problem, expected=EXPECTED
        )
