"""Extensions: capabilities that are switched on and off for everybody."""

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
from navette.services.valid_values import concerning


@transaction.atomic
def add(actor: Actor, name: str) -> bool:
    """Switch an extension on; false for one that is on. Raises ForbiddenError, RequestError where there is none.

    In one transaction: before its tasks are due anew, no scheduler sees that automated exports are on.
    """
    user = require(actor.user, "create_and_destroy_extension")
    with concerning("name"):
        if name not in EXTENSIONS:
            raise unknown("extension", name, EXTENSIONS)
    _extension, is_new = Extension.objects.get_or_create(name=name, defaults={"added_by": user})
    if not is_new:
        return False
    if name == EXTENSION:
        _resume_tasks()
    record("extension.created", actor, extension=name)
    return True


def _resume_tasks() -> None:
    """Let tasks go on with their next slots, and retry what waited for them as long as if it were new."""
    restart_schedules(timezone.now())
    Delivery.objects.filter(payload=Payload.SLOT, state=QUEUED).update(created_at=timezone.now())


@transaction.atomic
def remove(actor: Actor, name: str) -> None:
    """Switch an extension off. Raises ForbiddenError, and RequestError for one that is not on."""
    require(actor.user, "create_and_destroy_extension")
    if not Extension.objects.filter(name=name).delete()[0]:
        raise RequestError("This extension is already off: reload the page.")
    record("extension.destroyed", actor, extension=name)
