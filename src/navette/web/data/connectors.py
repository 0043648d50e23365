"""Settings > Connectors: where the data come from, and what the store holds of them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from navette.store import Store
from navette.store.snapshot import TableVersion
from navette.web.request import ConsoleRequest, permitted

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Kind:
    """A connector as people see it: ``command`` loads from it."""

    label: "StrPromise"
    description: "StrPromise"
    command: str


KINDS = {
    "files": Kind(
        gettext_lazy("Files"),
        gettext_lazy("A folder of CSV, JSON Lines or Parquet files that are named after the tables."),
        "navette load files FOLDER",
    ),
    "conversations": Kind(
        gettext_lazy("Conversations"),
        gettext_lazy("A JSON file of customer-care conversations."),
        "navette load conversations FILE",
    ),
    "demo": Kind(
        gettext_lazy("Demo domain"),
        gettext_lazy("An invented contact centre of any size, to try things out."),
        "navette load demo --messages 20000",
    ),
}
"""How each connector of ``navette.connectors.CONNECTORS`` is shown; a test tells when one is missing."""


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
    context = {"title": _("Connectors"), "kinds": KINDS.values(), "tables": sorted(held, key=lambda one: one.name)}
    return render(request, "data/connectors.html", context)


def _held(root: Path, pinned: TableVersion) -> Held:
    # The log has one file a version, and checkpoints beside them.
    written = max(entry.stat().st_mtime for entry in (root / pinned.table.name / "_delta_log").glob("*.json"))
    return Held(pinned.table.name, pinned.rows, datetime.fromtimestamp(written, UTC))
