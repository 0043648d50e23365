"""Presence statuses: the domain's own kinds of absence."""

from navette.catalogue.export import Column, Export
from navette.core.types import Datetime, ObjectId, String

PRESENCE_STATUS = Export(
    name="presence_status",
    label="Presence statuses",
    description="The away statuses that the contact centre defined for its agents, such as a break or a meeting.",
    grain="one row per presence status",
    rows="presence_statuses AS p",
    order=("p.name", "p.id"),
    columns=(
        Column("created_at", Datetime, "p.created_at", "Creation date", "When the record was created."),
        Column("updated_at", Datetime, "p.updated_at", "Update date", "When the record was last changed."),
        Column("id", ObjectId, "p.id", "ID", "Identifier of the presence status."),
        Column("name", String, "p.name", "Name", "Name of the presence status."),
    ),
)
