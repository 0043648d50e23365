"""Errors and other messages from the layers below, in the reader's language.

The catalogue (``locale/``) has the French of each template; the values are filled in here, as the reader writes them.
"""

from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from navette.core.errors import NavetteError
from navette.core.messages import Message, Value, Writing
from navette.wording.reader import current_reader

_LARGE = 10**20
"""Babel writes no number of more than 25 digits."""


def sentence(content: NavetteError | Value) -> str:
    """An error or a message as a sentence: with a capital at its beginning."""
    return capfirst(in_words(content))


def in_words(content: NavetteError | Value) -> str:
    """The same without the capital, for use within a line; also labels, and help texts."""
    reader = current_reader()

    def number(value: int) -> str:
        return reader.number(value) if abs(value) < _LARGE else str(value)

    writing = Writing(_template, number, reader.size)
    return writing.value(content.message if isinstance(content, NavetteError) else content)


def _template(message: Message) -> str:
    if message.plural:
        return ngettext(message.text, message.plural, message.values.get("count", 0))
    return gettext(message.text) if message.text else ""  # the empty text is the catalogue's own header
