"""The order of messages: by date, and within one instant by all that the source says of it.

Identifiers that are mapped (see ``docs/files.md``) are hashes, whose order means nothing; what they were is often a
number that grows, and stands in ``foreign_id``.
"""

# An answer takes the greater number of its own and of what it answers, so as never to come before that. A customer's
# message is the one without a creator.
_ORDER = (
    "PARTITION BY c.key ORDER BY c.created_at, greatest(c.number, p.number),"
    " CASE WHEN p.id IS NULL THEN 0 ELSE 1 END, CASE WHEN c.creator_id IS NULL THEN 0 ELSE 1 END, c.id"
)


def number_in(foreign_id: str) -> str:
    """The number that an external identifier is or ends with (``17``, ``msg-17``), null where it has other digits."""
    return f"TRY_CAST(nullif(regexp_extract({foreign_id}, '^[^0-9]*([0-9]+)$', 1), '') AS DECIMAL(38, 0))"


def in_order(messages: str, columns: str, before: str = "0") -> str:
    """``messages`` with their ``place`` among those of their ``key``, counted from 1.

    Messages of one instant follow each other by the number in their external identifier, but an answer comes after what
    it answers; where that tells nothing, a customer's message comes before others, and the rest by identifier. Messages
    without a date come last.

    ``messages`` is a query that gives ``key`` and the columns of ``contents``, of which ``columns`` are kept.
    ``before`` is a number of each message ``c``, added up over those that come before it.
    """
    return f"""
        WITH numbered AS (
            SELECT key, id, created_at, creator_id, in_reply_to_id, {columns}, {number_in("foreign_id")} AS number
            FROM ({messages}) AS given
        )
        SELECT
            c.*, row_number() OVER ({_ORDER}) AS place,
            coalesce(sum({before}) OVER ({_ORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
        FROM numbered AS c
        LEFT JOIN numbered AS p ON p.id = c.in_reply_to_id AND p.key = c.key AND p.created_at = c.created_at
    """
