"""Testing the connection that a task's form describes, and accepting the server's key."""

from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from navette.control.models import Destination, Task
from navette.core.errors import NavetteError
from navette.destinations.sftp import Checked, check
from navette.jobs.tasks import editing
from navette.jobs.tasks.places import place_of, server_of
from navette.web.error_words import sentence
from navette.web.pages import task_words
from navette.web.pages.task_form import TaskForm
from navette.web.pages.tasks import found, page
from navette.web.request import ConsoleRequest, permitted

TESTING = BoundedSemaphore(2)
"""So many connections are tested at a time, and others wait."""

PATIENCE = 5
"""Seconds that others wait."""


@require_POST
@permitted("manage_automatic_exports")
def test(request: ConsoleRequest) -> HttpResponse:
    """Try the SFTP server of the form as it stands, step by step."""
    editing.require_tasks(request.user)
    key = request.POST.get("task", "")
    form = TaskForm(request.user, found(key) if key else Task(), request.POST)
    form.is_valid()
    context = {"tested": True, **_tried(form)}
    if request.htmx:
        return render(request, "navette/tasks/test.html", context)
    return page(request, form, **context)


def _tried(form: TaskForm) -> dict[str, Any]:
    problems = [str(problem) for name in ("host", "port", "username", "directory") for problem in form[name].errors]
    if problems:
        return {"problem": " ".join(problems)}
    try:
        if not TESTING.acquire(timeout=PATIENCE):
            return {"problem": _("Other connections are being tested: try again in a moment.")}
        try:
            return _told(check(server_of(place_of(form.server(_present(form.instance))), settings.NAVETTE)))
        finally:
            TESTING.release()
    except NavetteError as error:
        return {"problem": sentence(error)}


def _present(task: Task) -> Destination:
    """The task's server as it is kept; a copy, which nobody saves."""
    kept = None if task._state.adding else task.destinations.filter(kind="sftp").first()
    if kept is None:
        return Destination(kind="sftp")
    return Destination(kind="sftp", settings=kept.settings, host_keys=kept.host_keys)


def _told(checked: Checked) -> dict[str, Any]:
    codes = {step.code for step in checked.steps}
    return {
        "steps": [
            {
                "step": step,
                "label": task_words.STEPS[step.name],
                "state": task_words.STEP_STATES[step.state],
                "help": sentence(step.help) if step.help else "",
            }
            for step in checked.steps
        ],
        "host_key": checked.host_key,
        "offered": bool(codes & {"host_key_unknown", "host_key_changed"}),
        "changed": "host_key_changed" in codes,
        "worked": all(step.state in ("ok", "unknown") for step in checked.steps),
    }
