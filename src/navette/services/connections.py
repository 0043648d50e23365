"""Test the destinations of tasks before files are delivered to them."""

from django.utils import timezone

from navette.automation.destinations import PlannedDestination, installation, planned
from navette.automation.task_plan import of_slot
from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import Destination, Task
from navette.core.errors import NavetteError, RequestError
from navette.core.settings import Settings
from navette.destinations import DESTINATIONS, FileDestinationKind
from navette.destinations.destination import Checked, Step
from navette.services.task_values import check_destination
from navette.services.tasks import require_tasks


def check_connection(actor: Actor, task: Task, destination: Destination, settings: Settings) -> Checked:
    """Test a delivery of the task to the destination, step by step; neither needs to be saved.

    Raises ForbiddenError, RequestError for a kind that cannot be tested, and NavetteError where nothing can be tried.
    """
    user, kind = require_tasks(actor), DESTINATIONS[destination.kind]
    if not isinstance(kind, FileDestinationKind) or not kind.can_be_checked:
        raise RequestError("a destination of this kind cannot be tested.")
    check_destination(destination, task)
    plan = planned(destination, of_slot(task, timezone.now(), user.domain))
    try:
        checked = kind.check(plan.location, installation(settings))
    except NavetteError:
        _record(actor, plan, "failed")
        raise
    failed = next((step for step in checked.steps if step.state == "failed"), None)
    _record(actor, plan, "failed" if failed else "ok", failed)
    return checked


def _record(actor: Actor, plan: PlannedDestination, result: str, failed: Step | None = None) -> None:
    record(
        "sftp_connection.tested",
        actor,
        recipient=plan.target,
        result=result,
        step=failed.name if failed else "",
        reason=failed.code if failed else "",
    )
