"""``python -m docs.generate``: write what follows from the code and its texts: pages, and the console's French.

Tests tell when something is out of date.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs.generators.command_line import command_line
from docs.generators.dictionary import dictionary
from docs.generators.french import COMPILED, french
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
    """Write everything anew."""
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8", newline="\n")
    COMPILED.parent.mkdir(exist_ok=True)
    COMPILED.write_bytes(french())


if __name__ == "__main__":
    main()
