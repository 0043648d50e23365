"""All activity: conversations chunk by chunk in time order, and the records that they produce."""

from collections.abc import Iterator

import pyarrow as pa

from navette.demo.activity import activity
from navette.demo.arrivals import ArrivalSchedule
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
    calendar, book, responses = Calendar(setup.period), Phrasebook(setup.seed), Responses(setup)
    schedule = ArrivalSchedule(setup, calendar)
    customers, offsets = Customers(setup, schedule.threads), Offsets(0, 0)
    firsts = range(0, schedule.threads, _CHUNK_THREADS)
    journal = Journal(setup, len(firsts))
    for number, first in enumerate(firsts):
        arrivals = schedule.arrivals(first, min(first + _CHUNK_THREADS, schedule.threads))
        chunk = Chunk(setup, calendar, customers, arrivals, offsets)
        offsets = Offsets(offsets.messages + len(chunk.messages), offsets.cases + len(chunk.cases))
        yield "identities", identities(chunk)
        yield "identity_groups", identity_groups(chunk)
        yield "threads", threads(chunk, book)
        yield "contents", contents(chunk, book)
        yield "attachments", attachments(chunk)
        yield "interventions", interventions(chunk)
        yield "intervention_segments", segments(chunk, book)
        yield "intervention_comments", comments(chunk, book)
        yield "survey_responses", responses.of(chunk)
        yield from activity(chunk)
        yield "events", journal.of(chunk, number)
