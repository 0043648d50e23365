"""An administrator mails somebody a few links for a password within an hour, from wherever they ask for it."""

import pytest
from django.utils import timezone
from tests.outbox import password_links
from tests.services.conftest import World

from navette.control.models import Event
from navette.control.outbox import mail_password_link_to
from navette.services import users
from navette.work.password_links import HOUR

pytestmark = pytest.mark.django_db


def recorded() -> int:
    return Event.objects.filter(name="user.password_recovery_instructions_sent").count()


def test_one_address_is_mailed_at_most_five_links_within_an_hour(world: World) -> None:
    administrator = world.actors["administrator"]
    assert [users.mail_password_link(administrator, world.person) for _ in range(6)] == [True] * 5 + [False]
    assert (password_links().count(), recorded()) == (5, 5)
    password_links().update(created_at=timezone.now() - HOUR)
    assert users.mail_password_link(administrator, world.person)


def test_links_that_did_not_arrive_and_those_that_anybody_asked_for_do_not_count(world: World) -> None:
    for _ in range(5):
        mail_password_link_to(world.person.email)
    for state in ("failed", "cancelled", "failed", "cancelled", "failed"):
        users.mail_password_link(world.actors["administrator"], world.person)
        password_links().filter(person=world.person, state="queued").update(state=state)
    assert users.mail_password_link(world.actors["administrator"], world.person)
