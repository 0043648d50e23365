"""Presence time: how long each agent was present, active and in each state, day by day."""

from navette.catalogue.export import Column, Export, Family, Lookup
from navette.catalogue.exports.relations import AGENT_NAMES
from navette.core.types import Date, Duration, ObjectId, String


def _time(name: str, condition: str, label: str, description: str) -> Column:
    """The time of the day's rows that meet the condition, 0 where there are none; negative ones add nothing."""
    microseconds = f"coalesce(sum(greatest(p.seconds, 0)) FILTER (WHERE {condition}), 0) * 1000000"
    return Column(name, Duration, microseconds, label, description)


# A channel's name in the names of columns: lower-case letters, digits and underscores, or its id where none is left.
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
    lookups=(Lookup("u", AGENT_NAMES, on="u.id = p.user_id"),),
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
        Column("user_name", String, "any_value(u.name)", "Agent", "First and last name of the agent."),
        _time("activity", "p.state = 'activity'", "Activity time", "Hours (or seconds) spent working."),
        _time("presence", "p.state = 'presence'", "Presence time", "Hours (or seconds) spent connected."),
        Family(
            variable="{channel}",
            members=_CHANNELS,
            columns=(
                _time(
                    "{channel}_available",
                    "p.channel_id = $key AND p.state = 'available'",
                    "Time available",
                    "Hours (or seconds) spent with room for more on the channel.",
                ),
                _time(
                    "{channel}_away",
                    "p.channel_id = $key AND p.state = 'away'",
                    "Time away",
                    "Hours (or seconds) spent away from the channel.",
                ),
                _time(
                    "{channel}_busy",
                    "p.channel_id = $key AND p.state = 'busy'",
                    "Time busy",
                    "Hours (or seconds) spent busy on the channel.",
                ),
                _time(
                    "{channel}_full",
                    "p.channel_id = $key AND p.state = 'full'",
                    "Time full",
                    "Hours (or seconds) spent with no room for more on the channel.",
                ),
                _time(
                    "{channel}_unoccupied",
                    "p.channel_id = $key AND p.state = 'unoccupied'",
                    "Time unoccupied",
                    "Hours (or seconds) spent ready and without a task on the channel.",
                ),
                _time(
                    "{channel}_active_total",
                    "p.channel_id = $key AND p.state IN ('available', 'busy', 'full')",
                    "Total time active",
                    "Hours (or seconds) available, busy and full on the channel, added up.",
                ),
                _time(
                    "{channel}_available_total",
                    "p.channel_id = $key AND p.state IN ('available', 'busy', 'full', 'unoccupied')",
                    "Total time available",
                    "Hours (or seconds) available, busy, full and unoccupied on the channel, added up.",
                ),
                _time(
                    "{channel}_away_total",
                    "(p.channel_id = $key AND p.state = 'away') OR p.state = 'custom'",
                    "Total time away",
                    "Hours (or seconds) away from the channel, and in away statuses, which count for every channel.",
                ),
            ),
        ),
        Family(
            variable="{custom_status_id}",
            members="SELECT id AS key, id AS name FROM presence_statuses ORDER BY id",
            columns=(
                _time(
                    "away_{custom_status_id}",
                    "p.state = 'custom' AND p.presence_status_id = $key",
                    "Time in an away status",
                    "Hours (or seconds) spent in that away status.",
                ),
            ),
        ),
    ),
)
