"""Answers on disk: a sync that is killed at any point asks nothing twice, and loses nothing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from navette.connectors.http.client import Answer
from navette.connectors.http.staging import Staging

AT = datetime(2026, 11, 28, 10, 0, 0, 250_000, tzinfo=UTC)


class Killed(Exception):  # noqa: N818 # no error
    """The process ends here."""


class Source:
    """Answers each request with its number; is killed before the answer of that number."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.dies_at = -1

    def ask(self, number: int) -> Answer:
        if len(self.asked) == self.dies_at:
            raise Killed
        self.asked.append(number)
        return Answer({"number": number}, f'{{"number": {number}}}'.encode(), AT)


def read(staging: Staging, source: Source, requests: list[int]) -> list[Answer]:
    sequence = staging.sequence()
    return [sequence.answer({"number": n}, lambda n=n: source.ask(n)) for n in requests]  # type: ignore[misc]


@settings(max_examples=50, deadline=None)
@given(requests=st.lists(st.integers(0, 3), min_size=1, max_size=8), kills=st.lists(st.integers(0, 8), max_size=5))
def test_a_killed_reading_goes_on_where_it_was(
    tmp_path_factory: pytest.TempPathFactory, requests: list[int], kills: list[int]
) -> None:
    staging, source = Staging(tmp_path_factory.mktemp("staging") / "threads"), Source()
    for source.dies_at in sorted(kills):
        try:
            read(staging, source, requests)
        except Killed:
            continue
    source.dies_at = -1
    answers = read(staging, source, requests)
    assert [answer.value["number"] for answer in answers] == requests == source.asked
    assert {answer.at for answer in answers} == {AT}
    assert list(staging.answers()) == answers


def test_what_follows_another_request_is_asked_again(tmp_path: Path) -> None:
    staging, source = Staging(tmp_path / "threads"), Source()
    read(staging, source, [1, 2, 3])
    answers = read(staging, source, [1, 7, 3])
    assert source.asked == [1, 2, 3, 7, 3]
    assert list(staging.answers()) == answers


def test_a_damaged_answer_is_asked_for_again(tmp_path: Path) -> None:
    staging, source = Staging(tmp_path / "threads"), Source()
    read(staging, source, [1, 2])
    path = tmp_path / "threads" / "list" / "00000001.json.zst"
    path.write_bytes(path.read_bytes()[:10])
    read(staging, source, [1, 2])
    assert source.asked == [1, 2, 2]


def test_merged_answers_are_forgotten(tmp_path: Path) -> None:
    staging, source = Staging(tmp_path / "threads"), Source()
    read(staging, source, [1, 2])
    staging.clear()
    staging.clear()
    assert list(staging.answers()) == []
    assert [*tmp_path.iterdir()] == []
