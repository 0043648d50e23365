"""Texts that break programs: the Big List of Naughty Strings, and what breaks the formats that we write."""

import json
from pathlib import Path

CONTROLS = "".join(map(chr, range(32))) + "\x7f\x80\x85\x9f"
NAUGHTY: list[str] = [
    *json.loads((Path(__file__).parent / "unit" / "data" / "blns.json").read_text(encoding="utf-8")),
    *CONTROLS,
    *(f"a{one}b" for one in CONTROLS),
    *"\ufdd0\ufeff\ufffd\ufffe\uffff\u2028\u2029\U0001fffe\U0010ffff",
    *("_x0041_", "_x0041", "_x005F_x0041_", "_x000a_\n", "_xD83D__xDE00_", "x0041_", "__x0000__", "_x00g1_"),
    *(" lead", "trail ", "\ttab", "in  side", "\n", "\r\n", "a\rb\r\nc\nd", " \n ", "\u00a0nbsp\u00a0"),
    *("<r><t>rich</t></r>", "<r>& _x0041_\n</r>", "]]>", "&amp;", "&#0;", "<!--", "<?xml?>", "</t></is></c></row>"),
    *("007", "+33612345678", "123456789012345678", "1e5", "=1+1", "-", "http://example.org/", "mailto:a@example.org"),
    *("true", "null", "NULL", "NaN", "inf", "2013-09-24", "1/2", '"', '""', '"a"', ",", ";", "'=1", "\\N", "\\"),
]


def in_a_cell(text: str) -> str:
    """A text with what a workbook cannot hold shown: by Unicode's pictures of controls, and U+FFFD."""
    shown = []
    for character in text:
        if ord(character) < 32 and character not in "\t\n\r":
            shown.append(chr(ord("␀") + ord(character)))
        else:
            shown.append("�" if character in "\ufffe\uffff" else character)
    return "".join(shown)
