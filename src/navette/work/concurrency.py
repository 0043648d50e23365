"""Which work must wait, although it is queued, and which work comes first.

People come before tasks. A task is, for the limits, somebody of its own: it keeps its owner from nothing.
"""

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.utils import timezone

from navette.automation.rights import automated_exports_are_on
from navette.control.models import Domain, Payload, Run, TaskSlot
from navette.core.settings import Settings

ONCE_MORE = (TaskSlot.Origin.BACKFILL, TaskSlot.Origin.REPLAY)
"""The origins of slots that may be many at a time: all other slots go first."""


def in_turn() -> Case:
    """The order of runs and deliveries: requests of people, then slots, then slots of ONCE_MORE."""
    return Case(When(slot=None, then=0), When(slot__origin__in=ONCE_MORE, then=2), default=1)


def deliveries_in_turn() -> Case:
    """Password links, then notices, then files in the order of ``in_turn``."""
    return Case(When(payload=Payload.PASSWORD_LINK, then=-2), When(payload=Payload.NOTICE, then=-1), default=in_turn())


def waiting_runs(lane: str, settings: Settings) -> Q | None:
    """The runs of a lane that must wait: a user, a task or the domain has as many as may go on at a time."""
    Domain.objects.select_for_update().filter(pk=1).first()  # two workers never count at the same time
    busy = Run.objects.filter(state__in=Run.LEASED, lease_until__gte=timezone.now(), lane=lane)
    if busy.count() >= settings.runs_per_domain:
        return Q(pk__isnull=False)
    people = _with_most(busy.filter(slot=None), "requested_by", settings.runs_per_user)
    tasks = _with_most(busy.filter(slot__isnull=False), "slot__task", settings.runs_per_user)
    full = Q(slot=None, requested_by__in=people) | Q(slot__task__in=tasks)
    return full if automated_exports_are_on() else full | Q(slot__isnull=False)


def _with_most(busy: QuerySet[Run], whose: str, most: int) -> list[str]:
    """Those who have reached their limit of runs."""
    counts = busy.order_by().values_list(whose).annotate(Count("pk"))
    return [person for person, count in counts if count >= most]


def waiting_mails() -> Q | None:
    """The mails that must wait: without the extension, those of tasks."""
    return None if automated_exports_are_on() else Q(slot__isnull=False)


def waiting_files() -> Q:
    """The slots' deliveries that must wait for those of an earlier slot; without the extension, all of them."""
    return _behind_earlier_slots() if automated_exports_are_on() else Q(pk__isnull=False)


def _behind_earlier_slots() -> Q:
    """While an earlier slot of the task goes on, its files could overwrite those of a later one."""
    earlier = TaskSlot.objects.filter(
        task=OuterRef("slot__task"),
        at__lt=OuterRef("slot__at"),
        origin__in=TaskSlot.OF_SCHEDULE,
        state__in=TaskSlot.GOING_ON,
    )
    return Q(Exists(earlier), slot__origin__in=TaskSlot.OF_SCHEDULE)
