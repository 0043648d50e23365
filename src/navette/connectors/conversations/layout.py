"""The layout of a conversations file: read a conversation, and report what cannot be read.

A conversation has a ``dialogHeader`` (company, sessionID, …), a ``dialogContent`` (its messages, each with its
author's handle under ``agent`` or under a key that starts with ``client``) and an ``agentURL``: the document that
the company's closing reply links to, with the text of that reply.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from navette.connectors.connector import Refused

TWEET_EPOCH_MS = 1_288_834_974_657
TWEET_SEQUENCE_BITS = 22
FIRST_TWEET_WITH_TIME = 29_700_859_247
"""Since November 2010, the identifiers of tweets start with the time of writing; smaller ones contain no time."""


@dataclass(frozen=True)
class ChatMessage:
    """One message. ``written_at`` is in UTC, to the second; ``author`` is a handle."""

    tweet_id: str
    author: str
    by_agent: bool
    written_at: datetime
    text: str


@dataclass(frozen=True)
class Conversation:
    """One conversation with its readable messages, at least one, in the file's order.

    ``facts`` are url, doc_id, duration and message_count, as in the file. ``key`` replaces a missing session.
    """

    company: str
    session: str | None
    key: str
    facts: dict[str, object]
    messages: tuple[ChatMessage, ...]


@dataclass(frozen=True)
class Repeated:
    """A JSON object that has several values for one of its keys, so that its meaning is unclear."""

    pairs: tuple[tuple[str, object], ...]


class UnreadableError(Exception):
    """The reason why a part of the file cannot be read."""


def without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object] | Repeated:
    """Build a JSON object from pairs, for ``json.loads(object_pairs_hook=…)``. A key can repeat the same value."""
    fields = dict(pairs)
    same = len(fields) == len(pairs) or all(fields[key] == value for key, value in pairs)
    return fields if same else Repeated(tuple(pairs))


def is_conversation(record: object) -> bool:
    """Whether a record looks like a conversation at all, readable or not."""
    fields = dict(record.pairs) if isinstance(record, Repeated) else record
    return isinstance(fields, dict) and ("dialogHeader" in fields or "dialogContent" in fields)


def read_conversation(record: object, origin: str) -> tuple[Conversation | None, list[Refused]]:
    """Read a record of the file as a conversation, and return what is refused.

    A record without a company, or without a readable message, is refused as a thread.
    """
    refused: list[Refused] = []
    try:
        return _conversation(record, refused, origin), refused
    except UnreadableError as error:
        return None, [*refused, Refused("threads", str(error), json_text(record), origin)]


def _conversation(record: object, refused: list[Refused], origin: str) -> Conversation:
    fields = _object(record, "the conversation")
    header = _object(fields.get("dialogHeader"), "the conversation's dialogHeader")
    company, session = _required(header, "company"), _text(header.get("sessionID"))
    messages = tuple(_messages(fields, company, refused, origin))
    if not messages:
        raise UnreadableError("the conversation has no message that can be read")
    facts = _facts(header, fields.get("agentURL"))
    return Conversation(company, session, session or json_text(record), facts, messages)


def _messages(fields: dict[str, object], company: str, refused: list[Refused], origin: str) -> Iterator[ChatMessage]:
    content = fields.get("dialogContent")
    for record in content if isinstance(content, list) else [content] if content else []:
        try:
            yield _message(_object(record, "the message"))
        except UnreadableError as error:
            refused.append(Refused("contents", str(error), json_text(record), origin))
    if (closing := fields.get("agentURL")) is not None:
        try:
            yield _closing_reply(_object(closing, "the closing reply (agentURL)"), company)
        except UnreadableError as error:
            refused.append(Refused("contents", str(error), json_text(closing), origin))


def _message(fields: dict[str, object]) -> ChatMessage:
    key = _author_key(fields)
    tweet_id = _required(fields, "tweet_ID")
    written_at = _instant(fields.get("datetime")) or instant_of_tweet(tweet_id)
    if written_at is None:
        raise UnreadableError(
            "its datetime is missing or not an ISO 8601 instant, and its tweet_ID does not encode a time"
        )
    return ChatMessage(tweet_id, _required(fields, key), key == "agent", written_at, _required(fields, "message", True))


def _closing_reply(fields: dict[str, object], company: str) -> ChatMessage:
    tweet_id = _required(fields, "tweet_ID")
    written_at = instant_of_tweet(tweet_id)
    if written_at is None:
        raise UnreadableError(f"its tweet_ID '{tweet_id}' does not encode the time of the closing reply")
    return ChatMessage(tweet_id, company, True, written_at, _required(fields, "url_utterance", True))


def _author_key(fields: dict[str, object]) -> str:
    """The key of the author: agent, client or client with a number before others that start with client."""
    keys = [key for key in fields if (key == "agent" or key.startswith("client")) and _text(fields[key])]
    exact = [key for key in keys if re.fullmatch(r"agent|client\d*", key)] or keys
    if not exact:
        raise UnreadableError("it has no author: neither an agent nor a client key with a handle")
    if len({(key == "agent", fields[key]) for key in exact}) > 1:
        raise UnreadableError(f"it has several authors ({', '.join(exact)}), and nothing says which one wrote it")
    return exact[0]


def _facts(header: dict[str, object], agent_url: object) -> dict[str, object]:
    reply = agent_url if isinstance(agent_url, dict) else {}
    facts = {
        "url": reply.get("url"),
        "doc_id": reply.get("doc_id"),
        "duration": header.get("duration"),
        "message_count": header.get("messageCount"),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _object(value: object, name: str) -> dict[str, object]:
    if isinstance(value, Repeated):
        raise UnreadableError(f"{name} gives one of its keys several values")
    if not isinstance(value, dict):
        raise UnreadableError(f"{name} is missing or no JSON object")
    return value


def _required(fields: dict[str, object], key: str, may_be_empty: bool = False) -> str:
    text = _text(fields.get(key))
    if text is None or not (text or may_be_empty):
        raise UnreadableError(f"its {key} is missing or no text")
    return text


def _text(value: object) -> str | None:
    """A text as it is, a whole number as its digits (some files write tweet_ID as a number), None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UnreadableError("it contains half of a surrogate pair, which is not a character") from error
    return value


def _instant(value: object) -> datetime | None:
    """The instant of an ISO 8601 text with a time of day, in UTC if it has no offset."""
    if not isinstance(value, str) or len(value) <= len("2020-01-31"):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def json_text(value: object) -> str:
    """What was read, as JSON for people; half a surrogate stays escaped, and an ambiguous object shows its pairs."""
    text = json.dumps(value, ensure_ascii=False, default=lambda repeated: repeated.pairs)
    return text.encode("utf-8", "backslashreplace").decode()


def instant_of_tweet(tweet_id: str) -> datetime | None:
    """The time of that tweet, in UTC to the second, or None if the identifier does not contain it."""
    if not (tweet_id.isascii() and tweet_id.isdigit() and len(tweet_id) <= 19):
        return None
    number = int(tweet_id)
    if not FIRST_TWEET_WITH_TIME <= number < 2**63:
        return None
    return datetime.fromtimestamp(((number >> TWEET_SEQUENCE_BITS) + TWEET_EPOCH_MS) // 1000, UTC)
