"""How all forms look (Tabler's classes, one template for a field), and the choices that several share."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.renderers import DjangoTemplates
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from navette.control.errors import ForbiddenError
from navette.control.models import Domain, User
from navette.core.errors import RequestError
from navette.wording.errors import sentence

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


class DayField(forms.DateField):
    """A day that has one before it and one after it in every time zone; with the browser's own date picker."""

    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **options: Any) -> None:
        validators = (MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31)))
        super().__init__(validators=validators, **options)


LOCALES = ("en", "en_CA", "en_GB", "en_US", "fr", "fr_BE", "fr_CA", "fr_CH")
"""What may be chosen as language: the console's languages, with the regions that write dates and numbers their way."""


def locale_choices() -> list[tuple[str, str]]:
    """Every locale of LOCALES, named in itself."""
    return [(tag, locale_label(tag)) for tag in LOCALES]


def locale_label(tag: str) -> str:
    """A locale named in itself, as in "Français (Canada)"; the tag where Babel does not know it."""
    try:
        return capfirst(Locale.parse(tag).get_display_name() or tag)
    except (ValueError, UnknownLocaleError):
        return tag


@cache
def zone_choices() -> list[tuple[str, str]]:
    """Every time zone of a place, and UTC."""
    places = (name for name in available_timezones() if re.match(r"(A[a-z]+|Europe|Indian|Pacific)/", name))
    return [(name, name.replace("_", " ")) for name in ["UTC", *sorted(places)]]


if TYPE_CHECKING:
    _ModelForm = forms.BaseModelForm[Any]
else:
    _ModelForm = object


class SharedForm(_ModelForm):
    """A form for something that several people change: it overwrites newer values of others only if saved twice.

    ``opened`` stands for what was stored when the page was made, which sends it back; a form without it is not checked.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        adding = self.instance._state.adding
        self.opened = "" if adding else hashlib.sha256(json.dumps(self.stored(), default=str).encode()).hexdigest()

    def stored(self) -> Mapping[str, Any]:
        """What the form would overwrite."""
        return self.initial

    def full_clean(self) -> None:
        """Refuse, once, to overwrite what others saved."""
        super().full_clean()
        if self.is_bound and self.opened and self.data.get("opened", self.opened) != self.opened:
            self.add_error(
                None,
                _(
                    "Somebody else has changed this since you opened the page. Reload it to see the changes, or save "
                    "again to overwrite them."
                ),
            )


Result = TypeVar("Result")


def submitted(form: forms.BaseForm, act: Callable[[], Result]) -> Result | None:
    """What the service returns that ``act`` calls with what the form says, if that is valid.

    What the service refuses appears in the form, at the field that is wrong. Raises ForbiddenError.
    """
    if not form.is_valid():
        return None
    try:
        return act()
    except ForbiddenError:
        raise
    except RequestError as error:
        form.add_error(error.field if error.field in form.fields else None, sentence(error))
        return None


def give_choices(form: "forms.ModelForm[User] | forms.ModelForm[Domain]", domain: Domain | None = None) -> None:
    """Give a form its languages and time zones, what is set already among them: to save changes nothing unasked.

    A user's may also be left to the ``domain``.
    """
    for name, choices in (("locale", locale_choices()), ("timezone", zone_choices())):
        offered = _with(choices, getattr(form.instance, name))
        field = form.fields[name]
        field.choices = _or(getattr(domain, name), offered) if domain else offered  # type: ignore[attr-defined]


def _with(choices: list[tuple[str, str]], present: str) -> list[tuple[str, str]]:
    return choices if not present or present in dict(choices) else [*choices, (present, present)]


def _or(domains: str, choices: list[tuple[str, str]]) -> list[tuple[str, str]]:
    named = dict(choices).get(domains, domains)
    return [("", _("Domain default: {choice}").format(choice=named)), *choices]
