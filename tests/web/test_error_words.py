"""Errors from the layers below, in the reader's language."""

import ast

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from tests.error_calls import ERRORS, TREES, Call, calls_of, joins, translates

from navette.control.errors import ForbiddenError
from navette.core.errors import RequestError, unexpected, unknown
from navette.core.foreign_words import answered
from navette.core.messages import Message, fields, message, plural
from navette.core.settings import load_settings
from navette.destinations import DESTINATIONS, DestinationKind
from navette.exporting.filter_values import FILTERS as KINDS
from navette.wording.errors import in_words, sentence
from navette.wording.labels import FILTER_WORDS

MADE = calls_of("message", "plural", "unknown", *ERRORS)
HELP = {setting.help.text for kind in DESTINATIONS.values() for setting in kind.settings if setting.help}
WRITTEN_OUT = [call for call in MADE if call.templates and not HELP.intersection(call.templates)]
AWKWARD = (
    "{server}",
    "{",
    "}} {0}",
    "%s %(name)s 100 %",
    'l\'«été» "x" \\1',
    "é\u202f\N{GRINNING FACE}",
    "x" * 20_000,
    "",
)


def where(call: Call) -> str:
    return f"{call.module}:{call.line}"


def test_the_calls_that_make_errors_are_found() -> None:
    assert len(WRITTEN_OUT) > 200
    assert "SFTPRefusedError" in ERRORS
    assert ("automation/rights.py", ["the task was deleted."]) in [(call.module, call.templates) for call in MADE]


@pytest.mark.parametrize("call", WRITTEN_OUT, ids=where)
def test_the_values_of_a_message_are_exactly_its_fields(call: Call) -> None:
    assert set().union(*map(fields, call.templates)) == call.values


@pytest.mark.parametrize("kind", DESTINATIONS.values(), ids=lambda kind: kind.name)
def test_the_fields_of_a_destinations_help_are_its_facts(kind: DestinationKind) -> None:
    named = {name for setting in kind.settings if setting.help for name in fields(setting.help.text)}
    assert named == kind.facts(load_settings()).keys()


@pytest.mark.parametrize("call", [call for call in MADE if not call.templates], ids=where)
def test_what_is_no_template_is_a_message_that_was_made_before(call: Call) -> None:
    """No text is put together where it is raised: an f-string, % or a translation has no message in it."""
    assert call.called in ERRORS or call.called == "unknown"
    assert isinstance(call.arguments[0], ast.Name | ast.Attribute | ast.Subscript)
    assert not call.values


@pytest.mark.parametrize("call", calls_of("Message"), ids=where)
def test_a_message_of_a_text_that_comes_from_elsewhere_is_not_put_together(call: Call) -> None:
    assert not isinstance(call.arguments[0], ast.Constant | ast.JoinedStr | ast.BinOp | ast.Call)


@pytest.mark.parametrize("call", MADE, ids=where)
def test_no_value_is_translated_or_put_together_where_it_is_raised(call: Call) -> None:
    """The reader's language is not known there: values are messages, and lists of them."""
    values = {name: value for name, value in call.named.items() if name != "characters"}  # a path may not have these
    assert {name: ast.unparse(value) for name, value in values.items() if translates(value) or joins(value)} == {}


def test_no_error_below_the_pages_is_translated_where_it_is_raised() -> None:
    """Not even through a variable or another class of errors: only pages know who reads."""
    raised = [
        (path.name, ast.unparse(node))
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Raise) and node.exc is not None and translates(node.exc)
    ]
    assert raised == [("destination_forms.py", "raise forms.ValidationError(_('Remove the invisible characters.'))")]


@pytest.mark.parametrize("wrong", ["_('no')", "gettext('{b}').format(b=1)", "str(ngettext('a', 'b', 2))", "f'{_(x)}'"])
def test_a_text_that_is_translated_at_once_is_seen(wrong: str) -> None:
    assert translates(ast.parse(wrong, mode="eval").body)


@pytest.mark.parametrize("wrong", ["' and '.join(names)", "'; '.join(map(str, names)) + '…'"])
def test_a_text_that_is_put_together_is_seen(wrong: str) -> None:
    assert joins(ast.parse(wrong, mode="eval").body)


def test_no_error_is_words_of_another_error() -> None:
    """``str(error)`` is English: an error that is passed on keeps its message."""
    given = [argument for call in MADE for argument in call.arguments if isinstance(argument, ast.Call)]
    assert [ast.unparse(call) for call in given if ast.unparse(call).startswith("str(")] == []


@pytest.mark.parametrize("value", AWKWARD)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_message_is_shown_with_awkward_values(language: str, value: str) -> None:
    for call in WRITTEN_OUT:
        for count in (1, 2):
            values = dict.fromkeys(call.values, value) | ({"count": count} if call.called == "plural" else {})
            text, *more = call.templates
            with override(language):
                shown = in_words(Message(text, values, *more))
            assert shown.count(value) >= len(call.values - {"count"})
            assert fields(shown.replace(value, "")) == set() or not value


@given(st.text(), st.integers())
def test_a_message_in_a_message_is_shown_in_the_same_language(name: str, number: int) -> None:
    told = message("{reason}: free disk space or repair its folder, and run it again.", reason=unknown_format(name))
    with override("fr"):
        assert in_words(told).startswith(in_words(unknown_format(name)))
        assert in_words(message("the pattern is longer than {most} bytes: shorten it.", most=number))


def unknown_format(name: str) -> Message:
    return unknown("format", name, ["bi", "excel"]).message


def test_an_error_is_a_sentence_in_the_language_of_its_reader() -> None:
    error = RequestError("the file name pattern is empty: enter one.")
    assert sentence(error) == "The file name pattern is empty: enter one."
    with override("fr"):
        assert sentence(error) == "Le modèle du nom de fichier est vide\u00a0: saisissez-en un."
        assert in_words(error.message) == "le modèle du nom de fichier est vide\u00a0: saisissez-en un."


def test_numbers_and_sizes_are_written_as_the_reader_writes_them() -> None:
    told = message("the server has {size} of {expected} bytes: Navette retries.", size=1000, expected=2000)
    free = message("{free:size} free", free=1_500_000)
    assert (in_words(told)[:29], in_words(free)) == ("the server has 1,000 of 2,000", "1.5\u00a0MB free")
    with override("fr"):
        assert in_words(told).startswith("le serveur a 1\u202f000 octets sur 2\u202f000")
        assert in_words(free) == "1,5\u00a0Mo libres"


def test_parts_of_a_sentence_are_shown_in_french_too() -> None:
    said = answered("No such file")
    doing = message("enter the directory {directory}", directory="/nowhere")
    help_ = message("create the directory, or name another")
    told = message(
        "{server} does not allow us to {doing}: {help}. ({said})",
        server="files.example.org",
        doing=doing,
        help=help_,
        said=said,
    )
    assert str(told) == (
        "files.example.org does not allow us to enter the directory /nowhere: create the directory, or name another. "
        "(it answered 'No such file')"
    )
    with override("fr"):
        shown = sentence(told)
    assert "entrer dans le répertoire /nowhere" in shown
    assert "créez le répertoire" in shown
    assert "(il a répondu «\u00a0No such file\u00a0»)" in shown


@pytest.mark.parametrize("text", ["something else {0} %s.", "{server} is missing", "", "100 %"])
def test_a_stored_sentence_that_is_no_template_is_shown_as_it_is(text: str) -> None:
    with override("fr"):
        assert in_words(Message(text)) == text


def test_a_plural_has_the_form_of_its_count() -> None:
    told = plural("one slot", "{count} slots", 1200)
    assert in_words(told) == "1,200 slots"
    assert in_words(plural("one slot", "{count} slots", 1)) == "one slot"


def test_a_very_long_error_is_shown_in_little_time() -> None:
    long = "unknown agent '" + "': did you mean '" * 10_000
    assert sentence(Message(long)) == f"U{long[1:]}"


def test_permissions_in_an_error_are_named_as_the_console_names_them() -> None:
    told = message(
        "your role does not permit this: {label} ({name}).", label=message("Export data"), name="read_export"
    )
    with override("fr"):
        shown = in_words(told).replace("\N{NO-BREAK SPACE}", " ")
    assert shown == "votre rôle ne le permet pas : Exporter des données (read_export)."


def test_the_nearest_valid_name_is_suggested_in_french_too() -> None:
    with override("fr"):
        shown = in_words(unknown("filter of {export}", "colour", ["chanel", "colours"], export="messages"))
    assert (
        shown
        == "filtre de messages\u00a0: «\u00a0colour\u00a0» est inconnu. Vouliez-vous dire «\u00a0colours\u00a0»\u202f?"
    )


def test_the_values_of_every_filter_have_a_word() -> None:
    assert set(KINDS) == set(FILTER_WORDS)


def test_an_unexpected_error_is_shown_without_its_text() -> None:
    told = unexpected(ValueError("a secret"))
    assert "ValueError" in in_words(told)
    assert "secret" not in in_words(told)


def test_an_error_says_the_same_in_logs_and_on_the_command_line() -> None:
    assert str(ForbiddenError("this run belongs to another user.")) == "this run belongs to another user."
