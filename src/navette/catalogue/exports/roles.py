"""Roles: the permissions of the agents with each role."""

from navette.catalogue.export import Column, Export
from navette.core.types import Boolean, ObjectId, String


def _permission(name: str, label: str, description: str) -> Column:
    """Whether the role has the permission of that name."""
    return Column(name, Boolean, f"list_contains(r.permissions, '{name}')", label, description)


ROLES = Export(
    name="roles",
    label="Roles",
    description="The roles that agents can have, with the permissions of each.",
    grain="one row per role",
    rows="roles AS r",
    order=("r.label", "r.id"),
    columns=(
        Column("id", ObjectId, "r.id", "ID", "Identifier of the role."),
        Column("label", String, "r.label", "Label", "Label of the role."),
        _permission("admin_stamp_answer", "Stamp an answer", "May mark an answer as the one that settles a question."),
        _permission("access_advanced_analytics", "View advanced analytics", "May open the advanced analytics."),
        _permission("assign_intervention", "Assign cases", "May assign a case to an agent."),
        _permission("author_block_content", "Block authors", "May block the author of a message."),
        _permission("create_community", "Create communities", "May create a community."),
        _permission("create_content_source", "Create sources", "May connect a new source."),
        _permission("create_user", "Create agents", "May create an agent."),
        _permission("delay_export_content", "Defer publication", "May choose a later time for a message to go out."),
        _permission("delete_content_thread", "Delete threads", "May delete a thread."),
        _permission("impersonate_user", "Impersonate agents", "May act in another agent's name."),
        _permission("invite_user", "Invite agents", "May invite an agent."),
        _permission("manage_advanced_analytics", "Manage advanced analytics", "May set up the advanced analytics."),
        _permission("manage_categories", "Manage categories", "May create, change and delete categories."),
        _permission("manage_folders", "Manage folders", "May create, change and delete message folders."),
        _permission("manage_identities", "Manage identities", "May change and merge identities."),
        _permission("manage_roles", "Manage roles", "May create, change and delete roles."),
        _permission("manage_tags", "Manage tags", "May create, change and delete identity tags."),
        _permission("manage_teams", "Manage teams", "May create, change and delete teams."),
        _permission(
            "manage_users_of_my_teams",
            "Only one's own teams",
            "Whether the permissions over agents hold only for agents of the teams that one leads.",
        ),
        _permission("publish_content", "Publish messages", "May publish a message."),
        _permission("read_community", "View communities", "May see the communities."),
        _permission("read_content_source", "View sources", "May see the sources and their settings."),
        _permission(
            "read_event", "View the audit log while working", "May see the audit log beside messages and cases."
        ),
        _permission("read_export", "Export data", "May export data."),
        _permission("read_own_stats", "View own statistics", "May see statistics on one's own work."),
        _permission("read_stats", "View all statistics", "May see the statistics on everybody's work."),
        _permission("read_user", "View agents", "May see the agents and their attributes."),
        _permission("search_event", "Search the audit log", "May search the audit log in the administration."),
        _permission("update_community", "Edit communities", "May change a community."),
        _permission("update_content_source", "Edit sources", "May change a source's settings."),
        _permission("update_intervention", "Edit all cases", "May change any case."),
        _permission("update_own_intervention", "Edit own cases", "May change the cases that one is in charge of."),
        _permission("update_settings", "Configure the application", "May change the contact centre's settings."),
        _permission("update_user", "Edit agents", "May change an agent's attributes."),
    ),
)
