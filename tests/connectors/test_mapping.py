"""Records become rows as declared, whatever a source leaves out or adds."""

import json
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from navette.connectors.connector import Batch, Refused
from navette.connectors.http.mapping import From, Rows
from navette.connectors.http.pages import Record
from navette.store import Store, relation
from navette.tables import TABLES

THREADS = Rows(
    "threads",
    (
        From("id"),
        From("created_at"),
        From("title", "subject.text"),
        From("closed"),
        From("category_ids"),
        From("extra_data", "context"),
        From("source_id", "source", lambda source: source["id"]),
    ),
    ignored=frozenset({"url"}),
)
FILES = Rows("attachments", (From("id"), From("filename", "name"), From("content_id", "^id")), each="files")


def rows(mapping: Rows, *records: Record) -> list[dict[str, str | None]]:
    [batch] = mapping.read(records, "")
    assert isinstance(batch, Batch)
    return batch.rows.to_pylist()


def test_values_are_texts_that_the_store_reads(tmp_path: Path) -> None:
    key, source = f"{1:024x}", f"{2:024x}"
    record = {
        "id": key,
        "created_at": "2026-11-28T10:00:00.25+01:00",
        "subject": {"text": "Où ?"},
        "closed": False,
        "category_ids": [source],
        "context": {"page_visit_count": 3},
        "source": {"id": source},
    }
    store, [batch] = Store(tmp_path), THREADS.read([record], "engage/content_threads")
    assert isinstance(batch, Batch)
    assert store.merge(TABLES["threads"], batch.rows, batch.origin).inserted == 1

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        stored = relation(TABLES["threads"], store.snapshot().tables["threads"].files)
        [row] = connection.sql(stored).to_arrow_table().to_pylist()
    assert row["created_at"].isoformat() == "2026-11-28T09:00:00.250000+00:00"
    assert (row["title"], row["closed"], row["category_ids"]) == ("Où ?", False, [source])
    assert row["extra_data"] == '{"page_visit_count": 3}'
    assert row["source_id"] == source


def test_a_missing_value_is_null_at_any_depth() -> None:
    for record in ({}, {"subject": None}, {"subject": "text"}, {"subject": {"text": None}}):
        [row] = rows(THREADS, record)
        assert set(row.values()) == {None}


def test_each_element_of_a_list_is_a_row() -> None:
    records = [
        {"id": "a", "files": [{"id": "1", "name": "x.pdf"}, {"id": "2"}]},
        {"id": "b", "files": None},
        {"id": "c"},
    ]
    assert rows(FILES, *records) == [
        {"id": "1", "filename": "x.pdf", "content_id": "a"},
        {"id": "2", "filename": None, "content_id": "a"},
    ]


def test_what_no_field_takes_is_known() -> None:
    record = {"id": "a", "subject": {"text": "t", "other": 1}, "url": "u", "new": {"x": 1}, "empty": "", "no": False}
    assert THREADS.unmapped(record) == {"new": {"x": 1}, "no": False}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)
names = st.sampled_from(["id", "created_at", "subject", "closed", "category_ids", "context", "files", "name", "source"])


@given(st.lists(st.dictionaries(names, json_values)))
def test_odd_records_are_rows_or_refused(records: list[Record]) -> None:
    read = [*THREADS.read(records, "here")]
    refused = [item for item in read if isinstance(item, Refused)]
    assert sum(item.rows.num_rows for item in read if isinstance(item, Batch)) + len(refused) == len(records)
    assert all(json.loads(item.row) in records for item in refused)
    assert [*FILES.read(records, "here")]


def test_a_value_that_cannot_be_read_refuses_its_row_alone() -> None:
    refused, batch = THREADS.read([{"id": "a", "source": "text"}, {"id": "b", "source": {"id": "s"}}], "here")
    assert isinstance(refused, Refused)
    assert (refused.table, refused.row, refused.origin) == ("threads", '{"id": "a", "source": "text"}', "here")
    assert refused.reason.startswith("TypeError")
    assert isinstance(batch, Batch)
    assert batch.rows["id"].to_pylist() == ["b"]
