"""Markdown, as the generated pages write it."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by `make docs`: change the code that it describes, not this page. -->"


def page(*blocks: str) -> str:
    """A whole page: the notice, then the blocks with an empty line between them."""
    return "\n\n".join((NOTICE, *blocks)) + "\n"


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a cell's line breaks and bars do not end it."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def code(text: str) -> str:
    """A name, as the code has it."""
    return f"`{text}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
