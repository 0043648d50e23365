"""The customers of the domain: about one new identity for two threads, and their groups."""

import numpy as np
import pyarrow as pa

from navette.demo.arrivals import Arrivals
from navette.demo.draw import Dice, Flags, Floats, Ints, every
from navette.demo.kinds import DESK_LANGUAGES
from navette.demo.names import FIRST_NAMES, LAST_NAMES
from navette.demo.object_ids import object_ids
from navette.demo.setup import Setup

_FIRST = pa.array([name for names in FIRST_NAMES for name in names])
_LAST = pa.array([name for names in LAST_NAMES for name in names])
FIRST_COUNT, LAST_COUNT = len(FIRST_NAMES[0]), len(LAST_NAMES[0])


class Customers:
    """All customers so far, as one array element each; a customer's position never changes.

    Holds some thirty bytes per customer, so that millions fit in memory; everything else is written out once.
    """

    def __init__(self, setup: Setup, threads: int) -> None:
        self._setup = setup
        self.count = 0
        self.created = np.zeros(threads, dtype=np.int64)
        self.community = np.zeros(threads, dtype=np.int16)
        # Positions in both languages' names one after the other: French, then English.
        self.first, self.last = np.zeros(threads, dtype=np.int16), np.zeros(threads, dtype=np.int16)
        self.anonymized = np.zeros(threads, dtype=bool)
        # The first customer of the group, possibly themselves; -1 without a group.
        self.founder = np.full(threads, -1, dtype=np.int64)
        self._met: list[Ints] = [np.empty(0, dtype=np.int64) for _ in setup.communities]

    def meet(self, threads: Arrivals) -> tuple[Ints, Ints]:
        """Add the customers who are new with these threads, and return the customer of each thread, all by position."""
        dice = Dice(self._setup.seed, "customers", int(threads.serial[0]))
        community = self._setup.source_community[threads.source]
        new = dice.chance(0.5, len(threads))
        for number in np.unique(community):
            if not len(self._met[number]):
                new[np.flatnonzero(community == number)[0]] = True
        arrived = self.count + np.arange(int(new.sum()))
        identity = np.where(new, self.count - 1 + np.cumsum(new), -1)
        for number in np.unique(community):
            self._recall(int(number), np.flatnonzero(community == number), new, identity, dice)
        self._learn(arrived, threads.start[new], community[new], dice)
        return arrived, identity

    def _recall(self, number: int, rows: Ints, new: Flags, identity: Ints, dice: Dice) -> None:
        """Give each of a community's threads without a new customer an earlier one."""
        customers = np.concatenate((self._met[number], identity[rows][new[rows]]))
        so_far = len(self._met[number]) + np.cumsum(new[rows])
        draw = dice.fractions(len(rows))
        if self._setup.period.grows:
            choice = _recent(draw, so_far, 2 * int(new[rows].sum()))
        else:
            choice = (draw**1.5 * so_far).astype(np.int64)
        identity[rows] = np.where(new[rows], identity[rows], customers[choice])
        self._met[number] = customers

    def _learn(self, arrived: Ints, at: Ints, community: Ints, dice: Dice) -> None:
        count = len(arrived)
        language = np.array([0 if DESK_LANGUAGES[desk] == "fr" else 1 for _, desk in self._setup.communities])[
            community
        ]
        self.created[arrived], self.community[arrived] = at, community
        self.first[arrived] = language * FIRST_COUNT + dice.below(FIRST_COUNT, count)
        self.last[arrived] = language * LAST_COUNT + dice.below(LAST_COUNT, count)
        self.anonymized[arrived] = every(83, arrived, 17) | dice.chance(0.01, count)
        self.count += count
        self._group(arrived, dice)

    def _group(self, arrived: Ints, dice: Dice) -> None:
        """Put some customers into a group; some turn out to be a person who has one already, and have the same name."""
        draw, named = dice.fractions(len(arrived)), ~self.anonymized[arrived]
        founders = arrived[named & (draw < 0.45)]
        self.founder[founders] = founders
        joining = arrived[named & (draw > 0.8)]
        draw = dice.fractions(len(joining))
        grows = self._setup.period.grows
        person = _recent(draw, joining, 2 * len(arrived)) if grows else (draw * joining).astype(np.int64)
        is_first = self.founder[person] == person
        joining, person = joining[is_first], person[is_first]
        self.founder[joining] = person
        self.first[joining], self.last[joining] = self.first[person], self.last[person]

    def ids(self, customers: Ints) -> pa.Array:
        """The identifiers of the customers' identities."""
        return object_ids(self._setup.seed, "identities", self.created[customers], customers)

    def group_ids(self, founders: Ints) -> pa.Array:
        """The identifiers of the groups whose first customers these are."""
        return object_ids(self._setup.seed, "identity_groups", self.created[founders], founders)

    def first_names(self, customers: Ints) -> pa.Array:
        """Their first names, including those of anonymised customers."""
        return _FIRST.take(pa.array(self.first[customers]))

    def last_names(self, customers: Ints) -> pa.Array:
        """Their last names, including those of anonymised customers."""
        return _LAST.take(pa.array(self.last[customers]))


def _recent(draw: Floats, so_far: Ints, many: int) -> Ints:
    """The position of one of ``so_far`` customers: usually one of the last ``many``, sometimes one from years ago."""
    ago = (many * ((1.0 - draw) ** (-1 / 1.5) - 1.0)).astype(np.int64)
    return np.maximum(so_far, 1) - 1 - ago % np.maximum(so_far, 1)
