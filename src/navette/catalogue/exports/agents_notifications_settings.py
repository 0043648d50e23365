"""Agent notification settings: what each agent is notified of."""

from navette.catalogue.export import Column, Export, Lookup
from navette.catalogue.exports.relations import AGENT_NAMES
from navette.core.types import Boolean, ObjectId, String

AGENTS_NOTIFICATIONS_SETTINGS = Export(
    name="agents_notifications_settings",
    label="Agent notification settings",
    description="For each agent, the occasions on which the system notifies them.",
    grain="one row per agent",
    rows="agent_notification_settings AS n",
    lookups=(Lookup("u", AGENT_NAMES, on="u.id = n.user_id"),),
    filters={
        "agent": "n.user_id = $value",
        "team": "n.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
        "role": "n.user_id IN (SELECT id FROM agents WHERE role_id = $value)",
    },
    order=("n.user_id",),
    columns=(
        Column("user_id", ObjectId, "n.user_id", "Agent ID", "Identifier of the agent."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        Column(
            "content_imported_in_identity_tags",
            Boolean,
            "n.content_imported_in_identity_tags",
            "New message from a tagged author",
            "Whether a message from an identity with one of the agent's tags notifies the agent.",
        ),
        Column(
            "content_imported_in_my_interventions",
            Boolean,
            "n.content_imported_in_my_interventions",
            "New message in one's cases",
            "Whether a message in one of the agent's cases notifies the agent.",
        ),
        Column(
            "content_imported_in_my_sources",
            Boolean,
            "n.content_imported_in_my_sources",
            "New message in one's sources",
            "Whether a message on one of the agent's sources notifies the agent.",
        ),
        Column(
            "content_requiring_approval",
            Boolean,
            "n.content_requiring_approval",
            "Message requiring approval",
            "Whether a reply that awaits approval notifies the agent.",
        ),
        Column(
            "content_thread_categorized_in_my_categories",
            Boolean,
            "n.content_thread_categorized_in_my_categories",
            "Thread in one's categories",
            "Whether a thread put in one of the agent's categories notifies the agent.",
        ),
        Column(
            "intervention_assigned",
            Boolean,
            "n.intervention_assigned",
            "Case assigned",
            "Whether a case assigned to the agent notifies the agent.",
        ),
        Column(
            "intervention_reactivated",
            Boolean,
            "n.intervention_reactivated",
            "Case no longer deferred",
            "Whether the end of a case's deferral notifies the agent.",
        ),
    ),
)
