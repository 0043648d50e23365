"""The journal: what is done here, under the names of the contact centre's audit log."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from navette.control.actor import Actor
from navette.control.models import Event
from navette.core.messages import Message


def record(name: str, actor: Actor, /, **details: Any) -> Event:
    """Add an event, by the actor.

    ``details`` are plain values and messages that say what was done to what; never contents of records or secrets.
    """
    return Event.objects.create(
        name=name,
        created_at=timezone.now(),
        user_id=actor.user.pk if actor.user else "",
        who=actor.user.email if actor.user else "",
        address=actor.address,
        details={key: _stored(value) for key, value in details.items()},
    )


def in_english(details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of an event, with every message as an English text."""
    return {key: _english(value) for key, value in details.items()}


def stored_message(value: Any) -> Message | None:
    """The message that a detail, or an item of its list, is; None for any other value."""
    if isinstance(value, dict) and value.keys() == {"message"} and isinstance(value["message"], dict):
        return Message.from_json(value["message"])
    return None


def _stored(value: Any) -> Any:
    if isinstance(value, list):
        return [_stored(item) for item in value]
    return {"message": value.to_json()} if isinstance(value, Message) else value


def _english(value: Any) -> Any:
    if isinstance(value, list):
        return [_english(item) for item in value]
    message = stored_message(value)
    return value if message is None else str(message)
