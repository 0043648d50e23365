"""Lists that change between two pages: whatever happens, nothing is missing of what the reading vouches for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from navette.connectors.http.newest_first import NewestFirst
from navette.connectors.http.pages import Page, Record, UnreadableListError
from navette.connectors.http.steps import Steps
from navette.connectors.http.whole import Whole

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def id_of(record: Record) -> str:
    return str(record["id"])


def time_of(record: Record) -> datetime | None:
    return record["updated_at"]


@dataclass
class Source:
    """A list that changes after every answer: ``changes`` records are inserted, edited or deleted.

    Its clock shows whole seconds, so that several changes have the same time. ``fetched`` has what was answered.
    """

    random: Random
    changes: int
    rows: dict[str, datetime] = field(default_factory=dict)
    fetched: dict[str, datetime] = field(default_factory=dict)
    states: dict[datetime, dict[str, datetime]] = field(default_factory=dict)
    answers: int = 0
    created: int = 0

    @classmethod
    def of(cls, rows: int, changes: int, seed: int) -> "Source":
        source = cls(Random(seed), changes)
        for _ in range(rows):
            source.insert()
        return source

    @property
    def now(self) -> datetime:
        """Several answers a second."""
        return BEGIN + timedelta(seconds=(self.created + self.answers) // 3)

    def insert(self) -> None:
        self.rows[f"{self.created:06}"] = self.now
        self.created += 1

    def change(self) -> None:
        for _ in range(self.random.randint(0, self.changes)):
            kind = self.random.random()
            if kind < 0.3 or not self.rows:
                self.insert()
            elif kind < 0.6:
                self.rows[self.random.choice([*self.rows])] = self.now
            else:
                del self.rows[self.random.choice([*self.rows])]

    def newest_first(self, place: int, size: int) -> Page:
        return self.page(sorted(self.rows, key=lambda key: (self.rows[key], key), reverse=True), place, size)

    def oldest_first(self, place: int, size: int) -> Page:
        return self.page(sorted(self.rows), place, size)

    def numbered(self, place: int, size: int) -> Page:
        assert place % size == 0
        return self.newest_first(place, size)

    def page(self, order: Sequence[str], place: int, size: int) -> Page:
        # No two answers have the same time, so that the test knows the state that a reading vouches for.
        at = self.now + timedelta(microseconds=self.answers)
        self.states[at] = dict(self.rows)
        keys = order[place : place + size]
        self.fetched |= {key: self.rows[key] for key in keys}
        self.answers += 1
        page = Page([{"id": key, "updated_at": self.rows[key]} for key in keys], len(self.rows), at)
        self.change()
        return page

    def missing(self, until: datetime) -> set[str]:
        """What the source held at that time, and holds, and was not fetched as it was then or later."""
        held = self.states[until].items()
        return {key for key, time in held if key in self.rows and not self.has(key, time)}

    def has(self, key: str, time: datetime) -> bool:
        return key in self.fetched and self.fetched[key] >= time


sources = st.builds(Source.of, st.integers(0, 120), st.integers(0, 6), st.integers(0, 1_000_000))


@settings(max_examples=60, deadline=None)
@given(sources, st.integers(2, 15), st.data())
def test_nothing_is_missing_of_what_a_list_by_change_vouches_for(
    source: Source, size: int, data: st.DataObject
) -> None:
    order = NewestFirst(Steps(id_of, size, data.draw(st.integers(1, size - 1))), time_of)
    try:
        reading = order.read(source.newest_first)
    except UnreadableListError:
        return
    assert source.missing(reading.until) == set()
    assert reading.count == len(source.states[reading.until])
    for _ in range(data.draw(st.integers(0, 30))):
        source.change()
    again = order.read(source.newest_first, since=reading.newest)
    assert source.missing(again.until) == set()


@settings(max_examples=60, deadline=None)
@given(sources, st.integers(2, 15))
def test_nor_of_one_in_numbered_pages(source: Source, size: int) -> None:
    try:
        reading = NewestFirst(Steps(id_of, size, 0), time_of).read(source.numbered)
    except UnreadableListError:
        return
    assert source.missing(reading.until) == set()


@settings(max_examples=60, deadline=None)
@given(sources, st.integers(2, 15), st.data())
def test_nor_of_a_whole_list(source: Source, size: int, data: st.DataObject) -> None:
    whole = Whole(Steps(id_of, size, data.draw(st.integers(1, size - 1))))
    try:
        reading = whole.read(source.oldest_first)
    except UnreadableListError:
        return
    held = source.states[reading.until]
    assert {key for key in held if key in source.rows} <= source.fetched.keys()


def naive(source: Source, size: int) -> None:
    place = 0
    while source.newest_first(place, size).records:
        place += size


def test_naive_paging_misses_records_of_the_same_sources() -> None:
    missing = 0
    for seed in range(20):
        source = Source.of(120, 6, seed)
        naive(source, 10)
        missing += len(source.missing(min(source.states)))
    assert missing > 0


@pytest.mark.parametrize(("rows", "naive_requests"), [(40, 1), (150, 1), (151, 2), (15_000, 100)])
def test_a_quiet_list_costs_few_more_requests_than_naive_paging(rows: int, naive_requests: int) -> None:
    source = Source.of(rows, 0, 1)
    reading = NewestFirst(Steps(id_of, 150, 15), time_of).read(source.newest_first)
    assert source.missing(reading.until) == set()
    assert source.answers <= 2 + naive_requests * 1.15


def test_a_quiet_list_that_was_read_before_costs_one_request() -> None:
    source = Source.of(15_000, 0, 1)
    order = NewestFirst(Steps(id_of, 150, 15), time_of)
    reading = order.read(source.newest_first)
    requests = source.answers
    order.read(source.newest_first, since=reading.newest)
    assert source.answers == requests + 1


def test_a_list_in_another_order_is_refused() -> None:
    source = Source.of(30, 0, 1)
    with pytest.raises(UnreadableListError, match="not sorted"):
        NewestFirst(Steps(id_of, 10, 2), time_of).read(source.oldest_first)


def test_a_list_that_says_a_wrong_number_is_refused() -> None:
    source = Source.of(30, 0, 1)

    def one_hidden(place: int, size: int) -> Page:
        page = source.oldest_first(place, size)
        return Page(page.records, 31, page.at)

    with pytest.raises(UnreadableListError, match="number of records"):
        Whole(Steps(id_of, 10, 2)).read(one_hidden)


def test_records_without_a_time_are_fetched() -> None:
    rows: list[dict[str, Any]] = [{"id": str(n), "updated_at": None} for n in range(25)]
    answers = []

    def fetch(place: int, size: int) -> Page:
        answers.append(place)
        return Page(rows[place : place + size], len(rows), BEGIN)

    with pytest.raises(UnreadableListError, match="faster"):
        NewestFirst(Steps(id_of, 10, 2), time_of).read(fetch)
    assert Whole(Steps(id_of, 10, 2)).read(fetch).count == 25
