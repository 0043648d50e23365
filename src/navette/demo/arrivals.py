"""The start of threads, their sources, and the numbers of their messages and cases."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from navette.demo.draw import Dice, Floats, Ints, every
from navette.demo.kinds import CHAT, DESK_ZONES
from navette.demo.opening_hours import Calendar
from navette.demo.period import HOUR, demand
from navette.demo.setup import Setup

_LENGTHS = (
    17,
    20,
    15,
    14,
    10,
    7,
    5,
    3.5,
    2.5,
    1.8,
    1.3,
    0.9,
    0.6,
    0.5,
    0.4,
    0.3,
    0.2,
    0.2,
    0.1,
    0.1,
    0.1,
    0.1,
    0.1,
    0.1,
)
MAX_LENGTH = len(_LENGTHS)
_CASES = (
    (0.30, 0.70, 0, 0),
    (0.06, 0.94, 0, 0),
    (0.04, 0.94, 0.02, 0),
    (0.02, 0.66, 0.32, 0),
    (0.01, 0.52, 0.33, 0.14),
)


@dataclass(frozen=True)
class Arrivals:
    """The starts of some consecutive threads, in time order, one array element each.

    ``source`` is a position in the setup's sources, ``start`` is in Unix seconds. No agent handled a thread without
    cases: all its messages are the customer's. ``outbound`` threads were started by an agent.
    """

    serial: Ints
    start: Ints
    source: Ints
    length: Ints
    cases: Ints
    outbound: Ints

    def __len__(self) -> int:
        return len(self.serial)


class ArrivalSchedule:
    """All threads of the domain: about one for every four messages.

    With ``months``, each of the first months of the period has about ``messages``.
    """

    def __init__(self, setup: Setup, calendar: Calendar, messages: int, months: int = 0) -> None:
        self._setup, self._calendar, self._months = setup, calendar, months
        self._lengths = np.concatenate([_thread_lengths(messages, setup.seed, n) for n in range(months or 1)])
        self.threads = len(self._lengths)
        self._in_part = self.threads // (months or 1)

    def parts(self, most: int) -> Iterator[tuple[int, int]]:
        """Consecutive ranges of at most ``most`` threads; each is of one month if the domain grows by months."""
        for start in range(0, self.threads, self._in_part):
            for first in range(start, start + self._in_part, most):
                yield first, min(first + most, start + self._in_part)

    def arrivals(self, first: int, last: int) -> Arrivals:
        """The threads from number ``first`` to before ``last``."""
        dice = Dice(self._setup.seed, "arrivals", first)
        serial = np.arange(first, last)
        length = self._lengths[first:last].astype(np.int64)
        start, hour = self._starts(serial, dice)
        cases = _case_counts(length, dice)
        outbound = ((cases > 0) & (every(37, serial, 5) | dice.chance(0.01, len(serial)))).astype(np.int64)
        room = np.maximum((length - outbound + 1) // 2, np.where(length > outbound, 1, 0))
        return Arrivals(serial, start, self._sources(serial, hour, dice), length, np.minimum(cases, room), outbound)

    def _starts(self, serial: Ints, dice: Dice) -> tuple[Ints, Ints]:
        # One thread in each of as many equal slices of the demand: sorted without sorting, at any size.
        at = (serial + dice.fractions(len(serial))) / self._in_part
        last = min(self._setup.period.hours - 8, len(self._cumulated) - 1)
        hour = np.minimum(np.searchsorted(self._cumulated, at, side="right"), last)
        before = np.where(hour > 0, self._cumulated[hour - 1], 0.0)
        within = np.clip((at - before) / (self._cumulated[hour] - before), 0.0, 0.9999)
        return self._setup.period.start + hour * HOUR + (within * HOUR).astype(np.int64), hour

    def _sources(self, serial: Ints, hour: Ints, dice: Dice) -> Ints:
        draw = dice.fractions(len(serial)) * self._by_source[hour, -1]
        source = (draw[:, None] >= self._by_source[hour]).sum(axis=1)
        source = np.minimum(source, len(self._setup.sources) - 1)
        # Even a small domain must have messages from each of its sources.
        step = max(4, self._in_part // (3 * len(self._setup.sources)))
        return np.where(every(step, serial, 1), serial // step % len(self._setup.sources), source)

    @cached_property
    def _by_source(self) -> Floats:
        """The volume in each hour on the sources up to each."""
        curves = {
            desk: demand(ZoneInfo(zone), self._setup.seed, self._setup.period) for desk, zone in enumerate(DESK_ZONES)
        }
        return np.cumsum([self._source_demand(number, curves) for number in range(len(self._setup.sources))], axis=0).T

    @cached_property
    def _cumulated(self) -> Floats:
        """The share of all threads that have started by the end of each hour; each month counts as 1."""
        volume = self._by_source[:, -1]
        bounds = self._setup.period.month_hours[: self._months + 1] if self._months else [0, len(volume)]
        return np.concatenate([number + _shares(volume[a:b]) for number, (a, b) in enumerate(pairwise(bounds))])

    def _source_demand(self, number: int, curves: dict[int, Floats]) -> Floats:
        source = self._setup.sources[number]
        curve = curves[source.desk] * source.kind.weight
        if source.kind.channel == CHAT:  # the chat's button is hidden outside opening hours
            hours = self._setup.period.hours
            quarters = self._calendar.open[source.sheet, : hours * 4].reshape(hours, 4)
            curve = curve * quarters.mean(axis=1) * 2
        return curve


def _shares(volume: Floats) -> Floats:
    total = np.cumsum(volume)
    shares: Floats = total / total[-1]
    return shares


def _thread_lengths(messages: int, seed: int, part: int) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    dice = Dice(seed, "lengths", part)
    shares = np.array(_LENGTHS) / sum(_LENGTHS)
    mean = float((shares * np.arange(1, MAX_LENGTH + 1)).sum())
    lengths = (1 + dice.weighted(_LENGTHS, max(1, round(messages / mean)))).astype(np.int8)
    _settle(lengths, messages, dice)
    return lengths


def _settle(lengths: np.ndarray[tuple[int], np.dtype[np.int8]], messages: int, dice: Dice) -> None:
    """Lengthen or shorten some threads by one message until they add up."""
    while missing := messages - int(lengths.sum(dtype=np.int64)):
        able = np.flatnonzero(lengths < MAX_LENGTH if missing > 0 else lengths > 1)
        some = able[dice.fractions(len(able)).argsort()[: abs(missing)]]
        lengths[some] += np.int8(1 if missing > 0 else -1)


def _case_counts(length: Ints, dice: Dice) -> Ints:
    bounds = np.cumsum(np.array(_CASES), axis=1)[np.minimum(length, len(_CASES)) - 1]
    cases: Ints = (dice.fractions(len(length))[:, None] >= bounds[:, :3]).sum(axis=1)
    return cases
