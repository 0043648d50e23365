"""The state of a run, a slot or a delivery as people are shown it: decided here, for every page, filter and sum.

The state that a row keeps says how far its own work is. What became of the files lies in other rows, and that a queued
row waits for another attempt, only its last error tells.
"""

from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from navette.control.models import Delivery, Payload, Run, TaskSlot
from navette.control.models.work import QUEUED

RETRYING = "retrying"
"""Something outside Navette failed, and another attempt is due: of a run, a slot or a delivery."""

UNDELIVERED, UNKNOWN, UNSENT = "undelivered", "unknown", "unsent"
"""States of runs whose file is complete: delivery failed, outcome unknown, delivery cancelled."""

FAILURES = (Run.State.FAILED, UNDELIVERED, UNKNOWN)
"""The shown states of runs that somebody should look at."""

ENDED = (Run.State.DONE, Run.State.CANCELLED, UNSENT, *FAILURES)
"""The shown states in which a run stays until somebody acts."""

_RETRY = Q(state=QUEUED) & Q(error__isnull=False)


def delivery_state(delivery: Delivery) -> str:
    """The state of a mail, or of files on their way to a server, as shown."""
    return RETRYING if delivery.state == QUEUED and delivery.error else delivery.state


def with_shown_state(runs: QuerySet[Run]) -> QuerySet[Run]:
    """These runs, each with its state as ``shown``."""
    has_file, is_done = Q(state__in=(Run.State.DELIVERING, Run.State.DONE)), Q(state=Run.State.DONE)
    of_delivery = Delivery.State
    return runs.annotate(
        shown=_first(
            (_RETRY, RETRYING),
            (has_file & _any_delivery(_RETRY), RETRYING),
            (is_done & _any_delivery(~Q(state__in=Delivery.ENDED)), Run.State.DELIVERING),
            (is_done & _any_delivery(Q(state=of_delivery.FAILED)), UNDELIVERED),
            (is_done & _any_delivery(Q(state=of_delivery.UNKNOWN)), UNKNOWN),
            (is_done & _any_delivery(Q(state=of_delivery.CANCELLED, cancel_requested=True)), UNSENT),
        )
    )


def slots_with_shown_state(slots: QuerySet[TaskSlot]) -> QuerySet[TaskSlot]:
    """These slots, each with its state as ``shown``."""
    of_slot = {"slot": OuterRef("pk")}
    waits = Exists(Run.objects.filter(_RETRY, **of_slot)) | Exists(Delivery.objects.filter(_RETRY, **of_slot))
    return slots.annotate(shown=_first((Q(state__in=TaskSlot.GOING_ON) & waits, RETRYING)))


def _any_delivery(fits: Q) -> Q:
    """Whether a delivery of the run's file meets the condition. A mail that another one replaced does not count."""
    later = Delivery.objects.filter(run=OuterRef("run"), slot=None, created_at__gt=OuterRef("created_at"))
    mails = Delivery.objects.filter(fits, run=OuterRef("pk")).exclude(Exists(later))
    files = Delivery.objects.filter(fits, payload=Payload.SLOT, slot=OuterRef("slot"))
    return Q(Exists(mails)) | Q(Exists(files))


def _first(*cases: tuple[Any, str]) -> Case:
    """The value of the first condition that holds, else the state that the row keeps."""
    whens = (When(condition, then=Value(value)) for condition, value in cases)
    return Case(*whens, default=F("state"), output_field=CharField())
