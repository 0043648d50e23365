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
class StoredTable:
    """A table of the store: how many rows it has, and when it was last written."""

    name: str
    rows: int
    changed_at: datetime


@permitted("manage_connectors")
def connectors(request: ConsoleRequest) -> HttpResponseBase:
    """What the store holds, and how to load more."""
    snapshot = Store(settings.NAVETTE.store).snapshot()
    tables = [
        _stored_table(Path(snapshot.root), version) for version in snapshot.tables.values() if version.version >= 0
    ]
    context = {
        "title": _("Connectors"),
        "kinds": [_connector(kind) for kind in CONNECTORS.values()],
        "tables": sorted(tables, key=lambda table: table.name),
    }
    return render(request, "data/connectors.html", context)


def _connector(kind: type[Connector]) -> dict[str, str]:
    """The connector as people see it, with the command that loads through it."""
    return {"label": in_words(kind.label), "description": in_words(kind.description), "command": kind.command}


def _stored_table(root: Path, pinned: TableVersion) -> StoredTable:
    log = root / pinned.table.name / "_delta_log"
    commit = log / f"{pinned.version:020}.json"
    written = (commit if commit.exists() else log).stat().st_mtime
    return StoredTable(pinned.table.name, pinned.rows, datetime.fromtimestamp(written, UTC))
