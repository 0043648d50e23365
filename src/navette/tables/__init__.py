"""The contact centre's tables, declared as data."""

from navette.tables import activity, configuration, conversations
from navette.tables.table import Field, Projection, RowReader, Summary, Table

_SMALL = (
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
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *_SMALL,
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

SMALL_TABLES = frozenset(table.name for table in _SMALL)
"""The tables of the configuration, which do not grow with the conversations: a query can read them as a whole."""

__all__ = ["SMALL_TABLES", "TABLES", "Field", "Projection", "RowReader", "Summary", "Table"]
