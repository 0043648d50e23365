"""Errors from the layers below, as sentences in the reader's language."""

import re
from pathlib import Path

import pytest
from django.utils.translation import override

import navette
from navette.control.errors import ForbiddenError
from navette.web.error_words import KNOWN, PHRASES, sentence

SOURCES = re.sub(
    r'"\s*\n\s*f?"',
    "",
    "\n".join(
        path.read_text(encoding="utf-8")
        for path in Path(navette.__file__).parent.rglob("*.py")
        if path.name != "error_words.py"
    ),
)


@pytest.mark.parametrize("known", KNOWN)
def test_every_known_sentence_is_one_that_the_code_says(known):
    for piece in re.split(r"\{\w+\}|3 workers", known):
        assert piece in SOURCES


@pytest.mark.parametrize("known", KNOWN)
def test_every_known_sentence_is_shown_in_french_with_its_values(known):
    names = re.findall(r"\{(\w+)\}", known)
    said = known.format(**{name: f"<{name}> 1" for name in names})
    with override("fr"):
        shown = sentence(said)
    assert shown != sentence(said)
    assert shown[0].isupper() or not shown[0].isalpha()
    for name in names:
        assert f"<{name}> 1" in shown


def test_parts_of_a_sentence_are_shown_in_french_too():
    said = "files.example.org does not let us enter the directory /nowhere: make the directory, or name another. (No)"
    with override("fr"):
        shown = sentence(said)
    assert "entrer dans le répertoire /nowhere" in shown
    assert "créez le répertoire" in shown
    said = "files.example.org does not let us write a file: give the user the right to do so. (Denied: /x. (y))"
    with override("fr"):
        assert "donnez-en le droit à l’utilisateur. (Denied: /x. (y))" in sentence(said)


@pytest.mark.parametrize("known", PHRASES)
def test_every_known_part_is_one_that_the_code_says(known):
    for piece in re.split(r"\{\w+\}", known):
        assert piece in SOURCES


def test_what_is_not_known_is_shown_as_it_came():
    with override("fr"):
        assert sentence(ForbiddenError("something else {0} %s.")) == "Something else {0} %s."
