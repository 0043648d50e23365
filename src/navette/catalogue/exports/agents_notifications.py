"""Agent notifications: the notifications that agents received, one row each."""

from navette.catalogue.export import Column, Export, Lookup
from navette.catalogue.exports.relations import AGENT_NAMES, names_of
from navette.core.types import Array, Datetime, ObjectId, String

AGENTS_NOTIFICATIONS = Export(
    name="agents_notifications",
    label="Agent notifications",
    description="The notifications that the system sent to agents, with the message or case that each is about.",
    grain="one row per notification",
    rows="agent_notifications AS n",
    lookups=(
        Lookup("u", AGENT_NAMES, on="u.id = n.user_id"),
        Lookup("s", "sources", on="s.id = n.source_id"),
        Lookup("c", names_of("category_ids", "categories"), on="c.ids = n.category_ids"),
    ),
    times={"created": "n.created_at"},
    filters={
        "agent": "n.user_id = $value",
        "team": "n.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
        "source": "n.source_id = $value",
        "category": "list_contains(n.category_ids, $value)",
        "name": "n.name = $value",
    },
    incremental=True,
    columns=(
        Column("id", ObjectId, "n.id", "ID", "Identifier of the notification."),
        Column("created_at", Datetime, "n.created_at", "Creation date", "When the record was created."),
        Column("user_id", ObjectId, "n.user_id", "Agent ID", "Identifier of the agent who was notified."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        Column("name", String, "n.name", "Name", "What the notification announces, such as intervention_assigned."),
        Column("content_id", ObjectId, "n.content_id", "Message ID", "Identifier of the message concerned."),
        Column("content_thread_id", ObjectId, "n.thread_id", "Thread ID", "Identifier of the thread concerned."),
        Column("intervention_id", ObjectId, "n.intervention_id", "Case ID", "Identifier of the case concerned."),
        Column("source_id", ObjectId, "n.source_id", "Source ID", "Identifier of the source concerned."),
        Column("source_name", String, "s.name", "Source name", "Name of the source."),
        Column("category_ids", Array, "n.category_ids", "Category IDs", "Identifiers of the categories concerned."),
        Column("categories", Array, "c.names", "Categories", "Names of the categories concerned."),
    ),
)
