"""Mails and files that are sent once more, and links that are revoked: what is stored decides, not what a page read."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.services.conftest import World
from tests.web.conftest import signed_in

from navette.control.actor import Actor
from navette.control.models import Delivery, Event, Run, TaskSlot, User
from navette.core.errors import RequestError
from navette.services import runs, slots

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator_acts(world: World) -> Actor:
    return world.actors["administrator"]


@pytest.fixture
def failed_mail(world: World) -> Callable[..., Delivery]:
    """A function that gives the slot's run a mail that failed, to a user or to an address that is nobody's any more."""

    def add(person: User | None, address: str) -> Delivery:
        run = Run.objects.get(slot=world.slot)
        return Delivery.objects.create(run=run, slot=world.slot, person=person, target=address, state="failed")

    return add


def shown_to(actor: Actor, page: str) -> str:
    """The page as the actor sees it."""
    assert actor.user is not None
    return signed_in(actor.user).get(page).content.decode()


def recorded(name: str) -> int:
    return Event.objects.filter(name=name).count()


def test_files_that_arrived_meanwhile_are_not_sent_again_from_an_old_page(
    world: World, administrator_acts: Actor
) -> None:
    Delivery.objects.filter(pk=world.delivery.pk).update(state="done")
    TaskSlot.objects.update(state="done")
    with pytest.raises(RequestError, match="failed"):
        slots.send_again(administrator_acts, world.delivery)
    assert TaskSlot.objects.get().state == "done"
    assert recorded("export.sent_again") == 0


def test_two_pages_that_resend_the_same_files_do_so_once(world: World, administrator_acts: Actor) -> None:
    stale = Delivery.objects.get(pk=world.delivery.pk)
    slots.send_again(administrator_acts, world.delivery)
    with pytest.raises(RequestError, match="failed"):
        slots.send_again(administrator_acts, stale)
    assert recorded("export.sent_again") == 1


def test_a_link_is_revoked_and_recorded_once(world: World, administrator_acts: Actor) -> None:
    runs.revoke_link(administrator_acts, world.mail)
    revoked_at = Delivery.objects.get(pk=world.mail.pk).link_revoked_at
    runs.revoke_link(administrator_acts, world.mail)
    assert Delivery.objects.get(pk=world.mail.pk).link_revoked_at == revoked_at
    assert recorded("export.link_revoked") == 1


def test_a_mail_without_a_link_has_none_to_revoke(world: World, administrator_acts: Actor) -> None:
    Delivery.objects.filter(pk=world.mail.pk).update(link_expires_at=None)
    world.mail.refresh_from_db()
    with pytest.raises(RequestError, match="link"):
        runs.revoke_link(administrator_acts, world.mail)
    assert recorded("export.link_revoked") == 0


def test_each_failed_mail_of_several_recipients_is_sent_again(
    world: World, administrator_acts: Actor, failed_mail: Callable[..., Delivery]
) -> None:
    mails = [
        failed_mail(world.person, world.person.email),
        failed_mail(None, "left@example.org"),
        failed_mail(None, "gone@example.org"),
    ]
    page = signed_in(administrator_acts.user).get(f"/digital/runs/{mails[0].run_id}/").content.decode()
    for mail in mails:
        assert f"/digital/deliveries/{mail.pk}/retry/" in page
        assert runs.send_again(administrator_acts, mail).target == mail.target
        with pytest.raises(RequestError, match="failed"):
            runs.send_again(administrator_acts, mail)


def test_a_slot_is_locked_before_its_runs_as_where_it_ends(
    world: World, administrator_acts: Actor, failed_mail: Callable[..., Delivery]
) -> None:
    mail = failed_mail(world.person, world.person.email)
    stored = Delivery.objects.select_related("run__requested_by__role").get(pk=mail.pk)
    with CaptureQueriesContext(connection) as queries:
        runs.send_again(administrator_acts, stored)
    tables = [table for query in queries for table in ("taskslot", "run") if f'FROM "control_{table}"' in query["sql"]]
    assert tables[:2] == ["taskslot", "run"]


def test_a_mail_whose_file_retention_deleted_is_not_sent_again(world: World, administrator_acts: Actor) -> None:
    page = f"/digital/runs/{world.ended.pk}/"
    offered = f'id="retry-{world.mail.pk}"'
    assert offered in shown_to(administrator_acts, page)
    Run.objects.filter(pk=world.ended.pk).update(path="", file_deleted_at=timezone.now())
    assert offered not in shown_to(administrator_acts, page)
    with pytest.raises(RequestError, match="deleted at the end of its retention period"):
        runs.send_again(administrator_acts, world.mail)
    assert (recorded("export.sent_again"), Delivery.objects.filter(run=world.ended).count()) == (0, 1)


def test_a_slots_files_that_retention_deleted_are_not_sent_again(world: World, administrator_acts: Actor) -> None:
    page, offered = f"/digital/automated/slots/{world.slot.pk}/", f"/deliveries/{world.delivery.pk}/retry/"
    assert offered in shown_to(administrator_acts, page)
    Run.objects.filter(slot=world.slot).update(path="", file_deleted_at=timezone.now())
    assert offered not in shown_to(administrator_acts, page)
    with pytest.raises(RequestError, match="deleted at the end of their retention period"):
        slots.send_again(administrator_acts, world.delivery)
    assert (recorded("export.sent_again"), Delivery.objects.get(pk=world.delivery.pk).state) == (0, "failed")
