"""What commands change in the store. The store is no part of the control database: commands change it, and report here.

Decision record 15 says why.
"""

from collections.abc import Mapping

from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.permissions import require_operator


def record_load(actor: Actor, connector: str, rows: Mapping[str, int]) -> None:
    """Record a load: its connector, and what became of how many rows. Raises ForbiddenError."""
    require_operator(actor)
    record("data_store.loaded", actor, connector=connector, loaded_rows=dict(rows))


def record_vacuum(actor: Actor, keep_hours: int, files: int) -> None:
    """Record that files of old versions were removed, and which hours were kept. Raises ForbiddenError."""
    require_operator(actor)
    record("data_store.vacuumed", actor, keep_hours=keep_hours, files=files)
