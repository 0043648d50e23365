"""Messages of one second come in the order in which they were written, as far as anything tells it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from tests.exports.in_memory import rows_of

START = datetime(2024, 3, 1, 9, tzinfo=UTC)
CUSTOMER, AGENT = None, f"{1:024x}"
CASE = f"{2:024x}"
THREAD = f"{3:024x}"

conversations = st.lists(st.sampled_from([CUSTOMER, AGENT]), min_size=1, max_size=12)


def ordered(
    authors: list[Any], ids: Sequence[int], step: timedelta = timedelta(0), **facts: Callable[[int], str | None]
) -> dict[str, Any]:
    """What the exports say of the order of a conversation; ``facts`` gives fields of each message by its place."""
    contents = [
        {
            "id": f"{id_:024x}",
            "intervention_id": CASE,
            "thread_id": THREAD,
            "creator_id": author,
            "created_at": START + place * step,
            **{name: fact(place) for name, fact in facts.items()},
        }
        for place, (author, id_) in enumerate(zip(authors, ids, strict=True))
    ]
    tables = {"interventions": [{"id": CASE}], "threads": [{"id": THREAD}], "contents": contents}
    fields = ("first_identity_content_id", "first_user_reply_id", "user_reply_in_average_count")
    [case] = rows_of("interventions", tables, *fields)
    [thread] = rows_of("threads", tables, "first_content_id", "last_content_id")
    return case | thread


@settings(deadline=None, max_examples=40)
@given(
    data=st.data(), authors=conversations, prefix=st.sampled_from(["", "m", "msg-", "é"]), first=st.integers(0, 10**30)
)
def test_numbers_in_external_ids_tell_the_order(data: DataObject, authors: list[Any], prefix: str, first: int) -> None:
    ids = data.draw(st.permutations(range(len(authors))))
    numbered = ordered(authors, ids, foreign_id=lambda place: f"{prefix}{first + place}")
    assert numbered == ordered(authors, ids, step=timedelta(microseconds=1))


@settings(deadline=None, max_examples=20)
@given(
    ids=st.permutations(range(2)), authors=st.permutations([CUSTOMER, AGENT]), number=st.sampled_from([None, "x", "7"])
)
@example(ids=[1, 0], authors=[CUSTOMER, AGENT], number="7")
def test_an_answer_comes_after_the_message_that_it_answers(
    ids: list[int], authors: list[str | None], number: str | None
) -> None:
    answers = ordered(
        authors,
        ids,
        foreign_id=lambda place: number if place else "800",
        in_reply_to_id=lambda place: f"{ids[0]:024x}" if place else None,
    )
    assert answers == ordered(authors, ids, step=timedelta(microseconds=1))


@settings(deadline=None, max_examples=30)
@given(data=st.data(), authors=conversations)
def test_answers_to_answers_follow_each_other_whatever_their_numbers(data: DataObject, authors: list[Any]) -> None:
    ids = data.draw(st.permutations(range(len(authors))))
    numbers = data.draw(st.lists(st.sampled_from([None, "x", "3", "7", "20"]), min_size=len(ids), max_size=len(ids)))
    answers = ordered(
        authors,
        ids,
        foreign_id=lambda place: numbers[place],
        in_reply_to_id=lambda place: f"{ids[place - 1]:024x}" if place else None,
    )
    assert answers == ordered(authors, ids, step=timedelta(microseconds=1))


@settings(deadline=None, max_examples=20)
@given(authors=conversations)
def test_messages_that_answer_each_other_in_a_circle_are_all_there(authors: list[Any]) -> None:
    ids = range(len(authors))
    circle = ordered(authors, ids, in_reply_to_id=lambda place: f"{ids[place - 1]:024x}")
    assert {circle["first_content_id"], circle["last_content_id"]} <= {f"{id_:024x}" for id_ in ids}


@settings(deadline=None, max_examples=20)
@given(data=st.data(), replies=st.integers(1, 5))
def test_where_nothing_tells_the_customer_wrote_first(data: DataObject, replies: int) -> None:
    ids = data.draw(st.permutations(range(replies + 1)))
    said = ordered([CUSTOMER] + [AGENT] * replies, ids)
    assert (said["first_content_id"], said["user_reply_in_average_count"]) == (f"{ids[0]:024x}", 1)
