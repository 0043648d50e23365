"""Files of very many columns: the same bytes as ever, by SQL that says once what is done to all of them."""

import json
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows, written
from tests.naughty import NAUGHTY

from navette.catalogue import columns as catalogue_columns
from navette.catalogue.request import Fields, Request
from navette.core import rows
from navette.core.settings import Settings
from navette.core.types import Array, Boolean, Date, Datetime, Float, Integer, Json, ObjectId, Text
from navette.engines import DuckDBEngine
from navette.exporting.prepare import Prepared, prepare
from navette.exporting.preview import first_rows
from navette.formats import FORMATS, Rendering, Written, csv, excel
from navette.formats.xlsx import cells
from navette.store import Store
from navette.tables import TABLES

EVERY = Fields(all=True)
FRENCH = Rendering("fr", ZoneInfo("Europe/Paris"))

VALUES = {
    Text: st.none() | st.text(max_size=20) | st.sampled_from([*NAUGHTY, "x" * 40_000]),
    Float: st.none() | st.floats(),
    Integer: st.none() | st.integers(-(2**63), 2**63 - 1),
    Boolean: st.none() | st.booleans(),
    Date: st.none() | st.dates(date(1800, 1, 1)),
    Datetime: st.none() | st.datetimes(datetime(1800, 1, 1), datetime(9990, 1, 1), timezones=st.just(UTC)),
    Array: st.none() | st.lists(st.none() | st.sampled_from(NAUGHTY), max_size=3),
    Json: st.none() | st.just('{"a": "b, \\"c\\""}'),
    ObjectId: st.none() | st.just("a" * 24),
}

COLUMNS = st.lists(st.sampled_from([*VALUES]).flatmap(lambda t: VALUES[t].map(lambda value: (t, [value]))), min_size=2)


@pytest.mark.slow
@pytest.mark.parametrize("format_name", ["bi", "excel", "xlsx"])
@given(COLUMNS)
@example([(Text, [one]) for one in NAUGHTY])
@example([(Float, [1.5]), (Float, [None]), (Integer, [1])])
@settings(max_examples=30, deadline=None)
def test_a_row_is_the_same_whether_it_counts_as_wide(format_name: str, columns: list[Any]) -> None:
    named = DuckDBRows({f"column {n}": column for n, column in enumerate(columns)})
    expected = written(FORMATS[format_name], named, FRENCH)
    with pytest.MonkeyPatch.context() as patch:
        for module in (csv, excel, cells):
            patch.setattr(module, "WIDE", 1)
        assert written(FORMATS[format_name], named, FRENCH) == expected


@pytest.mark.slow
@pytest.mark.parametrize("format_name", FORMATS)
def test_a_thousand_columns_and_more_are_written(format_name: str) -> None:
    names = [f"text {n}" for n in range(1_100)]
    named = DuckDBRows({name: (Text, [name]) for name in names} | {f"n{n}": (Float, [n / 4]) for n in range(rows.WIDE)})
    sink = BytesIO()
    assert FORMATS[format_name].write(named, sink, FRENCH).rows == 1
    assert sink.getvalue()


def presence(home: Path, channels: int, days: int = 1) -> Store:
    """A store in which one agent is in one state on each channel, each day."""
    store = Store(home / "store")
    ids = [f"{n:024x}" for n in range(channels)]
    store.merge(TABLES["channels"], pa.table({"id": ids, "name": [f'Canal "{n}" été' for n in range(channels)]}))
    states = ("available", "away", "busy", "full", "unoccupied", "presence")
    table = {
        "id": [f"{day}-{n}" for day in range(days) for n in range(channels)],
        "date": [date(2024, 1, 1 + day) for day in range(days) for _ in ids],
        "user_id": ["a" * 24] * (days * channels),
        "channel_id": ids * days,
        "state": [states[(day + n) % 6] for day in range(days) for n in range(channels)],
        "seconds": [2**63 - 1 if n == 3 else 1_111 * (day + n) for day in range(days) for n in range(channels)],
    }
    store.merge(TABLES["presence_times"], pa.table(table))
    return store


def prepared(
    store: Store, format_name: str, fields: Fields = EVERY, seconds: bool = False, export: str = "presence_time"
) -> Prepared:
    settings = Settings(home=store.root.parent, threads=20, memory_limit_mb=400)
    request = Request(export, fields=fields, seconds=seconds)
    return prepare(request, DuckDBEngine(store.snapshot(), settings), FORMATS[format_name], FRENCH)


def file_of(run: Prepared) -> tuple[Written, bytes]:
    sink = BytesIO()
    return run.write(sink), sink.getvalue()


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize(
    ("fields", "seconds", "lists"),
    [
        (Fields(only=("{channel}_away_total", "user_id")), False, [9]),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                (EVERY, False, [72]),
                (EVERY, True, [72]),
                (Fields(left_out=("{channel}_busy", "canal_0_ete_full", "canal_4_ete_away")), False, [61]),
                (
                    Fields(only=("date", "canal_8_ete_full", "canal_1_ete_away", "canal_0_ete_busy", "user_name")),
                    True,
                    [3],
                ),
            )
        ),
    ],
)
def test_numbers_of_a_family_are_the_same_as_one_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str, fields: Fields, seconds: bool, lists: list[int]
) -> None:
    store = presence(tmp_path, channels=9, days=3)
    narrow = prepared(store, format_name, fields, seconds)
    assert all(len(part) == 1 for part in narrow.query.parts)
    monkeypatch.setattr(catalogue_columns, "WIDE", 2)
    wide = prepared(store, format_name, fields, seconds)
    assert [len(part) for part in wide.query.parts if len(part) > 1] == lists
    assert wide.query.columns == narrow.query.columns
    assert file_of(wide) == file_of(narrow)
    assert first_rows(wide) == first_rows(narrow)
    for module in (csv, excel, cells):  # many other columns around a list
        monkeypatch.setattr(module, "WIDE", 1)
    assert file_of(wide) == file_of(narrow)


@pytest.mark.parametrize("format_name", FORMATS)
def test_chat_variables_that_are_numbers_are_the_same_as_one_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str
) -> None:
    store = Store(tmp_path / "store")
    chats = [{f"n{n}": n * 3 for n in range(4)} | {f"x{n}": n + 0.5 for n in range(3)}, {"n1": 7, "x2": 1e20}, {}]
    table = {
        "id": [f"{number:024x}" for number in range(3)],
        "created_at": ["2024-01-01"] * 3,
        "custom_variables": [json.dumps(chat) for chat in chats],
    }
    store.merge(TABLES["threads"], pa.table(table))
    narrow = prepared(store, format_name, export="threads")
    monkeypatch.setattr(catalogue_columns, "WIDE", 2)
    wide = prepared(store, format_name, export="threads")
    assert [len(part) for part in wide.query.parts if len(part) > 1] == [4, 3]
    assert file_of(wide) == file_of(narrow)


def test_a_list_of_no_rows_has_its_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_columns, "WIDE", 2)
    store = presence(tmp_path, channels=2, days=0)
    assert file_of(prepared(store, "parquet"))[0].rows == 0


@pytest.mark.slow
@pytest.mark.parametrize("format_name", FORMATS)
def test_a_thousand_channels_fit_into_the_default_memory(tmp_path: Path, format_name: str) -> None:
    written, _ = file_of(prepared(presence(tmp_path, channels=1_000), format_name))
    assert written.rows == 1


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("variable", ["rowid", "RowID", "wide_rows", "some_rows", "result", "text", "slice"])
def test_chat_variables_may_have_the_names_that_queries_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str, variable: str
) -> None:
    """Customers' browsers choose them."""
    store = Store(tmp_path / "store")
    variables = [json.dumps({variable: 1_000 + n, "x": n}) for n in range(3)]
    ids = [f"{n:024x}" for n in range(3)]
    store.merge(TABLES["threads"], pa.table({"id": ids, "custom_variables": variables}))
    monkeypatch.setattr(catalogue_columns, "WIDE", 2)
    written, _ = file_of(prepared(store, format_name, Fields(only=(variable, "x")), export="threads"))
    assert written.rows == 3
