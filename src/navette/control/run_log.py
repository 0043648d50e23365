"""A run's log: what happened to it, in order."""

from typing import Any

from django.utils import timezone

from navette.control.models import Run


def noted(run: Run, what: str, **details: Any) -> list[dict[str, Any]]:
    """The run's log with one more entry; ``what`` is a code whose sentence the console knows."""
    at = timezone.now().isoformat(timespec="seconds")
    return [*run.log, {"at": at, "what": what, **details}]
