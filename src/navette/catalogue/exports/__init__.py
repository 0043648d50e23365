"""All exports, one module each."""

from navette.catalogue.export import Export
from navette.catalogue.exports.agents import AGENTS
from navette.catalogue.exports.agents_notifications import AGENTS_NOTIFICATIONS
from navette.catalogue.exports.agents_notifications_settings import AGENTS_NOTIFICATIONS_SETTINGS
from navette.catalogue.exports.agents_permissions import AGENTS_PERMISSIONS
from navette.catalogue.exports.attachments import ATTACHMENTS
from navette.catalogue.exports.categories import CATEGORIES
from navette.catalogue.exports.identities import IDENTITIES
from navette.catalogue.exports.identity_groups import IDENTITY_GROUPS
from navette.catalogue.exports.interventions import INTERVENTIONS
from navette.catalogue.exports.interventions_comments import INTERVENTIONS_COMMENTS
from navette.catalogue.exports.interventions_segments import INTERVENTIONS_SEGMENTS
from navette.catalogue.exports.journal import JOURNAL
from navette.catalogue.exports.messages import MESSAGES
from navette.catalogue.exports.presence_status import PRESENCE_STATUS
from navette.catalogue.exports.presence_time import PRESENCE_TIME
from navette.catalogue.exports.reply_assistant_entry_groups import REPLY_ASSISTANT_ENTRY_GROUPS
from navette.catalogue.exports.reply_assistant_knowledge_base import REPLY_ASSISTANT_KNOWLEDGE_BASE
from navette.catalogue.exports.reply_assistant_sentences import REPLY_ASSISTANT_SENTENCES
from navette.catalogue.exports.responses import RESPONSES
from navette.catalogue.exports.roles import ROLES
from navette.catalogue.exports.sources import SOURCES
from navette.catalogue.exports.task_selection_activities import TASK_SELECTION_ACTIVITIES
from navette.catalogue.exports.threads import THREADS

EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        AGENTS,
        AGENTS_NOTIFICATIONS,
        AGENTS_NOTIFICATIONS_SETTINGS,
        AGENTS_PERMISSIONS,
        ATTACHMENTS,
        JOURNAL,
        INTERVENTIONS_COMMENTS,
        INTERVENTIONS_SEGMENTS,
        INTERVENTIONS,
        CATEGORIES,
        SOURCES,
        RESPONSES,
        IDENTITIES,
        IDENTITY_GROUPS,
        TASK_SELECTION_ACTIVITIES,
        MESSAGES,
        PRESENCE_STATUS,
        PRESENCE_TIME,
        REPLY_ASSISTANT_KNOWLEDGE_BASE,
        REPLY_ASSISTANT_ENTRY_GROUPS,
        REPLY_ASSISTANT_SENTENCES,
        ROLES,
        THREADS,
    )
}
"""Every export, by name."""
