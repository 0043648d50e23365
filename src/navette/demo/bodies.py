"""Texts assembled from parts: the messages of customers and agents, with the same meaning in both languages."""

import csv
from copy import copy
from importlib.resources import files
from io import StringIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.demo.awkward import AWKWARD_TEXTS, LONG_HTML, awkward_step
from navette.demo.columns import chosen, joined
from navette.demo.draw import Dice, Flags, Floats, Ints, every

Pair = tuple[str, str]

_VARIANTS = 600
_PHRASES = list(csv.DictReader(StringIO(files("navette.demo").joinpath("phrases.csv").read_text("utf-8"))))


def phrases(part: str) -> tuple[Pair, ...]:
    """The phrases of one part (``greetings``, ``problems``, …), in French and in English; they can have {slots}."""
    return tuple((row["french"], row["english"]) for row in _PHRASES if row["part"] == part)


_PRODUCTS, _PLACES = phrases("products"), phrases("places")


class PhrasePart:
    """Complete sentences of one kind, as many in French as in English; those at one position have the same meaning.

    ``variant`` distinguishes two parts made from the same phrases; ``phrases_each`` is the number of phrases per
    sentence.
    """

    def __init__(self, seed: int, name: str, variant: int = 0, phrases_each: int = 1) -> None:
        pairs = phrases(name)
        draws = Dice(seed, f"part {name}", variant).below(1_000_000_007, _VARIANTS * phrases_each)
        bodies = [[_filled(pairs, int(draw)) for draw in row] for row in draws.reshape(_VARIANTS, phrases_each)]
        french, english = (["".join(pair[language] for pair in row) for row in bodies] for language in (0, 1))
        self._sentences = pa.array(french + english)

    def take(self, english: Ints, at: Floats) -> pa.Array:
        """For each row a sentence in French (0) or English (1); ``at``, in [0, 1), selects it."""
        return chosen(self._sentences, english * _VARIANTS + (at * _VARIANTS).astype(np.int64))


def _filled(pairs: tuple[Pair, ...], draw: int) -> Pair:
    french, english = pairs[draw % len(pairs)]
    product, place = _PRODUCTS[draw // 13 % len(_PRODUCTS)], _PLACES[draw // 7 % len(_PLACES)]
    order, day, month = draw // 3 % 9_000_000 + 1_000_000, draw // 11 % 28 + 1, draw // 5 % 12 + 1
    units, cents = 4 + draw // 17 % 400, draw // 19 % 100
    of_french = {"product": product[0], "place": place[0], "date": f"{day:02d}/{month:02d}"}
    of_english = {"product": product[1], "place": place[1], "date": f"{month}/{day}"}
    return (
        french.format(**of_french, order=f"FR-{order}", amount=f"{units},{cents:02d} €"),
        english.format(**of_english, order=f"FR-{order}", amount=f"£{units}.{cents:02d}"),
    )


class Phrasebook:
    """All parts, created once per domain."""

    def __init__(self, seed: int) -> None:
        self.greetings = PhrasePart(seed, "greetings")
        self.problems = PhrasePart(seed, "problems")
        self.details = PhrasePart(seed, "details")
        self.further = PhrasePart(seed, "details", variant=1)
        self.customer_closings = PhrasePart(seed, "customer_closings")
        self.follow_ups = PhrasePart(seed, "follow_ups")
        self.answers = PhrasePart(seed, "answers")
        self.agent_closings = PhrasePart(seed, "agent_closings")
        self.story = PhrasePart(seed, "story", phrases_each=12)
        self.titles = PhrasePart(seed, "titles")
        self.comments = PhrasePart(seed, "comments")
        self.summaries = PhrasePart(seed, "summaries")


class Bodies:
    """The bodies of some messages: ``text(english)`` gives them in a language, with the same meaning in each."""

    def __init__(self, book: Phrasebook, dice: Dice, by_agent: Flags, first: Flags) -> None:
        self._book, self._first, self._by_agent = book, first, by_agent
        count = len(first)
        self._draws = [dice.fractions(count) for _ in range(6)]
        self._telling = dice.chance(0.05, count) & ~by_agent
        self._detailed = first | dice.chance(0.35, count)

    def some(self, rows: Flags) -> "Bodies":
        """The same bodies, only for those rows."""
        part = copy(self)
        part._draws = [draws[rows] for draws in self._draws]
        part._first, part._by_agent = self._first[rows], self._by_agent[rows]
        part._telling, part._detailed = self._telling[rows], self._detailed[rows]
        return part

    def text(self, english: Ints) -> pa.Array:
        """The bodies as plain text, in French (0) or English (1) row by row."""
        return joined(*self._parts(english))

    def html(self, english: Ints) -> pa.Array:
        """The same as HTML, with the tags that mail programs write."""
        greeting, main, details, further, story, closing = self._parts(english)
        head = joined('<div dir="ltr"><p>', greeting, "<b>", main, "</b></p>\r\n<p>", details, further, story)
        return joined(head, '</p><p style="color:#333">', closing, "<br>&nbsp;&mdash;</p></div>")

    def _parts(self, english: Ints) -> tuple[pa.Array, ...]:
        book, draws, empty = self._book, self._draws, pa.scalar("")
        main = _by(self._by_agent, book.answers.take(english, draws[1]), self._customers_main(english))
        ends = _by(
            self._by_agent, book.agent_closings.take(english, draws[5]), book.customer_closings.take(english, draws[5])
        )
        return (
            _by(self._detailed | self._by_agent, book.greetings.take(english, draws[0]), empty),
            joined(main, " "),
            _by(self._detailed, book.details.take(english, draws[2]), empty),
            _by(self._first, book.further.take(english, draws[3]), empty),
            _by(self._telling, book.story.take(english, draws[4]), empty),
            ends,
        )

    def _customers_main(self, english: Ints) -> pa.Array:
        problems = self._book.problems.take(english, self._draws[1])
        return _by(self._first, problems, self._book.follow_ups.take(english, self._draws[1]))


def _by(test: Flags, yes: Any, no: Any) -> pa.Array:
    return pc.if_else(pa.array(test), yes, no)


def with_awkward(texts: pa.Array, serial: Ints, rows: int, awkward: tuple[str, ...] = AWKWARD_TEXTS) -> pa.Array:
    """The texts, some of them replaced by awkward ones; ``rows`` is the number in the whole domain."""
    step = awkward_step(rows)
    replaced = every(step, serial, 3)
    return pc.replace_with_mask(
        texts, pa.array(replaced), chosen(list(awkward), serial[replaced] // step % len(awkward))
    )


def with_long_html(texts: pa.Array, html: Flags, serial: Ints, rows: int) -> pa.Array:
    """The texts, a few of the HTML ones replaced by a very long one."""
    long = html & every(awkward_step(rows) * 3, serial // 5, 1)
    return pc.replace_with_mask(texts, pa.array(long), pa.scalar(LONG_HTML))
