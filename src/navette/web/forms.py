"""How all forms look: Tabler's classes on Django's widgets, and one template for a field with its label."""

from typing import Any

from django.forms.renderers import DjangoTemplates

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
