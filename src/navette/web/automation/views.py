"""Digital > Automated exports: the tasks, and what can be done with them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from navette.automation.rights import automated_exports_are_on
from navette.automation.task_plan import OF_ONE_EXPORT, check_names, example_names
from navette.control.errors import ForbiddenError
from navette.control.models import Task, TaskSlot
from navette.control.shown_states import slots_with_shown_state
from navette.core.alphabetical import folded
from navette.core.errors import NavetteError, RequestError
from navette.services import slots, tasks
from navette.services.ssh_keys import public_keys
from navette.web.automation.destination_forms import with_one_more
from navette.web.automation.form import TaskForm
from navette.web.concurrency import EXPORT_QUERIES
from navette.web.forms import DayField
from navette.web.request import ConsoleRequest, permitted
from navette.wording import labels
from navette.wording.errors import sentence

A_PAGE = 50


@permitted("manage_automatic_exports")
def list_tasks(request: ConsoleRequest) -> HttpResponseBase:
    """The tasks; without the extension, where to switch it on."""
    on = automated_exports_are_on()
    telling = {name: Subquery(_telling_slots().values(name)[:1]) for name in ("pk", "shown", "at")}
    existing = Task.objects.filter(deleted_at=None).select_related("owner")
    existing = existing.annotate(**{f"slot_{name}": value for name, value in telling.items()})
    labels = Task.objects.filter(deleted_at=None).values_list("label", "pk") if on else ()
    page = Paginator([key for _label, key in sorted(labels, key=_by_label)], A_PAGE).get_page(request.GET.get("page"))
    shown = existing.in_bulk(list(page))
    context = {
        "title": _("Automated exports"),
        "on": on,
        "page": page,
        "tasks": [shown[key] for key in page if key in shown],
        "zone": request.domain.timezone,
        "some_deleted": Task.objects.filter(deleted_at__isnull=False).exists(),
    }
    return render(request, "automation/list.html", context)


def _by_label(labelled: tuple[str, str]) -> tuple[str, str]:
    label, key = labelled
    return folded(label), key


def _telling_slots() -> QuerySet[TaskSlot]:
    """The slots that show a task's state: the oldest one in progress first, or else the latest."""
    telling = TaskSlot.objects.filter(task=OuterRef("pk"), state__in=(*TaskSlot.GOING_ON, *TaskSlot.TELLING))
    going_on = Case(When(state__in=TaskSlot.GOING_ON, then=F("at")))
    ordered = telling.exclude(origin=TaskSlot.Origin.TOO_EARLY).order_by(
        going_on.asc(nulls_last=True), "-at", "-created_at"
    )
    return slots_with_shown_state(ordered)


@permitted("manage_automatic_exports")
def deleted(request: ConsoleRequest) -> HttpResponseBase:
    """The tasks that were deleted, the latest first: their histories can still be read."""
    deleted_tasks = Task.objects.filter(deleted_at__isnull=False).select_related("owner").order_by("-deleted_at")
    page = Paginator(deleted_tasks, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "automation/deleted.html", {"title": _("Deleted tasks"), "page": page})


def existing_task(key: str) -> Task:
    """The task. Raises Http404 where there is none, or it was removed."""
    return get_object_or_404(Task.objects.select_related("owner__role"), pk=key, deleted_at=None)


@permitted("manage_automatic_exports")
def add(request: ConsoleRequest) -> HttpResponseBase:
    """Add a task."""
    tasks.require_tasks(request.actor)
    return _edit(request, Task())


@permitted("manage_automatic_exports")
def task(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Change a task."""
    tasks.require_tasks(request.actor)
    return _edit(request, existing_task(key))


def _edit(request: ConsoleRequest, task: Task) -> HttpResponseBase:
    if "more" in request.POST:
        return page(request, TaskForm(request.user, task, with_one_more(request.POST, request.POST["more"])))
    form = TaskForm(request.user, task, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tasks.save(request.actor, form.instance, form.destinations())
        except ForbiddenError:
            raise
        except RequestError as error:
            form.add_error(None, sentence(error))
        else:
            messages.success(request, _("Task “{task}” saved.").format(task=task.label))
            return redirect("tasks")
    return page(request, form)


def page(request: ConsoleRequest, form: TaskForm, **context: Any) -> HttpResponse:
    """The form's page."""
    task = form.instance
    adding = task._state.adding
    values = {
        "title": _("Add a task") if adding else task.label,
        "task": None if adding else task,
        "form": form,
        "rows": form.rows(),
        "variables": labels.VARIABLE_WORDS,
        "not_zipped": OF_ONE_EXPORT,
        "keys": public_keys(request.actor),
        "notice": _sensitive_notice(form),
        **context,
    }
    return render(request, "automation/task.html", values, status=422 if form.is_bound and not form.is_valid() else 200)


def _sensitive_notice(form: TaskForm) -> str:
    """What somebody loses who may not see the columns that the task has."""
    task, may = form.instance, form.user.may("view_sensitive_columns")
    if may or task._state.adding or form.is_bound:
        return ""
    offered = {row.name: {option.name for group in row.groups for option in group.options} for row in form.rows()}
    lost = any(
        chosen["export"] not in offered or set(chosen.get("fields", ())) - offered[chosen["export"]]
        for chosen in task.exports
    )
    return (
        _("Your role does not permit the sensitive fields of this task: if you save it, they are removed.")
        if lost
        else ""
    )


@require_POST
@permitted("manage_automatic_exports")
def names(request: ConsoleRequest) -> HttpResponse:
    """What the files of the form as it stands would be called; or what is wrong with the pattern."""
    form = TaskForm(request.user, Task(), request.POST)
    form.is_valid()
    try:
        check_names(form.instance, request.domain)
        file_names = example_names(form.instance, request.domain)
    except NavetteError as error:
        return render(request, "automation/names.html", {"error": sentence(error)})
    return render(request, "automation/names.html", {"names": file_names})


@require_POST
@permitted("manage_automatic_exports")
def switch(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Switch a task on or off."""
    task, on = existing_task(key), request.POST.get("on") == "1"
    cancelled = tasks.switch(request.actor, task, on)
    text = _("“{task}” has resumed.") if on else _("“{task}” is paused.")
    if cancelled:
        text = _("“{task}” is paused, and work in progress is cancelled.")
    messages.success(request, text.format(task=task.label))
    return redirect("tasks")


@require_POST
@permitted("manage_automatic_exports")
def duplicate(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Copy a task; the copy is off."""
    copy = tasks.duplicate(request.actor, existing_task(key))
    messages.success(request, _("This is the copy. It is paused: edit it, then resume it."))
    return redirect("task", copy.pk)


@require_POST
@permitted("manage_automatic_exports")
def run_now(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Run a task at once."""
    slot = slots.run_now(request.actor, existing_task(key))
    return redirect("slot", slot.pk)


@permitted("manage_automatic_exports")
def delete(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Ask, then remove a task."""
    task = existing_task(key)
    if request.method != "POST":
        return render(request, "automation/delete.html", {"title": _("Delete a task"), "task": task})
    tasks.remove(request.actor, task)
    messages.success(request, _("Task “{task}” deleted.").format(task=task.label))
    return redirect("tasks")


class BackfillForm(forms.Form):
    """The days whose slots are run."""

    first = DayField(label=gettext_lazy("First day"))
    last = DayField(label=gettext_lazy("Last day"))


@permitted("manage_automatic_exports")
def history(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """The slots of a task, also of a deleted one, the latest first; posted, the days of a backfill."""
    task = existing_task(key) if request.method == "POST" else get_object_or_404(Task, pk=key)
    form = BackfillForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        days = form.cleaned_data["first"], form.cleaned_data["last"]
        try:
            with EXPORT_QUERIES.admit(request) as running:  # the size of its files may have to be estimated
                started = slots.backfill(request.actor, task, *days, watch=running.watch)
        except RequestError as error:
            form.add_error(None, sentence(error))
        else:
            text = ngettext("{count} slot is being run.", "{count} slots are being run.", len(started))
            messages.success(request, text.format(count=len(started)))
            return redirect("task_history", task.pk)
    page = Paginator(slots_with_shown_state(task.slots.all()), A_PAGE).get_page(request.GET.get("page"))
    title = _("History – %(task)s") % {"task": task.label}
    stoppable = not task.is_on and task.slots.filter(state__in=TaskSlot.GOING_ON).exists()
    context = {"title": title, "task": task, "page": page, "form": form, "stoppable": stoppable}
    return render(request, "automation/history.html", context)
