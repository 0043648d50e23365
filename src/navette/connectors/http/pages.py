"""Pages of a list, and what is known after it was read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from navette.core.errors import TryLaterError
from navette.core.messages import message

Record = Mapping[str, Any]
"""One record as the source sends it."""


class UnreadableListError(TryLaterError):
    """A list that does not do what its collection declares, so that nothing can be said about its completeness."""


TOO_FAST = message("the list changes faster than it can be read: try again at a quieter time.")


@dataclass(frozen=True)
class Page:
    """Consecutive records of a list.

    ``count`` is how many records the whole list had, if the source says so. ``at`` is the time of the answer by the
    source's clock.
    """

    records: Sequence[Record]
    count: int | None
    at: datetime


Fetch = Callable[[int, int], Page]
"""Asks for the records from a place on, counted from 0; the second number is how many at most."""


@dataclass(frozen=True)
class Reading:
    """What is known after a list was read.

    Every record that was not deleted since then was fetched as it was at ``until`` (by the source's clock) or later.
    ``count`` is how many records there were then, if the source says so, ``newest`` the greatest time of change among
    the first of them, if they have any.
    """

    until: datetime
    count: int | None
    newest: datetime | None = None
