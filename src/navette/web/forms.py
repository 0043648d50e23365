"""How all forms look (Tabler's classes, one template for a field), and the choices that several share."""

import re
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django.forms import BaseForm as Form
from django.forms.renderers import DjangoTemplates
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from navette.control.models import Domain

WIDGET_CLASSES = {
    "django/forms/widgets/checkbox.html": "form-check-input",
    "django/forms/widgets/radio.html": "form-check-input",
    "django/forms/widgets/select.html": "form-select",
    "django/forms/widgets/hidden.html": "",
}
"""The CSS class of a widget, by its template; of all others it is ``form-control``."""


class Renderer(DjangoTemplates):
    """Django's own renderer of forms, with the console's classes; also allauth's forms go through it."""

    form_template_name = "navette/forms/form.html"
    field_template_name = "navette/forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Render a form, a field or a widget."""
        if widget := context.get("widget"):
            widget["attrs"] = _with_class(widget["attrs"], WIDGET_CLASSES.get(template_name, "form-control"))
        return super().render(template_name, context, request)


def _with_class(attributes: dict[str, Any], name: str) -> dict[str, Any]:
    invalid = "is-invalid" if str(attributes.get("aria-invalid")) == "true" else ""
    classes = " ".join(filter(None, (attributes.get("class"), name, invalid)))
    return {**attributes, "class": classes} if classes else attributes


LOCALES = ("en", "en_CA", "en_GB", "en_US", "fr", "fr_BE", "fr_CA", "fr_CH")
"""What may be chosen as language: the console's languages, with the regions that write dates and numbers their way."""


def locale_choices() -> list[tuple[str, str]]:
    """Every locale of LOCALES, named in itself."""
    return [(tag, capfirst(Locale.parse(tag).get_display_name() or tag)) for tag in LOCALES]


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Every time zone of a place, and UTC."""
    places = (name for name in available_timezones() if re.match(r"(A[a-z]+|Europe|Indian|Pacific)/", name))
    return [(name, name.replace("_", " ")) for name in ["UTC", *sorted(places)]]


def give_choices(form: Form, domain: Domain) -> None:
    """Give a user's form its languages and time zones: each may also be left to the domain."""
    form.fields["locale"].choices = _or_domains(locale_choices(), domain.locale)  # type: ignore[attr-defined]
    form.fields["timezone"].choices = _or_domains(zone_choices(), domain.timezone)  # type: ignore[attr-defined]


def _or_domains(choices: list[tuple[str, str]], domains: str) -> list[tuple[str, str]]:
    named = dict(choices).get(domains, domains)
    return [("", _("As the domain: {choice}").format(choice=named)), *choices]
