"""``python -m docs.generate``: write the pages and the console's French that are generated from the code.

Tests fail when one of them is out of date.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from docs.generators.command_line import command_line
from docs.generators.dictionary import dictionary
from docs.generators.french import COMPILED, COMPILED_ENGLISH, english, french
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
"""The function that writes each generated page, by file name."""


def main() -> None:
    """Write all pages and the compiled French."""
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8", newline="\n")
    COMPILED.parent.mkdir(exist_ok=True)
    COMPILED.write_bytes(french())
    COMPILED_ENGLISH.write_bytes(english())


if __name__ == "__main__":
    main()
