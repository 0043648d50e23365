"""The rows of the audit log: the events of the conversations, and every other event now and then."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.demo import columns as col
from navette.demo.activity import TASK_STEPS, accepted_at, task_ids
from navette.demo.cases import case_categories, case_end, dice_of
from navette.demo.conversations import Chunk
from navette.demo.draw import Dice, Flags, Ints, every, spread
from navette.demo.journal_sentences import EVENT_NAMES, sentence_of
from navette.demo.object_ids import few_object_ids, object_ids
from navette.demo.period import HOUR
from navette.demo.reply_texts import REPLY_LANGUAGES
from navette.demo.setup import Setup

_NUMBER = {name: number for number, name in enumerate(EVENT_NAMES)}
_SENTENCES = [sentence_of(name) for name in EVENT_NAMES]
_PIECES = [
    pa.array([sentence.french[piece] for sentence in _SENTENCES] + [sentence.english[piece] for sentence in _SENTENCES])
    for piece in range(3)
]
_ACTIONS = ["deferred", "closed", "replied", "transferred", "assigned"]
_INFOS = (
    {"authentication_strategy": "password", "request_ip": "203.0.113.7"},
    {"authentication_strategy": "saml", "request_ip": "198.51.100.24"},
    {"foreign_id": None, "deferred_duration": "1 day"},
    {"closed_automatically": "chat_disconnected"},
    {"deletions": {"contents": 12, "identities": 3}},
    {"label": 'Règle "VIP"; priorité', "request_ip": "2001:db8::1"},
)
_PLACES = ["203.0.113.7", "198.51.100.24", "2001:db8::1"]


def _named(test: Callable[[str], bool]) -> Flags:
    return np.array([test(name) for name in EVENT_NAMES])


_OF_CONTENT = _named(lambda name: name.startswith("content."))
_OF_TASK = _named(lambda name: name.startswith("task."))
_OF_THREAD = _OF_CONTENT | _OF_TASK
_OF_THREAD |= _named(lambda name: name.startswith(("content_thread.", "intervention", "case.", "escalate_to_video.")))
_OF_THREAD |= _named(lambda name: name in ("survey.sent", "survey_response.imported"))
_OF_SOURCE = _OF_THREAD | _named(lambda name: name.startswith(("content_source.", "community.")))
_OF_CATEGORIES = _named(lambda name: "categor" in name)
_OF_RULE = _named(lambda name: name.startswith("rules_engine") or ".auto_" in name or "rule_applied" in name)
_OF_ENTRY = _named(lambda name: "reply_assistant" in name)
_OF_VERSION = _named(lambda name: "knowledge_base_version" in name or name == "content.reply_assistant_used")
_BY_SYSTEM = _named(
    lambda name: name.endswith(("imported", "failed", "succeed", "deleted")) or ".auto_" in name or "expired" in name
)


@dataclass(frozen=True)
class _Events:
    """Some events: their names by number, times, agents, and the messages that they are about."""

    name: Ints
    at: Ints
    agent: Ints
    message: Ints


class Journal:
    """The audit log, chunk by chunk: about one and a half events per message."""

    def __init__(self, setup: Setup, chunks: int) -> None:
        self._chunks = chunks
        self._written = 0
        self._rules = few_object_ids(
            setup.seed, "rules", [setup.period.founded + number * HOUR for number in range(12)]
        )

    def of(self, chunk: Chunk, number: int) -> pa.Table:
        """The events of the chunk with that number, in time order; every name occurs in one of the chunks."""
        dice = dice_of(chunk, "journal")
        parts = [
            *_of_messages(chunk, dice),
            *_of_cases(chunk),
            *_sessions(chunk, dice),
            self._other_events(chunk, number, dice),
        ]
        name, at, agent, message = (
            np.concatenate([getattr(part, field) for part in parts]) for field in ("name", "at", "agent", "message")
        )
        order = np.argsort(at, kind="stable")
        events = _Events(name[order], np.minimum(at[order], chunk.setup.period.end - 1), agent[order], message[order])
        serial = self._written + np.arange(len(order))
        self._written += len(order)
        return col.rows_of("events", {**self._references(chunk, events, serial), **_sentences(chunk, events, serial)})

    def _other_events(self, chunk: Chunk, number: int, dice: Dice) -> _Events:
        """Each name once in some chunk, and a few more events of any name."""
        once = np.arange(len(EVENT_NAMES))[number % len(EVENT_NAMES) :: self._chunks]
        name = np.concatenate((once, dice.below(len(EVENT_NAMES), len(chunk.messages) // 50)))
        served = np.flatnonzero(chunk.messages.case >= 0)
        about = served if len(served) else np.arange(len(chunk.messages))
        message = about[dice.below(len(about), len(name))]
        at = chunk.messages.at[message] + dice.below(900, len(name))
        agent = chunk.setup.agents.on_duty(chunk.desk[chunk.messages.thread[message]], dice.below(99, len(name)), at)
        return _Events(name, at, np.where(_BY_SYSTEM[name], -1, agent), message)

    def _references(self, chunk: Chunk, events: _Events, serial: Ints) -> dict[str, pa.Array]:
        """The record that each event is about, if events of its name are about such a record."""
        messages, setup, name = chunk.messages, chunk.setup, events.name
        thread, case = messages.thread[events.message], messages.case[events.message]
        entry = serial % len(setup.entry_ids)
        categories = case_categories(chunk)[case] if len(chunk.cases) else np.zeros_like(case)
        return {
            "id": object_ids(setup.seed, "events", events.at, serial),
            "user_id": col.chosen(setup.agents.ids, events.agent),
            "content_thread_id": col.chosen(chunk.thread_ids, thread, _OF_THREAD[name]),
            "content_source_id": col.chosen(setup.source_ids, chunk.threads.source[thread], _OF_SOURCE[name]),
            "intervention_id": col.chosen(chunk.case_ids, case, _OF_THREAD[name]),
            "content_id": col.chosen(chunk.content_ids, events.message, _OF_CONTENT[name]),
            "category_ids": col.chosen(setup.category_sets, categories, _OF_CATEGORIES[name]),
            "task_id": col.chosen(task_ids(chunk), case, _OF_TASK[name]),
            "rules_engine_rule_id": col.chosen(self._rules, serial % len(self._rules), _OF_RULE[name]),
            "entry_id": col.chosen(setup.entry_ids, entry, _OF_ENTRY[name]),
            "version_id": col.chosen(setup.version_ids, entry * len(REPLY_LANGUAGES) + serial % 2, _OF_VERSION[name]),
        }


def _events(name: str, at: Ints, agent: Ints, message: Ints) -> _Events:
    return _Events(np.full(len(at), _NUMBER[name]), at, agent, message)


def _of_messages(chunk: Chunk, dice: Dice) -> list[_Events]:
    """Customers' messages and agents' answers. One message in eight came through the API, which journals nothing."""
    messages = chunk.messages
    imported = np.flatnonzero(~messages.by_agent & ~every(8, messages.serial))
    replied = np.flatnonzero(messages.by_agent)
    ignored = np.flatnonzero(~messages.by_agent & (messages.case < 0) & dice.chance(0.4, len(messages)))
    desk = chunk.desk[messages.thread[ignored]]
    ignoring = chunk.setup.agents.on_duty(desk, messages.serial[ignored], messages.at[ignored])
    return [
        _events("content.imported", messages.at[imported] + 1, np.full(len(imported), -1), imported),
        _events("content.replied", messages.at[replied], messages.agent[replied], replied),
        _events("content.ignored", messages.at[ignored] + 600, ignoring, ignored),
    ]


def _of_cases(chunk: Chunk) -> list[_Events]:
    """The history of each case; the push system, which journals its tasks, serves one in four."""
    cases, end = chunk.cases, case_end(chunk)
    closed, moved = np.flatnonzero(~cases.opened), np.flatnonzero(cases.transfer >= 0)
    handed_over = chunk.messages.at[cases.transfer[moved] - 1] + 1
    pushed = np.flatnonzero(every(4, cases.serial) & (cases.last_reply >= 0))
    finished = pushed[~cases.opened[pushed]]
    completed = np.maximum(end[finished] + 30, cases.created[finished])
    return [
        _events("intervention.opened", cases.created, cases.first_agent, cases.first),
        _events("intervention.closed", end[closed] + 60, cases.agent[closed], cases.last[closed]),
        _events("intervention.assigned", handed_over, cases.agent[moved], cases.first[moved]),
        _events("task.assigned", accepted_at(chunk)[pushed], cases.first_agent[pushed], cases.first[pushed]),
        _events("task.completed", completed, cases.agent[finished], cases.first[finished]),
    ]


def _sessions(chunk: Chunk, dice: Dice) -> list[_Events]:
    """Agents sign in before some of their answers, and sign out hours later."""
    messages = chunk.messages
    answer = np.flatnonzero(messages.by_agent & dice.chance(0.06, len(messages)))
    before, agent = np.maximum(messages.at[answer] - 600, chunk.threads.start[0]), messages.agent[answer]
    out = np.flatnonzero(dice.chance(0.6, len(answer)))
    return [
        _events("session.created", before, agent, answer),
        _events("session.destroyed", before[out] + 4 * HOUR, agent[out], answer[out]),
    ]


def _sentences(chunk: Chunk, events: _Events, serial: Ints) -> dict[str, pa.Array]:
    """The sentence in the customer's language, and facts that are only sometimes known."""
    name, thread = events.name, chunk.messages.thread[events.message]
    piece = name + chunk.english[thread] * len(EVENT_NAMES)
    before, between, after = (pieces.take(pa.array(piece)) for pieces in _PIECES)
    task, session = _OF_TASK[name], np.isin(name, [_NUMBER["session.created"], _NUMBER["session.destroyed"]])
    return {
        "created_at": col.instants(events.at),
        "name": col.chosen(list(EVENT_NAMES), name),
        "message": col.joined(before, _doer(chunk, events), between, _subject(chunk, events, session), after),
        "action": col.chosen(_ACTIONS, serial % len(_ACTIONS), task & every(2, serial)),
        "step": col.chosen(TASK_STEPS, spread((6, 2, 1), serial), task),
        "extra_infos": col.chosen(
            col.json_texts(_INFOS), np.where(session, serial % 2, serial % len(_INFOS)), session | every(23, serial)
        ),
    }


def _customer(chunk: Chunk, events: _Events) -> pa.Array:
    identity = chunk.identity[chunk.messages.thread[events.message]]
    names = col.joined(chunk.customers.first_names(identity), " ", chunk.customers.last_names(identity))
    return pc.if_else(pa.array(chunk.customers.anonymized[identity]), pa.scalar("Anonyme"), names)


def _doer(chunk: Chunk, events: _Events) -> pa.Array:
    """The agent, the customer who wrote, or the system."""
    wrote = events.name == _NUMBER["content.imported"]
    agents = pc.coalesce(col.chosen(chunk.setup.agents.names, events.agent), pa.scalar("System"))
    return pc.if_else(pa.array(wrote), _customer(chunk, events), agents)


def _subject(chunk: Chunk, events: _Events, session: Flags) -> pa.Array:
    """The source of a message, the address of a session, or else the customer."""
    source = chunk.threads.source[chunk.messages.thread[events.message]]
    sources = col.chosen([source.name for source in chunk.setup.sources], source)
    places = col.chosen(_PLACES, events.message % len(_PLACES))
    customer_or_place = pc.if_else(pa.array(session), places, _customer(chunk, events))
    return pc.if_else(pa.array(events.name == _NUMBER["content.imported"]), sources, customer_or_place)
