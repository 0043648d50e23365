"""Messages: an English template, which is its own id, and the values of its fields.

Every reader sees a message in their language: the catalogue translates the template, and then the values are filled in.
A message can be stored as JSON. Babel finds templates by the names of the functions that take them (``message``,
``plural``, ``unknown`` and the classes of errors), so these calls always contain the template as a literal.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

Value = Union["Message", str, int, list["Message | str | int"]]
"""The value of a field: a nested message, a text, a number, or a list of these."""

# A field is a name in single braces, with ":size" after it for a number of bytes; {{label}} is text.
_FIELD = re.compile(r"(?<!\{)\{([a-z_][a-z0-9_]*)(:size)?\}(?!\})")

# Characters that PostgreSQL's JSON cannot hold.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Message:
    """A template with ``{name}`` fields and their values. ``plural`` is its form for every ``{count}`` other than one.

    Braces that enclose no field are text, so a message without values reads as its text, whatever that contains.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    plural: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", {name: _storable(value) for name, value in self.values.items()})

    def __str__(self) -> str:
        """The message in English."""
        return self.written(ENGLISH)

    def written(self, writing: "Writing") -> str:
        """Fill the values into the template, as the language writes them."""

        def filled(match: re.Match[str]) -> str:
            name, is_size = match.groups()
            return writing.value(self.values[name], bool(is_size)) if name in self.values else match[0]

        return _FIELD.sub(filled, writing.template(self))

    def to_json(self) -> dict[str, Any]:
        """Plain values from which ``from_json`` restores the message."""
        values: dict[str, Any] = {"text": self.text}
        if self.plural:
            values["plural"] = self.plural
        if self.values:
            values["values"] = {name: _to_json(value) for name, value in self.values.items()}
        return values

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Message":
        """Restore the message that ``to_json`` returned."""
        values = {name: _from_json(value) for name, value in stored.get("values", {}).items()}
        return cls(stored["text"], values, stored.get("plural", ""))


@dataclass(frozen=True)
class Writing:
    """How a language writes messages: the template that it has for one, numbers, sizes in bytes, and lists."""

    template: Callable[[Message], str]
    number: Callable[[int], str]
    size: Callable[[int], str]
    listed: Callable[[list[str]], str] = ", ".join

    def value(self, value: Value, is_size: bool = False) -> str:
        """A value in that language."""
        if isinstance(value, Message):
            return value.written(self)
        if isinstance(value, list):
            return self.listed([self.value(item) for item in value])
        if isinstance(value, str):
            return value
        return self.size(value) if is_size else self.number(value)


def _english_template(message: Message) -> str:
    return message.plural if message.plural and message.values.get("count") != 1 else message.text


def _english_size(count: int) -> str:
    value, units = float(count), ["B", "kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    figure = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"
    return f"{figure}\N{NO-BREAK SPACE}{units[0]}"


ENGLISH = Writing(_english_template, "{:,}".format, _english_size)
"""For logs and the command line, where nobody's language is known."""


def message(text: str, /, **values: object) -> Message:
    """A message with a literal template. A value that is no text, number or list is shown as text."""
    return Message(text, values)


def plural(singular: str, several: str, count: int, /, **values: object) -> Message:
    """A message about a number of things, which is its value ``count``."""
    return Message(singular, {**values, "count": count}, several)


def lines(messages: Iterable[Message | str]) -> Message:
    """Several messages as one, each on a line of its own. There must be at least one."""
    first, *more = messages
    above = first if isinstance(first, Message) else Message(first)
    for below in more:
        above = message("{above}\n{below}", above=above, below=below)
    return above


def fields(template: str) -> set[str]:
    """The names of a template's fields."""
    return {name for name, _ in _FIELD.findall(template)}


def _storable(value: object) -> Value:
    if isinstance(value, Message) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_storable(item) for item in value]  # type: ignore[misc] # lists in lists are not needed
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))


def _to_json(value: Value) -> Any:
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    return value.to_json() if isinstance(value, Message) else value


def _from_json(stored: Any) -> Value:
    if isinstance(stored, list):
        return [_from_json(item) for item in stored]  # type: ignore[misc]
    return Message.from_json(stored) if isinstance(stored, Mapping) else stored
