"""Messages: sent and received."""

from navette.catalogue.export import Column, Export, Lookup, Related
from navette.catalogue.exports.relations import AGENT_NAMES, IDENTITY_NAMES, customers, names_of
from navette.core.types import Array, Boolean, Datetime, Integer, ObjectId, String, Text

_ATTACHMENTS = "(SELECT content_id, count(*) AS count FROM files GROUP BY content_id)"

# Most messages have neither mark-up nor entities: for those, only the spaces must become a browser's.
_AS_TEXT = r"""
    CASE WHEN m.body_format = 'html' THEN
        CASE WHEN regexp_matches(m.body, '[<&\x00]') THEN html_text(m.body)
        ELSE trim(regexp_replace(m.body, '[ \t\n\r\f]+', ' ', 'g'), ' ') END
    ELSE m.body END
"""

_AS_HTML = r"""
    CASE WHEN m.body_format = 'html' THEN m.body
    ELSE regexp_replace(
        replace(replace(replace(m.body, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '\r\n|\r|\n', '<br>', 'g') END
"""

MESSAGES = Export(
    name="messages",
    label="Messages",
    description="All the messages that customers and agents sent over a period.",
    grain="one row per message",
    rows="contents AS m",
    related=(
        customers("SELECT author_id FROM base"),
        Related("files", "attachments", by="content_id", ids="SELECT id FROM base", columns=("content_id",)),
    ),
    lookups=(
        Lookup("s", "sources", on="s.id = m.source_id"),
        Lookup("u", AGENT_NAMES, on="u.id = m.creator_id"),
        Lookup("a", IDENTITY_NAMES, on="a.id = m.author_id"),
        Lookup("k", names_of("category_ids", "categories"), on="k.ids = m.category_ids"),
        Lookup("f", _ATTACHMENTS, on="f.content_id = m.id"),
    ),
    times={"created": "m.created_at"},
    filters={
        "source": "m.source_id = $value",
        "channel": "m.source_id IN (SELECT id FROM sources WHERE channel_id = $value)",
        "category": "list_contains(m.category_ids, $value)",
        "agent": "m.creator_id = $value",
        "team": "m.creator_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
        "status": "m.status = $value",
        "language": "m.language = $value",
        "type": "m.type = $value",
    },
    incremental=True,
    columns=(
        Column("created_at", Datetime, "m.created_at", "Creation date", "When the message was written, on the source."),
        Column("source_id", ObjectId, "m.source_id", "Source ID", "Identifier of the source."),
        Column("source_type", String, "s.type", "Source type", "Kind of source, such as Facebook or Email."),
        Column("source_name", String, "s.name", "Source name", "Name of the source."),
        Column("content_thread_id", ObjectId, "m.thread_id", "Thread ID", "Identifier of the thread."),
        Column("type", String, "m.type", "Type", "Kind of message on its source, such as a public reply."),
        Column("id", ObjectId, "m.id", "ID", "Identifier of the message."),
        Column(
            "private_message",
            Boolean,
            "m.private_message",
            "Private message",
            "Whether only its sender and its recipient see the message.",
        ),
        Column(
            "created_from", String, "m.created_from", "Created from", "What made the message, such as Synchronizer."
        ),
        Column(
            "auto_submitted", Boolean, "m.auto_submitted", "Automatic", "Whether the message was sent automatically."
        ),
        Column("status", String, "m.status", "Status", "State of the message: New, Assigned, Replied, Ignored, …"),
        Column("ignored_from", String, "m.ignored_from", "Archived by", "How the message came to be archived."),
        Column("categories", Array, "k.names", "Categories", "Names of the categories."),
        Column("intervention_id", ObjectId, "m.intervention_id", "Case ID", "Identifier of the case."),
        Column(
            "initial_created_at",
            Datetime,
            "m.initial_created_at",
            "Initial creation date",
            "When the contact centre received or made the message.",
        ),
        Column("creator_id", ObjectId, "m.creator_id", "Creator ID", "Identifier of the agent who wrote the message."),
        Column(
            "creator_name", String, "u.name", "Creator name", "First and last name of the agent who wrote the message."
        ),
        Column("author_id", ObjectId, "m.author_id", "Author ID", "Identifier of the identity that wrote the message."),
        Column(
            "author_name",
            String,
            "a.name",
            "Author name",
            "Screen name, else first and last name, of the identity that wrote the message.",
            sensitive=True,
        ),
        Column(
            "anonymized",
            Boolean,
            "a.anonymized",
            "Anonymised",
            "Whether the author's right to be forgotten was applied.",
            sensitive=True,
        ),
        Column("body", Text, "m.body", "Message", "The message as it was written.", sensitive=True),
        Column("body_as_text", Text, _AS_TEXT, "Message as text", "The message without any markup.", sensitive=True),
        Column("body_as_html", Text, _AS_HTML, "Message as HTML", "The message in HTML.", sensitive=True),
        Column("title", String, "m.title", "Title", "Title or subject.", sensitive=True),
        Column(
            "foreign_categories",
            Array,
            "m.foreign_categories",
            "External categories",
            "Categories that the source itself gives, such as a forum's room.",
        ),
        Column("foreign_id", String, "m.foreign_id", "External ID", "Identifier on the source."),
        Column("rating", Integer, "m.rating", "Rating", "Rating that a review gives."),
        Column("published", Boolean, "m.published", "Published", "Whether the message is published on the source."),
        Column(
            "approval_required",
            Boolean,
            "m.approval_required",
            "Approval required",
            "Whether a supervisor has to approve the message.",
        ),
        Column(
            "remotely_deleted",
            Boolean,
            "m.remotely_deleted",
            "Deleted on the source",
            "Whether the message was deleted on its source.",
        ),
        Column("language", String, "m.language", "Language", "Detected language, an ISO 639-1 code."),
        Column("in_reply_to_id", ObjectId, "m.in_reply_to_id", "In reply to", "Identifier of the message answered."),
        Column(
            "in_reply_to_author_id",
            ObjectId,
            "m.in_reply_to_author_id",
            "In reply to author",
            "Identifier of the identity that is answered.",
        ),
        Column(
            "attachments_count",
            Integer,
            "coalesce(f.count, 0)",
            "Attachment count",
            "How many attachments the message has.",
        ),
        Column(
            "structured_reply_payload",
            String,
            "m.structured_reply_payload",
            "Structured reply",
            "Payload of the button or item that the customer chose.",
            sensitive=True,
        ),
        Column(
            "synchronization_status",
            String,
            "m.synchronization_status",
            "Synchronisation status",
            "How sending the message to its source went: success, export_pending, …",
        ),
        # The reference joins the two stored errors in this column.
        Column(
            "synchronization_error",
            String,
            "nullif(concat_ws(' - ', nullif(m.synchronization_error, ''),"
            " nullif(m.synchronization_error_custom, '')), '')",
            "Synchronisation error",
            "Why the message did not reach its source.",
        ),
        Column("original_body", String, "m.original_body", "Original message", "The message before translation."),
        Column("translated_body", String, "m.translated_body", "Translated message", "The message after translation."),
        Column("source_language", String, "m.source_language", "Original language", "Language translated from."),
        Column("target_language", String, "m.target_language", "Translation language", "Language translated into."),
        Column(
            "translation_status",
            String,
            "m.translation_status",
            "Translation status",
            "How the translation went: success, error or pending.",
        ),
        Column("translation_error", String, "m.translation_error", "Translation error", "Why the translation failed."),
        Column(
            "sentiment_text",
            Text,
            "m.sentiment",
            "Sentiment",
            "Sentiment of the message: negative, neutral or positive.",
            extension="Sentiment Analysis",
        ),
    ),
)
