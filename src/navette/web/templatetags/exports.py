"""Filters of the pages of exports and runs: counts, sizes, durations and days as the reader writes them."""

from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from django import template
from django.utils.translation import get_language, ngettext

from navette.wording import sizes
from navette.wording.tasks import SLOT_STATES

register = template.Library()


@register.filter
def items_to_export(rows: int) -> str:
    """As in "12,408 items to export"."""
    text = ngettext("%(rows)s item to export", "%(rows)s items to export", rows)
    return text % {"rows": format_decimal(rows, locale=_locale())}


@register.filter
def slot_state(shown: str) -> Any:
    """What a slot's shown state is called."""
    return SLOT_STATES[shown]


@register.filter
def file_size(size: int | None) -> str:
    """A number of bytes; nothing for None."""
    return "" if size is None else sizes.file_size(size, _locale())


@register.filter
def lasting(seconds: float | None) -> str:
    """A duration in its two largest units, as in "2 min 5 s"."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{format_decimal(seconds, format='0.0', locale=_locale())}\N{NO-BREAK SPACE}s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (left, "s")]
    first = next((n for n, (value, _) in enumerate(parts) if value), 2)
    return " ".join(f"{value}\N{NO-BREAK SPACE}{unit}" for value, unit in parts[first : first + 2] if value)


@register.filter
def day(text: date | str | None) -> str:
    """A day, or the ISO text of a day or instant, as people write days; nothing for nothing."""
    if not text:
        return ""
    return format_date(date.fromisoformat(text[:10]) if isinstance(text, str) else text, "medium", locale=_locale())


@register.filter
def indent(depth: int) -> str:
    """What stands before a name to show how deep in a tree it is."""
    return "\N{EM SPACE}" * depth


@register.filter
def whole(value: float) -> int:
    """A number without its fraction."""
    return round(value)


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
