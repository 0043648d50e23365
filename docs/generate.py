"""``python -m docs.generate``: write the pages that follow from the code. A test tells when one is out of date."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs.generators.command_line import command_line
from docs.generators.dictionary import dictionary
from docs.generators.settings import settings
from docs.generators.tables import tables

FOLDER = Path(__file__).parent

PAGES: dict[str, Callable[[], str]] = {
    "command-line.md": command_line,
    "data-dictionary.md": partial(dictionary, "en"),
    "dictionnaire-des-donnees.md": partial(dictionary, "fr"),
    "settings.md": settings,
    "tables.md": tables,
}
"""Every generated page, by its file's name."""


def main() -> None:
    """Write every page anew."""
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
