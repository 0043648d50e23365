"""Names of files: whatever they are made of, one name that Windows, macOS and Linux can all have."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.naughty import NAUGHTY

from navette.core.file_names import LONGEST_NAME, clean_name, is_plain_name
from navette.core.name_patterns import filled, filled_directory

DEVICES = [
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "CONIN$",
    "CONOUT$",
    *(f"{kind}{n}" for kind in ("COM", "LPT") for n in "0123456789¹²³"),
]
texts = (
    st.text() | st.sampled_from([*NAUGHTY, *DEVICES, "e\u0301" * 200]) | st.text("con.x \u0301eﬁ\u0958", max_size=300)
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("messages_2024-01-31.csv.gz", "messages_2024-01-31.csv.gz"),
        ("CON.csv", "CON_.csv"),
        ("con", "con_"),
        ("Aux.2024.csv", "Aux_.2024.csv"),
        ("nul .csv", "nul_.csv"),
        ("COM¹.csv", "COM¹_.csv"),
        ("CONSTANCE.csv", "CONSTANCE.csv"),
        ("my.con", "my.con"),
        ("COM10", "COM10"),
        ("e\u0301te\u0301.csv", "été.csv"),
        ('a/b\\c:d*e?f"g<h>i|j', "a_b_c_d_e_f_g_h_i_j"),
        (".hidden. . ", "hidden"),
        ("a\u00a0b\tc\u2003", "a b_c"),
        (" . ", "export"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("é" * 200 + ".csv.zst", "é" * 123 + ".csv.zst"),
        ("x" * 254 + "x\u0301", "x" * 254),
    ],
)
def test_names(text: str, name: str) -> None:
    assert clean_name(text) == name


@given(texts, st.integers(30, LONGEST_NAME))
@example("con" + " " * 300 + ".csv", 30)
@example("a" * 29 + "\u0301" * 20, 30)
@example("nul" + "\u0301" * 20, 30)
def test_every_system_can_have_the_name_and_it_stays_as_it_is(text: str, longest: int) -> None:
    name = clean_name(text, longest)
    assert is_plain_name(name)
    assert not set(name) & set('/\\:*?"<>|')
    assert name == name.strip(" .") == unicodedata.normalize("NFC", name)
    assert name.partition(".")[0].rstrip().upper() not in DEVICES
    assert len(name.encode()) <= longest
    assert clean_name(name, longest) == name


@given(texts)
def test_a_name_is_the_same_whichever_form_the_text_came_in(text: str) -> None:
    assert clean_name(unicodedata.normalize("NFD", text)) == clean_name(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize("label", DEVICES)
def test_no_pattern_makes_a_reserved_name(label: str) -> None:
    assert filled("{{label}}", {"label": label}) == f"{label}_"
    assert filled("{{label}}.csv", {"label": label}) == f"{label}_.csv"
    assert filled_directory("in/{{label}}", {"label": label}) == (f"in/{label}_", 1)
