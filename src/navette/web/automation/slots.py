"""A slot of a task: its runs, their files, and where these went."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from navette.control.models import Delivery, Payload, TaskSlot
from navette.control.shown_states import delivery_state, slots_with_shown_state, with_shown_state
from navette.services import slots
from navette.web.request import ConsoleRequest, permitted
from navette.wording.errors import sentence
from navette.wording.labels import export_label
from navette.wording.states import DELIVERY_STATES, RUN_STATES
from navette.wording.warnings import remarks, slot_warning


@permitted("manage_automatic_exports")
def slot(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """One slot. htmx asks for its state again until it has ended."""
    shown_slot = get_object_or_404(slots_with_shown_state(TaskSlot.objects.select_related("task__owner")), pk=key)
    ended = shown_slot.state not in TaskSlot.GOING_ON
    context = {"title": shown_slot.task.label, "slot": shown_slot, "ended": ended, **_parts(request, shown_slot)}
    template = "slot_state" if request.htmx else "slot"
    return render(request, f"automation/{template}.html", context)


def _parts(request: ConsoleRequest, slot: Any) -> dict[str, Any]:
    runs: Any = with_shown_state(slot.runs.order_by("created_at", "id"))
    files = slot.deliveries.filter(payload=Payload.SLOT)
    resendable = slots.resendable(request.actor, slot)
    mails = slot.deliveries.filter(payload=Payload.RUN).select_related("run")
    return {
        "runs": [(run, export_label(run.export, request.reader), RUN_STATES[run.shown], _error(run)) for run in runs],
        "deliveries": [
            (*_line(delivery, DELIVERY_STATES), _remarks(delivery), delivery in resendable) for delivery in files
        ],
        "mails": [_line(mail, DELIVERY_STATES) for mail in mails],
        "warnings": [slot_warning(warning, request.reader) for warning in slot.warnings],
    }


def _line(delivery: Delivery, states: dict[str, Any]) -> tuple[Any, str, Any, str]:
    state = delivery_state(delivery)
    return delivery, state, states[state], _error(delivery)


def _remarks(delivery: Delivery) -> list[str]:
    """What the finished delivery did without."""
    return remarks(delivery.checkpoint.get("remarks", ())) if delivery.state == Delivery.State.DONE else []


def _error(work: Any) -> str:
    return sentence(work.error) if work.error else ""


@require_POST
@permitted("manage_automatic_exports")
def replay(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Run a slot once more over what it read."""
    slot = get_object_or_404(TaskSlot.objects.select_related("task__owner__role"), pk=key)
    return redirect("slot", slots.replay(request.actor, slot).pk)


@require_POST
@permitted("manage_automatic_exports")
def retry(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """Send a slot's files once more after a delivery that failed."""
    delivery = get_object_or_404(Delivery.objects.select_related("destination"), pk=key, payload=Payload.SLOT)
    slots.send_again(request.actor, delivery)
    messages.info(request, _("Resending the files."))
    return redirect("slot", delivery.slot_id)
