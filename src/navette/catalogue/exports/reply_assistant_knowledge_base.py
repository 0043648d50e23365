"""Reply assistant knowledge base: the versions of its entries."""

from navette.catalogue.export import Column, Export, Lookup
from navette.catalogue.exports.relations import names_of
from navette.core.types import Array, Integer, ObjectId, String, Text

_ENTRIES = "reply_assistant_entries"

REPLY_ASSISTANT_KNOWLEDGE_BASE = Export(
    name="reply_assistant-knowledge_base",
    label="Reply assistant knowledge base",
    description="The replies that the reply assistant suggests: its entries in all their versions.",
    grain="one row per version of an entry",
    extension="Reply Assistant",
    rows="reply_assistant_versions AS v",
    lookups=(
        Lookup("e", _ENTRIES, on="e.id = v.entry_id"),
        Lookup("g", "reply_assistant_groups", on="g.id = e.entry_group_id"),
        Lookup("c", names_of("category_ids", "categories", rows=_ENTRIES), on="c.ids = e.category_ids"),
        Lookup("s", names_of("source_ids", "sources"), on="s.ids = v.source_ids"),
        Lookup("es", names_of("source_ids", "sources", rows=_ENTRIES), on="es.ids = e.source_ids"),
    ),
    filters={
        "language": "v.language = $value",
        "category": f"v.entry_id IN (SELECT id FROM {_ENTRIES} WHERE list_contains(category_ids, $value))",
        # A version that names no source can be used on its entry's sources.
        "source": "list_contains(v.source_ids, $value) OR (coalesce(len(v.source_ids), 0) = 0 AND"
        f" v.entry_id IN (SELECT id FROM {_ENTRIES} WHERE list_contains(source_ids, $value)))",
        "group": f"v.entry_id IN (SELECT id FROM {_ENTRIES} WHERE entry_group_id = $value)",
    },
    order=("v.entry_id", "v.number", "v.id"),
    columns=(
        Column("foreign_id", String, "e.foreign_id", "External ID", "Identifier of the entry in your own system."),
        Column("label", String, "e.label", "Label", "Label of the entry."),
        Column("number", Integer, "v.number", "Version number", "Number of the version within its entry."),
        Column("body", Text, "v.body", "Body", "Text of the reply."),
        Column("language", String, "v.language", "Language", "Language of the reply, as an ISO 639-1 code."),
        Column("categories", Array, "c.names", "Categories", "Names of the categories for which it is suggested."),
        Column(
            "sources",
            Array,
            "CASE WHEN coalesce(len(v.source_ids), 0) = 0 THEN es.names ELSE s.names END",
            "Sources",
            "Names of the sources on which it can be used: the version's, or else its entry's.",
        ),
        Column("group", String, "g.name", "Group", "Name of the group that the entry belongs to."),
        Column("id", ObjectId, "v.id", "ID", "Identifier of the version."),
        Column("entry_id", ObjectId, "v.entry_id", "Entry ID", "Identifier of the entry that has the version."),
    ),
)
