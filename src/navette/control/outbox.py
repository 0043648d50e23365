"""The outbox: each function queues one delivery, which a worker sends."""

from collections.abc import Mapping
from typing import Any

from navette.control.models import Delivery, Destination, Payload, Run, TaskSlot, User
from navette.control.models.work import Lane


def mail_file(run: Run, person: User | None, address: str = "", destination: Destination | None = None) -> Delivery:
    """Queue a mail with a run's file. ``address`` is the last known one if no user has it any more.

    ``destination`` is the task's destination, if there is one.
    """
    target = person.email if person else address
    return Delivery.objects.create(
        payload=Payload.RUN, run=run, slot=run.slot, destination=destination, person=person, target=target
    )


def bring_files(
    slot: TaskSlot, kind: str, target: str, planned: Mapping[str, Any], destination: Destination | None
) -> Delivery:
    """Queue the delivery of a slot's files to a planned destination. ``target`` is the form that people read."""
    return Delivery.objects.create(
        payload=Payload.SLOT,
        lane=Lane.FILES,
        slot=slot,
        kind=kind,
        target=target,
        planned=dict(planned),
        destination=destination,
    )


def mail_notice(person: User, subject: str, text: str) -> Delivery:
    """Queue a mail with a text for a user."""
    return Delivery.objects.create(
        payload=Payload.NOTICE, person=person, target=person.email, subject=subject[:200], text=text
    )


def mail_password_link(person: User) -> Delivery:
    """Queue a mail with a link to choose a password. The link is created when the mail is sent."""
    return Delivery.objects.create(payload=Payload.PASSWORD_LINK, person=person, target=person.email)


def mail_password_link_to(address: str) -> Delivery:
    """Queue the same for a typed address, whether or not a user has it, so that the page does not reveal which."""
    return Delivery.objects.create(payload=Payload.PASSWORD_LINK, target=address.lower()[:254])
