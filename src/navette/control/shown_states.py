"""The states of runs, slots and deliveries that people see: decided here for every page, filter and sum.

A row's own state says how far its work is. What became of the files is in other rows, and only its last error shows
that a queued row waits for a retry.
"""

from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from navette.control.models import Delivery, Payload, Run, TaskSlot
from navette.control.models.work import QUEUED

RETRYING = "retrying"
"""A run, slot or delivery waits for a retry after an outside failure."""

UNDELIVERED, UNKNOWN, UNSENT = "undelivered", "unknown", "unsent"
"""States of runs whose file is complete: delivery failed, outcome unknown, delivery cancelled."""

FAILURES = (Run.State.FAILED, UNDELIVERED, UNKNOWN)
"""The shown states of runs that somebody should look at."""

ENDED = (Run.State.DONE, Run.State.CANCELLED, UNSENT, *FAILURES)
"""The shown states in which a run stays until somebody acts."""

_RETRY = Q(state=QUEUED) & Q(error__isnull=False)


def delivery_state(delivery: Delivery) -> str:
    """The state of a delivery, as shown."""
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
    """The value of the first condition that holds, else the row's own state."""
    whens = (When(condition, then=Value(value)) for condition, value in cases)
    return Case(*whens, default=F("state"), output_field=CharField())
