"""Named settings of an export that a user keeps: save, replace and delete. The panel loads them."""

import unicodedata

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from navette.control.journal import record
from navette.control.models import Preset
from navette.control.requests import check_allowed
from navette.web.exports.form import ExportForm
from navette.web.exports.views import UNPROCESSABLE, allowed, panel
from navette.web.request import ConsoleRequest

LONGEST = Preset._meta.get_field("name").max_length


@require_POST
def save(request: ConsoleRequest, name: str) -> HttpResponseBase:
    """Keep the form's settings under the name given; a preset of that name is replaced."""
    form = ExportForm(allowed(request, name), request.user, request.POST)
    called = _in_one_line(request.POST.get("preset_name", ""))
    if not form.is_valid():
        return panel(request, form, status=UNPROCESSABLE)
    saved = form.saved()
    check_allowed(request.user, saved)
    if problem := _problem(called):
        return panel(request, form, status=UNPROCESSABLE, preset_error=problem, preset_name=called)
    values = {"request": saved.to_json()}
    preset, new = Preset.objects.update_or_create(user=request.user, export=name, name=called, defaults=values)
    _journal(request, "preset.created" if new else "preset.updated", preset)
    said = _("The settings are saved as “%(name)s”.") if new else _("The settings “%(name)s” are replaced.")
    return _panel_again(request, name, preset.pk, said % {"name": called}, form)


def _in_one_line(text: str) -> str:
    """Without control characters, which no name needs and PostgreSQL does not all take."""
    return " ".join("".join(" " if unicodedata.category(one) == "Cc" else one for one in text).split())


def _problem(called: str) -> str:
    if not called:
        return _("Give the settings a name.")
    return _("The name is too long: 100 characters at most.") if len(called) > (LONGEST or 0) else ""


def _panel_again(request: ConsoleRequest, name: str, key: str, said: str, form: ExportForm) -> HttpResponseBase:
    if request.htmx:
        return panel(request, form, notice=said, preset=key)
    messages.success(request, said)
    return redirect(f"{reverse('export', args=[name])}?preset={key}")


@require_POST
def delete(request: ConsoleRequest, name: str, key: str) -> HttpResponseBase:
    """Forget one of the user's own presets; the form keeps what it holds."""
    declared = allowed(request, name)
    for preset in Preset.objects.filter(pk=key, user=request.user, export=name):
        _journal(request, "preset.destroyed", preset)
        preset.delete()
    if request.htmx:
        form = ExportForm(declared, request.user, request.POST)
        return panel(request, form, notice=_("The settings are deleted."))
    messages.success(request, _("The settings are deleted."))
    return redirect("export", name)


def _journal(request: ConsoleRequest, name: str, preset: Preset) -> None:
    record(name, request.actor, export=preset.export, preset=preset.name)
