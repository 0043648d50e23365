"""Interaction selection activity: the time that agents spent on tasks."""

from navette.catalogue.export import Column, Export, Lookup, Related
from navette.catalogue.exports.relations import AGENT_NAMES
from navette.core.types import Array, Datetime, Integer, ObjectId, String

# Between the start and the end in whole seconds, as the file shows them; null if the end comes first.
_SECONDS = """
    CASE WHEN a.ended_at >= a.started_at
        THEN date_diff('second', date_trunc('second', a.started_at), date_trunc('second', a.ended_at)) END
"""

_TASKS = Related(
    "selected",
    "tasks",
    by="id",
    ids="SELECT task_id FROM base",
    columns=("id", "channel_id", "source_id", "intervention_id", "category_ids"),
)

TASK_SELECTION_ACTIVITIES = Export(
    name="task_selection_activities",
    label="Interaction selection activity",
    description="The time that agents spent on each digital interaction (task) that they selected.",
    grain="one row per selection of a task by an agent",
    rows="task_selections AS a",
    related=(_TASKS,),
    lookups=(Lookup("u", AGENT_NAMES, on="u.id = a.user_id"), Lookup("t", "selected", on="t.id = a.task_id")),
    times={"started": "a.started_at"},
    filters={
        "agent": "a.user_id = $value",
        "team": "a.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
        "source": "a.task_id IN (SELECT id FROM selected WHERE source_id = $value)",
        "channel": "a.task_id IN (SELECT id FROM selected WHERE channel_id = $value)",
        "category": "a.task_id IN (SELECT id FROM selected WHERE list_contains(category_ids, $value))",
    },
    incremental=True,
    columns=(
        Column("id", ObjectId, "a.id", "ID", "Identifier of the selection."),
        Column("created_at", Datetime, "a.created_at", "Creation date", "When the record was created."),
        Column("start", Datetime, "a.started_at", "Start", "When the agent selected the task."),
        Column("end", Datetime, "a.ended_at", "End", "When the agent left the task; empty while it is selected."),
        Column("duration", Integer, _SECONDS, "Duration", "Time from start to end, in seconds."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        Column("user_id", ObjectId, "a.user_id", "Agent ID", "Identifier of the agent."),
        Column("task_id", ObjectId, "a.task_id", "Task ID", "Identifier of the task."),
        Column("category_ids", Array, "t.category_ids", "Category IDs", "Identifiers of the task's categories."),
        Column("intervention_id", ObjectId, "t.intervention_id", "Case ID", "Identifier of the task's case."),
        Column("source_id", ObjectId, "t.source_id", "Source ID", "Identifier of the task's source."),
    ),
)
