"""The console's texts as Django reads them, from the .po files by area: French, and English for texts of libraries."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parents[2] / "src" / "navette" / "wording" / "locale" / "fr"
COMPILED = FOLDER / "LC_MESSAGES" / "django.mo"
ENGLISH = FOLDER.parent / "en"
COMPILED_ENGLISH = ENGLISH / "LC_MESSAGES" / "django.mo"

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""The date in the header, fixed so that the same texts always produce the same file."""


def messages(path: Path) -> list[Message]:
    """Return the translated texts of one .po file."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parent.name, abort_invalid=True)
        return [message for message in catalog if message.id and message.string]


def french() -> bytes:
    """Compile the French of all areas. If two files translate the same text, the first wins; a test compares them."""
    return _compiled(FOLDER)


def english() -> bytes:
    """Compile the English texts that replace those of libraries."""
    return _compiled(ENGLISH)


def _compiled(folder: Path) -> bytes:
    catalog = Catalog(folder.name, project="Navette", creation_date=LONG_AGO, revision_date=LONG_AGO, fuzzy=False)
    for path in sorted(folder.glob("*.po"), reverse=True):
        for message in messages(path):
            catalog.add(message.id, message.string, context=message.context)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    return compiled.getvalue()
