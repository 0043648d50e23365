"""The rows of presence: each agent's states on each working day."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from navette.demo import columns as col
from navette.demo.draw import Dice, Floats, Ints, every
from navette.demo.kinds import CHANNELS
from navette.demo.object_ids import object_ids
from navette.demo.period import DAY, HOUR
from navette.demo.setup import PRESENCE_STATUSES, Setup

_WEEKS = 12
_SHIFT = 7 * HOUR
_ON_CHANNEL = ("available", "away", "busy", "full", "unoccupied")
_SHARES = (0.36, 0.10, 0.24, 0.18, 0.12)  # of a shift, in that order


@dataclass(frozen=True)
class _State:
    """One state of all shifts: its seconds, with its channel or its away status."""

    name: str
    seconds: Ints
    channel: Ints | None = None
    status: Ints | None = None


def presence_times(setup: Setup) -> pa.Table:
    """The rows of the period's last twelve weeks."""
    return presence_between(setup, setup.period.end - _WEEKS * 7 * DAY, setup.period.end)


def presence_between(setup: Setup, first: int, end: int, number: int = 0) -> pa.Table:
    """One row per agent, day from ``first`` to before ``end``, state and channel; each agent works on two channels.

    ``number`` selects other draws.
    """
    days, agents = _shifts(setup, first, end)
    dice = Dice(setup.seed, "presence", number)
    worked = (_SHIFT * (0.7 + 0.4 * dice.fractions(len(days)))).astype(np.int64)
    status = (agents + days // DAY) % len(PRESENCE_STATUSES)
    states = [
        _State("presence", worked),
        _State("activity", (worked * 0.93).astype(np.int64)),
        _State("custom", dice.below(3600, len(days)), status=status),
    ]
    for nth in range(2):
        shares, channel = _shares(dice, len(days)), (agents + nth) % len(CHANNELS)
        for place, name in enumerate(_ON_CHANNEL):
            states.append(_State(name, (worked * shares[:, place]).astype(np.int64), channel=channel))
    return _table(setup, days, agents, states)


def _shifts(setup: Setup, first: int, end: int) -> tuple[Ints, Ints]:
    """The days (Unix seconds) and agents of all shifts: weekdays of current agents, without days off."""
    workdays = np.array([day for day in range(first, end, DAY) if datetime.fromtimestamp(day, UTC).weekday() < 5])
    count = len(setup.agents.ids)
    day, agent = np.repeat(workdays, count), np.tile(np.arange(count), len(workdays))
    present = setup.agents.active(agent, day) & ~every(11, agent + day // DAY * 3)
    return day[present], agent[present]


def _shares(dice: Dice, count: int) -> Floats:
    raw = np.stack([share * (0.5 + dice.fractions(count)) for share in _SHARES], axis=1)
    shares: Floats = raw / raw.sum(axis=1, keepdims=True)
    return shares


def _table(setup: Setup, days: Ints, agents: Ints, states: list[_State]) -> pa.Table:
    shifts, never = len(days), np.full(len(days), -1)
    day, agent = np.tile(days, len(states)), np.tile(agents, len(states))
    state = np.repeat(np.arange(len(states)), shifts)
    channels = np.concatenate([never if kind.channel is None else kind.channel for kind in states])
    statuses = np.concatenate([never if kind.status is None else kind.status for kind in states])
    rows = {
        "id": object_ids(setup.seed, "presence_times", day, np.arange(len(day))),
        "date": pa.array((day // DAY).astype(np.int32)).cast(pa.date32()),
        "user_id": col.chosen(setup.agents.ids, agent),
        "state": col.chosen([kind.name for kind in states], state),
        "channel_id": col.chosen(setup.channel_ids, channels),
        "presence_status_id": col.chosen(setup.presence_status_ids, statuses),
        "seconds": col.numbers(np.concatenate([state.seconds for state in states])),
    }
    return col.in_time_order(col.rows_of("presence_times", rows), day)
