"""The domain's settings, which apply to everybody who has not chosen otherwise."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from navette.automation.scheduler import queue_due
from navette.automation.slot_planning import begin_anew
from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import Domain, Run
from navette.control.models.domain import DAYS
from navette.control.permissions import require
from navette.control.run_file_names import check_pattern
from navette.core.errors import RequestError
from navette.services.valid_values import concerning, locale, number, text, time_zone


@dataclass(frozen=True)
class DomainValues:
    """The settings. ``business_hours`` are those of the days that have some, as in ``09:00-12:30,14:00-18:00``."""

    name: str
    locale: str
    timezone: str
    first_day_of_week: int
    export_in_seconds: bool
    retention_days: int
    link_days: int
    file_name_pattern: str
    business_hours: Mapping[str, str] = field(default_factory=dict)


def change(actor: Actor, values: DomainValues) -> Domain:
    """Change the settings. Another retention applies to the files that are there already; new clocks to the tasks.

    Slots that are due by the old clocks are run first. Raises ForbiddenError, and RequestError for a wrong value.
    """
    require(actor.user, "update_settings")
    checked, domain = _checked(values), Domain.current()
    while _moves(domain, checked) and queue_due(timezone.now()):
        pass
    return _change(actor, checked)


@transaction.atomic
def _change(actor: Actor, checked: Mapping[str, Any]) -> Domain:
    domain = Domain.objects.select_for_update().filter(pk=1).first() or Domain()
    moves, changed = _moves(domain, checked), _changed(domain, checked)
    if not changed:
        return domain
    for name, value in checked.items():
        setattr(domain, name, value)
    domain.save()
    if "retention_days" in changed:
        retention = timedelta(days=domain.retention_days)
        Run.objects.exclude(path="").update(expires_at=F("created_at") + retention)
    if moves:
        begin_anew(timezone.now())
    record("settings.updated", actor, changed=changed)
    return domain


def _moves(domain: Domain, checked: Mapping[str, Any]) -> bool:
    """Whether the slots of tasks are at other moments with these settings."""
    return any(getattr(domain, name) != checked[name] for name in ("timezone", "first_day_of_week"))


def _changed(domain: Domain, checked: Mapping[str, Any]) -> list[str]:
    """The names of the settings that are others now; of the business hours, the days."""
    names = [name for name, value in checked.items() if name != "business_hours" and getattr(domain, name) != value]
    before, after = domain.business_hours, checked["business_hours"]
    return names + [day for day in DAYS if before.get(day, "") != after.get(day, "")]


def _checked(values: DomainValues) -> dict[str, Any]:
    """The settings as they are stored."""
    return asdict(values) | {
        "name": text("name", values.name, 100),
        "locale": locale("locale", values.locale),
        "timezone": time_zone("timezone", values.timezone),
        "first_day_of_week": number("first_day_of_week", values.first_day_of_week, 0, 6),
        "retention_days": number("retention_days", values.retention_days, 1, 3650),
        "link_days": number("link_days", values.link_days, 1, 3650),
        "file_name_pattern": _pattern(values.file_name_pattern),
        "business_hours": {day: hours for day in DAYS if (hours := _hours(day, values.business_hours.get(day, "")))},
    }


def _pattern(value: str) -> str:
    pattern = text("file_name_pattern", value, 150)
    with concerning("file_name_pattern"):
        check_pattern(pattern)
    return pattern


def _hours(day: str, value: str) -> str:
    """The hours of a day, without spaces."""
    hours = re.sub(r"\s", "", value).replace("–", "-").replace(";", ",")
    with concerning(day):
        if hours and not _are_hours(hours):
            raise RequestError(_("Write hours as in 09:00-12:30, 14:00-18:00, in their order."))
    return hours


def _are_hours(text: str) -> bool:
    """Whether these are hours that neither overlap nor go backwards."""
    if not re.fullmatch(r"\d\d:\d\d-\d\d:\d\d(,\d\d:\d\d-\d\d:\d\d)*", text):
        return False
    ends = re.split("[-,]", text)
    return ends == sorted(set(ends)) and all(_is_time(end) for end in ends)


def _is_time(text: str) -> bool:
    try:
        return text == "24:00" or bool(time.fromisoformat(text))
    except ValueError:
        return False
