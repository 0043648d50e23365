"""The journal: what is done here, under the names of the contact centre's audit log."""

from typing import Any

from django.utils import timezone

from navette.control.actor import Actor
from navette.control.models import Event


def record(name: str, actor: Actor, /, **details: Any) -> Event:
    """Add an event, by the actor.

    ``details`` are plain values that say what was done to what; never contents of records or secrets.
    """
    return Event.objects.create(
        name=name,
        created_at=timezone.now(),
        user_id=actor.user.pk if actor.user else "",
        who=actor.user.email if actor.user else "",
        address=actor.address,
        details=details,
    )
