"""How large a file is: the same words in the mail and on the pages."""

import pytest
from django.utils.translation import override

from navette.web.templatetags import exports
from navette.wording.sizes import file_size


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
def test_a_size_is_in_the_largest_unit_that_leaves_it_at_one_or_more(size, expected):
    with override("en"):
        assert file_size(size, "en") == expected.replace(" ", "\N{NO-BREAK SPACE}")


def test_a_size_is_written_as_the_reader_writes():
    with override("fr"):
        assert file_size(3_400_000, "fr_CA") == "3,4\N{NO-BREAK SPACE}Mo"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_page_says_it_as_the_mail_does(language):
    with override(language):
        assert exports.file_size(3_456_789) == file_size(3_456_789, language)


def test_of_no_file_there_is_no_size():
    assert exports.file_size(None) == ""
