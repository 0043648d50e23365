"""Random draws that are the same for the same seed and part, and values that must not depend on chance."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Dice:
    """The draws of one part of the domain, as in ``Dice(seed, "contents", 3)``; parts do not affect each other."""

    def __init__(self, seed: int, part: str, number: int = 0) -> None:
        self._rng = np.random.default_rng([seed % 2**32, crc32(part.encode()), number])

    def fractions(self, n: int) -> Floats:
        """``n`` numbers in [0, 1)."""
        return self._rng.random(n)

    def below(self, limit: int, n: int) -> Ints:
        """``n`` whole numbers in [0, limit)."""
        return self._rng.integers(0, limit, n)

    def chance(self, probability: float, n: int) -> Flags:
        """``n`` flags, each true with that probability."""
        return self._rng.random(n) < probability

    def weighted(self, weights: tuple[float, ...], n: int) -> Ints:
        """``n`` positions in ``weights``, each as likely as its weight."""
        bounds = np.cumsum(weights) / sum(weights)
        return np.minimum(np.searchsorted(bounds, self._rng.random(n), side="right"), len(weights) - 1)

    def delays(self, median: float | Floats, n: int, spread: float = 0.8) -> Ints:
        """``n`` durations in seconds around a median: many short, a few long."""
        return (median * np.exp(self._rng.normal(0.0, spread, n))).astype(np.int64)


def late(dice: Dice, probability: float, n: int) -> Ints:
    """``n`` additional delays in seconds: usually 0, with the given probability weeks or months."""
    delays = np.minimum(dice.delays(25.0 * 86400, n, 0.9), 300 * 86400)
    return np.where(dice.chance(probability, n), delays, 0)


def every(nth: int, serial: Ints, phase: int = 0) -> Flags:
    """True once in ``nth`` consecutive serial numbers, for rare values that a small domain must have too."""
    flags: Flags = serial % nth == phase % nth
    return flags


def spread(weights: tuple[int, ...], serial: Ints) -> Ints:
    """A position in ``weights`` for each serial number, in proportion.

    Each position occurs in any run of ``sum(weights)`` consecutive serial numbers, without a visible order.
    """
    slots = np.repeat(np.arange(len(weights)), weights)
    shuffled = np.random.default_rng(len(slots)).permutation(slots)
    return shuffled[serial % len(slots)].astype(np.int64)
