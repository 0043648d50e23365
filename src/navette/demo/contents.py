"""The rows of messages."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.demo import columns as col
from navette.demo.bodies import Bodies, Phrasebook, with_awkward, with_long_html
from navette.demo.conversations import Chunk
from navette.demo.draw import Dice, Flags, Ints, every, spread
from navette.demo.kinds import CHAT, EMAIL, FORUMS, MESSAGING, SMS
from navette.demo.threads import thread_titles

_LANGUAGES = ["fr", "en"]
_STATUSES = ["New", "Assigned", "Replied", "Ignored", "Agent message", "Agent reply", "Pending approval", "Draft"]
NEW, ASSIGNED, REPLIED, IGNORED, AGENT_MESSAGE, AGENT_REPLY, PENDING_APPROVAL, DRAFT = range(8)
_IGNORED_FROM = ["Ignored automatically", "Archived by ICE", "Manually ignored", "Mass ignored"]
_CREATED_FROM = ["Synchronizer", "Interface", "Api", "Mobile app", "Rules engine"]
_FOREIGN_CATEGORIES = [["Orange mobile", "Unlock SIM card"], ["Idées; produits"], [], ["Livraison, retours", "FAQ"]]
_PAYLOADS = ["track_order", '{"action":"refund","order":"FR-1002003"}', "+1", "menu;2", ""]
_SYNCHRONIZATION = [
    *("success", "export_pending", "export_failure", "export_aborted", "like_aborted", "author_block_aborted"),
    *("delete_aborted", "unpublish_aborted"),
]
_SYNCHRONIZATION_ERRORS = [
    *(None, None, "hard_bounce", "rate_limit; retry later", "not_found", "forbidden", "already_deleted", "timeout"),
]
_SYNCHRONIZATION_CUSTOM = [
    "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
    'Le compte a été "bloqué"\npar la plateforme',
]
_TRANSLATION_ERROR = "Invalid request, error: parse source language: language: tag is not well-formed."


def contents(chunk: Chunk, book: Phrasebook) -> pa.Table:
    """The chunk's messages in time order."""
    dice = Dice(chunk.setup.seed, "contents", int(chunk.threads.serial[0]))
    columns = {**_references(chunk, dice), **_state(chunk, dice), **_marks(chunk, dice), **_texts(chunk, book, dice)}
    return col.in_time_order(col.rows_of("contents", columns), chunk.messages.at)


def _sources(chunk: Chunk) -> Ints:
    return chunk.threads.source[chunk.messages.thread]


def _references(chunk: Chunk, dice: Dice) -> dict[str, Any]:
    messages = chunk.messages
    authors, ids = _authors(chunk), chunk.content_ids
    reply_to = np.where(messages.by_agent | dice.chance(0.7, len(messages)), messages.before, -1)
    return {
        "id": ids,
        "created_at": col.instants(messages.at),
        "source_id": col.chosen(chunk.setup.source_ids, _sources(chunk)),
        "thread_id": col.chosen(chunk.thread_ids, messages.thread),
        "intervention_id": col.chosen(chunk.case_ids, messages.case),
        "creator_id": col.chosen(chunk.setup.agents.ids, messages.agent),
        "author_id": authors,
        "in_reply_to_id": col.chosen(ids, reply_to),
        "in_reply_to_author_id": col.chosen(authors, reply_to),
        "foreign_id": _foreign_ids(chunk),
    }


def _authors(chunk: Chunk) -> pa.Array:
    """The customer's identity, or the one that the agent writes under, which is the agent's own in chats and forums."""
    setup, messages, source = chunk.setup, chunk.messages, _sources(chunk)
    personal = np.isin(setup.source_channel[source], (CHAT, FORUMS))
    puppet = np.where(personal, len(setup.communities) + messages.agent, setup.source_community[source])
    puppets = col.chosen(setup.puppet_ids, puppet, messages.by_agent)
    return pc.coalesce(puppets, col.chosen(chunk.identity_ids, messages.thread))


def _foreign_ids(chunk: Chunk) -> pa.Array:
    """Eighteen digits on most sources, a message id in mails, leading zeros in text messages, none for some."""
    messages = chunk.messages
    number = col.digits(messages.at * 100_000_000 + messages.serial % 100_000_000)
    channel = chunk.setup.source_channel[_sources(chunk)]
    mail = col.only(col.joined("<", number, "@mail.example.com>"), channel == EMAIL)
    text = col.only(col.digits(messages.serial, 12), channel == SMS)
    return pc.coalesce(mail, text, col.only(number, ~every(31, messages.serial)))


def _state(chunk: Chunk, dice: Dice) -> dict[str, Any]:
    messages, status = chunk.messages, _statuses(chunk, dice)
    count, written = len(messages), np.isin(status, (DRAFT, PENDING_APPROVAL))
    automatic, private = _automatic(chunk), _private(chunk, dice)
    origin = np.where(messages.by_agent, dice.weighted((0, 80, 6, 14), count), dice.weighted((90, 0, 10), count))
    received = messages.at + np.where(messages.by_agent, 0, dice.below(180, count))
    updated = np.maximum(messages.at + dice.delays(9000.0, count, 1.6), received)
    return {
        "updated_at": col.instants(np.minimum(updated, chunk.setup.period.end - 1)),
        "initial_created_at": col.instants(np.minimum(received, chunk.setup.period.end - 1)),
        "status": col.chosen(_STATUSES, status),
        "ignored_from": col.chosen(_IGNORED_FROM, spread((5, 2, 7, 3), messages.serial), status == IGNORED),
        "type": _types(chunk, private),
        "created_from": col.chosen(_CREATED_FROM, np.where(automatic, 4, origin)),
        "private_message": col.flags(private),
        "auto_submitted": col.flags(automatic),
        "published": col.flags(~written),
        "approval_required": col.flags((status == PENDING_APPROVAL) | (messages.by_agent & every(61, messages.serial))),
        "remotely_deleted": col.flags(every(67, messages.serial, 9)),
    }


def _statuses(chunk: Chunk, dice: Dice) -> Ints:
    """The status of each message: agents' last messages can be drafts, customers' last ones are put aside."""
    messages, cases = chunk.messages, chunk.cases
    replied, opened = np.zeros(len(messages), dtype=bool), np.zeros(len(messages), dtype=bool)
    if len(cases):
        replied = (messages.case >= 0) & (np.arange(len(messages)) < cases.last_reply[messages.case])
        opened = (messages.case >= 0) & cases.opened[messages.case]
    waiting = np.where(opened, ASSIGNED, np.where(dice.chance(0.15, len(messages)), NEW, IGNORED))
    closing = np.where(messages.last & every(19, messages.serial, 2), DRAFT, AGENT_REPLY)
    closing = np.where(messages.last & every(23, messages.serial, 4), PENDING_APPROVAL, closing)
    agents = np.where(messages.position == 0, AGENT_MESSAGE, closing)
    return np.where(messages.by_agent, agents, np.where(replied, REPLIED, waiting))


def _automatic(chunk: Chunk) -> Flags:
    messages = chunk.messages
    return messages.by_agent & messages.last & (messages.position > 2) & every(13, messages.serial, 6)


def _private(chunk: Chunk, dice: Dice) -> Flags:
    """Whole threads, or their end; never on sources without private messages."""
    messages = chunk.messages
    threads = len(chunk.threads)
    able = chunk.setup.sources_where(lambda kind: kind.private)[_sources(chunk)]
    begin = np.where(dice.chance(0.4, threads), 0, np.where(dice.chance(0.3, threads), 2, 99))
    private: Flags = able & (messages.position >= begin[messages.thread])
    return private


def _types(chunk: Chunk, private: Flags) -> pa.Array:
    """The source's own type of each message: private, the first of a thread, or another."""
    kinds = [source.kind for source in chunk.setup.sources]
    names = [name for kind in kinds for name in (kind.public[0], kind.public[-1], kind.private)]
    which = np.where(private, 2, np.where(chunk.messages.position == 0, 0, 1))
    return col.chosen(names, _sources(chunk) * 3 + which)


def _marks(chunk: Chunk, dice: Dice) -> dict[str, Any]:
    messages, setup = chunk.messages, chunk.setup
    count, customer, source = len(messages), ~messages.by_agent, _sources(chunk)
    filed = setup.sources_where(lambda kind: kind.foreign_categories)[source] & (messages.position == 0)
    rated = setup.sources_where(lambda kind: kind.rated)[source] & (messages.position == 0) & customer
    buttons = np.isin(setup.source_channel[source], (MESSAGING, CHAT)) & customer
    sets = np.where(dice.chance(0.25, count), dice.below(len(setup.category_sets), count), 0)
    return {
        "category_ids": col.chosen(setup.category_sets, sets, ~dice.chance(0.4, count)),
        "foreign_categories": col.chosen(_FOREIGN_CATEGORIES, messages.serial % 4, filed),
        "rating": col.numbers(1 + dice.weighted((3, 1, 2, 4, 6), count), rated),
        "structured_reply_payload": col.chosen(_PAYLOADS, messages.serial % 5, buttons & every(11, messages.serial)),
        "sentiment": col.chosen(
            ["negative", "neutral", "positive"], dice.weighted((4, 5, 2), count), customer & dice.chance(0.9, count)
        ),
        **_synchronization(messages.serial, messages.by_agent),
    }


def _synchronization(serial: Ints, by_agent: Flags) -> dict[str, Any]:
    """The source's response to agents' messages; customers' messages came from it."""
    status = np.where(by_agent, spread((186, 2, 5, 2, 1, 1, 2, 1), serial), 0)
    custom = np.where(status == 2, serial % 2, -1)
    return {
        "synchronization_status": col.chosen(_SYNCHRONIZATION, status),
        "synchronization_error": col.chosen(_SYNCHRONIZATION_ERRORS, status),
        "synchronization_error_custom": col.chosen(_SYNCHRONIZATION_CUSTOM, custom),
    }


def _texts(chunk: Chunk, book: Phrasebook, dice: Dice) -> dict[str, Any]:
    messages, setup, source = chunk.messages, chunk.setup, _sources(chunk)
    english, first = chunk.english[messages.thread], messages.position == 0
    bodies = Bodies(book, dice, messages.by_agent, first)
    html = setup.sources_where(lambda kind: kind.html)[source] & dice.chance(0.5, len(messages))
    body = bodies.text(english)
    body = _replaced(body, bodies.some(html).html(english[html]), html)
    body = col.only(body, ~every(97, messages.serial, 11))
    body = with_long_html(body, html, messages.serial, setup.messages)
    body = with_awkward(body, messages.serial, setup.messages)
    described = np.where(html, 1, np.where(every(3, messages.serial), -1, 0))
    return {
        "language": col.chosen(_LANGUAGES, english, ~every(43, messages.serial)),
        "title": _titles(chunk, book),
        "body": body,
        "body_format": col.chosen(["text", "html"], described),
        **_translations(chunk, bodies, body, english),
    }


def _replaced(texts: pa.Array, replacing: pa.Array, where: Flags) -> pa.Array:
    return pc.replace_with_mask(texts, pa.array(where), replacing)


def _titles(chunk: Chunk, book: Phrasebook) -> pa.Array:
    """The thread's title, with "Re: " in the mails that answer."""
    messages = chunk.messages
    titles = col.chosen(thread_titles(chunk, book), messages.thread)
    answer = (chunk.setup.source_channel[_sources(chunk)] == EMAIL) & (messages.position > 0)
    titled = (messages.position == 0) | answer
    return col.only(pc.if_else(pa.array(answer), col.joined("Re: ", titles), titles), titled)


def _translations(chunk: Chunk, bodies: Bodies, body: pa.Array, english: Ints) -> dict[str, Any]:
    """Customers' messages in a language other than the desk's, translated for the agent."""
    messages = chunk.messages
    usual = np.array([0, 1, 1])[chunk.desk][messages.thread]
    foreign = (english != usual) & ~messages.by_agent
    status = spread((40, 2, 1), messages.serial)
    translated = np.flatnonzero(foreign & (status == 0))
    position = np.full(len(messages), -1)
    position[translated] = np.arange(len(translated))
    texts = bodies.some(position >= 0).text(1 - english[translated])
    return {
        "original_body": col.only(body, foreign),
        "translated_body": col.chosen(texts, position),
        "source_language": col.chosen(_LANGUAGES, english, foreign),
        "target_language": col.chosen(_LANGUAGES, 1 - english, foreign),
        "translation_status": col.chosen(["success", "error", "pending"], status, foreign),
        "translation_error": col.chosen([_TRANSLATION_ERROR], np.zeros_like(status), foreign & (status == 1)),
    }
