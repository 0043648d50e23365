"""Filters take ids and names; a value that no record has is refused, with the nearest that one has."""

import hashlib
from collections.abc import Iterator
from itertools import count
from typing import Any

import pyarrow as pa
import pytest

from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Fields, Request
from navette.core.errors import RequestError
from navette.core.settings import Settings
from navette.core.zones import zone
from navette.engines import DuckDBEngine
from navette.exporting.choices import Record, filter_choices
from navette.exporting.filter_values import with_stored_values
from navette.exporting.prepare import prepare
from navette.formats import FORMATS, Rendering
from navette.store import Store
from navette.tables import TABLES

FILTERS = [(export, name) for export in EXPORTS.values() for name in export.filters]


def id_of(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()[:24]


@pytest.fixture
def shop(settings: Settings) -> DuckDBEngine:
    """A small contact centre: two sources of one name, a tree of categories, messages of an agent who is deleted."""
    rows: dict[str, list[dict[str, Any]]] = {
        "sources": [
            {"id": id_of("mail"), "name": "Mailbox"},
            {"id": id_of("care 1"), "name": "Care"},
            {"id": id_of("care 2"), "name": "Care"},
            {"id": id_of("comma"), "name": "Back-office, nuit"},
        ],
        "categories": [
            {"id": id_of("billing"), "name": "Billing"},
            {"id": id_of("refund"), "name": "Refund", "parent_id": id_of("billing")},
            {"id": id_of("late"), "name": "Late", "parent_id": id_of("refund")},
            {"id": id_of("shipping"), "name": "Shipping"},
            {"id": id_of("late 2"), "name": "Late", "parent_id": id_of("shipping")},
            {"id": id_of("loop 1"), "name": "Loop", "parent_id": id_of("loop 2")},
            {"id": id_of("loop 2"), "name": "Pool", "parent_id": id_of("loop 1")},
        ],
        "contents": [
            message("m1", "mail", "New", "billing"),
            message("m2", "care 1", "new", "refund"),
            message("m3", "comma", "Replied", "late"),
            message("m4", "mail", "Replied", "late 2"),
            message("m5", "mail", "Replied", "loop 1"),
            message("m6", "mail", "it's", "shipping"),
        ],
    }
    for table, records in rows.items():
        types = pa.schema([(name, TABLES[table].schema.field(name).type) for name in {**records[0], **records[-1]}])
        assert Store(settings.store).merge(TABLES[table], pa.Table.from_pylist(records, types)).rejected == 0
    return DuckDBEngine(Store(settings.store).snapshot(), settings)


def message(name: str, source: str, status: str, category: str) -> dict[str, Any]:
    ids = {
        "id": id_of(name),
        "source_id": id_of(source),
        "creator_id": id_of("gone"),
        "category_ids": [id_of(category)],
    }
    return {**ids, "status": status}


def found(shop: DuckDBEngine, **filters: Any) -> set[str]:
    """The messages that the filters leave, by their own names here."""
    asked = Request(
        "messages", filters={name: (value,) for name, value in filters.items()}, fields=Fields(only=("id",))
    )
    prepared = prepare(asked, shop, FORMATS["bi"], Rendering("en", zone("UTC")))
    names = {id_of(name): name for name in ("m1", "m2", "m3", "m4", "m5", "m6")}
    return {names[row["id"]] for batch in shop.rows(prepared.query).batches() for row in batch.to_pylist()}


@pytest.mark.parametrize(
    ("filters", "messages"),
    [
        ({"source": id_of("mail")}, {"m1", "m4", "m5", "m6"}),
        ({"source": "Mailbox"}, {"m1", "m4", "m5", "m6"}),
        ({"source": "mailbox"}, {"m1", "m4", "m5", "m6"}),
        ({"source": "Back-office, nuit"}, {"m3"}),
        ({"source": id_of("care 2")}, set()),  # a record without messages
        ({"agent": id_of("gone")}, {"m1", "m2", "m3", "m4", "m5", "m6"}),  # messages without a record
        ({"status": "Replied"}, {"m3", "m4", "m5"}),
        ({"status": "replied"}, {"m3", "m4", "m5"}),
        ({"status": "it's"}, {"m6"}),
        ({"status": "new"}, {"m2"}),  # both New and new are stored
        ({"category": "Billing"}, {"m1"}),
        ({"category": "Billing/**"}, {"m1", "m2", "m3"}),
        ({"category": f"{id_of('billing')}/**"}, {"m1", "m2", "m3"}),
        ({"category": "billing/refund/**"}, {"m2", "m3"}),
        ({"category": "Refund/Late"}, {"m3"}),
        ({"category": "Shipping/Late"}, {"m4"}),
        ({"category": "Loop/**"}, {"m5"}),  # a cycle of parents ends
    ],
)
def test_ids_names_and_branches_are_taken(shop: DuckDBEngine, filters: dict[str, str], messages: set[str]) -> None:
    assert found(shop, **filters) == messages


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        ({"source": "nope"}, "unknown source 'nope': choose one of Back-office, nuit, Care, Mailbox."),
        ({"source": "Mailbix"}, "unknown source 'Mailbix': did you mean 'Mailbox'?"),
        ({"source": "Mailbox/**"}, "unknown source 'Mailbox/**': did you mean 'Mailbox'?"),
        ({"source": "f" * 24}, f"unknown source '{'f' * 24}': choose one of Back-office, nuit, Care, Mailbox."),
        ({"team": "Night"}, "unknown team 'Night': there is none to choose from."),
        ({"status": "Replyed"}, "unknown status 'Replyed': did you mean 'Replied'?"),
        ({"category": "Biling/**"}, "unknown category 'Biling/**': did you mean 'Billing'?"),
        ({"status": "NEW"}, "several values of the filter 'status' are called 'NEW': choose one of New, new."),
        (
            {"source": "Care"},
            "several values of the filter 'source' are called 'Care': choose one of "
            f"{', '.join(sorted((id_of('care 1'), id_of('care 2'))))}.",
        ),
        (
            {"category": "Late"},
            f"several values of the filter 'category' are called 'Late': choose one of {id_of('late')} "
            f"(Billing/Refund/Late), {id_of('late 2')} (Shipping/Late).",
        ),
    ],
)
def test_unknown_and_ambiguous_values_are_refused(shop: DuckDBEngine, filters: dict[str, str], sentence: str) -> None:
    with pytest.raises(RequestError) as refused:
        found(shop, **filters)
    assert str(refused.value) == sentence


def test_fixed_texts_are_taken_in_any_case_and_others_refused(shop: DuckDBEngine) -> None:
    asked = Request("threads", filters={"status": ("CLOSED", "closed")})
    assert with_stored_values(asked, shop).filters == {"status": ("closed",)}
    with pytest.raises(RequestError, match=r"^unknown status 'open': did you mean"):
        with_stored_values(Request("threads", filters={"status": ("open",)}), shop)


def test_the_request_keeps_its_values_as_written(shop: DuckDBEngine) -> None:
    asked = Request("messages", filters={"source": ("Mailbox",)})
    assert prepare(asked, shop, FORMATS["bi"], Rendering("en", zone("UTC"))).request == asked


@pytest.mark.parametrize(("export", "name"), FILTERS, ids=lambda one: getattr(one, "name", one))
def test_every_choice_of_every_filter_is_a_value_that_it_takes(
    demo: Settings, engine: DuckDBEngine, export: Export, name: str
) -> None:
    values = tuple(choice.value for choice in filter_choices(export, name, demo))
    asked = Request(export.name, filters={name: values})
    assert with_stored_values(asked, engine).filters[name] == values
    with pytest.raises(RequestError, match=f"^unknown {name} "):
        with_stored_values(Request(export.name, filters={name: ("no such value",)}), engine)


def test_thousands_of_values_are_looked_up_in_one_pass(shop: DuckDBEngine) -> None:
    """The form lets all of a filter's choices be chosen; to look through all records for each took minutes."""
    looks = count()

    class Watched(tuple[Record, ...]):
        """The records, of which each pass is counted."""

        def __iter__(self) -> Iterator[Record]:
            next(looks)
            return super().__iter__()

    records = Watched(
        Record(id_of(str(number)), f"Category {number}", id_of(str(number // 10)) if number >= 10 else None)
        for number in range(500)
    )
    ids, names = [record.value for record in records], [record.name for record in records]
    for values in (ids, names, map(str.upper, names)):
        asked = Request("messages", filters={"category": tuple(values)})
        assert len(with_stored_values(asked, shop, lambda *_: records).filters["category"]) == 500
    whole = Request("messages", filters={"category": tuple(f"{record.value}/**" for record in records[:100])})
    assert len(with_stored_values(whole, shop, lambda *_: records).filters["category"]) == 500
    assert next(looks) < 20
