"""The contact centre's tables, declared as data."""

from navette.tables import activity, configuration, conversations
from navette.tables.table import Field, RowReader, Table

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        configuration.AGENTS,
        configuration.ROLES,
        configuration.TEAMS,
        configuration.AGENT_PERMISSIONS,
        configuration.AGENT_NOTIFICATION_SETTINGS,
        configuration.SOURCES,
        configuration.CHANNELS,
        configuration.COMMUNITIES,
        configuration.CATEGORIES,
        configuration.TAGS,
        configuration.CUSTOM_FIELDS,
        configuration.TIME_SHEETS,
        configuration.PRESENCE_STATUSES,
        configuration.REPLY_ASSISTANT_GROUPS,
        configuration.REPLY_ASSISTANT_ENTRIES,
        configuration.REPLY_ASSISTANT_VERSIONS,
        configuration.REPLY_ASSISTANT_SENTENCES,
        configuration.SURVEYS,
        conversations.IDENTITIES,
        conversations.IDENTITY_GROUPS,
        conversations.THREADS,
        conversations.CONTENTS,
        conversations.ATTACHMENTS,
        conversations.INTERVENTIONS,
        conversations.INTERVENTION_COMMENTS,
        conversations.INTERVENTION_SEGMENTS,
        conversations.SURVEY_RESPONSES,
        activity.EVENTS,
        activity.AGENT_NOTIFICATIONS,
        activity.TASKS,
        activity.TASK_SELECTIONS,
        activity.PRESENCE_TIMES,
    )
}
"""Every table that the exports read, by name."""

__all__ = ["TABLES", "Field", "RowReader", "Table"]
