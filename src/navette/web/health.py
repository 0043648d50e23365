"""Whether the console is alive and ready: for monitoring, without sign-in."""

import tempfile
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


@login_not_required
def live(_request: HttpRequest) -> JsonResponse:
    """The process responds."""
    return JsonResponse({"status": "ok"})


@login_not_required
def ready(_request: HttpRequest) -> JsonResponse:
    """Whether everything that pages need is available; 503 with the missing part if not."""
    parts = {name: check() for name, check in CHECKS.items()}
    fine = all(parts.values())
    words = {name: "ok" if part else "failing" for name, part in {"status": fine, **parts}.items()}
    return JsonResponse(words, status=200 if fine else 503)


def _database() -> bool:
    """The control database answers, and its tables are this version's."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _home() -> bool:
    """The home folder can be written to."""
    try:
        with tempfile.TemporaryFile(dir=settings.NAVETTE.home):
            return True
    except OSError:
        return False


CHECKS: dict[str, Callable[[], bool]] = {"database": _database, "home": _home}
