"""The rows of identities and of identity groups."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from navette.demo import columns as col
from navette.demo.awkward import AWKWARD_NAMES, AWKWARD_TEXTS
from navette.demo.bodies import with_awkward
from navette.demo.conversations import Chunk
from navette.demo.customers import FIRST_COUNT
from navette.demo.draw import Dice, Flags, Ints, every
from navette.demo.names import CITIES, COMPANIES, HOME_PREFIXES, MOBILE_PREFIXES, STREETS
from navette.demo.people import agent_identities, moment
from navette.demo.period import DAY
from navette.demo.setup import TAGS, Setup
from navette.tables import TABLES

_CITIES = [city for cities in CITIES for city in cities]
_STREETS = [street for streets in STREETS for street in streets]
_PHONE_COMMUNITIES = ("SMS", "WhatsApp")
_NOTES = ["Iphone 6 IMEI", "Préfère être appelée le matin.\nNe pas tutoyer.", *AWKWARD_TEXTS[:30], None]
_FIELD_VALUES: tuple[dict[str, object], ...] = (
    {"customer_number": "0004512", "segments": ["premium", "b2b; pro"]},
    {"customer_number": None, "segments": []},
    {"customer_number": "+33612345678"},
    {},
)


def puppets(setup: Setup) -> pa.Table:
    """The identities that agents write under: one per community, shared by its desk, and each agent's own."""
    holders: dict[str, list[str]] = {}
    for number, agent in enumerate(setup.agents.ids):
        for identity in agent_identities(setup, number):
            holders.setdefault(identity, []).append(agent)
    homes = [*range(len(setup.communities)), *(_home(setup, int(desk)) for desk in setup.agents.desk)]
    names = [*(f"Boutique Démo ({type_})" for type_, _ in setup.communities), *setup.agents.names.to_pylist()]
    rows = [
        {
            "id": identity,
            "created_at": moment(int(identity[:8], 16)),
            "updated_at": moment(int(identity[:8], 16) + 3600),
            "community_id": setup.community_ids[home],
            "user_ids": holders.get(identity, setup.agents.ids[:1]),
            "uuid": f"puppet-{identity[-6:]}",
            "foreign_id": f"puppet-{identity[-6:]}",
            "screenname": name,
            "anonymized": False,
        }
        for identity, home, name in zip(setup.puppet_ids, homes, names, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=TABLES["identities"].schema)


def _home(setup: Setup, desk: int) -> int:
    return setup.communities.index(("Chat", desk))


class _People:
    """The facts about some customers, the same for their identity and for the group that they founded."""

    def __init__(self, chunk: Chunk, customers: Ints) -> None:
        self.customers, self.setup = customers, chunk.setup
        all_customers = chunk.customers
        self.person = np.where(all_customers.founder[customers] >= 0, all_customers.founder[customers], customers)
        self.named = ~all_customers.anonymized[customers]
        self.english = (all_customers.first[customers] >= FIRST_COUNT).astype(np.int64)
        self.woman = all_customers.first[customers] % FIRST_COUNT < FIRST_COUNT // 2
        self.first, self.last = all_customers.first_names(customers), all_customers.last_names(customers)

    def full_names(self) -> pa.Array:
        return col.joined(self.first, " ", self.last)

    def emails(self) -> pa.Array:
        plain = pc.utf8_lower(pc.replace_substring_regex(col.joined(self.first, ".", self.last), "[^A-Za-z.]", ""))
        return col.joined(plain, col.digits(self.person), col.chosen(["@example.com", "@example.org"], self.english))

    def phones(self, prefixes: tuple[str, ...]) -> pa.Array:
        return col.joined(col.chosen(list(prefixes), self.english), col.digits(self.person * 37 % 1000, 4))


def identities(chunk: Chunk) -> pa.Table:
    """The identities of the customers new with this chunk."""
    customers, all_customers, setup = chunk.new_identities, chunk.customers, chunk.setup
    people, dice = _People(chunk, customers), Dice(setup.seed, "identities", int(chunk.threads.serial[0]))
    count, named, created = len(customers), people.named, all_customers.created[customers]
    types = np.array([type_ for type_, _ in setup.communities])[all_customers.community[customers]]
    by_phone, by_mail = np.isin(types, _PHONE_COMMUNITIES), types == "Email"
    foreign = pc.coalesce(
        col.only(people.emails(), by_mail),
        col.only(people.phones(MOBILE_PREFIXES), by_phone),
        col.digits(customers * 65_537 + 100_000_000_000_000_003),
    )
    foreign = col.only(foreign, named | ~(by_mail | by_phone))
    rows = {
        "id": all_customers.ids(customers),
        "created_at": col.instants(created),
        "updated_at": col.instants(np.minimum(created + dice.delays(20.0 * DAY, count), chunk.setup.period.end - 1)),
        "community_id": col.chosen(setup.community_ids, all_customers.community[customers].astype(np.int64)),
        "identity_group_id": col.only(all_customers.group_ids(people.person), all_customers.founder[customers] >= 0),
        "user_ids": col.chosen(pa.array([[]], pa.list_(pa.string())), np.zeros(count, dtype=np.int64)),
        "uuid": foreign,
        "foreign_id": foreign,
        "anonymized": col.flags(~named),
        "extra_values": _extra_values(types, customers, dice),
        **_personal(people, dice, by_mail, by_phone),
    }
    return col.rows_of("identities", rows)


def _personal(people: _People, dice: Dice, by_mail: Flags, by_phone: Flags) -> dict[str, Any]:
    """Names, addresses and phones; all null for customers who used the right to be forgotten."""
    count, named = len(people.customers), people.named
    full = named & dice.chance(0.8, count)
    street = col.chosen(_STREETS, people.english * len(STREETS[0]) + dice.below(len(STREETS[0]), count))
    screenname = with_awkward(people.full_names(), people.customers, people.setup.messages // 8, AWKWARD_NAMES)
    gender = col.chosen(["man", "woman"], people.woman.astype(np.int64), full & dice.chance(0.6, count))
    return {
        "screenname": col.only(screenname, named),
        "firstname": col.only(people.first, full),
        "lastname": col.only(people.last, full),
        "gender": gender,
        "email": col.only(people.emails(), named & (by_mail | dice.chance(0.3, count))),
        "home_phone": col.only(people.phones(HOME_PREFIXES), named & dice.chance(0.12, count)),
        "mobile_phone": col.only(people.phones(MOBILE_PREFIXES), named & (by_phone | dice.chance(0.2, count))),
        "address": col.only(
            col.joined(col.digits(1 + dice.below(99, count)), " ", street), full & dice.chance(0.2, count)
        ),
        "city": col.chosen(_CITIES, people.english * len(CITIES[0]) + dice.below(len(CITIES[0]), count), full),
    }


def _extra_values(types: np.ndarray[Any, Any], customers: Ints, dice: Dice) -> pa.Array:
    """The JSON object of each community type that has one, null for the others."""
    values = pa.nulls(len(customers), pa.string())
    for names, column_of in _EXTRAS:
        values = pc.coalesce(values, col.only(column_of(customers, dice), np.isin(types, names)))
    return values


def _twitter(customers: Ints, dice: Dice) -> pa.Array:
    count = len(customers)
    return col.joined(
        '{"tw_followers_count":', col.digits(dice.delays(200.0, count, 2.0)),
        ',"tw_following_count":', col.digits(dice.delays(300.0, count, 1.2)),
        ',"tw_statuses_count":', col.digits(dice.delays(900.0, count, 2.0)),
        ',"tw_location":', col.chosen(col.json_texts([*_CITIES, "🌍; partout", None, ""]), dice.below(23, count)), "}",
    )  # fmt: skip


def _instagram(customers: Ints, dice: Dice) -> pa.Array:
    return col.joined('{"ig_followers_count":', col.digits(dice.delays(395.0, len(customers), 1.8)), "}")


def _pooled(*values: dict[str, object]) -> Callable[[Ints, Dice], pa.Array]:
    pool = col.json_texts(values)

    def take(customers: Ints, _dice: Dice) -> pa.Array:
        return pool.take(pa.array(customers % len(pool)))

    return take


def _dimelo(number: int) -> dict[str, object]:
    return {
        "dimelo_type": ("facebook", "dimelo", "saml")[number % 3],
        "dimelo_custom_field_1": "01 23 45 67 89",
        "dimelo_custom_field_2": AWKWARD_TEXTS[number],
        "dimelo_custom_field_3": f"{number:05d}" if number % 2 else None,
    }


_EXTRAS: tuple[tuple[tuple[str, ...], Callable[[Ints, Dice], pa.Array]], ...] = (
    (("Twitter",), _twitter),
    (("Instagram",), _instagram),
    (
        ("Facebook",),
        _pooled(
            {"fb_bio": "Painter living in Paris", "fb_category": "Computers/Internet", "fb_locale": "fr_FR"},
            {"fb_bio": 'Mère de 3 enfants;\n"fière" 🎨', "fb_category": None, "fb_locale": "fr_FR"},
            {"fb_locale": "en_GB"},
        ),
    ),
    (("Dimelo Users",), _pooled(*(_dimelo(number) for number in range(30)))),
    (
        ("Mobile",),
        _pooled(
            {"mobile_device_info": "motorola Nexus 6; 6.0", "mobile_authenticated": True},
            {"mobile_device_info": "Pixel 8, Android 15", "mobile_authenticated": False},
            {"mobile_device_info": None, "mobile_authenticated": None},
        ),
    ),
    (("WhatsApp",), _pooled({"ott_type": "whatsapp"})),
    (("WeChat",), _pooled({"ott_type": "wechat"})),
    (("LINE",), _pooled({"ott_type": "line"})),
)


def identity_groups(chunk: Chunk) -> pa.Table:
    """The groups founded with this chunk, with agents' notes about the person."""
    all_customers, setup = chunk.customers, chunk.setup
    founders = chunk.new_identities[all_customers.founder[chunk.new_identities] == chunk.new_identities]
    people, dice = _People(chunk, founders), Dice(setup.seed, "groups", int(chunk.threads.serial[0]))
    count, created = len(founders), all_customers.created[founders]
    tags = [[], [setup.tag_ids[0]], setup.tag_ids[1:3], [setup.tag_ids[founder] for founder in range(3, len(TAGS))], []]
    rows = {
        "id": all_customers.group_ids(founders),
        "created_at": col.instants(created),
        "updated_at": col.instants(np.minimum(created + dice.delays(30.0 * DAY, count), chunk.setup.period.end - 1)),
        "firstname": people.first,
        "lastname": col.only(people.last, ~every(9, founders)),
        "company": col.chosen(list(COMPANIES), founders % len(COMPANIES), dice.chance(0.4, count)),
        "gender": col.chosen(["man", "woman"], people.woman.astype(np.int64), dice.chance(0.7, count)),
        "emails": _lists(people.emails(), "pro.", dice.weighted((3, 6, 1), count)),
        "home_phones": _lists(people.phones(HOME_PREFIXES), "00", dice.weighted((8, 3, 1), count)),
        "mobile_phones": _lists(people.phones(MOBILE_PREFIXES), "0", dice.weighted((4, 5, 1), count)),
        "notes": col.chosen(_NOTES, founders % len(_NOTES), dice.chance(0.5, count)),
        "tag_ids": col.chosen(pa.array(tags, pa.list_(pa.string())), founders * 3 % 5),
        "custom_field_values": col.chosen(col.json_texts(_FIELD_VALUES), founders % 4, dice.chance(0.6, count)),
    }
    return col.rows_of("identity_groups", rows)


def _lists(values: pa.Array, prefix: str, lengths: Ints) -> pa.Array:
    """Lists of zero, one or two elements: the value, and the same with a prefix."""
    ends = np.cumsum(lengths)
    row = np.repeat(np.arange(len(lengths)), lengths)
    second = np.arange(len(row)) > (ends - lengths)[row]
    elements = pc.if_else(pa.array(second), col.joined(prefix, values.take(pa.array(row))), values.take(pa.array(row)))
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends).astype(np.int32)), elements)
