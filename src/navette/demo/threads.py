"""The rows of threads, with the facts that only chats have."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.demo import columns as col
from navette.demo.awkward import AWKWARD_TEXTS, AWKWARD_TITLES
from navette.demo.bodies import Phrasebook, with_awkward
from navette.demo.conversations import Chunk
from navette.demo.draw import Dice, Flags, Ints, every, spread
from navette.demo.kinds import CHAT
from navette.demo.period import DAY

CLOSE_CAUSES = [
    *("client_impossible_delay", "disconnection", "intervention_closed", "intervention_auto_closed", "visitor_closed"),
]
_TRIGGERS = [("54e1fb7077656269ea110200", "Chat Button"), ("54e1fb7077656269ea110201", 'Panier, \\"abandon\\"')]
_PAGES = [
    ("Activity and Sleep Wristband", "https://shop.example.com/wristband"),
    ("Cafetière Aurore – Boutique Démo", "https://boutique.example.com/cafetiere?ref=a;b&couleur=noir"),
    ("Votre panier (2)", "https://boutique.example.com/panier"),
]


def threads(chunk: Chunk, book: Phrasebook) -> pa.Table:
    """The chunk's threads in time order."""
    arrivals, setup = chunk.threads, chunk.setup
    dice = Dice(setup.seed, "threads", int(arrivals.serial[0]))
    count, last = len(arrivals), last_message_at(chunk)
    chats = setup.source_channel[arrivals.source] == CHAT
    categorized = (arrivals.cases > 0) & dice.chance(0.75, count)
    sets = np.where(categorized, 1 + dice.below(len(setup.category_sets) - 1, count), 0)
    first_categorized = np.minimum(arrivals.start + dice.delays(5000.0, count, 1.2), chunk.setup.period.end - 1)
    return col.rows_of(
        "threads",
        {
            "id": chunk.thread_ids,
            "created_at": col.instants(arrivals.start),
            "updated_at": col.instants(
                np.minimum(np.maximum(last, first_categorized) + dice.below(DAY, count), chunk.setup.period.end - 1)
            ),
            "foreign_id": col.only(col.digits(arrivals.serial * 7919 + 102423, 8), ~every(7, arrivals.serial)),
            "source_id": col.chosen(setup.source_ids, arrivals.source),
            "title": thread_titles(chunk, book),
            "closed": col.flags(chats | dice.chance(0.2, count)),
            "first_categorization_at": col.instants(first_categorized, categorized),
            "category_ids": col.chosen(setup.category_sets, sets, categorized | dice.chance(0.5, count)),
            "extra_data": _chat_data(chunk, chats, last, dice),
            "custom_variables": col.chosen(_chat_variables(), arrivals.serial * 7 % 48, chats),
        },
    )


def last_message_at(chunk: Chunk) -> Ints:
    """The time at which the last message of each thread was written."""
    ends: Ints = np.cumsum(chunk.threads.length) - 1
    return chunk.messages.at[ends]


def thread_titles(chunk: Chunk, book: Phrasebook) -> pa.Array:
    """The threads' titles, null on sources without titles."""
    arrivals = chunk.threads
    dice = Dice(chunk.setup.seed, "titles", int(arrivals.serial[0]))
    titles = book.titles.take(chunk.english, dice.fractions(len(arrivals)))
    titled = chunk.setup.sources_where(lambda kind: kind.titled)[arrivals.source]
    return col.only(with_awkward(titles, arrivals.serial, chunk.setup.messages // 4, AWKWARD_TITLES), titled)


def _chat_data(chunk: Chunk, chats: Flags, last: Ints, dice: Dice) -> pa.Array:
    """The JSON of each chat's circumstances, null for other threads."""
    arrivals, count = chunk.threads, len(chunk.threads)
    page_opened = arrivals.start - dice.delays(240.0, count)
    trigger, page = spread((5, 2), arrivals.serial), spread((3, 3, 2), arrivals.serial)
    closed = pc.strftime(col.instants(np.minimum(last + 60, chunk.setup.period.end - 1)), "%Y-%m-%dT%H:%M:%S")
    whole_seconds = pc.utf8_slice_codeunits(closed, 0, 19)
    parts: tuple[Any, ...] = (
        '{"trigger_id":"', col.chosen([identifier for identifier, _ in _TRIGGERS], trigger),
        '","trigger_name":"', col.chosen([name for _, name in _TRIGGERS], trigger),
        '","close_cause":"', col.chosen(CLOSE_CAUSES, spread((1, 3, 6, 2, 5), np.cumsum(chats))),
        '","closed_at":"', whole_seconds,
        'Z","page_title":"', col.chosen([title for title, _ in _PAGES], page),
        '","page_url":"', col.chosen([url for _, url in _PAGES], page),
        '","page_visit_count":', col.digits(1 + dice.below(6, count)),
        ',"page_visit_started_at":', col.digits(page_opened),
        ',"visit_count":', col.digits(1 + dice.below(40, count)),
        ',"visit_started_at":', col.digits(page_opened - dice.delays(300.0, count)), "}",
    )  # fmt: skip
    return col.only(col.joined(*parts), chats)


def _chat_variables() -> pa.Array:
    """Objects of different keys and types: numbers, booleans, texts with awkward values, nulls, or no object."""
    reference = ("00042", "FR-1002003", None, *AWKWARD_TEXTS[:12])
    return col.json_texts(
        {}
        if number % 12 == 11
        else {
            "basket_value": round(number * 7.35 - 20, 2),
            "logged_in": number % 2 == 0,
            "page_count": number,
            "customer_reference": reference[number % len(reference)],
            **({"loyalty level": "or"} if number % 5 == 0 else {}),
        }
        for number in range(48)
    )
