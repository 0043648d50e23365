"""The words of the catalogue: every text of every export has its French, and nothing is left over."""

import re
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.catalogue.words import words

FILES = sorted(Path(str(files("navette.catalogue"))).joinpath("locale", "fr").glob("*.po"))


def texts(export: Export) -> set[str]:
    """What people read of an export, in English."""
    columns = [text for column in export.all_columns() for text in (column.label, column.description)]
    return {export.label, export.description, export.grain, *columns}


@pytest.fixture(scope="module")
def french() -> dict[str, set[str]]:
    """Every English text of the files, with all the French that they give for it."""
    translations: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        with path.open("rb") as file:
            for message in read_po(file, abort_invalid=True):
                if message.id:
                    translations[str(message.id)].add(str(message.string))
    return translations


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_every_text_of_an_export_has_its_french(export: Export, french: dict[str, set[str]]) -> None:
    assert {text for text in texts(export) if not all(french.get(text, [""]))} == set()


def test_no_french_is_for_a_text_that_no_export_has(french: dict[str, set[str]]) -> None:
    assert french.keys() - set().union(*map(texts, EXPORTS.values())) == set()


def test_one_english_text_has_one_french_text(french: dict[str, set[str]]) -> None:
    assert {text: several for text, several in french.items() if len(several) > 1} == {}


def test_no_file_gives_a_text_twice() -> None:
    # Reading a file keeps only one of two translations of a text: the lines tell.
    lines = [line for path in FILES for line in re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.MULTILINE)]
    assert {line for line in lines if lines.count(line) > 1} == set()


def test_the_french_has_french_typography(french: dict[str, set[str]]) -> None:
    # A typographic apostrophe; a narrow no-break space before ; ? and !, a no-break space before the colon.
    wrong = re.compile(r"'|[^\u202f][;?!]|[^\u00a0]:")
    assert {text for several in french.values() for text in several if wrong.search(text)} == set()


@pytest.mark.parametrize("language", ["fr", "FR", "fr_FR", "fr-CA", "fr_FR.UTF-8"])
def test_a_locale_counts_as_its_language(language: str) -> None:
    assert words(language)("Thread ID") == "ID du fil de discussion"


@pytest.mark.parametrize("language", ["en", "en-GB", "de", "fro", "", "../fr", "__pycache__"])
def test_english_and_unknown_languages_give_the_text_back(language: str) -> None:
    assert words(language)("Thread ID") == "Thread ID"


def test_a_text_without_translation_comes_back_as_it_is() -> None:
    assert words("fr")("Not of the catalogue") == "Not of the catalogue"
