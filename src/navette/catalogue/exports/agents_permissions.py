"""Agent permissions: what each agent may do on each source."""

from navette.catalogue.export import Column, Export, Lookup
from navette.catalogue.exports.relations import AGENT_NAMES
from navette.core.types import Boolean, ObjectId, String

AGENTS_PERMISSIONS = Export(
    name="agents_permissions",
    label="Agent permissions",
    description="What each agent may do on each of the sources: read, reply, start discussions, delete.",
    grain="one row per agent and source",
    rows="agent_permissions AS p",
    lookups=(Lookup("u", AGENT_NAMES, on="u.id = p.user_id"), Lookup("s", "sources", on="s.id = p.source_id")),
    filters={
        "agent": "p.user_id = $value",
        "source": "p.source_id = $value",
        "role": "p.user_id IN (SELECT id FROM agents WHERE role_id = $value)",
        "team": "p.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
    },
    order=("p.user_id", "p.source_id"),
    columns=(
        Column("user_id", ObjectId, "p.user_id", "Agent ID", "Identifier of the agent."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        Column("source_id", ObjectId, "p.source_id", "Source ID", "Identifier of the source."),
        Column("source_type", String, "s.type", "Source type", "Kind of account that the source is, such as email."),
        Column("source_name", String, "s.name", "Source name", "Name of the source."),
        Column("read", Boolean, "p.read", "Can read", "Whether the agent may read the source's messages."),
        Column("reply", Boolean, "p.reply", "Can reply", "Whether the agent may reply to the source's messages."),
        Column("reply_with_html", Boolean, "p.reply_with_html", "Can reply in HTML", "Whether replies may be in HTML."),
        Column(
            "initiate_discussion",
            Boolean,
            "p.initiate_discussion",
            "Can start a discussion",
            "Whether the agent may start one there.",
        ),
        Column(
            "approval_required",
            Boolean,
            "p.approval_required",
            "Approval required",
            "Whether replies wait for a supervisor's approval.",
        ),
        Column("destroy", Boolean, "p.destroy", "Can delete", "Whether the agent may delete the source's messages."),
    ),
)
