"""Settings > Connectors: where the data come from, and what the store holds of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from navette.connectors import CONNECTORS, Connector
from navette.store import Store
from navette.store.snapshot import TableVersion
from navette.web.request import ConsoleRequest, permitted
from navette.wording.errors import in_words


@dataclass(frozen=True)
class Held:
    """A table of the store: how many rows it has, and when it was last written."""

    name: str
    rows: int
    changed_at: datetime


@permitted("manage_connectors")
def connectors(request: ConsoleRequest) -> HttpResponseBase:
    """What the store holds, and how to load more."""
    snapshot = Store(settings.NAVETTE.store).snapshot()
    held = [_held(Path(snapshot.root), one) for one in snapshot.tables.values() if one.version >= 0]
    context = {
        "title": _("Connectors"),
        "kinds": [_shown(kind) for kind in CONNECTORS.values()],
        "tables": sorted(held, key=lambda one: one.name),
    }
    return render(request, "data/connectors.html", context)


def _shown(kind: type[Connector]) -> dict[str, str]:
    """The connector as people see it, with the command that loads through it."""
    return {"label": in_words(kind.label), "description": in_words(kind.description), "command": kind.command}


def _held(root: Path, pinned: TableVersion) -> Held:
    # The log has one file a version, and checkpoints beside them.
    written = max(entry.stat().st_mtime for entry in (root / pinned.table.name / "_delta_log").glob("*.json"))
    return Held(pinned.table.name, pinned.rows, datetime.fromtimestamp(written, UTC))
