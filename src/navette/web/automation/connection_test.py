"""Testing the connection that a task's form describes, and accepting the server's key."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from navette.control.models import Task
from navette.core.errors import NavetteError, RequestError
from navette.destinations.destination import Checked
from navette.services import tasks
from navette.services.connections import check_connection
from navette.web.automation.destination_forms import DestinationForm
from navette.web.automation.form import TaskForm
from navette.web.automation.views import existing_task, page
from navette.web.concurrency import BusyError, RequestLimit
from navette.web.request import ConsoleRequest, in_place, permitted
from navette.wording.errors import in_words, sentence
from navette.wording.labels import STEP_WORDS
from navette.wording.states import STEP_STATES
from navette.wording.warnings import remarks

CONNECTION_TESTS = RequestLimit(at_once=2, patience=5)
"""Limits how many connections are tested at a time. A test always ends, because each step has a time limit."""


@require_POST
@permitted("manage_automatic_exports")
def test(request: ConsoleRequest) -> HttpResponse:
    """Try one of the destinations of the form as it stands, step by step."""
    tasks.require_tasks(request.actor)
    key = request.POST.get("task", "")
    form = TaskForm(request.user, existing_task(key) if key else Task(), request.POST)
    form.is_valid()
    server = form.destination_form(request.POST.get("destination", ""))
    if server is None or not server.kind.can_be_checked:
        raise RequestError("this server is not in the form: reload the page.")
    context = {"destination": server, "tested": server.prefix, **_test_connection(request, form.instance, server)}
    response = render(request, "automation/test.html", context) if request.htmx else page(request, form, **context)
    if "busy" not in context:
        return response
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return in_place(request, response)


def _test_connection(request: ConsoleRequest, task: Task, server: DestinationForm) -> dict[str, Any]:
    problems = [str(problem) for errors in server.errors.values() for problem in errors]
    if problems or not server.is_named:
        return {"problem": " ".join(problems) or _("Enter the host to test.")}
    try:
        with CONNECTION_TESTS.admit(request):
            return _test_result(check_connection(request.actor, task, server.destination(), settings.NAVETTE))
    except BusyError as error:
        return {"problem": sentence(error), "busy": True}
    except NavetteError as error:
        return {"problem": sentence(error)}


def _test_result(checked: Checked) -> dict[str, Any]:
    codes = {step.code for step in checked.steps}
    return {
        "steps": [
            {
                "step": step,
                "label": STEP_WORDS[step.name],
                "state": STEP_STATES[step.state],
                "detail": in_words(step.detail),
                "help": sentence(step.help) if step.help else "",
                "remarks": remarks(step.remarks),
            }
            for step in checked.steps
        ],
        "host_key": checked.host_key,
        "offered": bool(codes & {"host_key_unknown", "host_key_changed"}),
        "changed": "host_key_changed" in codes,
        "worked": all(step.state in ("ok", "unknown") for step in checked.steps),
    }
