"""The authors and times of threads, their messages and their cases as numbers, before any text is written."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from navette.demo.arrivals import Arrivals
from navette.demo.customers import Customers
from navette.demo.draw import Dice, Flags, Floats, Ints, every, late
from navette.demo.kinds import DESK_LANGUAGES
from navette.demo.object_ids import object_ids
from navette.demo.opening_hours import Calendar
from navette.demo.period import DAY
from navette.demo.setup import Setup


@dataclass(frozen=True)
class Messages:
    """The messages of some threads, thread by thread and in time order within, one array element each.

    ``thread`` and ``case`` are positions among the chunk's threads and cases, -1 without a case; ``agent`` is a
    position in the setup's agents, -1 for a customer's message.
    """

    serial: Ints
    thread: Ints
    position: Ints
    case: Ints
    by_agent: Flags
    at: Ints
    agent: Ints

    def __len__(self) -> int:
        return len(self.serial)

    @cached_property
    def before(self) -> Ints:
        """The position of the previous message in the thread, -1 for the first."""
        return np.where(self.position > 0, np.arange(len(self)) - 1, -1)

    @cached_property
    def last(self) -> Flags:
        """Whether the message is its thread's last."""
        return np.append(self.position[1:] == 0, True)


@dataclass(frozen=True)
class Cases:
    """The cases of some threads, thread by thread. ``first``, ``last`` and ``last_reply`` are positions of messages.

    ``last_reply`` is -1 if no agent wrote. A transferred case went from ``first_agent`` to ``agent`` before the
    message ``transfer``; otherwise ``transfer`` is -1 and both are the same.
    """

    serial: Ints
    thread: Ints
    first: Ints
    last: Ints
    last_reply: Ints
    first_agent: Ints
    agent: Ints
    transfer: Ints
    created: Ints
    opened: Flags

    def __len__(self) -> int:
        return len(self.serial)


class Chunk:
    """Consecutive threads with everything that belongs to them, and all identifiers."""

    def __init__(self, setup: Setup, calendar: Calendar, customers: Customers, arrivals: Arrivals, offsets: "Offsets"):
        self.setup, self.customers, self.threads = setup, customers, arrivals
        self.dice = Dice(setup.seed, "conversations", int(arrivals.serial[0]))
        self.new_identities, self.identity = customers.meet(arrivals)
        self.desk = setup.source_desk[arrivals.source]
        self.english = self._english()
        shape = _shape(arrivals, self.dice)
        at = _times(setup, calendar, arrivals, shape, self.dice)
        self.cases = _cases(self, shape, at, offsets.cases)
        self.messages = _messages(self, shape, at, offsets.messages)

    def _english(self) -> Ints:
        """0 for French, 1 for English: mostly the desk's language."""
        usual = np.array([0 if language == "fr" else 1 for language in DESK_LANGUAGES])[self.desk]
        foreign = self.dice.chance(0.1, len(self.threads)) | every(23, self.threads.serial)
        return np.where(foreign, 1 - usual, usual)

    @cached_property
    def thread_ids(self) -> pa.Array:
        """The threads' identifiers."""
        return object_ids(self.setup.seed, "threads", self.threads.start, self.threads.serial)

    @cached_property
    def content_ids(self) -> pa.Array:
        """The messages' identifiers."""
        return object_ids(self.setup.seed, "contents", self.messages.at, self.messages.serial)

    @cached_property
    def case_ids(self) -> pa.Array:
        """The cases' identifiers."""
        return object_ids(self.setup.seed, "interventions", self.cases.created, self.cases.serial)

    @cached_property
    def identity_ids(self) -> pa.Array:
        """The identifier of each thread's customer."""
        return self.customers.ids(self.identity)


@dataclass(frozen=True)
class Offsets:
    """The numbers of messages and cases before a chunk."""

    messages: int
    cases: int


@dataclass(frozen=True)
class _Shape:
    thread: Ints
    position: Ints
    case: Ints
    opens_case: Flags
    by_agent: Flags


def _shape(threads: Arrivals, dice: Dice) -> _Shape:
    """The author of each message, and its case: customer and agent take turns, with some exceptions."""
    starts = np.cumsum(threads.length) - threads.length
    thread = np.repeat(np.arange(len(threads)), threads.length)
    position = np.arange(len(thread)) - starts[thread]
    outbound, cases = threads.outbound[thread], threads.cases[thread]
    served = (cases > 0) & (position >= outbound)
    room = np.maximum(threads.length[thread] - outbound, 1)
    within = np.where(served, (position - outbound) * cases // room, -1)
    case = np.where(served, (np.cumsum(threads.cases) - threads.cases)[thread] + within, -1)
    opens_case = served & (np.concatenate(([-1], case[:-1])) != case)
    agent = ((position + outbound) % 2 == 1) ^ dice.chance(0.13, len(thread))
    agent = np.where(position == 0, outbound == 1, agent) & ~opens_case & ((cases > 0) | (outbound > 0))
    return _Shape(thread, position, case, opens_case, agent)


def _times(setup: Setup, calendar: Calendar, threads: Arrivals, shape: _Shape, dice: Dice) -> Ints:
    """The time of each message: at the source's pace, for agents mostly while the source is open."""
    sheet = setup.of_sources([source.sheet for source in setup.sources])[threads.source][shape.thread]
    gaps = 5 + dice.delays(_paces(setup, threads)[shape.thread] * np.where(shape.opens_case, 8, 1), len(sheet))
    gaps += np.where(shape.opens_case, dice.below(9 * DAY, len(sheet)), 0)
    if setup.period.grows:
        gaps += late(Dice(setup.seed, "late messages", int(threads.serial[0])), 0.01, len(sheet))
    lateness, punctual = dice.fractions(len(sheet)), shape.by_agent & dice.chance(0.96, len(sheet))
    starts = np.flatnonzero(shape.position == 0)
    at = np.repeat(threads.start, threads.length)
    for position in range(1, int(threads.length.max())):
        rows = starts[threads.length > position] + position
        free = at[rows - 1] + gaps[rows]
        at[rows] = np.where(punctual[rows], calendar.next_open(sheet[rows], free, lateness[rows]), free)
    return at if setup.period.grows else _within_period(setup, threads, shape, at)


def _paces(setup: Setup, threads: Arrivals) -> Floats:
    return setup.of_sources([source.kind.pace for source in setup.sources])[threads.source].astype(np.float64)


def _within_period(setup: Setup, threads: Arrivals, shape: _Shape, at: Ints) -> Ints:
    """Threads that would outlast the period are sped up."""
    last = at[np.cumsum(threads.length) - 1]
    factor = np.minimum(1.0, (setup.period.end - 600 - threads.start) / np.maximum(last - threads.start, 1))
    start = threads.start[shape.thread]
    squeezed: Ints = start + ((at - start) * factor[shape.thread]).astype(np.int64)
    return squeezed


def _cases(chunk: Chunk, shape: _Shape, at: Ints, offset: int) -> Cases:
    first = np.flatnonzero(shape.opens_case)
    serial, thread = offset + np.arange(len(first)), shape.thread[first]
    rows = np.arange(len(at))
    last, last_reply = (
        (np.maximum.reduceat(np.where(chosen_rows, rows, -1), first) if len(first) else first)
        for chosen_rows in (shape.case >= 0, (shape.case >= 0) & shape.by_agent)
    )
    agents, draw = chunk.setup.agents, chunk.dice.below(1_000_000, len(first))
    transferred = (last - first >= 3) & (chunk.dice.chance(0.12, len(first)) | every(11, serial))
    transfer = np.where(transferred, (first + last + 1) // 2, -1)
    first_agent = agents.on_duty(chunk.desk[thread], draw, at[first])
    second = agents.on_duty(chunk.desk[thread], draw + 3, at[last])
    agent = np.where(transferred, second, first_agent)
    recent = (at[last] > chunk.setup.period.end - 14 * DAY) & (not chunk.setup.period.grows)
    opened = every(41, serial, 7) | (recent & chunk.dice.chance(0.6, len(first)))
    return Cases(
        serial=serial,
        thread=thread,
        first=first,
        last=last,
        last_reply=last_reply,
        first_agent=first_agent,
        agent=agent,
        transfer=transfer,
        created=np.minimum(at[first] + 2, chunk.setup.period.end - 1),
        opened=opened,
    )


def _messages(chunk: Chunk, shape: _Shape, at: Ints, offset: int) -> Messages:
    rows, cases = np.arange(len(at)), chunk.cases
    caller = chunk.setup.agents.on_duty(chunk.desk, chunk.threads.serial * 7, chunk.threads.start)
    agent = caller[shape.thread]
    if len(cases):
        case = shape.case
        moved = (cases.transfer[case] >= 0) & (rows >= cases.transfer[case])
        agent = np.where(case >= 0, np.where(moved, cases.agent[case], cases.first_agent[case]), agent)
    return Messages(
        serial=offset + rows,
        thread=shape.thread,
        position=shape.position,
        case=shape.case,
        by_agent=shape.by_agent,
        at=at,
        agent=np.where(shape.by_agent, agent, -1),
    )
