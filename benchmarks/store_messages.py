"""Messages of two years, made in the engine, to fill a store quickly: ids begin with the time, as ObjectIds do."""

import time

import duckdb
import numpy as np
import pyarrow as pa

PARTS = 24
"""About one a month."""

_SECONDS = 2_629_800
_BEGIN = 1_672_531_200  # 2023-01-01

_QUERY = """
    WITH numbered AS (SELECT number, {begin} + number * {seconds} // {rows} AS second FROM numbers)
    SELECT
        printf('%08x', second) || substr(md5('m{part}-' || number), 1, 16) AS id,
        make_timestamptz(second * 1000000 + number % 1000000) AS created_at,
        make_timestamptz(({updated})::BIGINT * 1000000) AS updated_at,
        make_timestamptz(second * 1000000) AS initial_created_at,
        substr(md5('s' || number % 40), 1, 24) AS source_id,
        printf('%08x', second - second % 3600) || substr(md5('t' || number // 6), 1, 16) AS thread_id,
        printf('%08x', second - second % 3600) || substr(md5('v' || number // 5), 1, 16) AS intervention_id,
        md5('f' || number) AS foreign_id,
        'text' AS type,
        'New' AS status,
        'web' AS created_from,
        number % 9 = 0 AS private_message,
        number % 50 = 0 AS auto_submitted,
        true AS published,
        CASE WHEN number % 2 = 0 THEN substr(md5('a' || number % 200), 1, 24) END AS creator_id,
        substr(md5('i' || number // 20), 1, 24) AS author_id,
        [substr(md5('c' || number % 30), 1, 24)] AS category_ids,
        'fr' AS language,
        'Votre commande ' || md5('b' || number) || md5('d' || number // 3) || ' est en route, merci{end}.' AS body,
        'text' AS body_format
    FROM numbered
"""


def stored(part: int, messages: int) -> pa.Table:
    """The messages of one month."""
    return _messages(part, messages, np.arange(messages // PARTS))


def changed(messages: int, kind: str) -> pa.Table:
    """10,000 messages with other texts: of all months (``spread``), even with the same update time (``again``), or of
    the last month (``recent``)."""
    parts = [PARTS - 1] if kind == "recent" else range(PARTS)
    rows, count = messages // PARTS, 10_000 // len(parts) + 1
    chosen = np.random.default_rng().choice(rows, count, replace=False)
    updated = "second + 60" if kind == "again" else str(int(time.time()))
    return pa.concat_tables([_messages(part, messages, chosen, updated, f" {time.time()}") for part in parts])[:10_000]


def new(messages: int) -> pa.Table:
    """1,000 messages that came after all others."""
    first = messages // PARTS + int(time.time()) % 100_000 * 1_000
    return _messages(PARTS, messages, np.arange(first, first + 1_000) % (messages // PARTS))


def _messages(part: int, messages: int, numbers: "np.ndarray", updated: str = "second + 60", end: str = "") -> pa.Table:  # type: ignore[type-arg]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("numbers", pa.table({"number": numbers}))
        begin, rows = _BEGIN + part * _SECONDS, messages // PARTS
        query = _QUERY.format(begin=begin, seconds=_SECONDS, rows=rows, part=part, updated=updated, end=end)
        return connection.sql(query).to_arrow_table()
