"""Putting something into the outbox: each function queues one delivery, which a worker sends."""

from collections.abc import Mapping
from typing import Any

from navette.control.models import Delivery, Destination, Payload, Run, TaskSlot, User
from navette.control.models.work import Lane


def mail_file(run: Run, person: User | None, address: str = "", destination: Destination | None = None) -> Delivery:
    """Mail a run's file to a person; ``address`` is the last known one where it is no user's any more.

    ``destination`` is the one of a task that this comes of.
    """
    target = person.email if person else address
    return Delivery.objects.create(
        payload=Payload.RUN, run=run, slot=run.slot, destination=destination, person=person, target=target
    )


def bring_files(
    slot: TaskSlot, kind: str, target: str, planned: Mapping[str, Any], destination: Destination | None
) -> Delivery:
    """Bring a slot's files to where it was planned; ``target`` is that as people read it."""
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
    """Mail a text to a user."""
    return Delivery.objects.create(
        payload=Payload.NOTICE, person=person, target=person.email, subject=subject[:200], text=text
    )


def mail_password_link(person: User) -> Delivery:
    """Mail a user a link with which to choose a password. It is made when it is sent."""
    return Delivery.objects.create(payload=Payload.PASSWORD_LINK, person=person, target=person.email)


def mail_password_link_to(address: str) -> Delivery:
    """The same for an address that somebody typed, whether a user has it or not: neither is to be told apart."""
    return Delivery.objects.create(payload=Payload.PASSWORD_LINK, target=address.lower()[:254])
