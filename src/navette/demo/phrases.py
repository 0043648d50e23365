"""The phrases of people, in French and in English, from ``phrases.csv``; a phrase can have {slots}."""

import csv
from importlib.resources import files
from io import StringIO

Pair = tuple[str, str]


def phrases(part: str) -> tuple[Pair, ...]:
    """The phrases of one part (``greetings``, ``problems``, …), each in French and in English."""
    return tuple((row["french"], row["english"]) for row in _ROWS if row["part"] == part)


_ROWS = list(csv.DictReader(StringIO(files("navette.demo").joinpath("phrases.csv").read_text("utf-8"))))
