"""What every export does, in every format, on the demo domain."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from pyarrow import parquet
from tests.workbooks import by_calamine

from navette.catalogue.compile import compile_query
from navette.catalogue.export import Export
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Fields, Request
from navette.core.arrow import ARROW
from navette.core.settings import Settings
from navette.core.windows import Window
from navette.engines import DuckDBEngine
from navette.exporting.prepare import prepare
from navette.formats import FORMATS, Rendering, Written
from navette.store import Store
from navette.tables import TABLES

PARIS = ZoneInfo("Europe/Paris")

# Values for each filter, as the data have them; some words mean another thing in one export.
VALUES = {
    "agent": "SELECT creator_id AS value FROM contents",
    "category": "SELECT unnest(category_ids) AS value FROM interventions",
    "channel": "SELECT channel_id AS value FROM sources",
    "group": "SELECT entry_group_id AS value FROM reply_assistant_entries",
    "language": "SELECT language AS value FROM reply_assistant_versions",
    "name": "SELECT name AS value FROM events",
    "role": "SELECT role_id AS value FROM agents",
    "source": "SELECT source_id AS value FROM contents",
    "status": "SELECT status AS value FROM interventions",
    "tag": "SELECT unnest(tag_ids) AS value FROM identity_groups",
    "team": "SELECT unnest(team_ids) AS value FROM agents",
    "type": "SELECT type AS value FROM communities",
    ("agents", "status"): "SELECT 'enabled' AS value",
    ("agents_notifications", "name"): "SELECT name AS value FROM agent_notifications",
    ("attachments", "type"): "SELECT type AS value FROM attachments",
    ("messages", "status"): "SELECT status AS value FROM contents",
    ("messages", "type"): "SELECT type AS value FROM contents",
    ("sources", "status"): "SELECT status AS value FROM sources",
    ("sources", "type"): "SELECT type AS value FROM sources",
    ("threads", "status"): "SELECT 'closed' AS value",
}


@pytest.fixture(params=EXPORTS.values(), ids=list(EXPORTS))
def export(request: pytest.FixtureRequest) -> Export:
    return request.param


def rows(engine: DuckDBEngine, export: Export, **request: Any) -> list[Any]:
    query = compile_query(export, Request(export.name, **request), engine.ask)
    return [row for batch in engine.rows(query).batches() for row in batch.to_pylist()]


@cache
def everything_of(engine: DuckDBEngine, name: str) -> list[Any]:
    """Every row of an export with every column, read once."""
    return rows(engine, EXPORTS[name], fields=Fields(all=True))


def written(engine: DuckDBEngine, request: Request, format_name: str, locale: str = "fr") -> tuple[bytes, Written]:
    sink = io.BytesIO()
    count = prepare(request, engine, FORMATS[format_name], Rendering(locale, PARIS)).write(sink)
    return sink.getvalue(), count


def test_every_column_has_a_value_somewhere(engine: DuckDBEngine, export: Export) -> None:
    everything = everything_of(engine, export.name)
    assert everything
    empty = {name for name in everything[0] if all(row[name] is None for row in everything)}
    assert empty == set()


def test_values_have_their_columns_types(engine: DuckDBEngine, export: Export) -> None:
    query = compile_query(export, Request(export.name, fields=Fields(all=True)), engine.ask)
    schema = next(engine.rows(query).batches()).schema
    wrong = [
        (column.name, str(schema.field(column.name).type))
        for column in query.columns
        if schema.field(column.name).type != ARROW[column.type.kind]
    ]
    assert wrong == []


def test_lookups_neither_lose_nor_multiply_rows(engine: DuckDBEngine, export: Export) -> None:
    if export.group:
        pytest.skip("its rows are groups: counted in the cases")
    table = export.rows.split(" AS ")[0]
    related = ", ".join(f"{related.name} AS (SELECT * FROM {related.table})" for related in export.related)
    where = f" WHERE {export.where}" if export.where else ""
    [(count,)] = engine.ask(f"{f'WITH {related} ' if where else ''}SELECT count(*) FROM {export.rows}{where}")
    assert count == len(everything_of(engine, export.name)) > 0, table


def read_csv(content: bytes, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


def read_jsonl(content: bytes) -> list[Any]:
    objects = [json.loads(line) for line in content.removesuffix(b"\n").split(b"\n")]
    return [list(objects[0]), *(list(one.values()) for one in objects)]


def read_parquet(content: bytes) -> list[Any]:
    table = parquet.read_table(io.BytesIO(content))
    return [table.column_names, *zip(*(column.to_pylist() for column in table.columns), strict=True)]


def read_xlsx(content: bytes) -> list[Any]:
    first, notice = by_calamine(content).values()
    assert notice[-1][0] == first[0][-1], "the notice ends with the last column"
    return first


# Each format's titles and rows, by somebody else's reader.
READ: dict[str, Callable[[bytes], list[Any]]] = {
    "bi": partial(read_csv, separator=","),
    "excel": partial(read_csv, separator=";"),
    "jsonl": read_jsonl,
    "parquet": read_parquet,
    "xlsx": read_xlsx,
}


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_half_hundredth_of_an_hour_is_rounded_alike_everywhere(
    store: Store, settings: Settings, format_name: str
) -> None:
    halves = range(18, 90_000, 36)  # 0.005 h, 0.015 h, …
    rows = {
        "id": [str(seconds) for seconds in halves],
        "date": [str(date(2024, 1, 1) + timedelta(days=number)) for number in range(len(halves))],
        "state": ["presence"] * len(halves),
        "seconds": [str(seconds) for seconds in halves],
    }
    assert store.merge(TABLES["presence_times"], pa.table(rows)).inserted == len(halves)
    asked = Request("presence_time", fields=Fields(only=("presence", "activity")), zone=PARIS)
    content, _ = written(DuckDBEngine(store.snapshot(), settings), asked, format_name)
    shown = [float(str(hours).replace(",", ".")) for hours, _ in READ[format_name](content)[1:]]
    assert shown == [(seconds + 18) // 36 / 100 for seconds in halves]


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_independent_reader_finds_the_same_rows_and_columns(
    engine: DuckDBEngine, export: Export, format_name: str
) -> None:
    request = Request(export.name, fields=Fields(all=True), zone=PARIS)
    content, count = written(engine, request, format_name)
    read = READ[format_name](content)
    columns = compile_query(export, request, engine.ask).columns
    assert read[0] == [column.name for column in columns]
    assert len(read) - 1 == count.rows == len(everything_of(engine, export.name))
    assert {len(row) for row in read} == {len(columns)}


def test_texts_of_bi_are_byte_for_byte_what_is_stored(engine: DuckDBEngine, export: Export) -> None:
    request = Request(export.name, fields=Fields(all=True))
    texts = [c.name for c in compile_query(export, request, engine.ask).columns if c.type.name in ("String", "Text")]
    content, _ = written(engine, request, "bi")
    read = list(csv.DictReader(io.StringIO(content.decode(), newline="")))
    stored = everything_of(engine, export.name)
    for name in texts:
        if not isinstance(next((row[name] for row in stored if row[name] is not None), None), str):
            continue  # dates that the reference publishes as String
        assert [row[name] for row in read] == [row[name] or "" for row in stored]


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_how_the_rows_are_cut(demo: Settings, engine: DuckDBEngine, export: Export) -> None:
    # The engine's own tests cut one export in many ways; here two are enough.
    request = Request(export.name)
    whole = written(engine, request, "bi")
    cut = DuckDBEngine(engine.snapshot, demo.model_copy(update={"threads": 3}), slice_rows=1500)
    assert written(cut, request, "bi") == whole


def test_consecutive_windows_tile_time(engine: DuckDBEngine, export: Export) -> None:
    if not export.times:
        pytest.skip("always complete")
    cheap = Fields(only=tuple(column.name for column in list(export.all_columns())[:3]))
    edges = [datetime(2024, month, 1, tzinfo=UTC) for month in (3, 4, 9)]
    for by in export.times:
        parts = [
            row
            for start, end in zip([None, *edges], [*edges, None], strict=True)
            for row in rows(engine, export, window=Window(start, end), by=by, fields=cheap)
        ]
        everything = rows(engine, export, fields=cheap)
        assert sorted(map(str, parts)) == sorted(map(str, everything)), by


@pytest.mark.slow
def test_a_count_is_the_number_of_rows_in_any_window(engine: DuckDBEngine, export: Export) -> None:
    windows = [Window()]
    if export.times:
        edges = [None, datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 17, 9, 30, tzinfo=UTC), None]
        windows += [Window(start, end) for start in edges[:-1] for end in edges[1:] if start != end]
    for by in export.times or (None,):
        for window in windows:
            query = compile_query(export, Request(export.name, window=window, by=by), engine.ask)
            found = sum(batch.num_rows for batch in engine.rows(query).batches())
            assert engine.count(query) == found, (by, window)


def test_the_first_rows_are_those_that_the_whole_begins_with(engine: DuckDBEngine, export: Export) -> None:
    query = compile_query(export, Request(export.name, fields=Fields(all=True)), engine.ask)
    first = [row for batch in engine.rows(query.first(7)).batches() for row in batch.to_pylist()]
    assert first == everything_of(engine, export.name)[:7]


@pytest.mark.slow
def test_every_filter_narrows(engine: DuckDBEngine, export: Export) -> None:
    cheap = Fields(only=tuple(column.name for column in list(export.all_columns())[:3]))
    everything = {str(row) for row in rows(engine, export, fields=cheap)}
    for name in export.filters:
        values = VALUES.get((export.name, name), VALUES[name])
        frequent = engine.ask(
            f"SELECT value FROM ({values}) WHERE value IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1"
        )
        asked = tuple(str(value) for (value,) in frequent[:10])
        found = {str(row) for row in rows(engine, export, fields=cheap, filters={name: asked})}
        assert found, name
        assert found <= everything, name
        query = compile_query(export, Request(export.name, fields=cheap, filters={name: asked}), engine.ask)
        assert engine.count(query) == len(rows(engine, export, fields=cheap, filters={name: asked}))
        assert not rows(engine, export, fields=cheap, filters={name: ("nothing such",)}), name
