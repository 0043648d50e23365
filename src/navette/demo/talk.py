"""All activity: conversations chunk by chunk in time order, and the records that they produce."""

from collections.abc import Iterator

import pyarrow as pa

from navette.demo.activity import activity
from navette.demo.arrivals import Arrivals, ArrivalSchedule
from navette.demo.attachments import attachments, knowledge_attachments
from navette.demo.bodies import Phrasebook
from navette.demo.cases import comments, interventions, segments
from navette.demo.contents import contents
from navette.demo.conversations import Chunk, Offsets
from navette.demo.customers import Customers
from navette.demo.identities import identities, identity_groups, puppets
from navette.demo.journal import Journal
from navette.demo.opening_hours import Calendar
from navette.demo.presence import presence_times
from navette.demo.responses import Responses
from navette.demo.setup import Setup
from navette.demo.threads import threads

_CHUNK_THREADS = 25_000  # about 100,000 messages


def talk(setup: Setup) -> Iterator[tuple[str, pa.Table]]:
    """The rows of conversations, activity and presence."""
    yield "identities", puppets(setup)
    yield "attachments", knowledge_attachments(setup)
    yield "presence_times", presence_times(setup)
    calendar = Calendar(setup.period)
    schedule = ArrivalSchedule(setup, calendar, setup.messages)
    parts = list(schedule.parts(_CHUNK_THREADS))
    conversations = Conversations(setup, calendar, schedule.threads, len(parts))
    for first, last in parts:
        yield from conversations.of(schedule.arrivals(first, last))


class Conversations:
    """The rows of threads, chunk by chunk, with everything that belongs to them.

    ``chunks`` is the number of chunks in which each event occurs once.
    """

    def __init__(self, setup: Setup, calendar: Calendar, threads: int, chunks: int) -> None:
        self._setup, self._calendar = setup, calendar
        self._customers, self._offsets, self._number = Customers(setup, threads), Offsets(0, 0), 0
        self._book, self._responses = Phrasebook(setup.seed), Responses(setup)
        self._journal, self._chunks = Journal(setup, chunks), chunks

    def of(self, arrivals: Arrivals) -> Iterator[tuple[str, pa.Table]]:
        """The rows of the next threads."""
        book, before = self._book, self._offsets
        chunk = Chunk(self._setup, self._calendar, self._customers, arrivals, before)
        self._offsets = Offsets(before.messages + len(chunk.messages), before.cases + len(chunk.cases))
        yield "identities", identities(chunk)
        yield "identity_groups", identity_groups(chunk)
        yield "threads", threads(chunk, book)
        yield "contents", contents(chunk, book)
        yield "attachments", attachments(chunk)
        yield "interventions", interventions(chunk)
        yield "intervention_segments", segments(chunk, book)
        yield "intervention_comments", comments(chunk, book)
        yield "survey_responses", self._responses.of(chunk)
        yield from activity(chunk)
        yield "events", self._journal.of(chunk, self._number % self._chunks)
        self._number += 1
