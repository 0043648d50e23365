"""The tags and filters of the console's templates: icons, and values as the reader of the page writes them."""

from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BaseForm
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from navette.control.models import Domain
from navette.core.zones import first_known
from navette.wording.events import event_in_words, event_label
from navette.wording.reader import Length, current_reader
from navette.wording.states import SLOT_STATES
from navette.wording.tasks import FREQUENCIES, ORIGINS, WHY_PAUSED

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
def without_placeholders(form: BaseForm) -> BaseForm:
    """A form of allauth's, whose fields repeat their labels as placeholders, which look like values."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    return form


@register.filter
def instant(moment: datetime | None, length: Length = "medium") -> SafeString | str:
    """A date and time in the reader's zone; nothing for None. The exact instant is in the element."""
    return _time(moment, current_reader().instant(moment, length)) if moment else ""


@register.filter
def instant_of_domain(moment: datetime | None, domain: Domain) -> SafeString | str:
    """A date and time in the domain's zone, which tasks follow; nothing for None."""
    return _time(moment, current_reader().instant_in(first_known(domain.timezone), moment)) if moment else ""


def _time(moment: datetime, text: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), text)


@register.filter
def day(value: date | str | None) -> str:
    """A day, or the ISO text of a day or instant; nothing for nothing."""
    if not value:
        return ""
    return current_reader().day(date.fromisoformat(value[:10]) if isinstance(value, str) else value, "medium")


@register.filter
def number(value: float) -> str:
    """A number with its thousands separated."""
    return current_reader().number(value)


@register.filter
def whole(value: float) -> int:
    """A number without its fraction."""
    return round(value)


@register.filter
def size(count: int | None) -> str:
    """A number of bytes; nothing for None."""
    return "" if count is None else current_reader().size(count)


@register.filter
def duration(seconds: float | None) -> str:
    """A duration in its two largest units, as in "2 min 5 s"; nothing for None."""
    return "" if seconds is None else current_reader().duration(seconds)


@register.filter
def items_to_export(rows: int) -> str:
    """As in "12,408 items to export"."""
    return ngettext("%(rows)s item to export", "%(rows)s items to export", rows) % {"rows": number(rows)}


@register.filter
def indent(depth: int) -> str:
    """What stands before a name to show how deep in a tree it is."""
    return "\N{EM SPACE}" * depth


@register.filter
def slot_state(state: str) -> Any:
    """What a slot's shown state is called."""
    return SLOT_STATES[state]


@register.filter
def slot_origin(origin: str) -> Any:
    """Why a slot was run."""
    return ORIGINS[origin]


@register.filter
def frequency(value: str) -> Any:
    """How often a task is due."""
    return FREQUENCIES[value]


@register.filter
def why_paused(reason: str) -> Any:
    """Why Navette paused a task."""
    return WHY_PAUSED[reason]


@register.filter
def event(name: str) -> str:
    """What an event of the journal is called."""
    return event_label(name)


@register.filter
def details(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The details of an event of the journal, as labels and values."""
    return list(event_in_words(values, current_reader()))
