"""Digital > Automated exports."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from navette.control.models import Extension
from navette.web.request import ConsoleRequest, permitted


@permitted("manage_automatic_exports")
def tasks(request: ConsoleRequest) -> HttpResponseBase:
    """The tasks; without the extension, where to switch it on."""
    on = Extension.objects.filter(name="automatic_exports").exists()
    return render(request, "navette/tasks.html", {"title": _("Automated exports"), "on": on})
