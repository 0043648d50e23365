"""Threads: conversations on a source."""

from navette.catalogue.export import Column, Export, Family, LastOf, Lookup, Related
from navette.catalogue.exports.message_order import ORDER_COLUMNS, ordered_messages
from navette.catalogue.exports.relations import AGENT_NAMES, NO_NAMES, names_of
from navette.core.types import (
    Array,
    Boolean,
    ColumnType,
    Datetime,
    Integer,
    ObjectId,
    String,
    Timestamp,
    Variable,
)

_MESSAGES = "SELECT thread_id AS key, * FROM messages"

# Values from the messages of each thread; a message without a date is neither first nor last. Each language and rating
# is listed once.
_CONTENTS = f"""(
    SELECT
        key AS thread_id,
        count(*) AS count,
        arg_min(struct_pack(id := id, author_id := author_id), place) FILTER (WHERE created_at IS NOT NULL) AS first,
        arg_max(id, place) FILTER (WHERE created_at IS NOT NULL) AS last_id,
        max(created_at) AS last_at,
        list(DISTINCT language ORDER BY language) FILTER (WHERE language IS NOT NULL) AS languages,
        CAST(list(DISTINCT rating ORDER BY rating) FILTER (WHERE rating IS NOT NULL) AS VARCHAR[]) AS ratings
    FROM ({ordered_messages(_MESSAGES, "author_id, language, rating")}) AS c GROUP BY key
)"""

_INTERVENTIONS = "(SELECT thread_id, count(*) AS count FROM cases GROUP BY thread_id)"

# The agents of each thread's cases, each once; those of open cases separately.
_AGENTS = f"""(
    SELECT
        v.thread_id,
        list(v.user_id ORDER BY v.user_id) AS ids,
        list(v.user_id ORDER BY v.user_id) FILTER (WHERE v.opened) AS opened_ids,
        coalesce(list(u.name ORDER BY v.user_id) FILTER (WHERE u.name IS NOT NULL), {NO_NAMES}) AS names,
        CASE WHEN bool_or(v.opened) THEN coalesce(
            list(u.name ORDER BY v.user_id) FILTER (WHERE v.opened AND u.name IS NOT NULL), {NO_NAMES}
        ) END AS opened_names
    FROM (
        SELECT thread_id, user_id, bool_or(coalesce(status, '') <> 'Closed') AS opened
        FROM cases
        WHERE user_id IS NOT NULL
        GROUP BY thread_id, user_id
    ) AS v
    LEFT JOIN {AGENT_NAMES} AS u ON u.id = v.user_id
    GROUP BY v.thread_id
)"""


def _category_ids(key: str, rows: str) -> str:
    """Each category of ``rows``; an empty list has a row too, with an id that no category has."""
    ids = "unnest(CASE WHEN len(category_ids) = 0 THEN CAST([NULL] AS VARCHAR[]) ELSE category_ids END)"
    return f"SELECT {key} AS thread_id, {ids} AS category_id FROM {rows}"


# Every category of the thread, of its messages and of its cases, each once, by name.
_ALL_CATEGORIES = f"""(
    SELECT
        x.thread_id, coalesce(list(DISTINCT k.name ORDER BY k.name) FILTER (WHERE k.name <> ''), {NO_NAMES}) AS names
    FROM (
        {_category_ids("id", "base")}
        UNION
        {_category_ids("thread_id", "messages")}
        UNION
        {_category_ids("thread_id", "cases")}
    ) AS x
    LEFT JOIN categories AS k ON k.id = x.category_id
    GROUP BY x.thread_id
)"""

# The chat variables that occur, each with the one type that holds all its values. If it has fractions and whole numbers
# of more than 53 bits, it is text.
_VARIABLES = """
    SELECT
        '/' || replace(replace(name, '~', '~0'), '/', '~1') AS key,
        name,
        CASE
            WHEN bool_and(is_integer) THEN 'Integer'
            WHEN bool_and(is_float) THEN 'Float'
            WHEN bool_and(is_boolean) THEN 'Boolean'
            ELSE 'String'
        END AS type
    FROM chat_variables
    GROUP BY name
    ORDER BY name
"""


def _chat(name: str, type_: ColumnType, expression: str, label: str, description: str) -> Column:
    """A column that only chats have. It is personal data, because the visited page can reveal the visitor."""
    return Column(name, type_, expression, label, description, sensitive=True, extra="chat")


def _chat_data(name: str, type_: ColumnType, label: str, description: str) -> Column:
    value = f"json_extract_string(t.extra_data, '$.{name}')"
    cast = {Integer: "BIGINT", Timestamp: "BIGINT", Datetime: "TIMESTAMPTZ"}.get(type_)
    return _chat(name, type_, f"TRY_CAST({value} AS {cast})" if cast else value, label, description)


THREADS = Export(
    name="threads",
    label="Threads",
    description="All the conversations created over a period.",
    grain="one row per thread",
    rows="threads AS t",
    related=(
        Related(
            "messages",
            "contents",
            by="thread_id",
            ids="SELECT id FROM base",
            columns=("thread_id", *ORDER_COLUMNS, "author_id", "language", "rating", "category_ids"),
        ),
        Related(
            "cases",
            "interventions",
            by="thread_id",
            ids="SELECT id FROM base",
            columns=("thread_id", "user_id", "status", "category_ids"),
        ),
    ),
    lookups=(
        Lookup("s", "sources", on="s.id = t.source_id"),
        Lookup("k", names_of("category_ids", "categories"), on="k.ids = t.category_ids"),
        Lookup("c", _CONTENTS, on="c.thread_id = t.id"),
        Lookup("n", _ALL_CATEGORIES, on="n.thread_id = t.id"),
        Lookup("v", _INTERVENTIONS, on="v.thread_id = t.id"),
        Lookup("u", _AGENTS, on="u.thread_id = t.id"),
    ),
    times={
        "created": "t.created_at",
        "last_content": LastOf("contents", by="thread_id", time="created_at"),
    },
    filters={
        "source": "t.source_id = $value",
        "channel": "t.source_id IN (SELECT id FROM sources WHERE channel_id = $value)",
        "category": "list_contains(t.category_ids, $value)",
        "agent": "t.id IN (SELECT thread_id FROM cases WHERE user_id = $value)",
        "status": "CASE WHEN t.closed THEN 'closed' ELSE 'opened' END = lower($value)",
    },
    incremental=True,
    columns=(
        Column("id", ObjectId, "t.id", "ID", "Identifier of the thread."),
        Column("foreign_id", String, "t.foreign_id", "External ID", "Identifier on the source."),
        Column("source_id", ObjectId, "t.source_id", "Source ID", "Identifier of the source."),
        Column("source_type", String, "s.type", "Source type", "Kind of source, such as Facebook or Email."),
        Column("source_name", String, "s.name", "Source name", "Name of the source."),
        Column("created_at", Datetime, "t.created_at", "Creation date", "When the record was created."),
        Column("updated_at", Datetime, "t.updated_at", "Update date", "When the record was last changed."),
        Column("closed", Boolean, "t.closed", "Closed", "Whether the thread is closed to new messages."),
        Column(
            "first_categorization_at",
            Datetime,
            "t.first_categorization_at",
            "First categorisation date",
            "When the thread was first given a category.",
        ),
        Column("last_content_id", String, "c.last_id", "Last message ID", "Identifier of the thread's last message."),
        Column("last_content_at", Datetime, "c.last_at", "Last message date", "When the last message was written."),
        Column("title", String, "t.title", "Title", "Title or subject.", sensitive=True),
        Column("contents_count", Integer, "coalesce(c.count, 0)", "Message count", "How many messages the thread has."),
        Column(
            "all_categories",
            Array,
            "n.names",
            "All categories",
            "Names of the categories of the thread, its messages and its cases.",
        ),
        Column("categories", Array, "k.names", "Categories", "Names of the thread's own categories."),
        Column(
            "first_content_id", String, "c.first.id", "First message ID", "Identifier of the thread's first message."
        ),
        Column(
            "first_content_author_id",
            String,
            "c.first.author_id",
            "First author ID",
            "Identifier of the identity that wrote the first message.",
        ),
        Column("languages", Array, "c.languages", "Languages", "Languages of the thread's messages."),
        Column("interventions_count", Integer, "coalesce(v.count, 0)", "Case count", "How many cases the thread has."),
        Column("intervention_user_ids", Array, "u.ids", "Agent IDs", "Identifiers of the agents of its cases."),
        Column(
            "opened_intervention_user_ids",
            Array,
            "u.opened_ids",
            "Active agent IDs",
            "Identifiers of the agents of its cases that are not closed.",
        ),
        Column("ratings", Array, "c.ratings", "Ratings", "Ratings of the thread's messages, each once."),
        _chat_data("trigger_id", ObjectId, "Trigger ID", "Identifier of what started the chat."),
        _chat_data("trigger_name", String, "Trigger name", "Name of what started the chat."),
        _chat_data("close_cause", String, "Close cause", "Why the chat was closed."),
        _chat_data("closed_at", Datetime, "Close date", "When the chat was closed."),
        _chat_data("page_title", String, "Page title", "Title of the page from which the visitor chatted."),
        _chat_data("page_url", String, "Page address", "Address of the page from which the visitor chatted."),
        _chat_data("page_visit_count", Integer, "Page visit count", "How often the visitor had seen that page."),
        _chat_data("page_visit_started_at", Timestamp, "Page visit start", "Unix time at which the page was opened."),
        _chat_data("visit_count", Integer, "Visit count", "How often the visitor had come to the site."),
        _chat_data("visit_started_at", Timestamp, "Visit start", "Unix time at which the visit began."),
        Family(
            variable="{custom_variable_name}",
            members=_VARIABLES,
            term="json_extract_string(t.custom_variables, $keys) AS variables",
            named_by="threads",
            columns=(
                _chat(
                    "{custom_variable_name}",
                    Variable,
                    "t.variables[$number]",
                    "Chat variable",
                    "Value of a variable that the site gave the chat.",
                ),
            ),
        ),
        _chat("intervention_user_names", Array, "u.names", "Agent names", "Names of the agents of its cases."),
        _chat(
            "opened_intervention_user_names",
            Array,
            "u.opened_names",
            "Active agent names",
            "Names of the agents of its cases that are not closed.",
        ),
    ),
)
