"""Conversations: identities, threads, messages, cases, comments, attachments, survey responses."""

from navette.core.types import Array, Boolean, Datetime, Integer, Json, ObjectId, String, Text
from navette.tables.table import CREATED_AT, ID, UPDATED_AT, Field, Projection, Summary, Table

IDENTITIES = Table(
    "identities",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("community_id", ObjectId, references="communities"),
        Field("identity_group_id", ObjectId, references="identity_groups"),
        # The agents who write under this identity; none for a customer's identity.
        Field("user_ids", Array, references="agents"),
        Field("uuid", String),
        Field("foreign_id", String),
        Field("screenname", String),
        Field("firstname", String),
        Field("lastname", String),
        Field("gender", String),
        Field("email", String),
        Field("home_phone", String),
        Field("mobile_phone", String),
        Field("address", String),
        Field("city", String),
        Field("anonymized", Boolean),
        # Values that only identities of one kind have, such as tw_followers_count.
        Field("extra_values", Json),
    ),
    projections=(Projection("identity_group_id", ("id",)),),
    summaries=(
        Summary(
            "identity_keys",
            "SELECT DISTINCT e.key AS name FROM identities AS i, json_each(i.extra_values) AS e",
        ),
    ),
)

IDENTITY_GROUPS = Table(
    "identity_groups",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("firstname", String),
        Field("lastname", String),
        Field("company", String),
        Field("gender", String),
        Field("emails", Array),
        Field("home_phones", Array),
        Field("mobile_phones", Array),
        Field("notes", Text),
        Field("tag_ids", Array, references="tags"),
        Field("custom_field_values", Json),
    ),
)

# Each chat variable, and which types can hold its values. A Float has 53 bits for digits.
_CHAT_VARIABLES = """
    SELECT DISTINCT
        e.key AS name,
        e.type IN ('BIGINT', 'UBIGINT') AND TRY_CAST(e.atom AS BIGINT) IS NOT NULL AS is_integer,
        e.type IN ('BIGINT', 'UBIGINT', 'DOUBLE')
            AND (regexp_matches(e.atom, '[.e]') OR abs(TRY_CAST(e.atom AS DOUBLE)) < 9007199254740992) AS is_float,
        e.type = 'BOOLEAN' AS is_boolean
    FROM threads AS t, json_each(t.custom_variables) AS e
    WHERE e.type <> 'NULL'
"""

THREADS = Table(
    "threads",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("foreign_id", String),
        Field("source_id", ObjectId, references="sources"),
        Field("title", String),
        Field("closed", Boolean),
        Field("first_categorization_at", Datetime),
        # The thread's own categories, in addition to those of its messages and cases.
        Field("category_ids", Array, references="categories"),
        # Values that only chats have: trigger_id, trigger_name, close_cause, closed_at (an ISO 8601 instant),
        # page_title, page_url, page_visit_count, page_visit_started_at, visit_count, visit_started_at (Unix seconds).
        Field("extra_data", Json),
        # The chat's custom variables, each with its key and type.
        Field("custom_variables", Json),
    ),
    monthly=True,
    summaries=(Summary("chat_variables", _CHAT_VARIABLES),),
)

# What the exports of threads, cases and segments read of messages.
_LOOKED_UP = (
    "id",
    "created_at",
    "thread_id",
    "intervention_id",
    "foreign_id",
    "source_id",
    "status",
    "creator_id",
    "author_id",
    "in_reply_to_id",
    "private_message",
    "auto_submitted",
    "category_ids",
    "language",
    "rating",
)

CONTENTS = Table(
    "contents",
    (
        ID,
        # The time at which the author wrote it, on the source.
        CREATED_AT,
        UPDATED_AT,
        # The time at which the contact centre received or created it.
        Field("initial_created_at", Datetime),
        Field("source_id", ObjectId, references="sources"),
        Field("thread_id", ObjectId, references="threads"),
        Field("intervention_id", ObjectId, references="interventions"),
        Field("foreign_id", String),
        Field("type", String),
        Field("status", String),
        Field("ignored_from", String),
        Field("created_from", String),
        Field("private_message", Boolean),
        Field("auto_submitted", Boolean),
        Field("published", Boolean),
        Field("approval_required", Boolean),
        Field("remotely_deleted", Boolean),
        # The agent who wrote it; null for a customer's message.
        Field("creator_id", ObjectId, references="agents"),
        Field("author_id", ObjectId, references="identities"),
        Field("in_reply_to_id", ObjectId, references="contents"),
        Field("in_reply_to_author_id", ObjectId, references="identities"),
        Field("category_ids", Array, references="categories"),
        Field("foreign_categories", Array),
        Field("language", String),
        Field("rating", Integer),
        Field("title", String),
        Field("body", Text),
        # The format of body: text or html; null means text.
        Field("body_format", String),
        Field("structured_reply_payload", String),
        Field("synchronization_status", String),
        Field("synchronization_error", String),
        Field("synchronization_error_custom", String),
        Field("original_body", Text),
        Field("translated_body", Text),
        Field("source_language", String),
        Field("target_language", String),
        Field("translation_status", String),
        Field("translation_error", String),
        # negative, neutral or positive
        Field("sentiment", String),
    ),
    monthly=True,
    projections=(
        Projection("thread_id", _LOOKED_UP),
        Projection("intervention_id", _LOOKED_UP),
        Projection("category_ids", ("created_at", "source_id", "creator_id", "status", "language", "type")),
    ),
)

ATTACHMENTS = Table(
    "attachments",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("url", String),
        Field("content_id", ObjectId, references="contents"),
        Field("filename", String),
        Field("embed", Boolean),
        Field("virus_signature", String),
        # Bytes.
        Field("size", Integer),
        Field("type", String),
        Field("foreign_id", ObjectId),
        Field("public", Boolean),
        # The record that it belongs to: a message or a reply assistant version.
        Field("attachable_id", ObjectId),
        # content, reply_assistant or unknown
        Field("attachable_type", String),
    ),
    monthly=True,
    projections=(Projection("content_id", ("id",)),),
)

INTERVENTIONS = Table(
    "interventions",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("thread_id", ObjectId, references="threads"),
        Field("source_id", ObjectId, references="sources"),
        # The message that opened the case.
        Field("content_id", ObjectId, references="contents"),
        Field("identity_id", ObjectId, references="identities"),
        # The agent in charge of the case.
        Field("user_id", ObjectId, references="agents"),
        # Opened or Closed
        Field("status", String),
        Field("closed_automatically", String),
        Field("deferred_at", Datetime),
        Field("category_ids", Array, references="categories"),
        Field("translation_enabled", Boolean),
        Field("detected_language", String),
        Field("satisfaction_sent_at", Datetime),
        Field("custom_field_values", Json),
    ),
    monthly=True,
    projections=(Projection("thread_id", ("id", "created_at", "user_id", "status", "category_ids")),),
)

INTERVENTION_COMMENTS = Table(
    "intervention_comments",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("intervention_id", ObjectId, references="interventions"),
        Field("user_id", ObjectId, references="agents"),
        Field("created_from", String),
        Field("body", String),
    ),
    projections=(Projection("intervention_id", ("id",)),),
)

INTERVENTION_SEGMENTS = Table(
    "intervention_segments",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("foreign_id", ObjectId),
        Field("intervention_id", ObjectId, references="interventions"),
        Field("user_id", ObjectId, references="agents"),
        Field("auto_summary", String),
        Field("agent_summary", String),
        Field("summary_edited", Boolean),
    ),
    projections=(Projection("intervention_id", ("id", "created_at", "foreign_id")),),
)

SURVEY_RESPONSES = Table(
    "survey_responses",
    (
        ID,
        # The time at which the customer answered.
        CREATED_AT,
        UPDATED_AT,
        Field("survey_id", ObjectId, references="surveys"),
        # The response's identifier at the provider.
        Field("foreign_id", String),
        Field("intervention_id", ObjectId, references="interventions"),
        Field("source_id", ObjectId, references="sources"),
        Field("user_id", ObjectId, references="agents"),
        Field("identity_id", ObjectId, references="identities"),
        # The value of the answer to the survey's main question.
        Field("main_indicator", Integer),
        # {"questions": [{"foreign_id", "text", "replies": [{"text", "value"}]}]}
        Field("answers", Json),
    ),
    projections=(
        Projection("intervention_id", ("id", "created_at", "survey_id", "foreign_id", "identity_id", "main_indicator")),
        Projection("identity_id", ("id", "created_at", "survey_id", "foreign_id", "intervention_id")),
    ),
    summaries=(
        Summary(
            "question_counts",
            "SELECT DISTINCT json_array_length(answers, '$.questions') AS questions FROM survey_responses",
        ),
    ),
)
