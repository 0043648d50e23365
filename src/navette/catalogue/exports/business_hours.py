"""The time during which a source is open, in SQL: its time sheet's opening hours as instants.

An opening hour covers every instant at which clocks in the time sheet's zone show a time within it. So an hour that
clocks show twice counts twice, an hour or a day that they skip does not count, and overlapping hours count once.
While a zone's offset is constant, local times and instants differ by it: the calendar is built piece by piece
between the clock changes.
"""

from navette.tables.opening_hours import DAYS, STORED_HOURS

# The time sheet of each source that follows one; its fields are null if it is not stored or cannot be read.
_FOLLOWED = f"""
    SELECT s.id AS source_id, t.id AS time_sheet_id, t.timezone, t.holidays, {", ".join(f"t.{day}" for day in DAYS)}
    FROM sources AS s
    LEFT JOIN time_sheets AS t ON t.id = s.time_sheet_id
    WHERE s.time_sheet_id IS NOT NULL AND coalesce(t.active, true)
"""
_SHEETS = f"""
    SELECT DISTINCT time_sheet_id, timezone, holidays, {", ".join(DAYS)} FROM followed
    WHERE timezone IN (SELECT name FROM pg_timezone_names())
        AND regexp_matches(concat_ws(',', {", ".join(f"nullif({day}, '')" for day in DAYS)}), '^({STORED_HOURS})?$')
"""

# Opening hours of each day of the week in microseconds of the day, without what an earlier one already covers.
_PARTS = " UNION ALL ".join(
    f"SELECT time_sheet_id, {number} AS weekday, unnest(string_split({day}, ',')) AS part FROM sheets"
    for number, day in enumerate(DAYS, 1)
)


def _microseconds(end: int) -> str:
    """The start (1) or the end (2) of ``part``, which has the form ``09:00-12:30`` or ``09:00:00-12:30:59``."""
    clock = f"split_part(part, '-', {end}) || ':00'"
    hours, minutes, seconds = (f"TRY_CAST(split_part({clock}, ':', {place}) AS BIGINT)" for place in (1, 2, 3))
    return f"({hours} * 3600 + {minutes} * 60 + {seconds}) * 1000000"


_WEEKLY = f"""
    SELECT
        time_sheet_id, weekday, closes,
        greatest(opens, coalesce(max(closes) OVER (
            PARTITION BY time_sheet_id, weekday ORDER BY opens, closes ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0)) AS opens
    FROM (
        SELECT time_sheet_id, weekday, {_microseconds(1)} AS opens, {_microseconds(2)} AS closes FROM ({_PARTS}) AS p
    ) AS h
    WHERE opens < closes
"""


def _shift(instant: str) -> str:
    """The time by which clocks in ``timezone`` are ahead of UTC at an instant that is given as a UTC time."""
    return f"epoch_us(timezone(timezone, timezone('UTC', {instant}))) - epoch_us({instant})"


# The offset of each zone at the start and at the end of each day of UTC that the points need.
_CLOCKS = f"""
    SELECT timezone, day, {_shift("day")} AS shift, {_shift("day + INTERVAL 1 DAY")} AS next_shift
    FROM (SELECT DISTINCT timezone FROM sheets) AS z,
        (SELECT unnest(generate_series(
            CAST(CAST(min(moment) AS DATE) AS TIMESTAMP), CAST(CAST(max(moment) AS DATE) AS TIMESTAMP), INTERVAL 1 DAY
        )) AS day FROM points) AS d
"""

# The days of UTC, cut at the changes of the offset. Since 1990 these are at whole minutes, and at most one a day.
_PIECES = f"""
    SELECT timezone, day, epoch_us(day) AS begins, epoch_us(day + INTERVAL 1 DAY) AS ends, shift
    FROM clocks WHERE shift = next_shift
    UNION ALL
    SELECT timezone, day, min(epoch_us(moment)) AS begins, max(epoch_us(moment)) + 60000000 AS ends, shift
    FROM (
        SELECT timezone, day, moment, {_shift("moment")} AS shift
        FROM (
            SELECT timezone, day, unnest(
                generate_series(day, day + INTERVAL 1 DAY - INTERVAL 1 MINUTE, INTERVAL 1 MINUTE)
            ) AS moment
            FROM clocks WHERE shift <> next_shift
        ) AS m
    ) AS s
    GROUP BY timezone, day, shift
"""

# A day of UTC touches at most three local days.
_OPENINGS = """
    SELECT time_sheet_id, day, opens, closes
    FROM (
        SELECT
            w.time_sheet_id, p.day,
            greatest(p.begins, epoch_us(p.local_day) + w.opens - p.shift) AS opens,
            least(p.ends, epoch_us(p.local_day) + w.closes - p.shift) AS closes
        FROM (
            SELECT *, unnest(generate_series(day - INTERVAL 1 DAY, day + INTERVAL 1 DAY, INTERVAL 1 DAY)) AS local_day
            FROM pieces
        ) AS p
        JOIN sheets AS t ON t.timezone = p.timezone
        JOIN weekly AS w ON w.time_sheet_id = t.time_sheet_id AND w.weekday = isodow(p.local_day)
        WHERE NOT coalesce(list_contains(t.holidays, strftime(p.local_day, '%Y-%m-%d')), false)
    ) AS o
    WHERE opens < closes
"""

# The openings of each day of UTC, and for every day one row of zero length with the time open on the days before.
_CALENDAR = """
    SELECT time_sheet_id, day, opens, closes, 0 AS before FROM openings
    UNION ALL
    SELECT
        t.time_sheet_id, c.day, 0 AS opens, 0 AS closes,
        coalesce(sum(o.open_us) OVER (
            PARTITION BY t.time_sheet_id ORDER BY c.day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS before
    FROM clocks AS c
    JOIN sheets AS t ON t.timezone = c.timezone
    LEFT JOIN (
        SELECT time_sheet_id, day, sum(closes - opens) AS open_us FROM openings GROUP BY time_sheet_id, day
    ) AS o ON o.time_sheet_id = t.time_sheet_id AND o.day = c.day
"""

# A span with a wrong date would make the calendar cover thousands of years.
_DATED = "begins >= TIMESTAMPTZ '1990-01-01 00:00:00+00' AND ends < TIMESTAMPTZ '2100-01-01 00:00:00+00'"

OPEN_TIMES = f"""
    WITH followed AS ({_FOLLOWED}),
    sheets AS ({_SHEETS}),
    points AS (
        SELECT p.key, p.number, p.moment, p.sign, f.time_sheet_id
        FROM (
            SELECT key, number, source_id, begins AS moment, -1 AS sign FROM spans WHERE {_DATED}
            UNION ALL
            SELECT key, number, source_id, ends AS moment, 1 AS sign FROM spans WHERE {_DATED}
        ) AS p
        JOIN followed AS f ON f.source_id = p.source_id
    ),
    weekly AS ({_WEEKLY}),
    clocks AS ({_CLOCKS}),
    pieces AS ({_PIECES}),
    openings AS ({_OPENINGS}),
    calendar AS ({_CALENDAR}),
    measured AS (
        SELECT
            p.key, p.number,
            CAST(sum(
                p.sign * (c.before + greatest(0, least(epoch_us(p.moment), c.closes) - c.opens))
            ) AS BIGINT) AS open_us
        FROM points AS p
        JOIN calendar AS c
            ON c.time_sheet_id = p.time_sheet_id AND c.day = CAST(CAST(p.moment AS DATE) AS TIMESTAMP)
        GROUP BY p.key, p.number
    )
    SELECT
        s.key, s.number,
        CASE WHEN f.source_id IS NULL THEN epoch_us(s.ends) - epoch_us(s.begins) ELSE m.open_us END AS open_us
    FROM spans AS s
    LEFT JOIN followed AS f ON f.source_id = s.source_id
    LEFT JOIN measured AS m ON m.key = s.key AND m.number = s.number
"""
"""The query of the time open, in microseconds, within each of ``spans``.

``spans`` has ``key``, ``number``, ``source_id``, ``begins`` and ``ends``. A source that follows no time sheet is always
open. The time is null if the time sheet is
missing or cannot be read, or if the span is outside the years 1990 to 2099. The time between two instants is the
difference between the times open before each.
"""
