"""Comments that agents left on cases."""

from navette.catalogue.export import Column, Export, Lookup
from navette.catalogue.exports.relations import AGENT_NAMES, CASES, IDENTITY_NAMES, OF_CASES, customers
from navette.core.types import Datetime, ObjectId, String

INTERVENTIONS_COMMENTS = Export(
    name="interventions_comments",
    label="Case comments",
    description="All the comments that agents left on cases over a period.",
    grain="one row per comment",
    rows="intervention_comments AS c",
    related=(CASES, customers("SELECT identity_id FROM cases")),
    lookups=(
        Lookup("v", OF_CASES, on="v.id = c.intervention_id"),
        Lookup("i", IDENTITY_NAMES, on="i.id = v.identity_id"),
        Lookup("s", "sources", on="s.id = v.source_id"),
        Lookup("u", AGENT_NAMES, on="u.id = c.user_id"),
    ),
    times={"created": "c.created_at"},
    filters={
        "source": "c.intervention_id IN (SELECT id FROM cases WHERE source_id = $value)",
        "category": "c.intervention_id IN (SELECT id FROM cases WHERE list_contains(category_ids, $value))",
        "agent": "c.user_id = $value",
        "team": "c.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
    },
    incremental=True,
    columns=(
        Column("created_at", Datetime, "c.created_at", "Creation date", "When the record was created."),
        Column("body", String, "c.body", "Comment", "The comment as it was written.", sensitive=True),
        Column("created_from", String, "c.created_from", "Created from", "What made the comment, such as interface."),
        Column("intervention_id", ObjectId, "c.intervention_id", "Case ID", "Identifier of the case."),
        Column("id", ObjectId, "c.id", "ID", "Identifier of the comment."),
        Column("identity_id", ObjectId, "v.identity_id", "Identity ID", "Identifier of the customer's identity."),
        Column(
            "identity_name",
            String,
            "i.name",
            "Identity name",
            "Screen name, else first and last name, of the customer.",
            sensitive=True,
        ),
        Column("source_id", ObjectId, "v.source_id", "Source ID", "Identifier of the source."),
        Column("source_name", String, "s.name", "Source name", "Name of the source."),
        Column("thread_id", ObjectId, "v.thread_id", "Thread ID", "Identifier of the thread."),
        Column("user_id", ObjectId, "c.user_id", "Agent ID", "Identifier of the agent."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
    ),
)
