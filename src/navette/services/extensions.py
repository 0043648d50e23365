"""Extensions: features that are turned on and off for everybody."""

from django.db import transaction
from django.utils import timezone

from navette.automation.rights import EXTENSION
from navette.automation.slot_planning import restart_schedules
from navette.control.actor import Actor
from navette.control.extensions import EXTENSIONS
from navette.control.journal import record
from navette.control.models import Delivery, Extension, Payload
from navette.control.models.work import QUEUED
from navette.control.permissions import require
from navette.core.errors import RequestError, unknown
from navette.services.valid_values import concerning, typed


@transaction.atomic
def add(actor: Actor, name: str) -> bool:
    """Turn on an extension; false if it is on already. Raises ForbiddenError, and RequestError if it does not exist.

    In one transaction: no scheduler sees that automated exports are on before their tasks are scheduled again.
    """
    user = require(actor.user, "create_and_destroy_extension")
    with concerning("name"):
        if typed("name", name, str) not in EXTENSIONS:
            raise unknown("extension", name, EXTENSIONS)
    _extension, is_new = Extension.objects.get_or_create(name=name, defaults={"added_by": user})
    if not is_new:
        return False
    if name == EXTENSION:
        _resume_tasks()
    record("extension.created", actor, extension=name)
    return True


def _resume_tasks() -> None:
    """Resume tasks with their next slots, and retry waiting deliveries for as long as new ones."""
    restart_schedules(timezone.now())
    Delivery.objects.filter(payload=Payload.SLOT, state=QUEUED).update(created_at=timezone.now())


@transaction.atomic
def remove(actor: Actor, name: str) -> None:
    """Turn off an extension. Raises ForbiddenError, and RequestError if it is not on."""
    require(actor.user, "create_and_destroy_extension")
    if not Extension.objects.filter(name=name).delete()[0]:
        raise RequestError("This extension is already off: reload the page.")
    record("extension.destroyed", actor, extension=name)
