"""Presence time: how long each agent was present, active and in each state, day by day."""

from navette.catalogue.export import Column, Export, Family, Lookup
from navette.catalogue.exports.relations import AGENT_NAMES
from navette.core.types import Date, Duration, ObjectId, String


def _time(name: str, seconds: str, label: str, description: str) -> Column:
    return Column(name, Duration, f"({seconds}) * 1000000", label, description)


def _sums(*states: str) -> str:
    """The time of the rows in each state, or 0 without rows; negative times do not count."""
    seconds = "coalesce(sum(greatest(seconds, 0)) FILTER (WHERE state = '{0}'), 0) AS {0}"
    return ", ".join(seconds.format(state) for state in states)


# The agent's own times, and the time in away statuses of all kinds.
_OF_THE_DAY = f"""(
    SELECT date, user_id, {_sums("activity", "presence", "custom")} FROM base GROUP BY date, user_id
)"""


def _cells(column: str, *states: str) -> str:
    """For each day and agent a list: the sums of the rows of each of ``$keys``, in their order.

    There is one aggregate for each state, however many keys there are.
    """
    # In 64 bits, which takes half of the memory; a total that does not fit is null.
    cell = ", ".join(f"{state} := TRY_CAST(coalesce(x.{state}, 0) AS BIGINT)" for state in states)
    return f"""(
        SELECT d.date, d.user_id, list(struct_pack({cell}) ORDER BY k.key) AS cells
        FROM (SELECT DISTINCT date, user_id FROM base) AS d
        CROSS JOIN (SELECT unnest($keys) AS key) AS k
        LEFT JOIN (
            SELECT date, user_id, {column} AS key, {_sums(*states)} FROM base
            WHERE {column} IS NOT NULL GROUP BY date, user_id, {column}
        ) AS x ON x.date IS NOT DISTINCT FROM d.date AND x.user_id IS NOT DISTINCT FROM d.user_id AND x.key = k.key
        GROUP BY d.date, d.user_id
    )"""


def _cell(relation: str, *states: str) -> str:
    """A member's time in all of the states, summed in 128 bits."""
    return " + ".join(f"CAST({relation}.cells[$number].{state} AS INT128)" for state in states)


def _on_day(alias: str) -> str:
    return f"{alias}.date IS NOT DISTINCT FROM p.date AND {alias}.user_id IS NOT DISTINCT FROM p.user_id"


# A channel's name in column names: lower-case letters, digits and underscores, or its id if nothing is left.
_CHANNELS = """
    SELECT c.id AS key, coalesce(nullif(trim(c.slug, '_'), ''), c.id) AS name
    FROM (
        SELECT id, name, regexp_replace(lower(strip_accents(name)), '[^a-z0-9]+', '_', 'g') AS slug FROM channels
    ) AS c
    ORDER BY c.name, c.id
"""

PRESENCE_TIME = Export(
    name="presence_time",
    label="Presence time",
    description="How long each agent was present, active and in each state on each channel, in hours or in seconds.",
    grain="one row per day and agent",
    rows="presence_times AS p",
    group=("p.date", "p.user_id"),
    lookups=(
        Lookup("u", AGENT_NAMES, on="u.id = p.user_id"),
        Lookup("d", _OF_THE_DAY, on=_on_day("d")),
    ),
    times={"date": "p.date"},
    filters={
        "agent": "p.user_id = $value",
        "team": "p.user_id IN (SELECT id FROM agents WHERE list_contains(team_ids, $value))",
    },
    order=("p.date", "p.user_id"),
    incremental=True,
    columns=(
        Column("date", Date, "p.date", "Date", "Day that the times are of."),
        Column("user_id", ObjectId, "p.user_id", "Agent ID", "Identifier of the agent."),
        Column("user_name", String, "u.name", "Agent", "First and last name of the agent."),
        _time("activity", "d.activity", "Activity time", "Hours (or seconds) spent working."),
        _time("presence", "d.presence", "Presence time", "Hours (or seconds) spent connected."),
        Family(
            variable="{channel}",
            members=_CHANNELS,
            lookup=Lookup("c", _cells("channel_id", "available", "away", "busy", "full", "unoccupied"), _on_day("c")),
            named_by="channels",
            columns=(
                _time(
                    "{channel}_available",
                    _cell("c", "available"),
                    "Time available",
                    "Hours (or seconds) spent with room for more on the channel.",
                ),
                _time(
                    "{channel}_away",
                    _cell("c", "away"),
                    "Time away",
                    "Hours (or seconds) spent away from the channel.",
                ),
                _time(
                    "{channel}_busy",
                    _cell("c", "busy"),
                    "Time busy",
                    "Hours (or seconds) spent busy on the channel.",
                ),
                _time(
                    "{channel}_full",
                    _cell("c", "full"),
                    "Time full",
                    "Hours (or seconds) spent with no room for more on the channel.",
                ),
                _time(
                    "{channel}_unoccupied",
                    _cell("c", "unoccupied"),
                    "Time unoccupied",
                    "Hours (or seconds) spent ready and without a task on the channel.",
                ),
                _time(
                    "{channel}_active_total",
                    _cell("c", "available", "busy", "full"),
                    "Total time active",
                    "Hours (or seconds) available, busy and full on the channel, added up.",
                ),
                _time(
                    "{channel}_available_total",
                    _cell("c", "available", "busy", "full", "unoccupied"),
                    "Total time available",
                    "Hours (or seconds) available, busy, full and unoccupied on the channel, added up.",
                ),
                _time(
                    "{channel}_away_total",
                    f"{_cell('c', 'away')} + d.custom",
                    "Total time away",
                    "Hours (or seconds) away from the channel, and in away statuses, which count for every channel.",
                ),
            ),
        ),
        Family(
            variable="{custom_status_id}",
            members="SELECT id AS key, id AS name FROM presence_statuses ORDER BY id",
            lookup=Lookup("s", _cells("presence_status_id", "custom"), _on_day("s")),
            columns=(
                _time(
                    "away_{custom_status_id}",
                    _cell("s", "custom"),
                    "Time in an away status",
                    "Hours (or seconds) spent in that away status.",
                ),
            ),
        ),
    ),
)
