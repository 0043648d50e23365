"""The history of runs, the page of one run, and what can be done with it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from navette.catalogue.exports import EXPORTS
from navette.control.errors import ForbiddenError
from navette.control.models import Delivery, Payload, Run
from navette.control.permissions import may_have_file, may_see_run
from navette.control.requests import exports_for
from navette.control.shown_states import ENDED, delivery_state, with_shown_state
from navette.core.errors import NavetteError
from navette.exporting.choices import filter_choices
from navette.formats import FORMATS
from navette.services import runs
from navette.web.concurrency import EXPORT_QUERIES
from navette.web.forms import locale_label
from navette.web.request import ConsoleRequest
from navette.web.runs import dashboard
from navette.web.runs.run_list import SHOWN, RunFilter, sees_all, visible_runs
from navette.wording.errors import sentence
from navette.wording.labels import FILTER_WORDS, TIMES, export_label
from navette.wording.states import DELIVERY_STATES, RUN_STATES, log_entry
from navette.wording.warnings import run_warning
from navette.work.presence import any_worker

A_PAGE = 50


@require_GET
def list_runs(request: ConsoleRequest) -> HttpResponse:
    """Every run that the user may see, the latest first, below what they add up to."""
    if not (sees_all(request.user) or request.user.may("read_export")):
        raise ForbiddenError("your role permits neither exports nor other users' runs.")
    run_filter = RunFilter(request.GET, request.user, request.reader)
    matching = run_filter.applied(visible_runs(request.user))
    page = Paginator(matching, A_PAGE).get_page(request.GET.get("page"))
    page_runs = cast(QuerySet[Run], page.object_list).select_related("requested_by").only(*SHOWN)
    days = dashboard.days(visible_runs(request.user), request.reader.zone) if page.number == 1 else []
    context = {
        "title": _("History"),
        "filter": run_filter,
        "filtered": any(request.GET.get(name) for name in run_filter.fields),
        "page": page,
        "lines": [_line(request, run) for run in page_runs],
        "everybody": sees_all(request.user),
        "days": days,
        "charts": dashboard.charts(days, request.reader) if days else [],
        "others": _query_without_page(request),
        "no_worker": not any_worker(),
    }
    return render(request, "runs/list.html", context)


def _line(request: ConsoleRequest, run: Any) -> dict[str, Any]:
    return {
        "run": run,
        "label": export_label(run.export, request.reader),
        "state": RUN_STATES[run.shown],
        "sensitive": len(run.sensitive_columns),
        "file": bool(run.path) and may_have_file(request.user, run, bool(run.sensitive_columns)),
    }


def _query_without_page(request: ConsoleRequest) -> str:
    """The query of another page, but for its number."""
    query = request.GET.copy()
    query.pop("page", None)
    return f"{query.urlencode()}&" if query else ""


def visible_run(request: ConsoleRequest, key: str) -> Any:
    """The run, with its shown state. Raises Http404, or ForbiddenError where the user may not see it."""
    run = get_object_or_404(with_shown_state(Run.objects.select_related("requested_by", "slot__task")), pk=key)
    if not may_see_run(request.user, run):
        raise ForbiddenError("this run belongs to another user.")
    return run


@require_GET
def run(request: ConsoleRequest, key: str) -> HttpResponse:
    """One run: how far it is, what came out, where it went. htmx asks for its upper part again until it has ended."""
    shown_run = visible_run(request, key)
    context = _progressing(request, shown_run) | {"title": export_label(shown_run.export, request.reader)}
    if request.htmx:
        changed = request.GET.get("state") not in (None, shown_run.shown)
        return render(request, "runs/progress.html", context | {"changed": changed})
    return render(request, "runs/run.html", context | _facts(shown_run))


def _progressing(request: ConsoleRequest, run: Any) -> dict[str, Any]:
    """What changes while a run goes on."""
    mine = run.requested_by_id == request.user.pk
    has_file = may_have_file(request.user, run, bool(run.sensitive_columns))
    return {
        "run": run,
        "state": RUN_STATES[run.shown],
        "ended": run.shown in ENDED,
        "no_worker": run.state == Run.State.QUEUED and not any_worker(),
        "progress": _progress(run),
        "error": sentence(run.error) if run.error else "",
        "warnings": [run_warning(warning, request.reader) for warning in run.warnings],
        "deliveries": _deliveries(run, has_file),
        "log": [(parse_datetime(entry["at"]), log_entry(entry, request.reader)) for entry in run.log],
        "may_download": bool(run.path) and has_file,
        "may_cancel": run.state in (Run.State.QUEUED, *run.LEASED) and (mine or request.user.may("download_all_runs")),
        "may_run": run.export in exports_for(request.user),
    }


@dataclass(frozen=True)
class WritingProgress:
    """How far the writing of a file is: rows done of those counted, rows a second, seconds left where that is known."""

    rows_done: int
    counted: int
    rate: float
    seconds_left: float | None


def _progress(run: Run) -> WritingProgress | None:
    """None where nothing is being written."""
    counted = next((entry["at"] for entry in reversed(run.log) if entry["what"] == "counted"), None)
    if run.state != Run.State.WRITING or not run.rows_counted or counted is None:
        return None
    rows_done = min(run.rows_done, run.rows_counted)
    begun = parse_datetime(counted)
    seconds = max((timezone.now() - begun).total_seconds(), 1.0) if begun else 1.0
    rate = rows_done / seconds
    return WritingProgress(rows_done, run.rows_counted, rate, (run.rows_counted - rows_done) / rate if rate else None)


def _deliveries(run: Run, has_file: bool) -> list[dict[str, Any]]:
    """What became of each mail."""
    deliveries = list(run.deliveries.all())
    now = timezone.now()
    return [
        {
            "delivery": delivery,
            "shown": delivery_state(delivery),
            "state": DELIVERY_STATES[delivery_state(delivery)],
            "error": sentence(delivery.error) if delivery.error else "",
            "link_works": _has_link(delivery, now),
            "may_retry": runs.may_send_again(delivery, deliveries) and has_file,
            "may_revoke": has_file,
        }
        for delivery in deliveries
    ]


def _has_link(delivery: Delivery, now: datetime) -> bool:
    return bool(delivery.link_expires_at and delivery.link_expires_at > now and not delivery.link_revoked_at)


def _facts(run: Run) -> dict[str, Any]:
    """What was asked."""
    request, declared = run.request, EXPORTS.get(run.export)
    by = request.get("by") or (next(iter(declared.times), None) if declared else None)
    return {
        "by": TIMES[by].label if by in TIMES else "",
        "format": FORMATS[request["format"]].label if request.get("format") in FORMATS else request.get("format", ""),
        "language": locale_label(request.get("locale", "")),
        "filters": [_filter(run, name, values) for name, values in request.get("filters", {}).items()],
    }


def _filter(run: Run, name: str, values: list[str]) -> tuple[Any, list[str]]:
    """A filter's label, and its values as people know them; those that are gone stay ids."""
    labels = _labels(run.export, name)
    word = FILTER_WORDS.get(name)
    return word.label if word else name, [labels.get(value, value) for value in values]


def _labels(export: str, name: str) -> dict[str, str]:
    """What a filter's values are called; nothing where the store cannot be read: the run's page can do without."""
    if export not in EXPORTS or name not in EXPORTS[export].filters:
        return {}
    try:
        return {choice.value: choice.label for choice in filter_choices(EXPORTS[export], name, settings.NAVETTE)}
    except NavetteError:
        return {}


@require_POST
def again(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Ask for the same once more, as the one who asks now."""
    shown_run = visible_run(request, key)
    with EXPORT_QUERIES.admit(request) as running:
        new = runs.run_again(request.actor, shown_run, settings.NAVETTE, running.watch)
    return redirect("run", new.pk)


@require_POST
def cancel(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Cancel a run that waits or is worked on."""
    shown_run = visible_run(request, key)
    if runs.cancel(request.actor, shown_run):
        messages.info(request, _("Cancelling the run."))
    else:
        messages.warning(request, _("It was too late to cancel the run."))
    return redirect("run", shown_run.pk)


@require_POST
def retry(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Send a mail again that failed, or of which nobody knows."""
    delivery = _delivery(request, key)
    runs.send_again(request.actor, delivery)
    messages.info(request, _("Resending the file to %(recipient)s.") % {"recipient": delivery.target})
    return redirect("run", delivery.run_id)


@require_POST
def revoke(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Make the link of a mail useless."""
    delivery = _delivery(request, key)
    runs.revoke_link(request.actor, delivery)
    messages.success(request, _("The link in that e-mail no longer works."))
    return redirect("run", delivery.run_id)


def _delivery(request: ConsoleRequest, key: str) -> Delivery:
    delivery = get_object_or_404(Delivery.objects.select_related("run__requested_by"), pk=key, payload=Payload.RUN)
    if not may_see_run(request.user, delivery.mailed_run):
        raise ForbiddenError("this run belongs to another user.")
    return delivery
