"""Whether a task's owner may still have what it exports: asked when it is saved, when it is due, and when it runs."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from navette.catalogue.export import Export
from navette.control.errors import ForbiddenError
from navette.control.models import Task
from navette.control.permissions import require, sensitive_among


def may_still(task: Task, allowed: Mapping[str, Export]) -> None:
    """Raise ForbiddenError unless the owner, who may run the exports ``allowed``, may have all of the task."""
    require(task.owner, "manage_automatic_exports")
    require(task.owner, "read_export")
    for chosen in task.exports:
        if chosen["export"] not in allowed:
            raise ForbiddenError(
                _("the export “%(export)s” belongs to an extension that is off, or to a permission that is missing.")
                % {"export": chosen["export"]}
            )
        if sensitive_among(allowed[chosen["export"]], chosen.get("fields", ())):
            require(task.owner, "view_sensitive_columns")
