"""The rows of cases, of their segments and of agents' comments."""

import numpy as np
import pyarrow as pa

from navette.demo import columns as col
from navette.demo.bodies import Phrasebook, with_awkward
from navette.demo.conversations import Chunk
from navette.demo.draw import Dice, Flags, Ints, every, spread
from navette.demo.kinds import CHAT
from navette.demo.object_ids import object_ids
from navette.demo.period import DAY

_CLOSED_AUTOMATICALLY = ["chat_disconnected", "inactivity", "task_timeout"]
_FIELD_VALUES: tuple[dict[str, object], ...] = (
    {"refund_amount": 19.9, "escalated": False},
    {"refund_amount": -5, "escalated": True},
    {"escalated": False},
    {},
    {"refund_amount": None, "escalated": True},
    {"refund_amount": 1234567.89},
)


def dice_of(chunk: Chunk, part: str) -> Dice:
    """The dice of one table's part in a chunk."""
    return Dice(chunk.setup.seed, part, int(chunk.threads.serial[0]))


def case_source(chunk: Chunk) -> Ints:
    """The source of each case, by position."""
    return chunk.threads.source[chunk.cases.thread]


def case_end(chunk: Chunk) -> Ints:
    """The time at which the last message of each case was written."""
    return chunk.messages.at[chunk.cases.last]


def surveyed(chunk: Chunk) -> Flags:
    """The cases with a survey for the customer: a third of the closed ones that were answered."""
    cases = chunk.cases
    flags: Flags = ~cases.opened & (cases.last_reply >= 0) & (cases.serial * 5 % 17 < 6)
    return flags


def interventions(chunk: Chunk) -> pa.Table:
    """The chunk's cases in time order."""
    cases, setup, dice, source = chunk.cases, chunk.setup, dice_of(chunk, "interventions"), case_source(chunk)
    count, end = len(cases), case_end(chunk)
    chats = setup.source_channel[source] == CHAT
    automatic = ~cases.opened & (dice.chance(0.05, count) | every(29, cases.serial) | (chats & dice.chance(0.4, count)))
    deferred = every(17, cases.serial, 3) | dice.chance(0.03, count)
    survey_time = np.minimum(end + 1800, chunk.setup.period.end - 1)
    updated = np.where(surveyed(chunk), np.maximum(survey_time, end), end) + dice.delays(2000.0, count)
    rows = {
        "id": chunk.case_ids,
        "created_at": col.instants(cases.created),
        "updated_at": col.instants(np.maximum(np.minimum(updated, chunk.setup.period.end - 1), cases.created)),
        "thread_id": col.chosen(chunk.thread_ids, cases.thread),
        "source_id": col.chosen(setup.source_ids, source),
        "content_id": col.chosen(chunk.content_ids, cases.first),
        "identity_id": col.chosen(chunk.identity_ids, cases.thread),
        "user_id": col.chosen(setup.agents.ids, cases.agent),
        "status": col.chosen(["Closed", "Opened"], cases.opened.astype(np.int64)),
        "closed_automatically": col.chosen(_CLOSED_AUTOMATICALLY, np.where(chats, 0, 1 + cases.serial % 2), automatic),
        "deferred_at": col.instants(cases.created + dice.below(7 * DAY, count) + 3600, deferred),
        "category_ids": col.chosen(setup.category_sets, case_categories(chunk)),
        "translation_enabled": col.flags(chunk.english[cases.thread] != (chunk.desk[cases.thread] > 0)),
        "detected_language": col.chosen(["fr", "en"], chunk.english[cases.thread], ~every(13, cases.serial)),
        "satisfaction_sent_at": col.instants(survey_time, surveyed(chunk)),
        "custom_field_values": col.chosen(
            col.json_texts(_FIELD_VALUES), cases.serial % len(_FIELD_VALUES), dice.chance(0.3, count)
        ),
    }
    return col.in_time_order(col.rows_of("interventions", rows), cases.created)


def case_categories(chunk: Chunk) -> Ints:
    """The set of categories of each case, by position; one in seven has none."""
    cases = chunk.cases
    sets = len(chunk.setup.category_sets) - 1
    draw = dice_of(chunk, "case categories").below(sets, len(cases))
    return np.where(every(7, cases.serial, 2), 0, 1 + draw)


def segments(chunk: Chunk, book: Phrasebook) -> pa.Table:
    """One segment per case, two if it went from one agent to another."""
    cases, messages, setup = chunk.cases, chunk.messages, chunk.setup
    moved = np.flatnonzero(cases.transfer >= 0)
    case = np.concatenate((np.arange(len(cases)), moved))
    second = np.arange(len(case)) >= len(cases)
    created = np.where(second, messages.at[np.maximum(cases.transfer[case], 1) - 1] + 1, cases.created[case])
    created = np.maximum(np.minimum(created, chunk.setup.period.end - 1), cases.created[case])
    serial = cases.serial[case] * 2 + second
    dice = dice_of(chunk, "segments")
    draw, summed = dice.fractions(len(case)), ~every(3, serial, 1)
    edited = summed & (every(9, serial) | dice.chance(0.1, len(case)))
    english = chunk.english[cases.thread[case]]
    summary = book.summaries.take(english, draw)
    rows = {
        "id": object_ids(setup.seed, "segments", created, serial),
        "created_at": col.instants(created),
        "updated_at": col.instants(
            np.maximum(created, np.minimum(case_end(chunk)[case] + 300, chunk.setup.period.end - 1))
        ),
        "foreign_id": col.only(object_ids(setup.seed, "foreign segments", created, serial), ~every(5, serial)),
        "intervention_id": col.chosen(chunk.case_ids, case),
        "user_id": col.chosen(setup.agents.ids, np.where(second, cases.agent[case], cases.first_agent[case])),
        "auto_summary": col.only(summary, summed),
        "agent_summary": col.only(col.joined("EDITED ", summary), edited),
        "summary_edited": col.flags(edited, summed),
    }
    return col.in_time_order(col.rows_of("intervention_segments", rows), created)


def comments(chunk: Chunk, book: Phrasebook) -> pa.Table:
    """Comments on one case in ten, from its agent or a colleague."""
    cases, setup, dice = chunk.cases, chunk.setup, dice_of(chunk, "comments")
    case = np.flatnonzero(dice.chance(0.08, len(cases)) | every(53, cases.serial))
    case = np.sort(np.concatenate((case, case[::7])))  # some have several comments
    serial = cases.serial[case] * 2 + np.append(False, case[1:] == case[:-1])[: len(case)]
    end = case_end(chunk)[case]
    created = cases.created[case] + (dice.fractions(len(case)) * (end - cases.created[case])).astype(np.int64)
    created = np.minimum(np.maximum(created, cases.created[case]), chunk.setup.period.end - 1)
    edited = np.minimum(created + np.where(every(5, serial), 900, 0), chunk.setup.period.end - 1)
    body = book.comments.take(chunk.english[cases.thread[case]], dice.fractions(len(case)))
    rows = {
        "id": object_ids(setup.seed, "comments", created, serial),
        "created_at": col.instants(created),
        "updated_at": col.instants(edited),
        "intervention_id": col.chosen(chunk.case_ids, case),
        "user_id": col.chosen(setup.agents.ids, np.where(serial % 3 == 0, cases.first_agent[case], cases.agent[case])),
        "created_from": col.chosen(["interface", "api", "rules_engine"], spread((8, 2, 1), serial)),
        "body": with_awkward(body, np.arange(len(case)), setup.messages // 40),
    }
    return col.in_time_order(col.rows_of("intervention_comments", rows), created)
