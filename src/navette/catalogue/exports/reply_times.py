"""Reply times: how long customers wait for agents, in all hours and in the business hours of the source.

A *reply* is an agent's message that is not automatic and not a draft. An *exchange* is one or more messages of the
customer and the reply that ends the wait; its reply time runs from the first of those messages. All times are in
whole microseconds. An export that has these times shares the relations of ``sides_and_exchanges``.
"""

from navette.catalogue.export import Column, Shared
from navette.catalogue.exports.business_hours import OPEN_TIMES
from navette.catalogue.exports.message_order import ORDER_COLUMNS, ordered_messages
from navette.core.types import Integer, ReplyTime

# The side of each message: the customer (identity), an agent (user), or none.
_SIDE = """
    CASE
        WHEN coalesce(auto_submitted, false) THEN 'none'
        WHEN creator_id IS NULL THEN 'identity'
        WHEN coalesce(status, '') IN ('Draft', 'Pending approval') THEN 'none'
        ELSE 'user'
    END
"""

# The messages in order, each with the number of replies before it.
_SIDES = ordered_messages(
    "{messages}",
    columns=f"source_id, private_message, {_SIDE} AS side",
    before="CASE WHEN c.side = 'user' THEN 1 ELSE 0 END",
)

# The number of replies before a message numbers its exchange. A message without a date belongs to none.
_EXCHANGES = """
    SELECT
        key, before AS number, min(source_id) AS source_id,
        min(created_at) FILTER (WHERE side = 'identity') AS asked_at,
        min(created_at) FILTER (WHERE side = 'user') AS replied_at
    FROM sides WHERE side <> 'none' AND created_at IS NOT NULL
    GROUP BY key, before
    HAVING count(*) FILTER (WHERE side = 'identity') > 0 AND count(*) FILTER (WHERE side = 'user') > 0
"""


MESSAGE_COLUMNS = (*ORDER_COLUMNS, "source_id", "private_message", "auto_submitted", "status")
"""The columns of ``contents`` that the times need, besides the one that becomes ``key``."""


def sides_and_exchanges(messages: str) -> tuple[Shared, Shared]:
    """The relations that ``REPLIES`` and ``REPLIES_IN_BUSINESS_HOURS`` read.

    ``messages`` is a query for ``key``, by which the times are grouped, and the columns of ``contents``.
    """
    return Shared("sides", _SIDES.format(messages=messages)), Shared("exchanges", _EXCHANGES)


REPLIES = """(
    WITH waits AS (
        SELECT
            key, count(*) AS exchanges,
            arg_min(epoch_us(replied_at) - epoch_us(asked_at), number) AS first_us,
            sum(epoch_us(replied_at) - epoch_us(asked_at)) AS total_us
        FROM exchanges GROUP BY key
    ),
    counts AS (
        SELECT
            key,
            count(*) FILTER (WHERE side = 'user') AS user_count,
            count(*) FILTER (WHERE side = 'user' AND private_message) AS user_private_count,
            count(*) FILTER (WHERE side = 'identity') AS identity_count,
            count(*) FILTER (WHERE side = 'identity' AND private_message) AS identity_private_count,
            arg_min(id, place) FILTER (WHERE side = 'identity') AS first_message_id,
            arg_min(id, place) FILTER (WHERE side = 'user') AS first_reply_id,
            min(created_at) FILTER (WHERE side = 'user') AS first_reply_at,
            max(created_at) FILTER (WHERE side = 'user') AS last_reply_at,
            epoch_us(max(created_at) FILTER (WHERE side = 'user')) - epoch_us(min(created_at)) AS whole_us
        FROM sides WHERE side <> 'none' GROUP BY key
    )
    SELECT counts.*, waits.exchanges, waits.first_us, waits.total_us
    FROM counts LEFT JOIN waits ON waits.key = counts.key
)"""
"""For each key: the counts of messages, the first and last replies, and the reply times.

``first_us`` is the first exchange's reply time, ``total_us`` the sum over its ``exchanges``; ``whole_us`` runs from the
first message to the last reply.
"""

REPLIES_IN_BUSINESS_HOURS = f"""(
    WITH spans AS (
        SELECT key, number, source_id, asked_at AS begins, replied_at AS ends FROM exchanges
        UNION ALL
        SELECT
            key, -1 AS number, min(source_id) AS source_id, min(created_at) AS begins,
            max(created_at) FILTER (WHERE side = 'user') AS ends
        FROM sides WHERE side <> 'none' GROUP BY key
    ),
    open AS ({OPEN_TIMES})
    SELECT
        key,
        nullif(arg_min(coalesce(open_us, -1), number) FILTER (WHERE number >= 0), -1) AS first_us,
        CASE
            WHEN count(*) FILTER (WHERE number >= 0) = count(open_us) FILTER (WHERE number >= 0)
            THEN sum(open_us) FILTER (WHERE number >= 0)
        END AS total_us,
        max(open_us) FILTER (WHERE number = -1) AS whole_us
    FROM open GROUP BY key
)"""
"""For each key: the times of ``REPLIES`` while the source was open, null if one of them is unknown."""


# The columns that cases and segments share: ``r`` is ``REPLIES``, ``b`` the same in business hours.
FIRST_REPLY = (
    Column(
        "first_user_reply_in",
        ReplyTime,
        "r.first_us",
        "First reply time",
        "Minutes (or seconds) that the customer waited for the first reply.",
    ),
    Column(
        "first_user_reply_in_bh",
        ReplyTime,
        "b.first_us",
        "First reply time in business hours",
        "Minutes (or seconds) that the customer waited for the first reply, while the source was open.",
    ),
)
AVERAGE_REPLY = (
    Column(
        "user_reply_in_average",
        ReplyTime,
        "r.total_us // r.exchanges",
        "Average reply time",
        "Minutes (or seconds) that the customer waited for a reply, on average.",
    ),
    Column(
        "user_reply_in_average_bh",
        ReplyTime,
        "b.total_us // r.exchanges",
        "Average reply time in business hours",
        "Minutes (or seconds) that the customer waited for a reply while the source was open, on average.",
    ),
    Column(
        "user_reply_in_average_count",
        Integer,
        "coalesce(r.exchanges, 0)",
        "Exchange count",
        "How many times the customer wrote and was answered: the weight of the average.",
    ),
)
