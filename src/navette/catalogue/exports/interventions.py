"""Interventions: the cases, an agent's work on a thread."""

from navette.catalogue.export import Column, Export, Lookup, Related
from navette.catalogue.exports.message_order import number_in, ordered_messages
from navette.catalogue.exports.relations import AGENT_NAMES, IDENTITY_NAMES, customers, names_of
from navette.catalogue.exports.reply_times import (
    AVERAGE_REPLY,
    FIRST_REPLY,
    MESSAGE_COLUMNS,
    REPLIES,
    REPLIES_IN_BUSINESS_HOURS,
    sides_and_exchanges,
)
from navette.core.types import (
    Array,
    Boolean,
    Datetime,
    DatetimeString,
    Integer,
    ObjectId,
    ReplyTime,
    Seconds,
    String,
)

_MESSAGES = "SELECT intervention_id AS key, * FROM messages"

_COMMENTS = "(SELECT intervention_id, count(*) AS count FROM comments GROUP BY intervention_id)"

# The time that agents had the case's tasks selected. A selection that ends before it starts is an error of its source.
_HANDLING = """(
    SELECT k.intervention_id, sum(epoch_us(z.ended_at) - epoch_us(z.started_at)) AS microseconds
    FROM selections AS z JOIN tasks_of_cases AS k ON k.id = z.task_id
    WHERE z.ended_at >= z.started_at
    GROUP BY k.intervention_id
)"""

_OF_CASES_WITHOUT_FIRST = (
    "SELECT intervention_id AS key, * FROM messages"
    " WHERE intervention_id IN (SELECT id FROM base WHERE content_id IS NULL)"
)

# The first message of each case: the one that it names, or else the first of its messages.
_FIRST_IDS = f"""
    SELECT id AS intervention_id, content_id FROM base WHERE content_id IS NOT NULL
    UNION ALL
    SELECT key AS intervention_id, id AS content_id
    FROM ({ordered_messages(_OF_CASES_WITHOUT_FIRST, "source_id")}) AS c WHERE place = 1
"""
_FIRST_MESSAGE = f"""(
    SELECT f.intervention_id, m.title FROM ({_FIRST_IDS}) AS f JOIN first_messages AS m ON m.id = f.content_id
)"""

# If there are several submissions for one case, the last one counts.
_SATISFACTION = f"""(
    SELECT r.intervention_id, r.main_indicator, r.created_at, r.foreign_id, v.foreign_id AS survey_foreign_id
    FROM (
        SELECT *, row_number() OVER (
            PARTITION BY intervention_id ORDER BY created_at DESC, {number_in("foreign_id")} DESC NULLS FIRST, id DESC
        ) AS place
        FROM responses
    ) AS r
    LEFT JOIN surveys AS v ON v.id = r.survey_id
    WHERE r.place = 1
)"""


def _of_cases(name: str, table: str, *columns: str) -> Related:
    ids = "SELECT id FROM base"
    return Related(name, table, by="intervention_id", ids=ids, columns=("intervention_id", *columns))


INTERVENTIONS = Export(
    name="interventions",
    label="Cases",
    description="All the cases opened over a period, with their reply times.",
    grain="one row per case",
    rows="interventions AS v",
    related=(
        customers("SELECT identity_id FROM base"),
        _of_cases("messages", "contents", *MESSAGE_COLUMNS),
        Related(
            "first_messages",
            "contents",
            by="id",
            ids=f"SELECT content_id FROM ({_FIRST_IDS}) AS f",
            columns=("id", "title"),
        ),
        Related("threads_of_cases", "threads", by="id", ids="SELECT thread_id FROM base", columns=("id", "title")),
        _of_cases("comments", "intervention_comments"),
        _of_cases("tasks_of_cases", "tasks", "id"),
        Related(
            "selections",
            "task_selections",
            by="task_id",
            ids="SELECT id FROM tasks_of_cases",
            columns=("task_id", "started_at", "ended_at"),
        ),
        _of_cases("responses", "survey_responses", "id", "created_at", "foreign_id", "survey_id", "main_indicator"),
    ),
    shared=sides_and_exchanges(_MESSAGES),
    lookups=(
        Lookup("s", "sources", on="s.id = v.source_id"),
        Lookup("u", AGENT_NAMES, on="u.id = v.user_id"),
        Lookup("i", IDENTITY_NAMES, on="i.id = v.identity_id"),
        Lookup("m", _FIRST_MESSAGE, on="m.intervention_id = v.id"),
        Lookup("t", "threads_of_cases", on="t.id = v.thread_id"),
        Lookup("k", names_of("category_ids", "categories"), on="k.ids = v.category_ids"),
        Lookup("r", REPLIES, on="r.key = v.id"),
        Lookup("b", REPLIES_IN_BUSINESS_HOURS, on="b.key = v.id"),
        Lookup("c", _COMMENTS, on="c.intervention_id = v.id"),
        Lookup("h", _HANDLING, on="h.intervention_id = v.id"),
        Lookup("q", _SATISFACTION, on="q.intervention_id = v.id"),
    ),
    times={"created": "v.created_at", "updated": "v.updated_at"},
    filters={
        "source": "v.source_id = $value",
        "channel": "v.source_id IN (SELECT id FROM sources WHERE channel_id = $value)",
        "category": "list_contains(v.category_ids, $value)",
        "agent": "v.user_id = $value",
        "team": "v.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
        "status": "v.status = $value",
    },
    incremental=True,
    columns=(
        Column("created_at", Datetime, "v.created_at", "Creation date", "When the record was created."),
        Column("updated_at", Datetime, "v.updated_at", "Update date", "When the record was last changed."),
        # As in the reference: the date of the last reply, not the time at which an agent solved the case.
        Column(
            "closed_at",
            Datetime,
            "CASE WHEN v.status = 'Closed' THEN r.last_reply_at END",
            "Close date",
            "When agents last replied, once the case is closed.",
        ),
        Column(
            "closed_automatically",
            String,
            "v.closed_automatically",
            "Automatic close cause",
            "What closed the case, where no agent did.",
        ),
        Column("source_id", ObjectId, "v.source_id", "Source ID", "Identifier of the source."),
        Column("source_type", String, "s.type", "Source type", "Kind of source, such as Facebook or Email."),
        Column("source_name", String, "s.name", "Source name", "Name of the source."),
        Column("content_thread_id", ObjectId, "v.thread_id", "Thread ID", "Identifier of the thread."),
        Column("id", ObjectId, "v.id", "ID", "Identifier of the case."),
        Column("status", String, "v.status", "Status", "Opened or Closed."),
        Column("deferred_at", Datetime, "v.deferred_at", "Deferred until", "When the deferral of the case ends."),
        Column("user_id", ObjectId, "v.user_id", "Agent ID", "Identifier of the agent."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        Column(
            "user_replies_count",
            Integer,
            "coalesce(r.user_count, 0)",
            "Reply count",
            "How many replies agents sent by hand.",
        ),
        Column(
            "user_private_replies_count",
            Integer,
            "coalesce(r.user_private_count, 0)",
            "Private reply count",
            "How many of the replies are private.",
        ),
        Column(
            "user_public_replies_count",
            Integer,
            "coalesce(r.user_count - r.user_private_count, 0)",
            "Public reply count",
            "How many of the replies are public.",
        ),
        Column(
            "first_identity_content_id",
            ObjectId,
            "r.first_message_id",
            "First customer message ID",
            "Identifier of the customer's first message.",
        ),
        Column("first_user_reply_id", ObjectId, "r.first_reply_id", "First reply ID", "Identifier of the first reply."),
        Column(
            "first_user_reply_at", DatetimeString, "r.first_reply_at", "First reply date", "When agents first replied."
        ),
        Column("last_user_reply_at", DatetimeString, "r.last_reply_at", "Last reply date", "When agents last replied."),
        Column(
            "last_user_reply_in",
            ReplyTime,
            "r.whole_us",
            "Duration",
            "Minutes (or seconds) from the case's first message, of either side, to the last reply.",
        ),
        # A source without business hours is always open: both times are then the same.
        Column(
            "last_user_reply_in_bh",
            ReplyTime,
            "b.whole_us",
            "Duration in business hours",
            "Minutes (or seconds) from the case's first message to the last reply, while the source was open.",
        ),
        *FIRST_REPLY,
        Column(
            "handling_time",
            Seconds,
            "coalesce(h.microseconds, 0)",
            "Handling time",
            "Seconds for which agents had the case's tasks selected.",
        ),
        Column("title", String, "coalesce(m.title, t.title)", "Title", "Title of the first message, or of the thread."),
        Column("identity_id", ObjectId, "v.identity_id", "Identity ID", "Identifier of the customer's identity."),
        Column(
            "identity_name",
            String,
            "i.name",
            "Identity name",
            "Screen name, else first and last name, of the customer.",
        ),
        Column(
            "identity_contents_count",
            Integer,
            "coalesce(r.identity_count, 0)",
            "Customer message count",
            "How many messages the customer sent.",
        ),
        Column(
            "identity_private_contents_count",
            Integer,
            "coalesce(r.identity_private_count, 0)",
            "Private customer message count",
            "How many of the customer's messages are private.",
        ),
        Column(
            "identity_public_contents_count",
            Integer,
            "coalesce(r.identity_count - r.identity_private_count, 0)",
            "Public customer message count",
            "How many of the customer's messages are public.",
        ),
        Column("categories", Array, "k.names", "Categories", "Names of the categories."),
        Column("comments_count", Integer, "coalesce(c.count, 0)", "Comment count", "How many comments the case has."),
        *AVERAGE_REPLY,
        Column(
            "translation_enabled",
            Boolean,
            "v.translation_enabled",
            "Translation enabled",
            "Whether translation was on when the case was opened.",
        ),
        Column(
            "detected_language",
            String,
            "v.detected_language",
            "Detected language",
            "Language of the first message, an ISO 639-1 code.",
        ),
        Column(
            "satisfaction_grade",
            Integer,
            "q.main_indicator",
            "Satisfaction grade",
            "Value of the answer to the survey's main question, in the last submission.",
            extension="Surveys",
        ),
        Column(
            "satisfaction_sent_at",
            Datetime,
            "v.satisfaction_sent_at",
            "Survey sent date",
            "When the survey was sent.",
            extension="Surveys",
        ),
        Column(
            "satisfaction_answered_at",
            Datetime,
            "q.created_at",
            "Survey answer date",
            "When the customer last answered the survey.",
            extension="Surveys",
        ),
        Column(
            "satisfaction_response_id",
            String,
            "q.foreign_id",
            "Provider response ID",
            "Identifier of the response at the survey's provider.",
            extension="Surveys",
        ),
        Column(
            "satisfaction_survey_id",
            String,
            "q.survey_foreign_id",
            "Provider survey ID",
            "Identifier of the survey at its provider.",
            extension="Surveys",
        ),
    ),
)
