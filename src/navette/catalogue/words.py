"""The catalogue's texts in other languages, from ``locale/<language>/*.po``, keyed on the English ones."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable


def words(language: str) -> Callable[[str], str]:
    """A function that translates the catalogue's labels, descriptions and grains from English into ``language``.

    A locale (``fr_FR``, ``fr-CA``) counts as its language. A text without a translation is returned unchanged, so
    English, and any language without a folder in ``locale/``, gives English.
    """
    texts = _texts(re.split(r"[-_.@]", language)[0].lower())
    return lambda text: texts.get(text, text)


@cache
def _texts(language: str) -> dict[str, str]:
    """The translations into a language, read once per process; none if it has no folder."""
    folders = files("navette.catalogue").joinpath("locale").iterdir()
    return {english: text for folder in folders if folder.name == language for english, text in _translations(folder)}


def _translations(folder: Traversable) -> Iterator[tuple[str, str]]:
    from babel.messages.pofile import read_po

    for path in folder.iterdir():
        if path.name.endswith(".po"):
            with path.open("rb") as file:
                messages = read_po(file, abort_invalid=True)
            # The header's English text is empty; an untranslated text would be shown as nothing.
            yield from ((str(m.id), str(m.string)) for m in messages if m.id and m.string)
