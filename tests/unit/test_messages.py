"""Messages: a template and its values, filled in when somebody reads them, and stored as JSON."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navette.core.errors import NavetteError, RequestError, unknown
from navette.core.messages import ENGLISH, Message, Writing, fields, lines, message, plural

AWKWARD = [
    "{text}",
    "{0}",
    "{",
    "}}",
    "%s %(name)s %",
    "'\"`’",
    "\\1 \\g<0>",
    "",
    " ",
    "é\u202f\N{GRINNING FACE}",
    "x" * 10**6,
]

names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
texts = st.text(max_size=30)
messages: st.SearchStrategy[Message] = st.deferred(
    lambda: st.builds(Message, texts, st.dictionaries(names, values, max_size=4))
)
values: st.SearchStrategy[Any] = st.one_of(
    texts, st.integers(), messages, st.lists(st.one_of(texts, st.integers(), messages), max_size=3)
)


def test_a_message_is_its_template_with_its_values() -> None:
    assert str(message("the folder {folder} is missing.", folder="/out")) == "the folder /out is missing."


@pytest.mark.parametrize("value", AWKWARD)
def test_a_value_is_shown_as_it_is(value: str) -> None:
    assert str(message("a {text} b {text} c", text=value)) == f"a {value} b {value} c"


@pytest.mark.parametrize("text", AWKWARD)
def test_a_message_without_values_reads_as_its_text(text: str) -> None:
    assert str(Message(text)) == text


def test_double_braces_are_no_field() -> None:
    shown = message("'{pattern}' has no {{name}}.", pattern="{{label}}")
    assert str(shown) == "'{{label}}' has no {{name}}."
    assert fields(shown.text) == {"pattern"}


def test_several_messages_are_one_with_a_line_each() -> None:
    told = lines([message("{name} is empty.", name="a"), "said by another", message("{name} is empty.", name="b")])
    assert str(told) == "a is empty.\nsaid by another\nb is empty."
    assert Message.from_json(told.to_json()) == told
    assert lines([message("alone.")]) == message("alone.")


def test_numbers_and_lists_are_written_when_shown() -> None:
    told = message("{most} of {names}", most=1048576, names=("a", "b"))
    assert str(told) == "1,048,576 of a, b"
    in_words = {"{most} of {names}": "{names} : {most}"}
    writing = Writing(lambda one: in_words[one.text], number=hex, size=str, listed=" et ".join)
    assert told.written(writing) == "a et b : 0x100000"


def test_a_number_of_bytes_is_written_as_a_size() -> None:
    told = message("{free:size} of {all:size}", free=5_000, all=1_500_000_000)
    assert str(told) == "5\u00a0kB of 1.5\u00a0GB"
    assert told.written(replace(ENGLISH, size=hex)) == "0x1388 of 0x59682f00"
    assert fields(told.text) == {"free", "all"}


def test_a_nested_message_is_translated_too() -> None:
    told = message("unknown {kind}", kind=message("filter of {export}", export="messages"))
    assert str(told) == "unknown filter of messages"
    french = {"unknown {kind}": "{kind} inconnu", "filter of {export}": "filtre de {export}"}
    assert told.written(replace(ENGLISH, template=lambda one: french[one.text])) == "filtre de messages inconnu"


@pytest.mark.parametrize(("count", "shown"), [(0, "0 slots of x"), (1, "one slot of x"), (1000, "1,000 slots of x")])
def test_a_number_of_things_decides_the_form(count: int, shown: Any) -> None:
    told = plural("one slot of {task}", "{count} slots of {task}", count, task="x")
    assert str(told) == shown
    assert Message.from_json(told.to_json()) == told


def test_a_value_of_another_type_is_its_text() -> None:
    assert message("{error}", error=ValueError("no")).values == {"error": "no"}


def test_what_a_database_cannot_hold_is_replaced() -> None:
    assert str(message("{said}", said="a\0b\ud800c")) == "a�b�c"


@given(messages)
def test_json_keeps_a_message_exactly(told: Message) -> None:
    assert Message.from_json(json.loads(json.dumps(told.to_json()))) == told


@given(messages)
def test_every_message_can_be_shown(told: Message) -> None:
    assert isinstance(str(told), str)


def test_an_error_keeps_its_message() -> None:
    error = NavetteError("the folder {folder} is missing.", folder="/out")
    assert error.message == message("the folder {folder} is missing.", folder="/out")
    assert str(error) == "the folder /out is missing."


def test_an_error_takes_a_message_that_was_made_before() -> None:
    told = message("it was cancelled.")
    assert RequestError(told).message is told


def test_an_error_can_be_pickled() -> None:
    error = RequestError("{a}", a="{b}")
    assert pickle.loads(pickle.dumps(error)).message == error.message


def test_the_error_for_an_unknown_name_has_the_kind_as_a_message() -> None:
    error = unknown("filter of {export}", "colour", ["channel", "status"], export="messages")
    assert error.message.values["kind"] == message("filter of {export}", export="messages")


@pytest.mark.parametrize(
    ("name", "hint"), [("role", "did you mean 'roles'?"), ("people", "choose one of roles, teams.")]
)
def test_an_unknown_name_is_answered_with_a_name_that_is_like_it_or_with_all(name: str, hint: str) -> None:
    assert str(unknown("table", name, ["roles", "teams"]).message) == f"unknown table '{name}': {hint}"
