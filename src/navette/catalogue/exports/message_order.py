"""The order of messages: by date, and within one instant by what the source says about it.

Mapped identifiers (see ``docs/files.md``) are hashes, whose order means nothing. The original identifier is often an
increasing number, and is stored in ``foreign_id``.
"""

ORDER_COLUMNS = ("id", "created_at", "creator_id", "in_reply_to_id", "foreign_id")
"""The columns of ``contents`` that decide the order."""

# A message without a creator is a customer's.
_ORDER = (
    "PARTITION BY c.key ORDER BY c.created_at, CASE WHEN p.id IS NULL THEN c.number ELSE p.number END,"
    " coalesce(p.depth, 0), c.number, CASE WHEN c.creator_id IS NULL THEN 0 ELSE 1 END, c.id"
)

# The messages that answer one of the same instant, and how many answers lead to each. An answer must not come before
# the message that it answers, so it takes the greater of the two numbers; if that message has no number and comes last,
# so does the answer.
_ANSWERS = """
    answers AS (
        SELECT c.key, c.id, c.in_reply_to_id, c.number, p.number AS before
        FROM numbered AS c
        JOIN numbered AS p ON p.id = c.in_reply_to_id AND p.key = c.key AND p.created_at = c.created_at
    ),
    placed AS (
        SELECT a.key, a.id, 1 AS depth, CASE WHEN a.before IS NOT NULL THEN greatest(a.number, a.before) END AS number
        FROM answers AS a
        LEFT JOIN answers AS b ON b.key = a.key AND b.id = a.in_reply_to_id
        WHERE b.id IS NULL
        UNION ALL
        SELECT a.key, a.id, b.depth + 1, CASE WHEN b.number IS NOT NULL THEN greatest(a.number, b.number) END
        FROM placed AS b JOIN answers AS a ON a.key = b.key AND a.in_reply_to_id = b.id
    )
"""


def number_in(foreign_id: str) -> str:
    """The number that an external identifier is or ends with (``17``, ``msg-17``), or null if it has other digits."""
    return f"TRY_CAST(nullif(regexp_extract({foreign_id}, '^[^0-9]*([0-9]+)$', 1), '') AS DECIMAL(38, 0))"


def ordered_messages(messages: str, columns: str, before: str = "0") -> str:
    """``messages`` with their ``place`` among those of their ``key``, counted from 1.

    Messages of one instant are ordered by the number in their external identifier, but an answer comes after the
    message that it answers. If that decides nothing, a customer's message comes before others, and the rest are
    ordered by identifier. Messages without a date come last.

    ``messages`` is a query for ``key`` and the columns of ``contents``; ``columns`` are the ones to return.
    ``before`` is a number of each message ``c``, summed over the messages before it.
    """
    return f"""
        WITH RECURSIVE numbered AS (
            SELECT key, id, created_at, creator_id, in_reply_to_id, {columns}, {number_in("foreign_id")} AS number
            FROM ({messages}) AS given
        ), {_ANSWERS}
        SELECT
            c.*, row_number() OVER ({_ORDER}) AS place,
            coalesce(sum({before}) OVER ({_ORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM numbered AS c
        LEFT JOIN placed AS p ON p.key = c.key AND p.id = c.id
    """
