"""File names from patterns: a closed list of variables, and one plain name whatever the values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navette.core.errors import RequestError
from navette.core.name_patterns import (
    LONGEST,
    check_directory_pattern,
    check_filled,
    check_filled_directory,
    check_name_pattern,
    filled,
    filled_directory,
)

VARIABLES = ("label", "year")


@pytest.mark.parametrize("pattern", ["{{label}}_{{year}}", "{{ label }}", "export", "Été {{year}}"])
def test_a_pattern_of_known_variables_and_plain_characters_is_taken(pattern: str) -> None:
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
def test_anything_else_is_refused(pattern: str) -> None:
    with pytest.raises(RequestError, match="pattern"):
        check_name_pattern(pattern, VARIABLES)


def test_values_are_not_patterns() -> None:
    assert filled("{{label}}-{{year}}", {"label": "{{year}} {{7-7}}", "year": "2026"}) == "{{year}} {{7-7}}-2026"


def test_a_name_that_gets_too_long_is_refused_if_people_can_fix_it_and_else_cut() -> None:
    pattern, values = "{{label}}_{{year}}", {"label": "é" * 75, "year": "2026"}
    with pytest.raises(RequestError, match="shorten the label"):
        check_filled(pattern, values)
    with pytest.raises(RequestError, match="shorten the label"):
        check_filled_directory(f"in/{pattern}/a", values)
    assert filled(pattern, values) == "é" * 75


@pytest.mark.parametrize(
    ("pattern", "directory", "made"),
    [
        ("./", "./", 0),
        ("/in/../out/", "/in/../out/", 0),
        ("./in/{{year}}", "./in/2026", 1),
        ("{{label}}/fixed//x-{{year}}/", "a_b/fixed/x-2026", 3),
        ("/in/{{label}}", "/in/a_b", 1),
    ],
)
def test_the_parts_of_a_directory_from_the_first_variable_on_are_made(pattern: str, directory: str, made: int) -> None:
    check_directory_pattern(pattern, VARIABLES)
    assert filled_directory(pattern, {"label": "a/b", "year": "2026"}) == (directory, made)


@pytest.mark.parametrize("pattern", ["in/{{me}}", "{{label}}/..", "{{label}}/a|b", "{{year}}/{% x %}", "a/{{label}/b"])
def test_what_is_no_pattern_of_directories_is_refused(pattern: str) -> None:
    with pytest.raises(RequestError, match="pattern"):
        check_directory_pattern(pattern, VARIABLES)


@given(st.text(max_size=30), st.text(max_size=5))
def test_variables_lead_to_no_other_directory(label: str, year: str) -> None:
    directory, made = filled_directory("/in/{{label}}/{{year}}", {"label": label, "year": year})
    parts = directory.removeprefix("/in/").split("/")
    assert len(parts) == made == 2
    assert not any(part.startswith(".") or not part for part in parts)


@given(st.text(max_size=30), st.text(max_size=5))
def test_whatever_the_values_it_is_one_plain_name(label: str, year: str) -> None:
    name = filled("{{label}}_{{year}}", {"label": label, "year": year})
    assert name not in ("", ".", "..")
    assert not name.startswith(".")
    assert not set(name) & set('/\\:*?"<>|\0\n\r\t')
    assert len(name.encode()) <= LONGEST
