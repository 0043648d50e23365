"""Markdown, as the generated pages write it."""

import re
from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by `make docs`: edit the code that it describes, not this page. -->"


def page(*blocks: str) -> str:
    """Return a whole page: the notice, then the blocks, separated by empty lines."""
    return "\n\n".join((NOTICE, *blocks)) + "\n"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, with the line breaks and bars in its cells escaped."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def code(text: str) -> str:
    """Return a name in code style."""
    return f"`{text}`"


def _cell(text: str) -> str:
    """Return a text in one line; no-break spaces stay, which ``str.split`` would take for others."""
    return re.sub(r"[ \t\n]+", " ", text.strip(" \t\n")).replace("|", r"\|")
