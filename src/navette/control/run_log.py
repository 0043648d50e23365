"""A run's log: what happened to it, in order."""

from typing import Any

from django.utils import timezone

from navette.control.models import Run


def noted(run: Run, code: str, **details: Any) -> list[dict[str, Any]]:
    """The run's log with one more entry; ``code`` names a sentence of ``wording.states``."""
    at = timezone.now().isoformat(timespec="seconds")
    return [*run.log, {"at": at, "what": code, **details}]
