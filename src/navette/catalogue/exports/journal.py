"""Journal: the audit log."""

from navette.catalogue.export import Column, Export, Lookup, Prerequisite
from navette.catalogue.exports.relations import AGENT_NAMES
from navette.core.types import Array, Datetime, ObjectId, String, Text

JOURNAL = Export(
    name="journal",
    label="Audit log",
    description="The events of administration and of message handling: who did what, when, and on which record.",
    grain="one row per event",
    rows="events AS e",
    lookups=(Lookup("u", AGENT_NAMES, on="u.id = e.user_id"),),
    times={"created": "e.created_at"},
    filters={
        "agent": "e.user_id = $value",
        "team": "e.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
        "source": "e.content_source_id = $value",
        "category": "list_contains(e.category_ids, $value)",
        "name": "e.name = $value",
    },
    incremental=True,
    permission="search_event",
    prerequisites=(Prerequisite.STORED_JOURNAL,),
    columns=(
        Column("id", ObjectId, "e.id", "ID", "Identifier of the event."),
        Column("created_at", Datetime, "e.created_at", "Creation date", "When the record was created."),
        Column("user_id", ObjectId, "e.user_id", "Agent ID", "Identifier of the agent who caused the event."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        Column("name", String, "e.name", "Name", "What happened, such as content.replied."),
        Column("message", Text, "e.message", "Message", "What happened, as a sentence.", sensitive=True),
        Column(
            "content_thread_id", ObjectId, "e.content_thread_id", "Thread ID", "Identifier of the thread concerned."
        ),
        Column(
            "content_source_id", ObjectId, "e.content_source_id", "Source ID", "Identifier of the source concerned."
        ),
        Column("intervention_id", ObjectId, "e.intervention_id", "Case ID", "Identifier of the case concerned."),
        Column("content_id", ObjectId, "e.content_id", "Message ID", "Identifier of the message concerned."),
        Column("category_ids", Array, "e.category_ids", "Category IDs", "Identifiers of the categories concerned."),
        Column("task_id", ObjectId, "e.task_id", "Task ID", "Identifier of the task concerned.", sensitive=True),
        Column(
            "action", String, "e.action", "Action", "Action that led to the event, such as deferred.", sensitive=True
        ),
        Column("step", String, "e.step", "Step", "Step of the routing topology at which the task expired."),
        Column(
            "rules_engine_rule_id",
            ObjectId,
            "e.rules_engine_rule_id",
            "Rule ID",
            "Identifier of the rule behind the event.",
            sensitive=True,
        ),
        Column(
            "entry_id", ObjectId, "e.entry_id", "Entry ID", "Identifier of the reply assistant entry.", sensitive=True
        ),
        Column(
            "version_id",
            ObjectId,
            "e.version_id",
            "Version ID",
            "Identifier of the reply assistant version.",
            sensitive=True,
        ),
    ),
)
