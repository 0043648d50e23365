"""Segments of cases: the part of a case that one agent handled."""

from navette.catalogue.export import Column, Export, Lookup, Related
from navette.catalogue.exports.message_order import number_in
from navette.catalogue.exports.relations import AGENT_NAMES, CASES, IDENTITY_NAMES, OF_CASES, customers
from navette.catalogue.exports.reply_times import (
    AVERAGE_REPLY,
    FIRST_REPLY,
    MESSAGE_COLUMNS,
    REPLIES,
    REPLIES_IN_BUSINESS_HOURS,
    sides_and_exchanges,
)
from navette.core.types import Boolean, Datetime, ObjectId, String

# A segment has the case's messages from its creation to that of the next one; the first also has the earlier ones.
_MESSAGES = f"""
    SELECT g.id AS key, m.*
    FROM (
        SELECT
            id, intervention_id,
            CASE WHEN lag(id) OVER following IS NULL THEN TIMESTAMPTZ '0001-01-01 00:00:00+00'
                ELSE created_at END AS begins,
            coalesce(lead(created_at) OVER following, TIMESTAMPTZ '9999-12-31 00:00:00+00') AS ends
        FROM siblings
        WINDOW following AS (PARTITION BY intervention_id ORDER BY created_at, {number_in("foreign_id")}, id)
    ) AS g
    JOIN messages AS m
        ON m.intervention_id = g.intervention_id AND m.created_at >= g.begins AND m.created_at < g.ends
    WHERE g.id IN (SELECT id FROM base)
"""

INTERVENTIONS_SEGMENTS = Export(
    name="interventions_segments",
    label="Case segments",
    description="The parts of cases that each agent handled over a period, with their reply times and summaries.",
    grain="one row per segment",
    rows="intervention_segments AS g",
    related=(
        CASES,
        Related(
            "siblings",
            "intervention_segments",
            by="intervention_id",
            ids=CASES.ids,
            columns=("id", "intervention_id", "created_at", "foreign_id"),
        ),
        Related(
            "messages", "contents", by="intervention_id", ids=CASES.ids, columns=("intervention_id", *MESSAGE_COLUMNS)
        ),
        Related(
            "threads_of_cases", "threads", by="id", ids="SELECT thread_id FROM cases", columns=("id", "foreign_id")
        ),
        customers("SELECT identity_id FROM cases"),
    ),
    shared=sides_and_exchanges(_MESSAGES),
    lookups=(
        Lookup("v", OF_CASES, on="v.id = g.intervention_id"),
        Lookup("t", "threads_of_cases", on="t.id = v.thread_id"),
        Lookup("i", IDENTITY_NAMES, on="i.id = v.identity_id"),
        Lookup("s", "sources", on="s.id = v.source_id"),
        Lookup("u", AGENT_NAMES, on="u.id = g.user_id"),
        Lookup("r", REPLIES, on="r.key = g.id"),
        Lookup("b", REPLIES_IN_BUSINESS_HOURS, on="b.key = g.id"),
    ),
    times={"created": "g.created_at"},
    filters={
        "source": "g.intervention_id IN (SELECT id FROM cases WHERE source_id = $value)",
        "category": "g.intervention_id IN (SELECT id FROM cases WHERE list_contains(category_ids, $value))",
        "agent": "g.user_id = $value",
        "team": "g.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
    },
    incremental=True,
    columns=(
        Column("created_at", Datetime, "g.created_at", "Creation date", "When the record was created."),
        Column("updated_at", Datetime, "g.updated_at", "Update date", "When the record was last changed."),
        Column("id", ObjectId, "g.id", "ID", "Identifier of the segment."),
        Column("intervention_id", ObjectId, "g.intervention_id", "Case ID", "Identifier of the case."),
        Column(
            "foreign_id",
            ObjectId,
            "g.foreign_id",
            "External ID",
            "The segment's identifier in the system that it comes from.",
        ),
        Column("user_id", ObjectId, "g.user_id", "Agent ID", "Identifier of the agent."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        *FIRST_REPLY,
        *AVERAGE_REPLY,
        Column("identity_id", ObjectId, "v.identity_id", "Identity ID", "Identifier of the customer's identity."),
        Column(
            "identity_name",
            String,
            "i.name",
            "Identity name",
            "Screen name, else first and last name, of the customer.",
        ),
        Column(
            "identity_foreign_id",
            ObjectId,
            "i.foreign_id",
            "Identity external ID",
            "The identity's identifier on the source.",
        ),
        Column("source_id", ObjectId, "v.source_id", "Source ID", "Identifier of the source."),
        Column("source_name", String, "s.name", "Source name", "Name of the source."),
        Column("source_type", String, "s.type", "Source type", "Kind of source, such as Facebook or Email."),
        Column("thread_id", ObjectId, "v.thread_id", "Thread ID", "Identifier of the thread."),
        Column(
            "thread_foreign_id",
            ObjectId,
            "t.foreign_id",
            "Thread external ID",
            "The thread's identifier on the source.",
        ),
        Column("auto_summary", String, "g.auto_summary", "Automatic summary", "Summary that was generated."),
        Column("agent_summary", String, "g.agent_summary", "Agent summary", "Summary as the agent left it."),
        Column(
            "summary_edited", Boolean, "g.summary_edited", "Summary edited", "Whether the agent changed the summary."
        ),
    ),
)
