"""Activity: the audit log, notifications, tasks and their selection, presence."""

from navette.core.types import Array, Date, Datetime, Integer, Json, ObjectId, String, Text
from navette.tables.table import CREATED_AT, ID, UPDATED_AT, Field, Projection, Table

EVENTS = Table(
    "events",
    (
        ID,
        CREATED_AT,
        Field("name", String),
        Field("user_id", ObjectId, references="agents"),
        Field("message", Text),
        Field("content_thread_id", ObjectId, references="threads"),
        Field("content_source_id", ObjectId, references="sources"),
        Field("intervention_id", ObjectId, references="interventions"),
        Field("content_id", ObjectId, references="contents"),
        Field("category_ids", Array, references="categories"),
        Field("task_id", ObjectId, references="tasks"),
        Field("action", String),
        Field("step", String),
        Field("rules_engine_rule_id", ObjectId),
        Field("entry_id", ObjectId, references="reply_assistant_entries"),
        Field("version_id", ObjectId, references="reply_assistant_versions"),
        Field("extra_infos", Json),
    ),
    updated=None,
    monthly=True,
    projections=(Projection("category_ids", ("created_at", "user_id", "content_source_id", "name")),),
)

AGENT_NOTIFICATIONS = Table(
    "agent_notifications",
    (
        ID,
        CREATED_AT,
        # The agent who was notified.
        Field("user_id", ObjectId, references="agents"),
        # The event, as the notification settings name it: intervention_assigned, …
        Field("name", String),
        Field("content_id", ObjectId, references="contents"),
        Field("thread_id", ObjectId, references="threads"),
        Field("intervention_id", ObjectId, references="interventions"),
        Field("source_id", ObjectId, references="sources"),
        Field("category_ids", Array, references="categories"),
    ),
    updated=None,
    monthly=True,
)

TASKS = Table(
    "tasks",
    (
        ID,
        CREATED_AT,
        UPDATED_AT,
        Field("channel_id", ObjectId, references="channels"),
        Field("source_id", ObjectId, references="sources"),
        Field("thread_id", ObjectId, references="threads"),
        Field("content_id", ObjectId, references="contents"),
        Field("intervention_id", ObjectId, references="interventions"),
        Field("agent_ids", Array, references="agents"),
        Field("category_ids", Array, references="categories"),
        Field("priority", Integer),
        Field("step", String),
        Field("accepted_at", Datetime),
        Field("completed_at", Datetime),
        Field("expire_at", Datetime),
    ),
    monthly=True,
    projections=(Projection("intervention_id", ("id",)),),
)

TASK_SELECTIONS = Table(
    "task_selections",
    (
        ID,
        CREATED_AT,
        # The time during which the agent had the task selected.
        Field("started_at", Datetime),
        Field("ended_at", Datetime),
        Field("user_id", ObjectId, references="agents"),
        Field("task_id", ObjectId, references="tasks"),
    ),
    updated=None,
    monthly=True,
    projections=(Projection("task_id", ("id", "started_at", "ended_at")),),
)

PRESENCE_TIMES = Table(
    "presence_times",
    (
        Field("id", String),
        Field("date", Date),
        Field("user_id", ObjectId, references="agents"),
        # presence (connected) and activity (working) belong to the agent; available, away, busy, full and unoccupied
        # belong to one channel; custom is one of the domain's away statuses, on all channels.
        Field("state", String),
        Field("channel_id", ObjectId, references="channels"),
        Field("presence_status_id", ObjectId, references="presence_statuses"),
        Field("seconds", Integer),
    ),
    updated=None,
)
