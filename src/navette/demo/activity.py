"""The rows of tasks (one per case), of their selection by agents, and of agents' notifications."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from navette.demo import columns as col
from navette.demo.cases import case_categories, case_end, case_source, dice_of
from navette.demo.conversations import Chunk
from navette.demo.draw import Ints, every, spread
from navette.demo.object_ids import object_ids
from navette.demo.period import DAY

TASK_STEPS = ["realtime_default_target", "realtime_overflow_target", "workbin"]
_SETTINGS = [
    "content_imported_in_identity_tags",
    "content_imported_in_my_interventions",
    "content_imported_in_my_sources",
    "content_requiring_approval",
    "content_thread_categorized_in_my_categories",
    "intervention_assigned",
    "intervention_reactivated",
]
_ABOUT_CATEGORIES = 4
_NOTIFIED = (1, 12, 2, 1, 2, 10, 2)


def activity(chunk: Chunk) -> Iterator[tuple[str, pa.Table]]:
    """The tasks that agents received, their selections and their notifications."""
    yield "tasks", _tasks(chunk)
    yield "task_selections", _selections(chunk)
    yield "agent_notifications", _notifications(chunk)


def task_ids(chunk: Chunk) -> pa.Array:
    """The identifier of each case's task."""
    return object_ids(chunk.setup.seed, "tasks", chunk.cases.created, chunk.cases.serial)


def accepted_at(chunk: Chunk) -> Ints:
    """The time at which an agent accepted each task: before the first answer, and before the case was done."""
    created = chunk.cases.created
    wait = dice_of(chunk, "accepted").fractions(len(created)) * 0.5 * (case_end(chunk) - created)
    return created + np.maximum(wait, 0).astype(np.int64)


def _tasks(chunk: Chunk) -> pa.Table:
    cases, setup, dice, source = chunk.cases, chunk.setup, dice_of(chunk, "tasks"), case_source(chunk)
    count, end = len(cases), np.maximum(np.minimum(case_end(chunk) + 30, chunk.setup.period.end - 1), cases.created)
    answered = cases.last_reply >= 0
    rows = {
        "id": task_ids(chunk),
        "created_at": col.instants(cases.created),
        "updated_at": col.instants(end),
        "channel_id": col.chosen(setup.channel_ids, setup.source_channel[source]),
        "source_id": col.chosen(setup.source_ids, source),
        "thread_id": col.chosen(chunk.thread_ids, cases.thread),
        "content_id": col.chosen(chunk.content_ids, cases.first),
        "intervention_id": col.chosen(chunk.case_ids, cases.serial - cases.serial[0] if count else cases.serial),
        "agent_ids": _agents_of(chunk),
        "category_ids": col.chosen(setup.category_sets, case_categories(chunk)),
        "priority": col.numbers(dice.below(12, count) - 1),
        "step": col.chosen(TASK_STEPS, spread((6, 2, 1), cases.serial)),
        "accepted_at": col.instants(accepted_at(chunk), answered),
        "completed_at": col.instants(end, answered & ~cases.opened),
        "expire_at": col.instants(cases.created + DAY, ~every(5, cases.serial)),
    }
    return col.in_time_order(col.rows_of("tasks", rows), cases.created)


def _agents_of(chunk: Chunk) -> pa.Array:
    """The agent who has the task, after the one who had it before."""
    cases = chunk.cases
    moved = cases.first_agent != cases.agent
    members = np.stack((cases.first_agent, cases.agent), axis=1).reshape(-1)
    has_task = np.stack((moved, np.ones(len(cases), dtype=bool)), axis=1).reshape(-1)
    offsets = np.append(0, np.cumsum(1 + moved.astype(np.int32))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), col.chosen(chunk.setup.agents.ids, members[has_task]))


def _selections(chunk: Chunk) -> pa.Table:
    """One to three times at which the agent had each task on the screen, for half a minute to an hour."""
    cases, setup, dice = chunk.cases, chunk.setup, dice_of(chunk, "selections")
    answered = np.flatnonzero(cases.last_reply >= 0)
    times = np.minimum(1 + dice.weighted((12, 2, 1), len(answered)), 3)
    case, nth = np.repeat(answered, times), np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    accepted, end = accepted_at(chunk)[case], case_end(chunk)[case]
    started = accepted + (nth * 0.4 * np.maximum(end - accepted, 0)).astype(np.int64) + nth
    started = np.minimum(started, chunk.setup.period.end - 2)
    ended = np.minimum(started + 20 + np.minimum(dice.delays(180.0, len(case)), 3600), chunk.setup.period.end - 1)
    serial = cases.serial[case] * 3 + nth
    rows = {
        "id": object_ids(setup.seed, "task_selections", started, serial),
        "created_at": col.instants(started),
        "started_at": col.instants(started),
        "ended_at": col.instants(ended, ~((nth == times.max(initial=0)) | every(499, serial))),
        "user_id": col.chosen(setup.agents.ids, np.where(nth == 0, cases.first_agent[case], cases.agent[case])),
        "task_id": col.chosen(task_ids(chunk), case),
    }
    return col.in_time_order(col.rows_of("task_selections", rows), started)


def _notifications(chunk: Chunk) -> pa.Table:
    """A notification for about one in four of the customers' messages, to the agent in charge."""
    messages, cases, setup = chunk.messages, chunk.cases, chunk.setup
    dice = dice_of(chunk, "notifications")
    message = np.flatnonzero(~messages.by_agent & (messages.case >= 0) & dice.chance(0.25, len(messages)))
    case, serial = messages.case[message], messages.serial[message]
    name, created = spread(_NOTIFIED, serial), np.minimum(messages.at[message] + 4, chunk.setup.period.end - 1)
    sets = case_categories(chunk)[case]
    rows = {
        "id": object_ids(setup.seed, "agent_notifications", created, serial),
        "created_at": col.instants(created),
        "user_id": col.chosen(setup.agents.ids, cases.agent[case]),
        "name": col.chosen(_SETTINGS, name),
        "content_id": col.chosen(chunk.content_ids, message),
        "thread_id": col.chosen(chunk.thread_ids, messages.thread[message]),
        "intervention_id": col.chosen(chunk.case_ids, case),
        "source_id": col.chosen(setup.source_ids, chunk.threads.source[messages.thread[message]]),
        "category_ids": col.chosen(setup.category_sets, sets, name == _ABOUT_CATEGORIES),
    }
    return col.in_time_order(col.rows_of("agent_notifications", rows), created)
