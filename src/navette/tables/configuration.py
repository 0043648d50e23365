"""The configuration of a contact centre: agents, roles, teams, sources, channels, categories, hours."""

from navette.core.types import Array, Boolean, Integer, Json, ObjectId, String, Text
from navette.tables.opening_hours import DAYS, read_time_sheet
from navette.tables.table import CREATED_AT, ID, UPDATED_AT, Field, RowReader, Table

AGENTS = Table(
    "agents",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("firstname", String),
        Field("lastname", String),
        Field("nickname", String),
        Field("gender", String),
        Field("email", String),
        Field("role_id", ObjectId, references="roles"),
        Field("team_ids", Array, references="teams"),
        Field("category_ids", Array, references="categories"),
        Field("identity_ids", Array, references="identities"),
        Field("signatures", Array),
        Field("locale", String),
        Field("timezone", String),
        Field("foreign_id", String),
        Field("foreign_jwt_id", String),
        Field("foreign_saml_id", String),
        Field("enabled", Boolean),
        Field("no_password", Boolean),
    ),
)

ROLES = Table(
    "roles",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("label", String),
        # The names of the role's permissions, such as create_user.
        Field("permissions", Array),
    ),
)

TEAMS = Table(
    "teams",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("name", String),
        Field("leader_ids", Array, references="agents"),
    ),
)

AGENT_PERMISSIONS = Table(
    "agent_permissions",
    (
        Field("user_id", ObjectId, references="agents"),
        Field("source_id", ObjectId, references="sources"),
        UPDATED_AT,
        Field("read", Boolean),
        Field("reply", Boolean),
        Field("reply_with_html", Boolean),
        Field("initiate_discussion", Boolean),
        Field("approval_required", Boolean),
        Field("destroy", Boolean),
    ),
    key=("user_id", "source_id"),
)

AGENT_NOTIFICATION_SETTINGS = Table(
    "agent_notification_settings",
    (
        Field("user_id", ObjectId, references="agents"),
        UPDATED_AT,
        Field("content_imported_in_identity_tags", Boolean),
        Field("content_imported_in_my_interventions", Boolean),
        Field("content_imported_in_my_sources", Boolean),
        Field("content_requiring_approval", Boolean),
        Field("content_thread_categorized_in_my_categories", Boolean),
        Field("intervention_assigned", Boolean),
        Field("intervention_reactivated", Boolean),
    ),
    key=("user_id",),
)

SOURCES = Table(
    "sources",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("active", Boolean),
        Field("name", String),
        Field("type", String),
        Field("status", String),
        Field("community_id", ObjectId, references="communities"),
        Field("channel_id", ObjectId, references="channels"),
        Field("time_sheet_id", ObjectId, references="time_sheets"),
        Field("content_archiving", Boolean),
        Field("auto_detect_content_language", Boolean),
        Field("default_content_language", String),
        Field("content_signature", String),
        Field("hidden_from_stats", Boolean),
        Field("default_task_priority", Integer),
        Field("sla_expired_strategy", String),
        # Seconds.
        Field("sla_response", Integer),
        Field("intervention_messages_boost", Integer),
        Field("private_messages_supported", Boolean),
        # Values that only sources of one type have, such as fb_page_id.
        Field("extra_values", Json),
    ),
)

CHANNELS = Table(
    "channels",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("name", String),
        Field("label", String),
    ),
)

COMMUNITIES = Table(
    "communities",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("name", String),
        Field("type", String),
        Field("active", Boolean),
    ),
)

CATEGORIES = Table(
    "categories",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("name", String),
        Field("parent_id", ObjectId, references="categories"),
        Field("mandatory", Boolean),
        Field("post_qualification", Boolean),
        Field("multiple", Boolean),
        Field("unselectable", Boolean),
        Field("source_ids", Array, references="sources"),
    ),
)

TAGS = Table(
    "tags",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("name", String),
    ),
)

CUSTOM_FIELDS = Table(
    "custom_fields",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        # The kind of record that the field belongs to: identity_group, intervention, chat.
        Field("associated_type_name", String),
        Field("key", String),
        Field("label", String),
        Field("type", String),
        Field("multiple", Boolean),
        Field("position", Integer),
    ),
)

TIME_SHEETS = Table(
    "time_sheets",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("label", String),
        Field("active", Boolean),
        Field("timezone", String),
        # Opening hours in local time, as in "09:00-12:30,14:00-18:00", disjoint and in order; closed if null or empty.
        Field("monday_hours", String),
        Field("tuesday_hours", String),
        Field("wednesday_hours", String),
        Field("thursday_hours", String),
        Field("friday_hours", String),
        Field("saturday_hours", String),
        Field("sunday_hours", String),
        # ISO days on which the source is closed.
        Field("holidays", Array),
    ),
    reader=RowReader(("timezone", *DAYS, "holidays"), read_time_sheet),
)

PRESENCE_STATUSES = Table(
    "presence_statuses",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("name", String),
    ),
)

REPLY_ASSISTANT_GROUPS = Table(
    "reply_assistant_groups",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("name", String),
        Field("autocomplete", Boolean),
        Field("position", Integer),
    ),
)

REPLY_ASSISTANT_ENTRIES = Table(
    "reply_assistant_entries",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("foreign_id", String),
        Field("label", String),
        Field("entry_group_id", ObjectId, references="reply_assistant_groups"),
        Field("category_ids", Array, references="categories"),
        Field("source_ids", Array, references="sources"),
    ),
)

REPLY_ASSISTANT_VERSIONS = Table(
    "reply_assistant_versions",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("entry_id", ObjectId, references="reply_assistant_entries"),
        Field("number", Integer),
        Field("language", String),
        # text or html
        Field("format", String),
        Field("body", Text),
        Field("source_ids", Array, references="sources"),
    ),
)

REPLY_ASSISTANT_SENTENCES = Table(
    "reply_assistant_sentences",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("label", String),
        Field("number", Integer),
        Field("language", String),
        Field("body", Text),
        Field("source_ids", Array, references="sources"),
    ),
)

SURVEYS = Table(
    "surveys",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("name", String),
        # The provider, such as alchemer.
        Field("type", String),
        # The survey's identifier at the provider.
        Field("foreign_id", String),
        Field("link", String),
        Field("active", Boolean),
        # {"questions": [{"foreign_id", "text", "main", "choices": [{"text", "value"}]}]}
        Field("definition", Json),
    ),
)
