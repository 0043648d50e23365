"""The records that conversations refer to: the domain's sources, agents, categories and others, with identifiers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from navette.demo.categories import CATEGORIES, category_sets
from navette.demo.draw import Dice, Flags, Ints
from navette.demo.kinds import (
    CHANNELS,
    DESK_LANGUAGES,
    DESKS,
    PARIS,
    SOCIAL,
    SOURCE_KINDS,
    SourceKind,
)
from navette.demo.names import FIRST_NAMES, LAST_NAMES
from navette.demo.object_ids import few_object_ids
from navette.demo.opening_hours import TIME_SHEETS
from navette.demo.period import DAY, Period
from navette.demo.reply_texts import ENTRIES, GROUPS, REPLY_LANGUAGES
from navette.demo.survey_forms import SURVEY_FORMS

TAGS = ("VIP", "Influenceur", "Fraude ?", "B2B; grand compte", "Nouveau client", "À rappeler 📞", "=Test", "Litige")
PRESENCE_STATUSES = ("Pause déjeuner", "Réunion", "Formation", "Coaching 1:1")
TEAMS = ("RC Paris", "RC Lyon", "Care London", "Care New York", "Back-office; nuit")
SOCIAL_SHEET = 3


@dataclass(frozen=True)
class Source:
    """One connected account: a kind of source at one desk."""

    kind: SourceKind
    desk: int
    id: str

    @property
    def name(self) -> str:
        """The name that agents use, as in ``Facebook Paris``."""
        return f"{self.kind.type} {DESKS[self.desk]}"

    @property
    def community(self) -> tuple[str, int]:
        """The community that its customers belong to."""
        return self.kind.community, self.desk

    @property
    def sheet(self) -> int:
        """Its time sheet: the desk's, but social media in Paris are answered every day."""
        return SOCIAL_SHEET if self.kind.channel == SOCIAL and self.desk == PARIS else self.desk


@dataclass(frozen=True)
class Agents:
    """The agents, one array element each.

    ``hired`` and ``left`` are Unix seconds; ``left`` is far away for current agents.
    """

    ids: list[str]
    first_names: list[str]
    last_names: list[str]
    women: Flags
    desk: Ints
    hired: Ints
    left: Ints

    @cached_property
    def names(self) -> pa.Array:
        """First and last name of each."""
        pairs = zip(self.first_names, self.last_names, strict=True)
        return pa.array([f"{first} {last}" for first, last in pairs])

    def active(self, agents: Ints, at: Ints) -> Flags:
        """Whether each of the agents worked here at that second."""
        working: Flags = (self.hired[agents] <= at) & (at < self.left[agents])
        return working

    def on_duty(self, desk: Ints, draw: Ints, at: Ints) -> Ints:
        """An agent of each desk who worked here at that second; ``draw`` is any number that selects one of them."""
        agents = np.empty(len(desk), dtype=np.int64)
        for number in range(len(DESKS)):
            members = np.flatnonzero(self.desk == number)
            at_desk = desk == number
            candidate = members[draw[at_desk] % len(members)]
            following = members[(draw[at_desk] + 1) % len(members)]
            candidate = np.where(self.active(candidate, at[at_desk]), candidate, following)
            agents[at_desk] = np.where(self.active(candidate, at[at_desk]), candidate, members[0])
        return agents


class Setup:
    """The configuration of a domain of that size, drawn once before the conversations."""

    def __init__(self, messages: int, seed: int, period: Period) -> None:
        self.messages, self.seed, self.period = messages, seed, period
        self.channel_ids = self.ids("channels", len(CHANNELS))
        self.sheet_ids = self.ids("time_sheets", len(TIME_SHEETS))
        self.category_ids = self.ids("categories", len(CATEGORIES))
        self.tag_ids = self.ids("tags", len(TAGS))
        self.team_ids = self.ids("teams", len(TEAMS))
        self.presence_status_ids = self.ids("presence_statuses", len(PRESENCE_STATUSES))
        self.group_ids = self.ids("reply_assistant_groups", len(GROUPS))
        self.entry_ids = self.ids("reply_assistant_entries", len(ENTRIES))
        self.version_ids = self.ids("reply_assistant_versions", len(ENTRIES) * len(REPLY_LANGUAGES))
        self.survey_ids = self.ids("surveys", len(SURVEY_FORMS))
        self.category_sets = pa.array(category_sets(self.category_ids), pa.list_(pa.string()))
        self.sources = self._sources()
        self.communities = tuple(dict.fromkeys(source.community for source in self.sources))
        self.community_ids = self.ids("communities", len(self.communities))
        self.agents = self._agents()
        self.puppet_ids = self.ids("puppets", len(self.communities) + len(self.agents.ids))

    def ids(self, kind: str, count: int) -> list[str]:
        """``count`` identifiers of that kind, created one after the other while the domain was set up."""
        return few_object_ids(
            self.seed, kind, [self.period.founded + 5 * number * number + number for number in range(count)]
        )

    def of_sources(self, values: Sequence[Any]) -> Ints:
        """One whole number per source, as an array to index with source positions."""
        return np.array(values, dtype=np.int64)

    @cached_property
    def source_ids(self) -> pa.Array:
        """The sources' identifiers by position."""
        return pa.array([source.id for source in self.sources])

    @cached_property
    def source_desk(self) -> Ints:
        """The desk of each source."""
        return self.of_sources([source.desk for source in self.sources])

    @cached_property
    def source_channel(self) -> Ints:
        """The channel of each source."""
        return self.of_sources([source.kind.channel for source in self.sources])

    @cached_property
    def source_community(self) -> Ints:
        """The position of each source's community."""
        return self.of_sources([self.communities.index(source.community) for source in self.sources])

    def sources_where(self, test: Any) -> Flags:
        """A flag for each source: whether ``test`` of its kind holds."""
        return np.array([bool(test(source.kind)) for source in self.sources])

    def _sources(self) -> tuple[Source, ...]:
        accounts = [(kind, desk) for kind in SOURCE_KINDS for desk in kind.desks]
        ids = self.ids("sources", len(accounts))
        return tuple(Source(kind, desk, ids[number]) for number, (kind, desk) in enumerate(accounts))

    def _agents(self) -> Agents:
        count = min(400, max(12, math.isqrt(self.messages) // 4))
        dice = Dice(self.seed, "agents")
        desk = np.array([0, 0, 1, 0, 1, 2])[np.arange(count) % 6]
        hired = self.period.founded + (dice.fractions(count) ** 2 * 1500).astype(np.int64) * DAY
        leaves, stays = self.period.two_years - 200 * DAY, self.period.end + 3650 * DAY
        departures = np.where(np.arange(count) % 17 == 11, leaves, stays)
        hired[: len(DESKS) * 2] = self.period.founded  # somebody is always present at each desk
        hired = np.minimum(hired, departures - 300 * DAY)
        first, last = dice.below(24, count), np.arange(count) * 7 % 20
        language = [0 if DESK_LANGUAGES[number] == "fr" else 1 for number in desk]
        return Agents(
            ids=few_object_ids(self.seed, "agents", [int(second) for second in hired]),
            first_names=[FIRST_NAMES[lang][name] for lang, name in zip(language, first, strict=True)],
            last_names=[LAST_NAMES[lang][name] for lang, name in zip(language, last, strict=True)],
            women=first < 12,
            desk=desk,
            hired=hired,
            left=departures,
        )
