"""What each locale does to dates, numbers and truth."""

import re
from datetime import datetime

import pytest

from navette.core.errors import RequestError
from navette.core.languages import LANGUAGES
from navette.core.locales import locale_facts

EVENING = datetime(2013, 9, 4, 19, 5)


@pytest.mark.parametrize(
    ("tag", "date", "decimal", "separator"),
    [
        ("en", "09-04-2013", ".", ","),
        ("en_US", "09-04-2013", ".", ","),
        ("en_GB", "04/09/2013", ".", ","),
        ("en-CA", "2013-09-04", ".", ","),
        ("en_ZA", "2013/09/04", ",", ";"),
        ("fr", "04/09/2013", ",", ";"),
        ("fr_FR", "04/09/2013", ",", ";"),
        ("fr-CA", "2013-09-04", ",", ";"),
        ("fr_be", "04/09/2013", ",", ";"),
        ("fr_CH", "04.09.2013", ",", ";"),
        ("de", "04.09.2013", ",", ";"),
        ("de_CH", "04.09.2013", ".", ","),
        ("es", "04/09/2013", ",", ";"),
        ("es_MX", "04/09/2013", ".", ","),
        ("es_CL", "04-09-2013", ",", ";"),
        ("it", "04/09/2013", ",", ";"),
        ("nl", "04-09-2013", ",", ";"),
        ("pt_BR", "04/09/2013", ",", ";"),
    ],
)
def test_dates_and_numbers_follow_the_locale(tag: str, date: str, decimal: str, separator: str) -> None:
    facts = locale_facts(tag)
    assert EVENING.strftime(facts.date) == date
    assert EVENING.strftime(facts.datetime) == f"{date} 19:05"
    assert (facts.decimal, facts.separator) == (decimal, separator)


@pytest.mark.parametrize(
    ("tag", "yes", "no"),
    [
        ("en", "true", "false"),
        ("fr_CA", "vrai", "faux"),
        ("es", "verdadero", "falso"),
        ("de_AT", "wahr", "falsch"),
        ("it", "vero", "falso"),
        ("nl", "waar", "onwaar"),
        ("pt", "verdadeiro", "falso"),
    ],
)
def test_truth_has_the_words_that_a_spreadsheet_reads(tag: str, yes: str, no: str) -> None:
    language = locale_facts(tag).language
    assert (language.yes, language.no) == (yes, no)


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_a_language_is_complete(name: str) -> None:
    facts = locale_facts(name)
    assert facts.language.cut.count("{}") == 1
    assert facts.language.yes != facts.language.no
    assert sorted(re.findall("%.", facts.date)) == ["%Y", "%d", "%m"]
    assert facts.group not in (facts.decimal, "")


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_notice_says_words_and_no_names_of_the_code(name: str) -> None:
    assert [word for word in vars(LANGUAGES[name].notice).values() if "_" in str(word)] == []


@pytest.mark.parametrize("tag", ["zh", "fr_XX", "french", "", "fr_FR_CA", "../fr"])
def test_an_unknown_locale_is_the_requests_mistake(tag: str) -> None:
    with pytest.raises(RequestError, match="unknown locale"):
        locale_facts(tag)


def test_a_near_locale_is_offered() -> None:
    with pytest.raises(RequestError, match="did you mean 'fr'"):
        locale_facts("fr_XX")
