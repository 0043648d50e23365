"""A user's request for an export."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from navette.core.errors import RequestError
from navette.core.windows import OPEN, Window
from navette.core.zones import UTC


@dataclass(frozen=True)
class Fields:
    """The requested columns: the default ones with some added and left out, or only those named, or all."""

    added: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    all: bool = False

    @classmethod
    def parse(cls, text: str) -> "Fields":
        """Read ``+author_name,-status`` (changes to the default fields) or ``id,created_at`` (the complete list)."""
        names = [name.strip() for name in text.split(",") if name.strip()]
        if not names:
            raise RequestError("'{text}' names no field: name at least one.", text=text)
        changed = [name for name in names if name[0] in "+-"]
        if not changed:
            return cls(only=tuple(names))
        if len(changed) < len(names):
            raise RequestError(
                "the fields '{text}' mix changes (+name, -name) with plain names: give either changes to the "
                "default fields, or the whole list.",
                text=text,
            )
        return cls(
            added=tuple(name[1:] for name in names if name[0] == "+"),
            left_out=tuple(name[1:] for name in names if name[0] == "-"),
        )


@dataclass(frozen=True)
class Request:
    """An export, its window, filters and columns, and what its values depend on.

    ``by`` is the time that the window applies to (the export's first one by default). ``filters`` maps a filter's
    name to the values of which a row must match one. ``zone`` decides what days mean. ``seconds``: durations are in
    whole seconds instead of hours or minutes.
    """

    export: str
    window: Window = OPEN
    by: str | None = None
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Fields = Fields()
    zone: ZoneInfo = UTC
    seconds: bool = False
