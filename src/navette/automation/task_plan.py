"""When a task is due, what it requests then, and how its files are named."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.control.models import Domain, Frequency, Task
from navette.control.requests import SavedRequest
from navette.core.errors import RequestError
from navette.core.name_patterns import check_filled, check_name_pattern, filled, names_in, times
from navette.core.periods import BEGINNING, period
from navette.core.schedules import Schedule, Slot, daily, monthly, schedule, weekly
from navette.core.windows import midnight
from navette.core.zones import zone
from navette.formats import FORMATS

FILE_NAME_VARIABLES = (
    *("label", "export_name", "year", "month", "day", "hour", "minute"),
    *("window_start", "window_end", "run_id", "extension"),
)
"""The variables of a file name pattern."""

OF_ONE_EXPORT = ("export_name", "window_start", "window_end")
"""Those without a value for an archive of several exports."""

OF_A_SLOT = ("label", "year", "month", "day", "hour", "minute")
"""The variables of a directory, where all files of one slot go."""


def default_period(export: Export) -> str:
    """The default period of an export: a list is complete, because few of its rows are created on one day."""
    return BEGINNING if export.listing else "yesterday"


def zone_of(task: Task, domain: Domain) -> ZoneInfo:
    """The time zone whose clocks the task follows: a cron line's own, else the domain's."""
    own = task.timezone if task.frequency == Frequency.CRON else ""
    return zone(own or domain.timezone)


def schedule_of(task: Task, domain: Domain) -> Schedule:
    """The task's schedule. Raises RequestError for a cron expression that is not valid."""
    lines = {
        Frequency.DAILY: daily(task.at),
        Frequency.WEEKLY: weekly(task.at, domain.first_day_of_week),
        Frequency.MONTHLY: monthly(task.at),
    }
    return schedule(lines.get(Frequency(task.frequency), task.cron), zone_of(task, domain))


def requests_of(task: Task, slot: Slot, domain: Domain) -> list[SavedRequest]:
    """What the task asks for at a slot, in the order of its exports."""
    return [_request(task, chosen, slot, domain) for chosen in task.exports]


def _request(task: Task, chosen: dict[str, Any], slot: Slot, domain: Domain) -> SavedRequest:
    start, end = _bounds(task, chosen, slot, domain)
    return SavedRequest(
        chosen["export"],
        start,
        end,
        by=chosen.get("by") or None,
        fields=tuple(chosen.get("fields", ())),
        format=task.format,
        locale=domain.locale,
        timezone=domain.timezone,
        seconds=domain.export_in_seconds,
    )


def _bounds(task: Task, chosen: dict[str, Any], slot: Slot, domain: Domain) -> tuple[str | None, str | None]:
    """Days of the domain where the task follows its clocks, which is how people read them; else instants."""
    export = EXPORTS[chosen["export"]]
    name = chosen.get("period") or default_period(export)
    if not export.incremental or (export.listing and name == BEGINNING):
        return None, None
    if name == BEGINNING:
        return None, slot.at.isoformat()
    first, last = period(name, slot.day, domain.first_day_of_week)
    clocks = zone_of(task, domain)
    if clocks.key == zone(domain.timezone).key:
        return first.isoformat(), last.isoformat()
    return midnight(first, clocks).isoformat(), midnight(last + timedelta(days=1), clocks).isoformat()


def task_file_name(task: Task, request: SavedRequest | None, slot: Slot, run_id: str, domain: Domain) -> str:
    """The name of a run's file, or, without a request, of the archive of all of them. No folder, never hidden."""
    return _named(task, _values(task, request, slot, run_id, domain))


def _named(task: Task, values: dict[str, str]) -> str:
    name, end = filled(task.file_name_pattern, values), f".{values['extension']}"
    return name if name.endswith(end) else f"{name}{end}"


def _values(task: Task, request: SavedRequest | None, slot: Slot, run_id: str, domain: Domain) -> dict[str, str]:
    extension = "zip" if request is None else FORMATS[task.format].extension
    of_export = _of_export(request, zone_of(task, domain)) if request else {}
    return {**of_slot(task, slot.at, domain), **of_export, "run_id": run_id, "extension": extension}


def of_slot(task: Task, at: datetime, domain: Domain) -> dict[str, str]:
    """The values of OF_A_SLOT for the slot of that instant."""
    return {"label": task.label, **times(at.astimezone(zone_of(task, domain)))}


def _of_export(request: SavedRequest, clocks: ZoneInfo) -> dict[str, str]:
    start, end = request.window.start, request.window.end
    last = end - timedelta(microseconds=1) if end else None
    return {
        "export_name": request.export,
        "window_start": f"{start.astimezone(clocks):%Y-%m-%d}" if start else "beginning",
        "window_end": f"{last.astimezone(clocks):%Y-%m-%d}" if last else "now",
    }


def check_names(task: Task, domain: Domain) -> None:
    """Raise RequestError if the pattern is not valid, or two of the task's files could ever get the same name."""
    pattern, zipped = task.file_name_pattern, task.zipped
    check_name_pattern(pattern, FILE_NAME_VARIABLES)
    if zipped and (undefined := [name for name in OF_ONE_EXPORT if name in names_in(pattern)]):
        raise RequestError(
            "an archive of several exports has no {variable}: remove it from the pattern.", variable=undefined[0]
        )
    files = _of_next_slot(task, domain)
    if len(files) > 1 and not names_in(pattern) & {"export_name", "run_id"}:
        name = _named(task, files[0])
        raise RequestError(
            "two exports of the task would get the name {name}: add {{export_name}} to the pattern.", name=name
        )
    for values in files:
        check_filled(pattern, values)


def example_names(task: Task, domain: Domain) -> list[str]:
    """The names of the next slot's files, with made-up run IDs."""
    return [_named(task, values) for values in _of_next_slot(task, domain)]


def _of_next_slot(task: Task, domain: Domain) -> list[dict[str, str]]:
    """The values for each file of the next slot, with made-up ids."""
    slot = schedule_of(task, domain).next(datetime.now(UTC))
    requests: Sequence[SavedRequest | None] = [None] if task.zipped else requests_of(task, slot, domain)
    return [_values(task, request, slot, f"{number:024x}", domain) for number, request in enumerate(requests, 1)]
