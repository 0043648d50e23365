"""File names from patterns: a closed list of variables, and one plain name whatever the values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navette.core.errors import RequestError
from navette.core.name_patterns import LONGEST, check_name_pattern, filled

VARIABLES = ("label", "year")


@pytest.mark.parametrize("pattern", ["{{label}}_{{year}}", "{{ label }}", "export", "Été {{year}}"])
def test_a_pattern_of_known_variables_and_plain_characters_is_taken(pattern):
    check_name_pattern(pattern, VARIABLES)


@pytest.mark.parametrize(
    "pattern",
    [
        "{{export_name}}",
        "{label}",
        "{{label}",
        "{% now %}",
        "{{label|upper}}",
        "{{label.__class__}}",
        "{{{{label}}}}",
        "a/b",
        "..\\b",
        "a\nb",
        "a\u202eb",
        "",
        " .. ",
        "x" * (LONGEST + 1),
    ],
)
def test_anything_else_is_refused(pattern):
    with pytest.raises(RequestError, match="pattern"):
        check_name_pattern(pattern, VARIABLES)


def test_values_are_not_patterns():
    assert filled("{{label}}-{{year}}", {"label": "{{year}} {{7-7}}", "year": "2026"}) == "{{year}} {{7-7}}-2026"


@given(st.text(), st.text())
def test_whatever_the_values_it_is_one_plain_name(label, year):
    name = filled("{{label}}_{{year}}", {"label": label, "year": year})
    assert name not in ("", ".", "..")
    assert not name.startswith(".")
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t')
    assert len(name.encode()) <= LONGEST
