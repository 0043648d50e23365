"""The roles of the domain, with their permissions."""

from typing import NamedTuple

_EVERYBODY = ("read_user", "read_content_source", "read_community", "update_own_intervention", "read_own_stats")
_MODERATION = ("author_block_content", "admin_stamp_answer", "publish_content", "delete_content_thread")
_SUPERVISION = (
    *("assign_intervention", "update_intervention", "read_stats", "read_event", "manage_users_of_my_teams"),
    *("manage_tags", "manage_identities", "manage_folders", "invite_user", "update_user"),
)
_ANALYSIS = ("access_advanced_analytics", "manage_advanced_analytics", "read_export", "read_stats", "search_event")
_ADMINISTRATION = (
    *("create_community", "update_community", "create_content_source", "update_content_source", "create_user"),
    *("update_user", "invite_user", "impersonate_user", "manage_categories", "manage_roles", "manage_tags"),
    *("manage_teams", "manage_folders", "manage_identities", "update_settings", "search_event", "read_event"),
    *("read_export", "read_stats", "access_advanced_analytics", "assign_intervention", "update_intervention"),
)


class DemoRole(NamedTuple):
    """A role and the names of its permissions."""

    label: str
    permissions: tuple[str, ...]


ROLES = (
    DemoRole("Administrateur", tuple(dict.fromkeys((*_EVERYBODY, *_ADMINISTRATION)))),
    DemoRole("Superviseur", (*_EVERYBODY, *_SUPERVISION)),
    DemoRole("Agent", _EVERYBODY),
    DemoRole("Community manager", (*_EVERYBODY, *_MODERATION, "delay_export_content")),
    DemoRole("Analyste; BI", _ANALYSIS),
)
ADMINISTRATOR, SUPERVISOR, AGENT, COMMUNITY_MANAGER, ANALYST = range(5)
