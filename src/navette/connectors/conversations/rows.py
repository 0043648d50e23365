"""Turn conversations into rows of the tables."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from navette.connectors.conversations.layout import ChatMessage, Conversation, json_text

Row = dict[str, object]

NETWORK = "Twitter"
FACTS = {
    "url": "Document of the closing reply",
    "doc_id": "Document ID",
    "duration": "Duration",
    "message_count": "Message count",
}


@dataclass(frozen=True)
class Thread:
    """A conversation with the identifiers of its rows; ``message_ids`` correspond to its messages."""

    conversation: Conversation
    id: str
    message_ids: tuple[str, ...]

    @property
    def messages(self) -> tuple[ChatMessage, ...]:
        return self.conversation.messages

    @property
    def case_id(self) -> str:
        return object_id("intervention", self.id)

    @property
    def source_id(self) -> str:
        return object_id("source", self.conversation.company)


@dataclass(frozen=True)
class Sighting:
    """A message together with the company in whose conversation it appears."""

    company: str
    message: ChatMessage


def object_id(kind: str, *key: str) -> str:
    """The 24 hexadecimal digits for the natural key of a record, the same in every load."""
    return sha256("\x1f".join(("conversations", kind, *key)).encode()).hexdigest()[:24]


def table_rows(conversations: list[Conversation]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each table that the conversations fill, configuration first; none without conversations."""
    if not conversations:
        return
    threads = list(_threads(conversations))
    sightings = [Sighting(c.company, message) for c in conversations for message in c.messages]
    by_agents = [sighting for sighting in sightings if sighting.message.by_agent]
    yield from _shared(_times(sightings))
    yield "teams", [_team(company, _times(group)) for company, group in _grouped(sightings, "company")]
    yield "sources", [_source(company, _times(group)) for company, group in _grouped(sightings, "company")]
    yield "agents", [_agent(handle, group) for handle, group in _grouped(by_agents, "handle")]
    yield "agent_permissions", [_permission(*pair, _times(group)) for pair, group in _pairs(by_agents)]
    yield "identities", [_identity(handle, group) for handle, group in _grouped(sightings, "handle")]
    yield "threads", [_thread(thread) for thread in threads]
    yield "interventions", [_case(thread) for thread in threads]
    yield "contents", [row for thread in threads for row in _contents(thread)]


def _threads(conversations: list[Conversation]) -> Iterator[Thread]:
    sessions: Counter[str] = Counter()
    for conversation in conversations:
        thread_id = object_id("thread", *_numbered(sessions, conversation.key))
        tweets: Counter[str] = Counter()
        # A tweet that two conversations share is a message of each.
        ids = [object_id("content", thread_id, *_numbered(tweets, m.tweet_id)) for m in conversation.messages]
        yield Thread(conversation, thread_id, tuple(ids))


def _numbered(counts: Counter[str], key: str) -> tuple[str, ...]:
    """The key, with its number of occurrences from the second one on, so that repeated records are stored too."""
    counts[key] += 1
    return (key,) if counts[key] == 1 else (key, str(counts[key]))


def _grouped(sightings: list[Sighting], by: str) -> list[tuple[str, list[Sighting]]]:
    groups: dict[str, list[Sighting]] = {}
    for sighting in sightings:
        groups.setdefault(sighting.company if by == "company" else sighting.message.author, []).append(sighting)
    return list(groups.items())


def _pairs(by_agents: list[Sighting]) -> Iterator[tuple[tuple[str, str], list[Sighting]]]:
    for handle, group in _grouped(by_agents, "handle"):
        for company, replies in _grouped(group, "company"):
            yield (handle, company), replies


def _times(sightings: list[Sighting]) -> Row:
    """A record's creation time is that of its first message, and its update time that of its last one."""
    times = [sighting.message.written_at for sighting in sightings]
    return {"created_at": min(times), "updated_at": max(times)}


def _shared(times: Row) -> Iterator[tuple[str, list[Row]]]:
    yield "communities", [{"id": object_id("community"), **times, "name": NETWORK, "type": NETWORK, "active": True}]
    yield "channels", [{"id": object_id("channel"), **times, "name": NETWORK, "label": NETWORK}]
    yield "roles", [{"id": object_id("role"), **times, "label": "Agent", "permissions": []}]
    yield "custom_fields", [_custom_field(key, position, times) for position, key in enumerate(FACTS, start=1)]


def _custom_field(key: str, position: int, times: Row) -> Row:
    return {
        "id": object_id("custom_field", key),
        **times,
        "associated_type_name": "intervention",
        "key": key,
        "label": FACTS[key],
        "type": "string",
        "multiple": False,
        "position": position,
    }


def _team(company: str, times: Row) -> Row:
    return {"id": object_id("team", company), **times, "name": company, "leader_ids": []}


def _source(company: str, times: Row) -> Row:
    return {
        "id": object_id("source", company),
        **times,
        "active": True,
        "name": company,
        "type": NETWORK,
        "status": "ok",
        "community_id": object_id("community"),
        "channel_id": object_id("channel"),
    }


def _agent(handle: str, replies: list[Sighting]) -> Row:
    return {
        "id": object_id("agent", handle),
        **_times(replies),
        "firstname": handle,
        "role_id": object_id("role"),
        "team_ids": [object_id("team", company) for company, _ in _grouped(replies, "company")],
        "identity_ids": [object_id("identity", handle)],
        "foreign_id": handle,
        "enabled": True,
    }


def _permission(handle: str, company: str, times: Row) -> Row:
    return {
        "user_id": object_id("agent", handle),
        "source_id": object_id("source", company),
        "updated_at": times["updated_at"],
        "read": True,
        "reply": True,
    }


def _identity(handle: str, sightings: list[Sighting]) -> Row:
    by_agent = any(sighting.message.by_agent for sighting in sightings)
    return {
        "id": object_id("identity", handle),
        **_times(sightings),
        "community_id": object_id("community"),
        "user_ids": [object_id("agent", handle)] if by_agent else [],
        "screenname": handle,
        "anonymized": False,
    }


def _thread(thread: Thread) -> Row:
    return {
        "id": thread.id,
        **_thread_times(thread),
        "foreign_id": thread.conversation.session,
        "source_id": thread.source_id,
        "closed": True,
    }


def _thread_times(thread: Thread) -> Row:
    return _times([Sighting(thread.conversation.company, message) for message in thread.messages])


def _case(thread: Thread) -> Row:
    pairs = list(zip(thread.message_ids, thread.messages, strict=True))
    opening = next(((id_, message) for id_, message in pairs if not message.by_agent), None)
    agents = [message.author for message in thread.messages if message.by_agent]
    return {
        "id": thread.case_id,
        **_thread_times(thread),
        "thread_id": thread.id,
        "source_id": thread.source_id,
        "content_id": opening[0] if opening else None,
        "identity_id": object_id("identity", opening[1].author) if opening else None,
        "user_id": object_id("agent", agents[-1]) if agents else None,
        "status": "Closed",
        "custom_field_values": json_text(thread.conversation.facts),
    }


def _contents(thread: Thread) -> Iterator[Row]:
    last_reply = max((n for n, message in enumerate(thread.messages) if message.by_agent), default=-1)
    for number, (id_, message) in enumerate(zip(thread.message_ids, thread.messages, strict=True)):
        replied = number > 0
        yield {
            "id": id_,
            **_written(message.written_at),
            **_author(message),
            "source_id": thread.source_id,
            "thread_id": thread.id,
            "intervention_id": thread.case_id,
            "foreign_id": message.tweet_id,
            "type": "Public reply" if message.by_agent and replied else "Public message",
            "status": _status(message, replied, is_answered=number < last_reply),
            "created_from": "Synchronizer",
            "private_message": False,
            "auto_submitted": False,
            "published": True,
            "in_reply_to_id": thread.message_ids[number - 1] if replied else None,
            "in_reply_to_author_id": object_id("identity", thread.messages[number - 1].author) if replied else None,
            "body": message.text,
            "body_format": "text",
            "synchronization_status": "success",
        }


def _written(instant: datetime) -> Row:
    # The file has no time of receipt, so use the earliest possible one.
    return {"created_at": instant, "updated_at": instant, "initial_created_at": instant}


def _author(message: ChatMessage) -> Row:
    creator = object_id("agent", message.author) if message.by_agent else None
    return {"author_id": object_id("identity", message.author), "creator_id": creator}


def _status(message: ChatMessage, is_reply: bool, is_answered: bool) -> str:
    if message.by_agent:
        return "Agent reply" if is_reply else "Agent message"
    return "Replied" if is_answered else "New"
