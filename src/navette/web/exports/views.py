"""The list of exports, and the panel in which one is set up, counted, looked at and asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.control.errors import ForbiddenError
from navette.control.models import Preset, Run
from navette.control.permissions import may_see_run
from navette.control.requests import SavedRequest, check_allowed, exports_for
from navette.core.alphabetical import folded
from navette.core.errors import NavetteError, RequestError
from navette.exporting.preview import estimated_size
from navette.formats import FORMATS
from navette.services import runs
from navette.services.runs import prepared, request_run
from navette.web.concurrency import EXPORT_QUERIES, BusyError, GoneError, RunningRequest
from navette.web.exports.fields import field_groups, offered
from navette.web.exports.form import ExportForm, quick_choices
from navette.web.request import ConsoleRequest, in_place, permitted
from navette.wording import labels
from navette.wording.errors import in_words, sentence

UNPROCESSABLE = 422
"""The status of a form with mistakes, which the page shows in place of what it sent."""


@dataclass(frozen=True)
class ExportLine:
    """One export as the list shows it."""

    name: str
    label: str
    description: str
    grain: str
    columns: int
    sensitive: int


@require_GET
@permitted("read_export")
def exports(request: ConsoleRequest) -> HttpResponse:
    """The exports that the user may run."""
    lines = sorted(_lines(request, exports_for(request.user).values()), key=lambda line: folded(line.label))
    return render(request, "exports/list.html", {"title": _("Exports"), "exports": lines})


def _lines(request: ConsoleRequest, allowed_exports: Iterable[Export]) -> Iterable[ExportLine]:
    text = request.reader.catalogue_text
    for declared in allowed_exports:
        columns = offered(declared, request.user)
        sensitive = sum(column.sensitive for column in columns)
        label, description, grain = map(text, (declared.label, declared.description, declared.grain))
        yield ExportLine(declared.name, label, description, grain, len(columns), sensitive)


@require_http_methods(["GET", "HEAD", "POST"])
def export(request: ConsoleRequest, name: str) -> HttpResponseBase:
    """The panel, filled in from a preset or an earlier run where the address names one; posted, it asks for a run."""
    declared = allowed(request, name)
    if request.method != "POST":
        saved, notice = _starting_point(request, declared)
        return panel(request, ExportForm(declared, request.user, saved=saved), notice=notice)
    form = ExportForm(declared, request.user, request.POST)
    if not form.is_valid():
        return panel(request, form, status=UNPROCESSABLE)
    try:
        with EXPORT_QUERIES.admit(request) as running:
            run = request_run(request.actor, form.saved(), settings.NAVETTE, running.watch)
    except ForbiddenError:
        raise
    except BusyError as error:
        return in_place(request, panel(request, form, status=HTTPStatus.SERVICE_UNAVAILABLE, error=sentence(error)))
    except RequestError as error:
        return panel(request, form, status=UNPROCESSABLE, error=sentence(error))
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": reverse("run", args=[run.pk])})
    return redirect("run", run.pk)


def allowed(request: ConsoleRequest, name: str) -> Export:
    """The export of that name. Raises Http404 where there is none, ForbiddenError where the user may not run it."""
    if name not in EXPORTS:
        raise Http404
    check_allowed(request.user, SavedRequest(name))
    return exports_for(request.user)[name]


def _starting_point(request: ConsoleRequest, declared: Export) -> tuple[SavedRequest | None, str]:
    """What the panel is filled in with: a preset's request, an earlier run's, else the defaults; and what to say."""
    saved = _preset(request, declared) or _earlier(request, declared)
    if saved is None or not saved.sensitive or request.user.may("view_sensitive_columns"):
        return saved, ""
    try:
        saved = saved.without_sensitive()
    except RequestError:
        saved = None
    return saved, _("Your role does not permit the sensitive fields of these settings: they were left out.")


def _preset(request: ConsoleRequest, declared: Export) -> SavedRequest | None:
    preset = Preset.objects.filter(pk=request.GET.get("preset", ""), user=request.user, export=declared.name).first()
    return SavedRequest.from_json(preset.request) if preset else None


def _earlier(request: ConsoleRequest, declared: Export) -> SavedRequest | None:
    run = Run.objects.filter(pk=request.GET.get("run", ""), export=declared.name).first()
    return SavedRequest.from_json(run.request) if run and may_see_run(request.user, run) else None


def panel(request: ConsoleRequest, form: ExportForm, status: int = 200, **context: Any) -> HttpResponse:
    """The panel: a part of the list's page where htmx asked for it, else a page of its own."""
    text, declared = request.reader.catalogue_text, form.export
    shown_groups = field_groups(declared, request.user, form.chosen_fields())
    values = {
        "title": _("New export – %(export)s") % {"export": text(declared.label)},
        "export": {"name": declared.name, "description": text(declared.description), "grain": text(declared.grain)},
        "form": form,
        "groups": shown_groups,
        "sensitive": any(group.kind == "sensitive" for group in shown_groups),
        "times": [(name, labels.TIMES[name]) for name in declared.times],
        "periods": quick_choices(request.user) if declared.times else [],
        "formats": [(format_, in_words(format_.description)) for format_ in FORMATS.values()],
        "words": labels,
        "presets": Preset.objects.filter(user=request.user, export=declared.name),
        **context,
    }
    template = "panel" if request.htmx else "export"
    return render(request, f"exports/{template}.html", values, status=status)


@require_POST
def count(request: ConsoleRequest, name: str) -> HttpResponse:
    """How many items the form as it stands would export."""
    return _part_of_panel(request, name, "count", lambda saved, running: {"rows": _rows(request, saved, running)})


@require_POST
def size(request: ConsoleRequest, name: str) -> HttpResponse:
    """About how large the file would be. It is asked for after the count, which does not wait for it."""
    return _part_of_panel(request, name, "size", lambda saved, running: _size(request, saved, running))


@require_POST
def preview(request: ConsoleRequest, name: str) -> HttpResponse:
    """The first rows as the file would show them."""
    return _part_of_panel(request, name, "preview", lambda saved, running: _preview(request, saved, running))


Find = Callable[[SavedRequest, RunningRequest], dict[str, Any]]
"""What a part of the panel shows."""


def _part_of_panel(request: ConsoleRequest, name: str, part: str, find: Find) -> HttpResponse:
    """A part of the panel made from the form; what is wrong with it is said in that part's place.

    Without htmx it is the whole page again, with count, size and, where asked for, preview.
    """
    declared = allowed(request, name)
    try:
        with EXPORT_QUERIES.admit(request) as running:  # the form's choices take long, too
            form = ExportForm(declared, request.user, request.POST)
            contents = {"asked": part, **_part_contents(request, part, form, find, running)}
    except BusyError as error:
        if not request.htmx:
            raise
        context = {"error": sentence(error), "busy": True}
        response = render(request, f"exports/{part}.html", context, status=HTTPStatus.SERVICE_UNAVAILABLE)
        return in_place(request, response, "innerHTML show:bottom")  # the preview's place is below all fields
    if not request.htmx:
        return panel(request, form, **contents)
    return render(request, f"exports/{part}.html", {"form": form, "export": {"name": name}, **contents})


def _part_contents(
    request: ConsoleRequest, part: str, form: ExportForm, find: Find, running: RunningRequest
) -> dict[str, Any]:
    """What the part shows, or the sentence that replaces it; without htmx, also count and size."""
    if not form.is_valid():
        return {}
    try:
        saved = form.saved()
        if request.htmx:
            return find(saved, running)
        preview = find(saved, running) if part == "preview" else {}
        return preview | {"rows": _rows(request, saved, running)} | _size(request, saved, running)
    except (ForbiddenError, BusyError, GoneError):
        raise
    except NavetteError as error:
        return {"error": sentence(error)}


def _rows(request: ConsoleRequest, saved: SavedRequest, running: RunningRequest) -> int:
    ready = prepared(request.actor, saved, settings.NAVETTE, running.watch)
    return ready.count()


def _size(request: ConsoleRequest, saved: SavedRequest, running: RunningRequest) -> dict[str, Any]:
    ready = prepared(request.actor, saved, settings.NAVETTE, running.watch)
    rows = ready.count()
    return {"bytes": estimated_size(ready, rows) if rows else None}


def _preview(request: ConsoleRequest, saved: SavedRequest, running: RunningRequest) -> dict[str, Any]:
    rows = runs.preview(request.actor, saved, settings.NAVETTE, running.watch)
    return {"preview": rows, "titles": list(zip(rows.titles, rows.columns, strict=True))}
