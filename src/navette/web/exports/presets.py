"""Named settings of an export that a user keeps: save, replace and delete. The panel loads them."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from navette.control.errors import ForbiddenError
from navette.control.models import Preset
from navette.core.errors import RequestError
from navette.services import presets
from navette.web.exports.form import ExportForm
from navette.web.exports.views import UNPROCESSABLE, allowed, panel
from navette.web.request import ConsoleRequest
from navette.wording.errors import sentence


@require_POST
def save(request: ConsoleRequest, name: str) -> HttpResponseBase:
    """Keep the form's settings under the name given; a preset of that name is replaced."""
    form = ExportForm(allowed(request, name), request.user, request.POST)
    called = request.POST.get("preset_name", "")
    if not form.is_valid():
        return panel(request, form, status=UNPROCESSABLE)
    try:
        preset, is_new = presets.save(request.actor, called, form.saved())
    except ForbiddenError:
        raise
    except RequestError as error:
        place = "preset_error" if error.field == "name" else "error"
        return panel(request, form, status=UNPROCESSABLE, preset_name=called, **{place: sentence(error)})
    text = _("Settings saved as “%(name)s”.") if is_new else _("Settings “%(name)s” replaced.")
    return _panel_again(request, name, preset.pk, text % {"name": preset.name}, form)


def _panel_again(request: ConsoleRequest, name: str, key: str, notice: str, form: ExportForm) -> HttpResponseBase:
    if request.htmx:
        return panel(request, form, notice=notice, preset=key)
    messages.success(request, notice)
    return redirect(f"{reverse('export', args=[name])}?preset={key}")


@require_POST
def delete(request: ConsoleRequest, name: str, key: str) -> HttpResponseBase:
    """Forget one of the user's own presets; the form keeps what it holds."""
    declared = allowed(request, name)
    for preset in Preset.objects.filter(pk=key, user=request.user, export=name):
        presets.delete(request.actor, preset)
    if request.htmx:
        form = ExportForm(declared, request.user, request.POST)
        return panel(request, form, notice=_("Settings deleted."))
    messages.success(request, _("Settings deleted."))
    return redirect("export", name)
