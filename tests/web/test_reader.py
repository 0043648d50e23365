"""How a reader writes values: the same in mails and on pages, by their locale and time zone."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from navette.web.templatetags import navette as filters
from navette.wording.reader import Reader, current_reader, language_of
from navette.wording.states import log_entry
from navette.wording.warnings import slot_warning

PARIS = ZoneInfo("Europe/Paris")
EVENING = datetime(2026, 3, 9, 18, 5, 6, tzinfo=UTC)


def reader(locale: str = "en") -> Any:
    return Reader(locale, PARIS)


def plain(text: str) -> str:
    """The text with ordinary spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1024, "1.0 kB"),
        (1550, "1.6 kB"),
        (99_940, "99.9 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3_400_000, "3.4 MB"),
        (20_000_000_000, "20 GB"),
        (5_000_000_000_000_000, "5,000 TB"),
    ],
)
def test_a_size_is_in_the_largest_unit_that_leaves_it_at_one_or_more(size: int, expected: Any) -> None:
    assert reader().size(size) == expected.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(("locale", "expected"), [("fr", "3,4 Mo"), ("fr_CA", "3,4 Mo"), ("en_GB", "3.4 MB")])
def test_a_size_is_written_as_the_reader_writes(locale: str, expected: Any) -> None:
    assert reader(locale).size(3_400_000) == expected.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize("locale", ["en", "fr", "fr_CA"])
def test_a_page_says_it_as_the_mail_does(locale: str) -> None:
    with reader(locale).active():
        assert filters.size(3_456_789) == reader(locale).size(3_456_789)


def test_of_no_file_there_is_no_size() -> None:
    assert filters.size(None) == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (125, "2 min 5 s"),
        (120, "2 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: bool, expected: Any) -> None:
    assert plain(reader().duration(seconds)) == expected


@pytest.mark.parametrize(
    ("locale", "number", "day", "instant"),
    [
        ("en", "12,408", "March 9, 2026", "Mar 9, 2026, 7:05:06 PM"),
        ("en_GB", "12,408", "9 March 2026", "9 Mar 2026, 19:05:06"),
        ("fr", "12 408", "9 mars 2026", "9 mars 2026, 19:05:06"),
        ("fr-ca", "12 408", "9 mars 2026", "9 mars 2026, 19 h 05 min 06 s"),
    ],
)
def test_numbers_days_and_times_follow_the_region(locale: str, number: str, day: str, instant: str) -> None:
    shown = reader(locale)
    assert (plain(shown.number(12_408)), shown.day(date(2026, 3, 9))) == (number, day)
    assert plain(shown.instant(EVENING)) == instant


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "Mar 9, 2026, 7:05 PM"),
        ("en_GB", "9 Mar 2026, 19:05"),
        ("fr", "9 mars 2026, 19:05"),
        ("fr-ca", "9 mars 2026, 19 h 05"),
    ],
)
def test_a_short_time_has_no_seconds_but_the_name_of_the_month(locale: str, expected: str) -> None:
    """Not 3/9/26, which half of the readers take for September."""
    assert plain(reader(locale).instant(EVENING, "short")) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("en", "Tue, Mar 10, 2026, 03:05"),
        ("en_GB", "Tue, 10 Mar 2026, 03:05"),
        ("fr", "mar. 10 mars 2026, 03:05"),
    ],
)
def test_a_time_in_another_zone_has_its_day_of_the_week(locale: str, expected: Any) -> None:
    assert reader(locale).instant_in(ZoneInfo("Asia/Tokyo"), EVENING) == expected


@pytest.mark.parametrize(("locale", "expected"), [("en", "a, b, and c"), ("en_GB", "a, b and c"), ("fr", "a, b et c")])
def test_a_list_reads_as_in_a_sentence(locale: str, expected: Any) -> None:
    assert reader(locale).joined("abc") == expected


@pytest.mark.parametrize(
    ("locale", "language"), [("fr_CA", "fr"), ("fr-ca", "fr"), ("FR", "fr"), ("en_GB", "en"), ("de", "en"), ("", "en")]
)
def test_a_region_has_its_language(locale: str, language: str) -> None:
    assert language_of(locale) == language


def test_a_locale_that_babel_does_not_know_is_read_in_the_default_language() -> None:
    assert reader("zz_ZZ").number(12_408) == "12,408"


def test_texts_formats_and_time_zone_are_one_persons() -> None:
    with reader("fr_CA").active():
        assert (translation.get_language(), timezone.get_current_timezone_name()) == ("fr", "Europe/Paris")
        assert current_reader() == reader("fr_CA")
        with reader("en").active():
            assert current_reader() == reader("en")
        assert current_reader() == reader("fr_CA")


def test_outside_of_a_request_the_reader_is_djangos() -> None:
    with translation.override("fr"), timezone.override("Asia/Tokyo"):
        assert current_reader() == Reader("fr", ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("locale", "rows", "written", "warned"),
    [
        ("en", 1, "File written: 1 row, 9 kB.", "Only 1 row was exported; at least 5 are expected."),
        ("en", 2, "File written: 2 rows, 9 kB.", "Only 2 rows were exported; at least 5 are expected."),
        ("fr", 1, "Fichier écrit : 1 ligne, 9 ko.", "Seulement 1 ligne a été exportée ; on en attend au moins 5."),
        ("fr", 2, "Fichier écrit : 2 lignes, 9 ko.", "Seulement 2 lignes ont été exportées ; on en attend au moins 5."),
    ],
)
def test_one_row_is_in_the_singular(locale: str, rows: int, written: str, warned: str) -> None:
    with reader(locale).active() as current:
        assert plain(log_entry({"what": "written", "rows": rows, "bytes": 9000}, current)) == written
        assert plain(slot_warning({"code": "few_rows", "count": rows, "minimum": 5}, current)) == warned
