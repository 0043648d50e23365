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

# A field is a name in single braces; {{label}} is text.
_FIELD = re.compile(r"(?<!\{)\{([a-z_][a-z0-9_]*)\}(?!\})")

# Characters that PostgreSQL's JSON cannot hold.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class Message:
    """A template with ``{name}`` fields and their values. ``plural`` is its form for every ``{count}`` other than one.

    Braces that enclose no field are text, so a message without values reads as its text, whatever that contains.
    """

    text: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)
    plural: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", {name: _storable(value) for name, value in self.values.items()})

    def __str__(self) -> str:
        """The message in English."""
        return self.shown(Message.english_template)

    def english_template(self) -> str:
        """The template, in the form for its count if it has one."""
        return self.plural if self.plural and self.values["count"] != 1 else self.text

    def shown(
        self,
        template: Callable[["Message"], str],
        number: Callable[[int], str] = "{:,}".format,
        listed: Callable[[list[str]], str] = ", ".join,
    ) -> str:
        """Fill the values into the text: ``template`` translates, ``number`` and ``listed`` write numbers and lists."""

        def written(value: Value) -> str:
            if isinstance(value, Message):
                return value.shown(template, number, listed)
            if isinstance(value, list):
                return listed([written(item) for item in value])
            return number(value) if isinstance(value, int) else value

        def filled(found: re.Match[str]) -> str:
            return written(self.values[found[1]]) if found[1] in self.values else found[0]

        return _FIELD.sub(filled, template(self))

    def to_json(self) -> dict[str, Any]:
        """Plain values from which ``from_json`` restores the message."""
        kept: dict[str, Any] = {"text": self.text}
        if self.plural:
            kept["plural"] = self.plural
        if self.values:
            kept["values"] = {name: _to_json(value) for name, value in self.values.items()}
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Message":
        """Restore the message that ``to_json`` returned."""
        values = {name: _from_json(value) for name, value in kept.get("values", {}).items()}
        return cls(kept["text"], values, kept.get("plural", ""))


def message(text: str, /, **values: object) -> Message:
    """A message with a literal template. A value that is no text, number or list is shown as text."""
    return Message(text, values)  # type: ignore[arg-type] # made storable there


def plural(singular: str, several: str, count: int, /, **values: object) -> Message:
    """A message about a number of things, which is its value ``count``."""
    return Message(singular, {**values, "count": count}, several)  # type: ignore[dict-item]


def fields(template: str) -> set[str]:
    """The names of a template's fields."""
    return set(_FIELD.findall(template))


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


def _from_json(kept: Any) -> Value:
    if isinstance(kept, list):
        return [_from_json(item) for item in kept]  # type: ignore[misc]
    return Message.from_json(kept) if isinstance(kept, Mapping) else kept
