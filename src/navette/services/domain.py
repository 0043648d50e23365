"""The domain's settings, which apply to everybody who has not chosen otherwise."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from navette.automation.scheduler import plan_due_slots
from navette.automation.slot_planning import restart_schedules
from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import Domain, Run
from navette.control.permissions import require
from navette.control.run_file_names import check_pattern
from navette.services.valid_values import concerning, locale, number, text, time_zone, typed


@dataclass(frozen=True)
class DomainValues:
    """The settings."""

    name: str
    locale: str
    timezone: str
    first_day_of_week: int
    export_in_seconds: bool
    retention_days: int
    link_days: int
    file_name_pattern: str


def change(actor: Actor, values: DomainValues) -> Domain:
    """Change the settings. A new retention applies to existing files, and a new time zone to the tasks.

    Slots that are due by the old clocks are run first. Raises ForbiddenError, and RequestError for a wrong value.
    """
    require(actor.user, "update_settings")
    checked, domain = _checked(values), Domain.current()
    if _moves_slots(domain, checked):
        while plan_due_slots(timezone.now()):  # one batch at a time
            pass
    return _change(actor, checked)


@transaction.atomic
def _change(actor: Actor, checked: Mapping[str, Any]) -> Domain:
    domain = Domain.objects.select_for_update().filter(pk=1).first() or Domain()
    moves_slots = _moves_slots(domain, checked)
    changed = [name for name, value in checked.items() if getattr(domain, name) != value]
    if not changed:
        return domain
    for name, value in checked.items():
        setattr(domain, name, value)
    domain.save()
    if "retention_days" in changed:
        retention = timedelta(days=domain.retention_days)
        Run.objects.exclude(path="").update(expires_at=F("created_at") + retention)
    if moves_slots:
        restart_schedules(timezone.now())
    record("settings.updated", actor, changed=changed)
    return domain


def _moves_slots(domain: Domain, checked: Mapping[str, Any]) -> bool:
    """Whether these settings move the slots of tasks."""
    return any(getattr(domain, name) != checked[name] for name in ("timezone", "first_day_of_week"))


def _checked(values: DomainValues) -> dict[str, Any]:
    """The settings as they are stored."""
    return asdict(values) | {
        "name": text("name", values.name, 100),
        "locale": locale("locale", values.locale),
        "timezone": time_zone("timezone", values.timezone),
        "first_day_of_week": number("first_day_of_week", values.first_day_of_week, 0, 6),
        "export_in_seconds": typed("export_in_seconds", values.export_in_seconds, bool),
        "retention_days": number("retention_days", values.retention_days, 1, 3650),
        "link_days": number("link_days", values.link_days, 1, 3650),
        "file_name_pattern": _pattern(values.file_name_pattern),
    }


def _pattern(value: str) -> str:
    pattern = text("file_name_pattern", value, 150)
    with concerning("file_name_pattern"):
        check_pattern(pattern)
    return pattern
