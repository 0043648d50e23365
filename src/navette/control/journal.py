"""The journal: what is done here, under the names of the contact centre's audit log."""

from typing import Any

from django.utils import timezone

from navette.control.models import Event, User


def record(name: str, user: User | None, address: str | None = None, /, **details: Any) -> Event:
    """Add an event. ``address`` is the IP address that the request came from.

    ``details`` are plain values that say what was done to what; never contents of records or secrets.
    """
    return Event.objects.create(
        name=name,
        created_at=timezone.now(),
        user_id=user.pk if user else "",
        who=user.email if user else "",
        address=address,
        details=details,
    )
