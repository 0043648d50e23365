"""Times against the same rules in plain Python, with fractions that lose nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.exports.in_memory import rows_of

START = datetime(2024, 3, 1, 9, tzinfo=UTC)
CUSTOMER, AGENT = None, f"{1:024x}"
REPLY_TIMES = ("first_user_reply_in", "user_reply_in_average", "user_reply_in_average_count", "last_user_reply_in")


def identifier(*numbers: int) -> str:
    return "".join(f"{number:08x}" for number in (0, 0, 0, *numbers)[-3:])


def by_id(rows: list[Any]) -> dict[str, Any]:
    return {row.pop("id"): row for row in rows}


def after(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else START + timedelta(microseconds=microseconds)


# Each message as its author and the microseconds since the one before, none where it has no date.
gaps = st.one_of(st.integers(1, 3 * 10**6), st.integers(1, 10**11), st.integers(1, 3000).map(lambda s: s * 10**6))
messages = st.lists(st.tuples(st.sampled_from([CUSTOMER, AGENT]), st.none() | gaps), max_size=8)
issue_case = [(CUSTOMER, 892_000), (AGENT, 86_287_000), (CUSTOMER, 27_366_000), (AGENT, 273_713_000)]
undated_reply = [(CUSTOMER, 1), (AGENT, 120 * 10**6), (CUSTOMER, 3600 * 10**6), (AGENT, None)]


def dated(case: list[Any]) -> Iterator[tuple[Any, ...]]:
    """The author and the time of each message that has one."""
    at = 0
    for author, gap in case:
        if gap is not None:
            at += gap
            yield author, at


def contents_of(number: int, case: list[Any]) -> Iterator[dict[str, Any]]:
    at = 0
    for place, (author, gap) in enumerate(case):
        at += gap or 0
        yield {
            "id": identifier(number, place),
            "intervention_id": identifier(number),
            "creator_id": author,
            "created_at": after(at if gap is not None else None),
        }


def waits_of(case: list[Any]) -> Iterator[int]:
    asked_at = None
    for author, at in dated(case):
        if author is CUSTOMER:
            asked_at = at if asked_at is None else asked_at
        elif asked_at is not None:
            yield at - asked_at
            asked_at = None


def expected_times(case: list[Any], unit: int) -> dict[str, Any]:
    """Each time in whole units, rounded down; ``unit`` is in seconds."""

    def shown(microseconds: Fraction | int | None) -> int | None:
        return None if microseconds is None else floor(Fraction(microseconds) / (unit * 10**6))

    waits = list(waits_of(case))
    times = list(dated(case))
    replies = [at for author, at in times if author is AGENT]
    return {
        "first_user_reply_in": shown(waits[0] if waits else None),
        "user_reply_in_average": shown(Fraction(sum(waits), len(waits)) if waits else None),
        "user_reply_in_average_count": len(waits),
        "last_user_reply_in": shown(replies[-1] - times[0][1] if replies else None),
    }


@pytest.mark.parametrize(("seconds", "unit"), [(False, 60), (True, 1)])
@settings(deadline=None, max_examples=30)
@given(cases=st.lists(messages, min_size=1, max_size=30))
@example(cases=[issue_case, undated_reply])
def test_reply_times_are_exact(seconds: bool, unit: int, cases: list[Any]) -> None:
    tables = {
        "interventions": [{"id": identifier(number), "created_at": START} for number in range(len(cases))],
        "contents": [row for number, case in enumerate(cases) for row in contents_of(number, case)],
    }
    rows = rows_of("interventions", tables, "id", *REPLY_TIMES, seconds=seconds)
    assert by_id(rows) == {identifier(number): expected_times(case, unit) for number, case in enumerate(cases)}


# Each selection as its beginning and its end, in microseconds.
moments = st.none() | st.integers(0, 10**11)
selections = st.lists(st.tuples(moments, moments), max_size=8)


def expected_handling(case: list[Any]) -> int:
    spans = [end - begin for begin, end in case if None not in (begin, end)]
    return floor(Fraction(sum(span for span in spans if span > 0), 10**6))


@settings(deadline=None, max_examples=30)
@given(cases=st.lists(selections, min_size=1, max_size=30))
@example(cases=[[(892_000, 87_179_000), (114_545_000, 388_258_000)], [(3_540_000_000, 0)]])
def test_handling_time_is_exact(cases: list[Any]) -> None:
    tables = {
        "interventions": [{"id": identifier(number), "created_at": START} for number in range(len(cases))],
        "tasks": [{"id": identifier(number), "intervention_id": identifier(number)} for number in range(len(cases))],
        "task_selections": [
            {
                "id": identifier(number, place),
                "task_id": identifier(number),
                "started_at": after(b),
                "ended_at": after(e),
            }
            for number, case in enumerate(cases)
            for place, (b, e) in enumerate(case)
        ],
    }
    rows = rows_of("interventions", tables, "id", "handling_time")
    expected = {identifier(number): {"handling_time": expected_handling(case)} for number, case in enumerate(cases)}
    assert by_id(rows) == expected


def in_hours(seconds: int) -> float:
    """Hours with two decimals, a half rounded away from zero, as Excel does."""
    return float((Decimal(seconds) / 3600).quantize(Decimal("0.01"), ROUND_HALF_UP))


def presence(seconds: int, place: int = 0) -> dict[str, Any]:
    day = date(2024, 1, 1) + timedelta(days=place)
    return {"id": f"{place}-{seconds}", "date": day, "state": "presence", "seconds": seconds}


def test_hours_have_two_decimals_whatever_the_seconds_of_a_day() -> None:
    every = range(0, 90_001, 9)  # a half comes every 36 seconds, from the 18th on
    tables = {"presence_times": [presence(seconds, place) for place, seconds in enumerate(every)]}
    rows = rows_of("presence_time", tables, "presence", seconds=False)
    assert [row["presence"] for row in rows] == [in_hours(seconds) for seconds in every]


@settings(deadline=None, max_examples=30)
@given(parts=st.lists(st.integers(0, 10**7), min_size=1, max_size=5))
@example(parts=[10_000, 7_622])
def test_hours_are_rounded_once_they_are_added_up(parts: list[int]) -> None:
    tables = {"presence_times": [{**presence(seconds), "id": str(n)} for n, seconds in enumerate(parts)]}
    assert rows_of("presence_time", tables, "presence", seconds=False) == [{"presence": in_hours(sum(parts))}]
    assert rows_of("presence_time", tables, "presence", seconds=True) == [{"presence": sum(parts)}]
