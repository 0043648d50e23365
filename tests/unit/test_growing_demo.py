"""The demo domain that grows by months: more months add rows and change none that are settled."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from tests.unit.test_store import read

from navette.connectors import DemoDomain
from navette.core.errors import RequestError, TryLaterError
from navette.ingesting.load import load
from navette.store import Merged, Store
from navette.tables import TABLES, Table

MESSAGES, EARLY, LATER = 3_000, 3, 5
END = "TIMESTAMPTZ '2016-04-01 00:00Z'"
BORN = [table for table in TABLES.values() if "created_at" in table.schema.names]


def domain(months: int) -> dict[str, pa.Table]:
    found: dict[str, list[pa.Table]] = {}
    for batch in DemoDomain(MESSAGES, 3, months=months).read():
        found.setdefault(batch.table, []).append(batch.rows)
    return {name: pa.concat_tables(parts, promote_options="default") for name, parts in found.items()}


@pytest.fixture(scope="module")
def early() -> dict[str, pa.Table]:
    return domain(EARLY)


@pytest.fixture(scope="module")
def both(early: dict[str, pa.Table]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of both domains: ``early_contents``, ``later_contents``, …"""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for prefix, tables in (("early", early), ("later", domain(LATER))):
            for name, rows in tables.items():
                connection.register(f"{prefix}_{name}", rows)
        yield connection


def count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {query}").fetchall()
    return int(rows)


@pytest.mark.parametrize("table", BORN, ids=lambda table: table.name)
def test_what_was_created_before_the_end_does_not_depend_on_it(both: duckdb.DuckDBPyConnection, table: Table) -> None:
    keys = ", ".join(table.key)
    early, later = (f"(FROM {prefix}_{table.name} WHERE created_at < {END})" for prefix in ("early", "later"))
    assert count(both, f"{early} AS rows ANTI JOIN {later} AS others USING ({keys})") == 0
    assert count(both, f"{later} AS rows ANTI JOIN {early} AS others USING ({keys})") == 0


@pytest.mark.parametrize("name", ["contents", "interventions", "tasks", "threads", "intervention_segments"])
def test_rows_that_differ_were_changed_after_the_end(both: duckdb.DuckDBPyConnection, name: str) -> None:
    changed = f"(FROM early_{name} EXCEPT FROM later_{name})"
    assert 0 < count(both, changed) < count(both, f"early_{name}") / 10
    assert count(both, f"later_{name} SEMI JOIN {changed} AS c USING (id) WHERE updated_at < {END}") == 0


def test_every_month_has_about_as_many_messages(both: duckdb.DuckDBPyConnection) -> None:
    months = both.execute("SELECT count(*) FROM later_contents GROUP BY date_trunc('month', created_at)").fetchall()
    assert len(months) == LATER
    assert all(0.8 * MESSAGES < rows < 1.2 * MESSAGES for (rows,) in months)


def test_some_things_come_months_later(both: duckdb.DuckDBPyConnection) -> None:
    late = "INTERVAL 30 DAY"
    messages = "later_contents AS c JOIN later_threads AS t ON t.id = c.thread_id"
    assert 0 < count(both, f"{messages} WHERE c.created_at > t.created_at + {late}") < LATER * MESSAGES / 20
    answers = "later_survey_responses AS r JOIN later_interventions AS i ON i.id = r.intervention_id"
    assert count(both, f"{answers} WHERE r.created_at > i.created_at + {late}") > 0
    assert (
        count(
            both,
            "early_interventions AS e JOIN later_interventions AS l USING (id) "
            f"WHERE e.status = 'Opened' AND l.status = 'Closed' AND e.created_at < {END} - {late}",
        )
        > 0
    )


def test_nothing_points_to_what_does_not_exist_yet(both: duckdb.DuckDBPyConnection) -> None:
    dangling = [
        (table.name, field.name)
        for table in TABLES.values()
        for field in table.fields
        if field.references and field.type.kind.name == "TEXT"
        if count(
            both,
            f"early_{table.name} AS r ANTI JOIN early_{field.references} AS t ON t.id = r.{field.name} "
            f"WHERE r.{field.name} IS NOT NULL",
        )
    ]
    assert dangling == []


def test_rows_come_in_time_order(early: dict[str, pa.Table]) -> None:
    latest: dict[str, object] = {}
    for batch in DemoDomain(MESSAGES, 3, months=2).read():
        if "created_at" in batch.rows.column_names and batch.rows.num_rows:
            created = batch.rows["created_at"].to_pylist()
            assert min(created) >= latest.get(batch.table, min(created)), batch.table
            latest[batch.table] = max(created)
    assert latest.keys() >= {"contents", "events", "threads"}


def test_more_months_than_a_life_are_refused() -> None:
    with pytest.raises(RequestError, match="at most 600 months"):
        DemoDomain(10, 1, months=601)


class TestFilling:
    """Rows in time order are written to an empty store as they come."""

    def test_the_rows_are_those_of_a_merge_in_the_same_order(self, tmp_path: Path) -> None:
        filled, merged = Store(tmp_path / "filled"), Store(tmp_path / "merged")
        summary = load(DemoDomain(1_000, 3, months=2), filled)
        load(DemoDomain(1_000, 3, months=2), _not_empty(merged))
        for name in ("contents", "agents", "survey_responses"):
            assert read(filled, TABLES[name]) == read(merged, TABLES[name])
            assert summary.tables[name] == Merged(inserted=len(read(filled, TABLES[name])))
        of_days = read(merged, TABLES["presence_times"])  # without a time, these come in the order of their files
        assert read(filled, TABLES["presence_times"]) == sorted(of_days, key=lambda row: row["id"])
        assert filled.snapshot().tables["column_names"].rows == merged.snapshot().tables["column_names"].rows > 0

    def test_each_table_is_one_version_with_statistics(self, store: Store) -> None:
        load(DemoDomain(1_000, 3, months=2), store)
        contents = store.snapshot().tables["contents"]
        assert contents.version == 1
        months = [Path(file.path).parent.name for file in contents.files]
        assert months == ["created_month=2016-01", "created_month=2016-02"]
        first, second = contents.files
        assert first.greatest["created_at"] < second.least["created_at"]
        assert first.greatest["id"] < second.least["id"]

    def test_a_store_that_has_rows_is_merged_into(self, store: Store) -> None:
        load(DemoDomain(1_000, 3, months=1), store)
        before = read(store, TABLES["tags"])
        summary = load(DemoDomain(1_000, 3, months=2), store)
        assert summary.tables["tags"] == Merged(unchanged=len(before))
        assert summary.tables["contents"].inserted > 0

    def test_what_fails_leaves_no_rows(self, store: Store) -> None:
        def fail() -> None:
            with store.filling() as filling:
                filling.add(TABLES["tags"], pa.table({"id": ["f" * 24], "name": ["VIP"]}))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert store.snapshot().tables["tags"].rows == 0

    def test_who_comes_too_late_is_told_and_changes_nothing(self, store: Store) -> None:
        tags = TABLES["tags"]
        store.merge(tags, pa.table({"id": ["e" * 24], "name": ["first"]}))
        with pytest.raises(TryLaterError, match="another program wrote the table 'tags'"), store.filling() as filling:
            filling.add(tags, pa.table({"id": ["f" * 24], "name": ["second"]}))
        assert [row["name"] for row in read(store, tags)] == ["first"]


def _not_empty(store: Store) -> Store:
    store.merge(TABLES["tags"], pa.table({"id": ["f" * 24]}))
    store.delete(TABLES["tags"], [("f" * 24,)])
    return store
