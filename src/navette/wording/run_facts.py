"""What to know about a run's file: what was asked, what came out, how long it is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from navette.control.models import Run
from navette.control.requests import SavedRequest
from navette.core.errors import NavetteError
from navette.exporting.choices import filter_choices
from navette.wording.labels import FILTER_WORDS, TIMES, export_label
from navette.wording.reader import Reader


@dataclass(frozen=True)
class Fact:
    """One thing to know about the file."""

    label: str
    value: str


def facts(run: Run, attachment: Path | None, reader: Reader) -> Iterator[Fact]:
    """What to know about a run's file, in the language of now; the attachment may be an archive that holds it."""
    request = SavedRequest.from_json(run.request)
    yield Fact(_("Export"), export_label(run.export, reader))
    yield from _window(request, reader)
    yield from _filters(request)
    yield Fact(_("Rows"), reader.number(run.rows or 0))
    yield Fact(_("Fields (%(count)s)") % {"count": len(run.columns)}, ", ".join(map(_column, run.columns)))
    yield Fact(_("Requested by"), f"{run.requested_by.name} ({run.requested_by.email})")
    yield Fact(_("Requested on"), f"{reader.instant(run.created_at)} ({reader.zone.key})")
    yield Fact(_("File"), _file(run, attachment))
    yield Fact(_("Size"), reader.size(run.bytes or 0))
    yield Fact("SHA-256", run.sha256)
    if run.expires_at:
        until = {"until": reader.instant(run.expires_at)}
        yield Fact(_("Available"), _("until %(until)s, under Digital › History") % until)


def _column(column: dict[str, Any]) -> str:
    return _("%(column)s (sensitive)") % {"column": column["name"]} if column["sensitive"] else str(column["name"])


def _file(run: Run, attachment: Path | None) -> str:
    if attachment is None or attachment.name == run.file_name:
        return run.file_name
    return _("%(file)s, in the archive %(archive)s") % {"file": run.file_name, "archive": attachment.name}


def _filters(request: SavedRequest) -> Iterator[Fact]:
    if not request.filters:
        yield Fact(_("Filters"), _("none"))
    for name, values in request.filters.items():
        label = _("Filter: %(name)s") % {"name": FILTER_WORDS[name].label if name in FILTER_WORDS else name}
        yield Fact(label, ", ".join(_called(request, name, values)))


def _called(request: SavedRequest, name: str, values: tuple[str, ...]) -> list[str]:
    """The names of what is filtered by; the value itself where it has no name (any more)."""
    try:
        labels = {choice.value: choice.label for choice in filter_choices(request.declared, name, settings.NAVETTE)}
    except NavetteError:
        labels = {}  # the mail matters more than the names in it
    return [labels.get(value, value) for value in values]


def _window(request: SavedRequest, reader: Reader) -> Iterator[Fact]:
    """The window in words; nothing of an export that has no times."""
    times = list(request.declared.times)
    if not times:
        return
    start, end = _start(request, reader), _end(request, reader)
    yield Fact(_("Period"), _from_to(start, end))
    if start or end:
        by = request.by or times[0]
        yield Fact(_("Filtered by"), f"{TIMES[by].label if by in TIMES else by} ({reader.zone.key})")


def _from_to(start: str, end: str) -> str:
    if start and end:
        return _("from %(start)s to %(end)s") % {"start": start, "end": end}
    if start:
        return _("from %(start)s on") % {"start": start}
    if end:
        return _("up to %(end)s") % {"end": end}
    return _("no limit")


def _start(request: SavedRequest, reader: Reader) -> str:
    day, instant = _whole_day(request.start, request, reader), request.window.start
    if day:
        return reader.day(day)
    return reader.instant(instant) if instant else ""


def _end(request: SavedRequest, reader: Reader) -> str:
    day, instant = _whole_day(request.end, request, reader), request.window.end
    if day:
        return _("%(day)s included") % {"day": reader.day(day)}
    return _("%(instant)s excluded") % {"instant": reader.instant(instant)} if instant else ""


def _whole_day(bound: str | None, request: SavedRequest, reader: Reader) -> date | None:
    """The day that a bound names, if it is a day for the reader too: one of another time zone is shown as instants."""
    if not bound or request.zone.key != reader.zone.key:
        return None
    try:
        return date.fromisoformat(bound)
    except ValueError:
        return None  # an instant
