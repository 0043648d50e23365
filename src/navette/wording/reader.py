"""How a person reads: their language and region, and their time zone. Everything formatted for people goes through it.

There is one reader a request or mail. ``Reader.active`` sets Django's language and time zone with it, so that texts
and formats always belong to the same person.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.units import format_unit
from django.conf import settings
from django.utils import timezone, translation

from navette.catalogue.words import words
from navette.control.models import User

Length = Literal["short", "medium", "long"]

_SIZES = ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte")


@dataclass(frozen=True)
class Reader:
    """How one person reads. ``locale`` may have a region (``fr_CA``, ``fr-ca``), which formats follow; texts do not."""

    locale: str
    zone: ZoneInfo

    @cached_property
    def language(self) -> str:
        """The console's language."""
        return language_of(self.locale)

    @cached_property
    def _formats(self) -> Locale:
        """Babel's locale; that of the language where Babel does not know the region."""
        try:
            return Locale.parse(self.locale.replace("-", "_"))
        except (ValueError, UnknownLocaleError):
            return Locale(self.language)

    @contextmanager
    def active(self) -> Iterator["Reader"]:
        """Speak this person's language in their time zone until the block ends."""
        before = _current.set(self)
        try:
            with translation.override(self.language), timezone.override(self.zone):
                yield self
        finally:
            _current.reset(before)

    def catalogue_text(self, english: str) -> str:
        """A label or description of the catalogue."""
        return words(self.language)(english)

    def number(self, value: float, pattern: str | None = None) -> str:
        """A number, its thousands separated; ``pattern`` is one of CLDR's, such as ``0.0``."""
        return format_decimal(value, format=pattern, locale=self._formats)

    def day(self, value: date, length: Length = "long") -> str:
        """A day, its month in words."""
        return format_date(value, length, locale=self._formats)

    def instant(self, value: datetime, length: Length = "medium") -> str:
        """A date and time in the reader's zone; ``short`` leaves out the seconds, not the name of the month."""
        local = value.astimezone(self.zone)
        if length != "short":
            return format_datetime(local, length, locale=self._formats)
        day, time = self.day(local, "medium"), format_time(local, "short", locale=self._formats)
        return str(get_datetime_format("medium", locale=self._formats)).format(time, day)

    def instant_in(self, zone: ZoneInfo, value: datetime) -> str:
        """A date and time in another zone, to the minute, with the day of the week."""
        local = value.astimezone(zone)
        day, time = (format_skeleton(skeleton, local, locale=self._formats) for skeleton in ("yMMMEd", "Hm"))
        return str(get_datetime_format("medium", locale=self._formats)).format(time, day)

    def size(self, count: int) -> str:
        """A number of bytes in the largest unit that leaves it at 1 or more: 1 kB is 1,000 bytes."""
        value, units = float(count), list(_SIZES)
        while value >= 999.5 and len(units) > 1:
            value, units = value / 1000, units[1:]
        figure = self.number(value, "#,##0" if value >= 100 or value == int(value) else "#,##0.0")
        # The narrow form is the symbol in every locale ("B", "o"); it lacks the space.
        return format_unit(f"{figure}\N{NO-BREAK SPACE}", f"digital-{units[0]}", "narrow", locale=self._formats)

    def duration(self, seconds: float) -> str:
        """A duration in its two largest units, as in "2 min 5 s": the symbols are the same in every language."""
        if seconds < 10:
            return f"{self.number(seconds, '0.0')}\N{NO-BREAK SPACE}s"
        minutes, seconds_left = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        parts = [(hours, "h"), (minutes, "min"), (seconds_left, "s")]
        first = next((n for n, (value, _) in enumerate(parts) if value), 2)
        largest = [(value, unit) for value, unit in parts[first : first + 2] if value]
        return " ".join(f"{self.number(value)}\N{NO-BREAK SPACE}{unit}" for value, unit in largest)

    def joined(self, items: Iterable[str]) -> str:
        """Items as a sentence lists them, as in "a, b, and c"."""
        return format_list(list(items), locale=self._formats)


def language_of(locale: str) -> str:
    """The console's language for a locale (``fr_CA``); its default where it does not speak that language."""
    try:
        return translation.get_supported_language_variant(locale.replace("_", "-").lower())
    except LookupError:
        return settings.LANGUAGE_CODE


def reader_of(user: User) -> Reader:
    """How a user reads."""
    return Reader(user.language, user.zone)


_current: ContextVar[Reader | None] = ContextVar("reader", default=None)


def current_reader() -> Reader:
    """The active reader; outside of any, one of Django's active language and time zone."""
    return _current.get() or Reader(translation.get_language() or settings.LANGUAGE_CODE, _zone())


def _zone() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())
