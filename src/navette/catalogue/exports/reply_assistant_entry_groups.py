"""Reply assistant entry groups: how the knowledge base is divided."""

from navette.catalogue.export import Column, Export, Lookup
from navette.core.types import Array, Boolean, Datetime, Integer, ObjectId, String

_GROUPED_ENTRIES = (
    "(SELECT entry_group_id, count(*) AS entry_count, list(id ORDER BY id) AS entry_ids"
    " FROM reply_assistant_entries GROUP BY entry_group_id)"
)

REPLY_ASSISTANT_ENTRY_GROUPS = Export(
    name="reply_assistant-entry_groups",
    label="Reply assistant entry groups",
    description="The groups into which the entries of the reply assistant are sorted.",
    grain="one row per group of entries",
    extension="Reply Assistant",
    rows="reply_assistant_groups AS g",
    lookups=(Lookup("e", _GROUPED_ENTRIES, on="e.entry_group_id = g.id"),),
    order=("g.position", "g.name", "g.id"),
    columns=(
        Column("created_at", Datetime, "g.created_at", "Creation date", "When the record was created."),
        Column("id", ObjectId, "g.id", "ID", "Identifier of the group."),
        Column("name", String, "g.name", "Name", "Name of the group."),
        Column("autocomplete", Boolean, "g.autocomplete", "Autocomplete", "Whether its entries complete typed text."),
        Column("entry_count", Integer, "coalesce(e.entry_count, 0)", "Entry count", "Number of entries in the group."),
        Column("entry_ids", Array, "e.entry_ids", "Entry IDs", "Identifiers of the group's entries, sorted."),
    ),
)
