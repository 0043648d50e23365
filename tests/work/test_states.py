"""The state that people are shown of runs, slots and deliveries, for every state of what it rests on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from tests.outbox import add_slot_files

from navette.control.models import Delivery, Role, Run, Task, TaskSlot, User
from navette.control.requests import SavedRequest
from navette.control.shown_states import delivery_state, slots_with_shown_state, with_shown_state
from navette.core.messages import Message

pytestmark = pytest.mark.django_db

REFUSED = Message("550 no such mailbox")
AWAY = Message("the server does not answer.")


@pytest.fixture
def owner(db: None) -> User:
    role = Role.objects.create(label="Exporter", permissions=["read_export"])
    return User.objects.create_user("owner@example.org", name="Olga Owner", role=role)


@pytest.fixture
def slot(owner: User) -> TaskSlot:
    task = Task.objects.create(label="Nightly", owner=owner)
    return TaskSlot.objects.create(task=task, at=datetime(2026, 3, 10, 4, tzinfo=UTC), day=datetime(2026, 3, 10).date())


@pytest.fixture
def run(owner: User) -> Callable[..., Run]:
    """A function that makes a run in that state."""

    def make(state: str, **values: Any) -> Run:
        request = SavedRequest("agents").to_json()
        return Run.objects.create(export="agents", request=request, requested_by=owner, state=state, **values)

    return make


def mail(run: Run, state: str, minutes: int = 0, **values: Any) -> Delivery:
    created = timezone.now() + timedelta(minutes=minutes)
    told = {"slot": run.slot, "target": "owner@example.org", "state": state, "created_at": created}
    return Delivery.objects.create(run=run, **told | values)


def shown(run: Run) -> str:
    annotated: Any = with_shown_state(Run.objects.all()).get(pk=run.pk)
    return annotated.shown


def shown_slot(slot: TaskSlot) -> str:
    annotated: Any = slots_with_shown_state(TaskSlot.objects.all()).get(pk=slot.pk)
    return annotated.shown


def is_now(slot: TaskSlot, state: str) -> TaskSlot:
    TaskSlot.objects.filter(pk=slot.pk).update(state=state)
    return slot


@pytest.mark.parametrize("state", Run.State.values)
def test_a_run_without_deliveries_is_in_the_state_that_it_keeps(run: Callable[..., Run], state: str) -> None:
    assert shown(run(state)) == state


def test_a_run_that_is_to_be_tried_again_says_so(run: Callable[..., Run]) -> None:
    assert shown(run("queued", error=AWAY)) == "retrying"
    assert shown(run("running", error=AWAY)) == "running"


@pytest.mark.parametrize(
    ("mails", "expected"),
    [
        ({"state": "queued"}, "delivering"),
        ({"state": "queued", "error": AWAY}, "retrying"),
        ({"state": "sending", "error": AWAY}, "delivering"),
    ],
)
def test_a_run_whose_mail_is_on_its_way(run: Callable[..., Run], mails: dict[str, Any], expected: str) -> None:
    sent = run("delivering")
    mail(sent, **mails)
    assert shown(sent) == expected


@pytest.mark.parametrize(("state", "expected"), [("done", "done"), ("failed", "undelivered"), ("unknown", "unknown")])
def test_a_run_whose_mail_has_ended(run: Callable[..., Run], state: str, expected: str) -> None:
    ended = run("done")
    mail(ended, state)
    assert shown(ended) == expected


def test_of_several_mails_of_a_run_the_last_one_counts(run: Callable[..., Run]) -> None:
    ended = run("done")
    mail(ended, "failed", error=REFUSED)
    mail(ended, "done", minutes=1)
    assert shown(ended) == "done"
    mail(ended, "failed", minutes=2, error=REFUSED)
    assert shown(ended) == "undelivered"


def test_a_mail_of_a_slot_counts_whatever_becomes_of_another_recipients(
    run: Callable[..., Run], slot: TaskSlot
) -> None:
    ended = run("done", slot=slot)
    mail(ended, "failed", error=REFUSED)
    mail(ended, "done", minutes=1)
    assert shown(ended) == "undelivered"


@pytest.mark.parametrize("state", ["delivering", "done"])
@pytest.mark.parametrize(
    ("upload", "expected"),
    [({"state": "queued", "error": AWAY}, "retrying"), ({"state": "sending"}, "delivering")],
)
def test_a_run_of_a_slot_whose_files_are_on_their_way_is_not_done(
    run: Callable[..., Run], slot: TaskSlot, state: str, upload: dict[str, str], expected: str
) -> None:
    made = run(state, slot=slot)
    add_slot_files(slot=slot, target="server", **upload)
    assert shown(made) == expected


@pytest.mark.parametrize(
    ("upload", "expected"),
    [
        ({"state": "failed"}, "undelivered"),
        ({"state": "cancelled", "cancel_requested": True}, "unsent"),
        ({"state": "done"}, "done"),
    ],
)
def test_a_run_of_a_slot_whose_deliveries_have_ended(
    run: Callable[..., Run], slot: TaskSlot, upload: dict[str, Any], expected: str
) -> None:
    made = run("done", slot=slot)
    add_slot_files(slot=slot, target="server", **upload)
    assert shown(made) == expected


def test_a_failed_server_beside_one_that_is_tried_again(run: Callable[..., Run], slot: TaskSlot) -> None:
    made = run("delivering", slot=slot)
    add_slot_files(slot=slot, target="one", state="failed", error=REFUSED)
    add_slot_files(slot=slot, target="other", state="queued", error=AWAY)
    assert shown(made) == "retrying"
    assert shown_slot(is_now(slot, "delivering")) == "retrying"


@pytest.mark.parametrize("state", TaskSlot.State.values)
def test_a_slot_is_in_the_state_that_it_keeps(slot: TaskSlot, state: str) -> None:
    assert shown_slot(is_now(slot, state)) == state


def test_a_slot_that_waits_for_another_attempt_says_so(run: Callable[..., Run], slot: TaskSlot) -> None:
    waiting = run("queued", slot=slot, error=AWAY)
    assert shown_slot(is_now(slot, "running")) == "retrying"
    Run.objects.filter(pk=waiting.pk).update(state="delivering", error=None)
    assert shown_slot(is_now(slot, "delivering")) == "delivering"
    mail(waiting, "queued", error=AWAY)
    assert shown_slot(slot) == "retrying"
    assert shown_slot(is_now(slot, "done")) == "done"


def test_a_delivery_that_waits_after_an_error_is_tried_again() -> None:
    assert delivery_state(Delivery(state="queued")) == "queued"
    assert delivery_state(Delivery(state="queued", error=AWAY)) == "retrying"
    assert {delivery_state(Delivery(state=state, error=AWAY)) for state in Delivery.ENDED} == set(Delivery.ENDED)
