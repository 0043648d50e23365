"""Reply times: how long customers wait for agents, in all hours and in the business hours of the source.

A *reply* is a message of an agent that was sent by hand (no automatism, no draft). An *exchange* is one or more
messages of the customer and the reply that ends their wait; its reply time runs from the first of those messages. All
times are in whole microseconds. The functions take ``messages``: a query that gives ``key`` (what the times are grouped
by) and the columns of ``contents``.
"""

from navette.catalogue.export import Column
from navette.catalogue.exports.message_order import in_order
from navette.core.types import Integer, ReplyTime

# Who each message is of: the customer (identity), an agent (user), or nobody who waits or replies.
_SIDE = """
    CASE
        WHEN coalesce(auto_submitted, false) THEN 'none'
        WHEN creator_id IS NULL THEN 'identity'
        WHEN coalesce(status, '') IN ('Draft', 'Pending approval') THEN 'none'
        ELSE 'user'
    END
"""

# The messages in order, each with the replies before it.
_SIDES = in_order(
    "{messages}",
    columns=f"source_id, private_message, {_SIDE} AS side",
    before="CASE WHEN c.side = 'user' THEN 1 ELSE 0 END",
)

# The replies before a message number the exchange that it belongs to. A message without a date has no place in any.
_EXCHANGES = """
    SELECT
        key, before AS number, any_value(source_id) AS source_id,
        min(created_at) FILTER (WHERE side = 'identity') AS asked_at,
        min(created_at) FILTER (WHERE side = 'user') AS replied_at
    FROM sides WHERE side <> 'none' AND created_at IS NOT NULL
    GROUP BY key, before
    HAVING count(*) FILTER (WHERE side = 'identity') > 0 AND count(*) FILTER (WHERE side = 'user') > 0
"""


def replies(messages: str) -> str:
    """For each key: the counts of messages, the first and last replies, and the reply times.

    ``first_us`` is the first exchange's reply time, ``total_us`` the sum over its ``exchanges``;
    ``whole_us`` runs from the first message to the last reply.
    """
    return f"""(
        WITH sides AS ({_SIDES.format(messages=messages)}),
        exchanges AS ({_EXCHANGES}),
        waits AS (
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


# A time sheet's opening hours as instants (Unix microseconds), one row each, and for every day one row of no length
# that carries the time open on all days before. Days are the time sheet's own, so a change of the clock counts right.
_CALENDAR = """
    SELECT time_sheet_id, day, opens, closes, 0 AS before FROM hours
    UNION ALL
    SELECT
        d.time_sheet_id, d.day, 0 AS opens, 0 AS closes,
        coalesce(sum(h.open_us) OVER (
            PARTITION BY d.time_sheet_id ORDER BY d.day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS before
    FROM days AS d
    LEFT JOIN (
        SELECT time_sheet_id, day, sum(closes - opens) AS open_us FROM hours GROUP BY time_sheet_id, day
    ) AS h ON h.time_sheet_id = d.time_sheet_id AND h.day = d.day
"""

_DAYS = """
    SELECT
        t.id AS time_sheet_id, t.timezone, CAST(r.day AS DATE) AS day,
        CASE
            WHEN list_contains(t.holidays, strftime(r.day, '%Y-%m-%d')) THEN NULL
            WHEN isodow(r.day) = 1 THEN t.monday_hours
            WHEN isodow(r.day) = 2 THEN t.tuesday_hours
            WHEN isodow(r.day) = 3 THEN t.wednesday_hours
            WHEN isodow(r.day) = 4 THEN t.thursday_hours
            WHEN isodow(r.day) = 5 THEN t.friday_hours
            WHEN isodow(r.day) = 6 THEN t.saturday_hours
            ELSE t.sunday_hours
        END AS hours
    FROM sheets AS t,
        (SELECT unnest(generate_series(
            CAST(CAST(min(at) AS DATE) AS TIMESTAMP) - INTERVAL 2 DAY,
            CAST(CAST(max(at) AS DATE) AS TIMESTAMP) + INTERVAL 2 DAY,
            INTERVAL 1 DAY
        )) AS day FROM points) AS r
"""

# "09:00-12:30,14:00-18:00"; what cannot be read is no opening.
_HOURS = """
    SELECT
        p.time_sheet_id, p.day,
        epoch_us(timezone(p.timezone, CAST(p.day AS TIMESTAMP) + p.opens * INTERVAL 1 MINUTE)) AS opens,
        epoch_us(timezone(p.timezone, CAST(p.day AS TIMESTAMP) + p.closes * INTERVAL 1 MINUTE)) AS closes
    FROM (
        SELECT
            time_sheet_id, day, timezone,
            TRY_CAST(split_part(split_part(part, '-', 1), ':', 1) AS INTEGER) * 60
                + TRY_CAST(split_part(split_part(part, '-', 1), ':', 2) AS INTEGER) AS opens,
            TRY_CAST(split_part(split_part(part, '-', 2), ':', 1) AS INTEGER) * 60
                + TRY_CAST(split_part(split_part(part, '-', 2), ':', 2) AS INTEGER) AS closes
        FROM (SELECT time_sheet_id, day, timezone, unnest(string_split(hours, ',')) AS part FROM days) AS d
    ) AS p
    WHERE p.opens < p.closes
"""


def replies_in_business_hours(messages: str) -> str:
    """For each key what ``replies`` says of times, while open, and the ``exchanges`` that could be measured so.

    Open is what the time sheet of the message's source says; hours do not run over midnight. Keys whose source has no
    time sheet, or one of an unknown time zone, have no row.
    The time between two instants is the difference of the times open before each.
    """
    return f"""(
        WITH sides AS ({_SIDES.format(messages=messages)}),
        exchanges AS ({_EXCHANGES}),
        spans AS (
            SELECT key, number, source_id, asked_at AS begins, replied_at AS ends FROM exchanges
            UNION ALL
            SELECT
                key, -1 AS number, any_value(source_id) AS source_id, min(created_at) AS begins,
                max(created_at) FILTER (WHERE side = 'user') AS ends
            FROM sides WHERE side <> 'none' GROUP BY key
        ),
        sheets AS (
            SELECT * FROM time_sheets
            WHERE coalesce(active, true) AND timezone IN (SELECT name FROM pg_timezone_names())
        ),
        points AS (
            SELECT p.key, p.number, p.at, p.sign, t.id AS time_sheet_id, CAST(timezone(t.timezone, p.at) AS DATE) AS day
            FROM (
                SELECT key, number, source_id, begins AS at, -1 AS sign FROM spans WHERE {_DATED}
                UNION ALL
                SELECT key, number, source_id, ends AS at, 1 AS sign FROM spans WHERE {_DATED}
            ) AS p
            JOIN sources AS s ON s.id = p.source_id
            JOIN sheets AS t ON t.id = s.time_sheet_id
        ),
        days AS ({_DAYS}),
        hours AS ({_HOURS}),
        calendar AS ({_CALENDAR}),
        open AS (
            SELECT
                p.key, p.number,
                sum(p.sign * (c.before + greatest(0, least(epoch_us(p.at), c.closes) - c.opens))) AS open_us
            FROM points AS p
            JOIN calendar AS c ON c.time_sheet_id = p.time_sheet_id AND c.day = p.day
            GROUP BY p.key, p.number
        )
        SELECT
            key,
            arg_min(open_us, number) FILTER (WHERE number >= 0) AS first_us,
            sum(open_us) FILTER (WHERE number >= 0) AS total_us,
            nullif(count(*) FILTER (WHERE number >= 0), 0) AS exchanges,
            max(open_us) FILTER (WHERE number = -1) AS whole_us
        FROM open GROUP BY key
    )"""


# A span with a stray date would make the calendar run over thousands of years.
_DATED = "begins >= TIMESTAMPTZ '1990-01-01 00:00:00+00' AND ends < TIMESTAMPTZ '2100-01-01 00:00:00+00'"

# The columns that cases and their segments share: ``r`` is what ``replies`` gives, ``b`` the same in business hours. A
# source without business hours is always open: then both times are the same.
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
        "coalesce(b.first_us, r.first_us)",
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
        "coalesce(b.total_us // b.exchanges, r.total_us // r.exchanges)",
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
