"""Columns that follow the data keep the names that they got first: reports read columns by name."""

import hashlib
import json
import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exports.test_cases import texts
from tests.naughty import NAUGHTY

from navette.catalogue.column_names import assign, fit_length
from navette.catalogue.export import Family
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Fields, Request
from navette.connectors import Batch
from navette.core.errors import RequestError
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.exporting.prepare import Prepared, prepare
from navette.exporting.preview import first_rows
from navette.formats import FORMATS, Rendering
from navette.ingesting.load import load
from navette.store import COLUMN_NAMES, Snapshot, Store
from navette.tables import TABLES

UTC = ZoneInfo("UTC")
FIRST, SECOND, THIRD = (digit * 24 for digit in "abc")


@dataclass
class Rows:
    """A connector that brings some rows of one table."""

    table: str
    rows: list[dict[str, str]]

    def read(self) -> Iterator[Batch]:
        yield Batch(self.table, texts(self.rows), "a test")


def channel(id_: str, name: str) -> Rows:
    return Rows("channels", [{"id": id_, "name": name}])


def chat(variables: dict[str, Any]) -> Rows:
    text = json.dumps(variables)
    id_ = hashlib.sha256(text.encode()).hexdigest()[:24]
    return Rows("threads", [{"id": id_, "created_at": "2024-01-01", "custom_variables": text}])


def presence(id_: str, channel_id: str, seconds: int) -> Rows:
    row = {"id": id_, "date": "2024-03-01", "user_id": "d" * 24, "state": "available", "channel_id": channel_id}
    return Rows("presence_times", [row | {"seconds": str(seconds)}])


def prepared(snapshot: Snapshot, settings: Settings, export: str, fields: Fields, format_name: str = "bi") -> Prepared:
    request = Request(export, fields=fields, zone=UTC, seconds=True)
    return prepare(request, DuckDBEngine(snapshot, settings), FORMATS[format_name], Rendering("en", UTC))


def read(
    store: Store,
    settings: Settings,
    export: str = "presence_time",
    fields: str = "{channel}_available",
    snapshot: Snapshot | None = None,
) -> list[Any]:
    """The rows of an export: each column's name and value."""
    run = prepared(snapshot or store.snapshot(), settings, export, Fields.parse(fields))
    return [row for batch in run.engine.rows(run.query).batches() for row in batch.to_pylist()]


@pytest.mark.parametrize(
    ("newcomer", "id_"), [("CHAT", SECOND), ("Chat", "0" * 24), ("Chat", SECOND), ("A chat", SECOND), ("chat_2", FIRST)]
)
def test_a_new_channel_takes_no_name_that_another_has(
    store: Store, settings: Settings, newcomer: str, id_: str
) -> None:
    load(channel("b" + "1" * 23, "Chat"), store)
    load(presence("1", "b" + "1" * 23, 3600), store)
    load(channel(id_, newcomer), store)
    load(presence("2", id_, 1), store)
    [row] = read(store, settings)
    assert row.pop("chat_available") == 3600
    assert list(row.values()) == [1]


def test_a_renamed_channel_keeps_its_name_and_nobody_else_gets_it(store: Store, settings: Settings) -> None:
    load(channel(FIRST, "Chat"), store)
    load(channel(FIRST, "Live chat"), store)
    load(channel(SECOND, "Chat"), store)
    load(presence("1", FIRST, 10), store)
    load(presence("2", SECOND, 20), store)
    assert read(store, settings) == [{"chat_2_available": 20, "chat_available": 10}]


def test_the_name_of_a_removed_channel_comes_back_with_it_alone(store: Store, settings: Settings) -> None:
    load(channel(FIRST, "Chat"), store)
    store.delete(TABLES["channels"], [(FIRST,)])
    load(channel(SECOND, "Chat"), store)
    load(presence("1", SECOND, 20), store)
    assert read(store, settings) == [{"chat_2_available": 20}]
    load(channel(FIRST, "Chat"), store)
    load(presence("2", FIRST, 10), store)
    assert read(store, settings) == [{"chat_available": 10, "chat_2_available": 20}]


def test_a_new_variable_takes_no_name_that_another_has(store: Store, settings: Settings) -> None:
    load(chat({"plan": "gold"}), store)
    load(chat({"Plan": "Silver", "title": "Mine", "title_2": "Other"}), store)
    assert {"plan": "gold"} in read(store, settings, "threads", "plan")
    both = read(store, settings, "threads", "plan,Plan_2,title,title_2,title_2_2")
    assert {"plan": None, "Plan_2": "Silver", "title": None, "title_2": "Mine", "title_2_2": "Other"} in both
    with pytest.raises(RequestError, match="did you mean"):
        read(store, settings, "threads", "Plan_3")


def test_a_replay_sees_the_names_of_its_versions(store: Store, settings: Settings) -> None:
    load(channel(FIRST, "Chat"), store)
    load(presence("1", FIRST, 10), store)
    versions = store.snapshot().versions
    load(channel(SECOND, "Chat"), store)
    then = store.snapshot(versions)
    assert read(store, settings, snapshot=then) == [{"chat_available": 10}]
    assert then.versions == versions


def test_versions_from_before_names_were_kept_are_read_without_any(store: Store, settings: Settings) -> None:
    load(channel(SECOND, "Chat"), store)
    load(channel(FIRST, "Chat"), store)
    load(presence("1", FIRST, 10), store)
    old = {name: version for name, version in store.snapshot().versions.items() if name != COLUMN_NAMES.name}
    assert read(store, settings, snapshot=store.snapshot(old)) == [{"chat_available": 10, "chat_2_available": 0}]


def test_the_first_load_into_a_store_without_names_keeps_the_displayed_names(store: Store, settings: Settings) -> None:
    store.merge(TABLES["channels"], texts(channel(SECOND, "Chat").rows + channel(THIRD, "CHAT").rows))
    load(presence("1", SECOND, 10), store)
    shown = read(store, settings)
    load(channel(FIRST, "chat"), store)
    [row] = read(store, settings)
    assert row.pop("chat_3_available") == 0
    assert [row] == shown


def test_an_export_writes_nothing_into_the_store(store: Store, settings: Settings) -> None:
    store.merge(TABLES["channels"], texts(channel(FIRST, "Chat").rows))
    load(presence("1", FIRST, 10), store)
    before = sorted((path, path.stat().st_mtime_ns) for path in store.root.rglob("*"))
    assert read(store, settings) == [{"chat_available": 10}]
    assert sorted((path, path.stat().st_mtime_ns) for path in store.root.rglob("*")) == before


def load_channels(root: Path, ids: list[str]) -> None:
    store = Store(root)
    for id_ in ids:
        load(channel(id_, "Chat"), store)


def test_processes_that_load_at_once_give_every_channel_a_name_of_its_own(store: Store, settings: Settings) -> None:
    ids = [f"{number:024x}" for number in range(12)]
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=load_channels, args=(store.root, ids[n::3])) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    load(presence("1", ids[0], 1), store)
    [row] = read(store, settings)
    assert set(row) == {"chat_available", *(f"chat_{n}_available" for n in range(2, 13))}


@given(st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), st.text(max_size=3)), max_size=6), max_size=5))
def test_names_are_unique_whatever_comes_when_and_never_change(loads: list[list[tuple[str, str]]]) -> None:
    export = EXPORTS["threads"]
    [family] = [one for one in export.columns if isinstance(one, Family) and one.named_by]
    known: dict[str, str] = {}
    for members in loads:
        new = assign(export, family, known, members)
        assert not new.keys() & known.keys()
        known |= new
        assert {key for key, _ in members} <= known.keys()
        assert len({name.lower() for name in known.values()}) == len(known)


@given(st.text() | st.sampled_from(NAUGHTY))
def test_a_fit_name_stays_as_it_is_and_has_nothing_that_ends_names(name: str) -> None:
    made = fit_length(name)
    assert made == fit_length(made) == made.strip() != ""
    assert not set(made) & {*map(chr, range(32)), "\x7f", "\x85", "\u2028", "\u2029", "\ufeff"}


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_variable_of_any_name_comes_out_in_every_format(store: Store, settings: Settings, format_name: str) -> None:
    load(chat({"a\0b": "nul", " lead": "1", "trail ": "2", "line\nbreak": "3", "x" * 5000: "4"}), store)
    ready = prepared(store.snapshot(), settings, "threads", Fields.parse("id,{custom_variable_name}"), format_name)
    names = ["id", "lead", "a_b", "line_break", "trail", "x" * 200]
    assert [column.name for column in ready.query.columns] == names
    assert first_rows(ready).titles == names
    assert first_rows(ready).rows[0][1:] == ["1", "nul", "3", "2", "4"]
    assert ready.produce(settings.home / "out").rows == 1


def test_a_variables_type_is_the_same_in_every_format(store: Store, settings: Settings) -> None:
    values = {"basket": 12.5, "tracking": 9400111899223100001234, "code": "00123", "vip": True, "count": 3}
    load(chat(values), store)
    load(chat(values | {"basket": 12, "vip": False}), store)
    ready = [
        prepared(store.snapshot(), settings, "threads", Fields.parse("{custom_variable_name}"), f) for f in FORMATS
    ]
    types = {tuple((column.name, column.type.name) for column in one.query.columns) for one in ready}
    assert types == {
        (("basket", "Float"), ("code", "String"), ("count", "Integer"), ("tracking", "String"), ("vip", "Boolean"))
    }
    shown = [sorted({row[3] or "" for row in first_rows(one).rows}) for one in ready]
    assert shown == [["9400111899223100001234"]] * len(FORMATS)
