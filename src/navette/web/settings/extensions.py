"""Settings > Extensions: capabilities that are switched on for everybody."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.control.extensions import EXTENSIONS
from navette.control.models import Extension
from navette.services import extensions
from navette.web.request import ConsoleRequest, permitted


def _off() -> list[tuple[str, str]]:
    on = set(Extension.objects.values_list("name", flat=True))
    return [(name, str(kind.label)) for name, kind in EXTENSIONS.items() if name not in on]


class ExtensionForm(forms.Form):
    """One of the extensions that are off."""

    name = forms.ChoiceField(label=gettext_lazy("Extension"), choices=_off)


@permitted("create_and_destroy_extension")
def list_extensions(request: ConsoleRequest) -> HttpResponseBase:
    """Those that are on."""
    on = Extension.objects.select_related("added_by")
    lines = [(EXTENSIONS[extension.name], extension) for extension in on if extension.name in EXTENSIONS]
    return render(request, "settings/extensions.html", {"title": _("Extensions"), "lines": lines, "off": _off()})


@permitted("create_and_destroy_extension")
def add_extension(request: ConsoleRequest) -> HttpResponseBase:
    """Switch one on."""
    form = ExtensionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        extensions.add(request.actor, name)
        messages.success(request, _("{extension} is on.").format(extension=EXTENSIONS[name].label))
        return redirect("extensions")
    context = {"title": _("Add an extension"), "form": form, "kinds": [EXTENSIONS[name] for name, _label in _off()]}
    return render(request, "settings/extension_add.html", context)


@permitted("create_and_destroy_extension")
def remove_extension(request: ConsoleRequest, name: str) -> HttpResponseBase:
    """Ask, then switch it off."""
    if name not in EXTENSIONS or not Extension.objects.filter(name=name).exists():
        raise Http404
    kind = EXTENSIONS[name]
    if request.method != "POST":
        return render(request, "settings/extension_remove.html", {"title": _("Turn off an extension"), "kind": kind})
    extensions.remove(request.actor, name)
    messages.success(request, _("{extension} is off.").format(extension=kind.label))
    return redirect("extensions")
