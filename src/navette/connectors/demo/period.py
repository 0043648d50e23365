"""When customers write: two years that end on 2025-12-31, hour by hour."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from navette.connectors.demo.draw import Dice, Floats

START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
END = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())  # the first second after the period
HOUR, DAY = 3600, 86400
HOURS = (END - START) // HOUR

# Customers write from the morning on, less at lunch, most after work.
_WORKDAY = (2, 1, 1, 1, 1, 2, 6, 14, 26, 38, 42, 40, 30, 28, 36, 38, 38, 42, 52, 58, 50, 34, 16, 6)
_WEEKEND = (2, 2, 1, 1, 1, 1, 2, 5, 10, 18, 24, 24, 18, 16, 18, 20, 20, 22, 26, 28, 24, 16, 8, 4)
_MONTHS = (1.1, 0.9, 0.95, 0.9, 0.92, 1.0, 0.95, 0.7, 1.05, 1.0, 1.35, 1.5)
_FEASTS = {(1, 1), (5, 1), (12, 25)}


def demand(zone: ZoneInfo, seed: int) -> Floats:
    """How much customers of that zone write in each hour (UTC) of the period; only the proportions matter.

    Days differ at random, the second year is busier than the first, and the last evening is silent.
    """
    mood = np.exp(Dice(seed, f"demand {zone.key}").fractions(HOURS // 24) * 0.5)
    first = datetime.fromtimestamp(START, UTC)
    curve = np.array([_hour_weight((first + timedelta(hours=hour)).astimezone(zone)) for hour in range(HOURS)])
    weights: Floats = curve * np.repeat(mood, 24) * np.linspace(1.0, 1.3, HOURS)
    weights[-7:] = 0.0
    return weights


def _hour_weight(local: datetime) -> float:
    day = _WEEKEND if local.weekday() >= 5 or (local.month, local.day) in _FEASTS else _WORKDAY
    return day[local.hour] * _MONTHS[local.month - 1]
