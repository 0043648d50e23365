"""Tags and filters: icons, and instants and numbers as the reader writes them."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from navette.control.models import Domain
from navette.wording import errors as error_words
from navette.wording.events import event_label, in_words

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite; it is decoration, unless ``label`` says what it means. ``size``: ``sm`` or ``lg``."""
    classes = f"icon icon-{size}" if size else "icon"
    named = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="{}" {}><use href="{}#{}"></use></svg>', classes, named, static("vendor/icons.svg"), name
    )


@register.filter
def explained(error: object) -> str:
    """An error from below in the reader's language, as it stands within a line."""
    return error_words.in_words(error)


@register.filter
def instant(moment: datetime | None, form: str = "medium") -> SafeString | str:
    """A date and time in the reader's zone and language; nothing for None. The exact instant is in the element."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    text = format_datetime(local, form, locale=_locale())
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), text)


@register.filter
def instant_of_domain(moment: datetime | None) -> SafeString | str:
    """A date and time by the domain's clocks, which tasks follow; nothing for None."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(Domain.current().timezone))
    text = format_datetime(
        local, "EEE d MMM y, HH:mm" if _locale() != "en" else "EEE, MMM d, y, HH:mm", locale=_locale()
    )
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), text)


@register.filter
def ago(moment: datetime) -> str:
    """How long ago an instant was, as in "3 days ago"."""
    return format_timedelta(moment - timezone.now(), add_direction=True, locale=_locale())


@register.filter
def number(value: float) -> str:
    """A number with its thousands parted."""
    return format_decimal(value, locale=_locale())


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")


@register.filter
def event(name: str) -> str:
    """What an event of the journal is called."""
    return event_label(name)


@register.filter
def words(details: dict[str, Any]) -> list[tuple[str, str]]:
    """The details of an event of the journal, as labels and values."""
    return list(in_words(details))
