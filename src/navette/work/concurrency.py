"""What workers leave alone for now, and what they take first.

People come before tasks. A task is, for the limits, somebody of its own: it keeps its owner from nothing.
"""

from django.db.models import Case, Count, Q, QuerySet, When
from django.utils import timezone

from navette.automation.rights import are_on
from navette.control.models import Domain, Run, TaskSlot
from navette.core.settings import Settings
from navette.work.deliver_slot import out_of_turn

ONCE_MORE = (TaskSlot.Origin.BACKFILL, TaskSlot.Origin.REPLAY)
"""The origins of slots that may be many at a time: they let all others go first."""


def in_turn(slot: str) -> Case:
    """What people asked for, then what is of slots, then what is of ONCE_MORE; ``slot`` is the path to the slot."""
    of_nobody, once_more = {f"{slot}__isnull": True}, {f"{slot}__origin__in": ONCE_MORE}
    return Case(When(**of_nobody, then=0), When(**once_more, then=2), default=1)


def runs_to_leave(lane: str, settings: Settings) -> Q | None:
    """The runs of a lane that may not begin now: a user, a task or the domain has as many as may go on at a time."""
    Domain.objects.select_for_update().filter(pk=1).first()  # two workers never count at the same time
    busy = Run.objects.filter(state__in=Run.LEASED, lease_until__gte=timezone.now(), lane=lane)
    if busy.count() >= settings.runs_per_domain:
        return Q(pk__isnull=False)
    people = _with_most(busy.filter(slot=None), "requested_by", settings.runs_per_user)
    tasks = _with_most(busy.filter(slot__isnull=False), "slot__task", settings.runs_per_user)
    full = Q(slot=None, requested_by__in=people) | Q(slot__task__in=tasks)
    return full if are_on() else full | Q(slot__isnull=False)


def _with_most(busy: QuerySet[Run], whose: str, most: int) -> list[str]:
    """Whose runs are as many as may be."""
    counts = busy.order_by().values_list(whose).annotate(Count("pk"))
    return [one for one, count in counts if count >= most]


def mails_to_leave() -> Q | None:
    """Without the extension, the mails of tasks."""
    return None if are_on() else Q(run__slot__isnull=False)


def uploads_to_leave() -> Q:
    """What is not its slot's turn; without the extension, all of it."""
    return out_of_turn() if are_on() else Q(pk__isnull=False)
