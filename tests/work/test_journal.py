"""The journal only grows: the database itself refuses to change or remove what it holds."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import Error, connection, transaction

from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import Event, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(administrator: User) -> Event:
    return record("user.updated", Actor(administrator, "2001:db8::1"), user=administrator.pk)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Event.objects.update(who="somebody else"),
        lambda: Event.objects.all().delete(),
        lambda: Event.objects.filter(name="user.updated")._raw_delete(Event.objects.db),
    ],
    ids=["update", "delete", "raw delete"],
)
def test_nothing_changes_or_goes(
    event: Event, change: Callable[..., Any] | Callable[..., Any] | Callable[..., Any]
) -> None:
    with pytest.raises(Error, match="the journal only grows"), transaction.atomic():
        change()
    [kept] = Event.objects.all()
    assert (kept.who, kept.address, kept.name) == ("administrator@example.org", "2001:db8::1", "user.updated")


def test_nothing_takes_an_events_place(event: Event) -> None:
    copy: list[int | str] = [event.number, event.id, "2026-01-01", "user.updated", "", "forged", "{}"]
    names = "number, id, created_at, name, user_id, who, details"
    with pytest.raises(Error, match="the journal only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO control_event ({names}) VALUES (%s, %s, %s, %s, %s, %s, %s)", copy)
    assert Event.objects.get().who == "administrator@example.org"


def test_one_event_cannot_be_removed(event: Event) -> None:
    with pytest.raises(TypeError, match="only grows"):
        event.delete()


def test_an_event_outlives_its_user(event: Event, administrator: User) -> None:
    who = administrator.pk
    administrator.delete()
    [kept] = Event.objects.all()
    assert (kept.user_id, kept.who) == (who, "administrator@example.org")
