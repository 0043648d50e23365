"""The stores that ``benchmarks.growth`` measures, created once in a working folder."""

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.messages import timed
from navette.catalogue.column_names import namings
from navette.connectors import DemoDomain
from navette.core.settings import Settings
from navette.demo.growth import FIRST_DAY
from navette.ingesting.load import load
from navette.store import COLUMN_NAMES, Snapshot, Store, relation
from navette.tables import TABLES

SEED = 7

DAY = datetime(FIRST_DAY.year, FIRST_DAY.month, 19, tzinfo=UTC)
"""A working day of the first month, which every store has."""

_OF_THE_DAY = "created_at >= $day AND created_at < $end"

# The ids of the rows that a day's rows refer to. Each query can read those before it.
_IDS = {
    "day_selections": f"SELECT id, task_id FROM task_selections WHERE {_OF_THE_DAY}",
    "day_tasks": f"""
        SELECT id, intervention_id FROM tasks
        WHERE {_OF_THE_DAY} OR id IN (SELECT task_id FROM day_selections)""",
    "day_cases": f"""
        SELECT id, thread_id, identity_id FROM interventions
        WHERE {_OF_THE_DAY} OR id IN (SELECT intervention_id FROM day_tasks)
        OR id IN (SELECT intervention_id FROM contents WHERE {_OF_THE_DAY})
        OR id IN (SELECT intervention_id FROM intervention_segments WHERE {_OF_THE_DAY})
        OR id IN (SELECT intervention_id FROM intervention_comments WHERE {_OF_THE_DAY})
        OR id IN (SELECT intervention_id FROM survey_responses WHERE {_OF_THE_DAY})""",
    "day_threads": f"""
        SELECT id FROM threads
        WHERE {_OF_THE_DAY} OR id IN (SELECT thread_id FROM day_cases)
        OR id IN (SELECT thread_id FROM contents WHERE {_OF_THE_DAY})""",
    "day_contents": f"""
        SELECT id, author_id FROM contents
        WHERE {_OF_THE_DAY} OR thread_id IN (SELECT id FROM day_threads)""",
    "day_identities": f"""
        SELECT id, identity_group_id FROM identities
        WHERE {_OF_THE_DAY} OR id IN (SELECT author_id FROM day_contents)
        OR id IN (SELECT identity_id FROM day_cases)""",
}

_ROWS = {
    "task_selections": "id IN (SELECT id FROM day_selections) OR task_id IN (SELECT id FROM day_tasks)",
    "tasks": "id IN (SELECT id FROM day_tasks) OR intervention_id IN (SELECT id FROM day_cases)",
    "interventions": "id IN (SELECT id FROM day_cases) OR thread_id IN (SELECT id FROM day_threads)",
    "threads": "id IN (SELECT id FROM day_threads)",
    "contents": "id IN (SELECT id FROM day_contents)",
    "identities": "id IN (SELECT id FROM day_identities)",
    "identity_groups": f"{_OF_THE_DAY} OR id IN (SELECT identity_group_id FROM day_identities)",
    "attachments": f"{_OF_THE_DAY} OR content_id IN (SELECT id FROM day_contents)",
    "intervention_segments": f"{_OF_THE_DAY} OR intervention_id IN (SELECT id FROM day_cases)",
    "intervention_comments": f"{_OF_THE_DAY} OR intervention_id IN (SELECT id FROM day_cases)",
    "survey_responses": f"{_OF_THE_DAY} OR intervention_id IN (SELECT id FROM day_cases)",
    "events": _OF_THE_DAY,
    "agent_notifications": _OF_THE_DAY,
    "presence_times": "date = CAST($day AS DATE)",
}
"""The rows in a store of one day; of the other tables, it has all rows."""


def grown(work: Path, a_month: int, months: int) -> Settings:
    """Return the settings of the domain after so many months, generated on the first call."""
    settings = Settings(home=work / f"{a_month}-{months}")
    if not _is_made(settings):
        loading = timed(lambda: load(DemoDomain(a_month, SEED, months=months), Store(settings.store)))
        chores = timed(lambda: maintain(Store(settings.store)))
        _mark_made(settings, f"generated and loaded in {loading:.0f} s, projections written in {chores:.0f} s")
    return settings


def maintain(store: Store) -> None:
    """Do what the worker's chores do: combine small files, write projections."""
    for table in TABLES.values():
        store.compact(table, thorough=False)


def of_one_day(work: Path, settings: Settings) -> Settings:
    """Return the settings of a store with the rows of ``DAY`` and the rows that they refer to."""
    day = Settings(home=work / f"{settings.home.name}-day")
    if not _is_made(day):
        store, snapshot = Store(day.store), Store(settings.store).snapshot()
        for name, rows in _rows_of_the_day(snapshot).items():
            store.merge(TABLES[name], rows, namings=namings(name))
        maintain(store)
        _mark_made(day, "")
    return day


def _is_made(settings: Settings) -> bool:
    if (settings.home / "made").exists():
        return True
    shutil.rmtree(settings.home, ignore_errors=True)
    return False


def _mark_made(settings: Settings, how: str) -> None:
    (settings.home / "made").write_text(how, encoding="utf-8")


def how_made(settings: Settings) -> str:
    """Return how long it took to create a store."""
    return (settings.home / "made").read_text(encoding="utf-8")


def _rows_of_the_day(snapshot: Snapshot) -> Mapping[str, pa.Table]:
    parameters = {"day": DAY, "end": DAY + timedelta(days=1)}
    with reader(snapshot) as connection:
        for name, query in _IDS.items():
            connection.execute(f"CREATE TEMP TABLE {name} AS {query}", _used(query, parameters))
        rows = {}
        for name, table in TABLES.items():
            condition = _ROWS.get(name, "true")
            selected = connection.sql(f"FROM {name} WHERE {condition}", params=_used(condition, parameters))
            rows[name] = selected.to_arrow_table().cast(table.schema)
        return rows


def _used(sql: str, parameters: Mapping[str, datetime]) -> dict[str, datetime]:
    return {name: value for name, value in parameters.items() if f"${name}" in sql}


def reader(snapshot: Snapshot) -> duckdb.DuckDBPyConnection:
    """Return a connection with a view of each table."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET memory_limit = '2GB'; SET enable_progress_bar = false")
    for name, table in TABLES.items():
        connection.execute(f"CREATE VIEW {name} AS {relation(table, snapshot.tables[name].files)}")
    return connection


def copied(settings: Settings, home: Path, *tables: str) -> Settings:
    """Return the settings of a copy of some tables that can be written: its data files are links, as none changes."""
    shutil.rmtree(home, ignore_errors=True)
    copy = Settings(home=home)
    for name in (*tables, COLUMN_NAMES.name):
        for folder in (Path(name), Path(".projections") / name):
            if (settings.store / folder).is_dir():
                shutil.copytree(settings.store / folder, copy.store / folder, copy_function=_linked)
    return copy


def _linked(source: str, target: str) -> str:
    if source.endswith(".parquet") and "_delta_log" not in source:
        os.link(source, target)
        return target
    return shutil.copy2(source, target)


CHANGES = {
    "10,000 changed messages of all months": "< 10 s and < 1 GB; ratio ≤ 1.5",
    "10,000 changed messages of one month": "–",
    "1,000 new messages": "< 1 s",
}
"""What is merged, and what it may cost."""

_CHANGED = """
    SELECT * REPLACE ('Replied' AS status, updated_at + INTERVAL 1000 DAY AS updated_at) FROM contents
    WHERE {within} AND hash(id) % (SELECT greatest(1, count(*) // 10000) FROM contents WHERE {within}) = 0 LIMIT 10000
"""
_QUERIES = {
    "10,000 changed messages of all months": _CHANGED.format(within="true"),
    "10,000 changed messages of one month": _CHANGED.format(within=f"created_at < TIMESTAMPTZ '{DAY:%Y-%m-28} 00:00Z'"),
    "1,000 new messages": """
        WITH span AS (SELECT max(created_at) - min(created_at) AS length FROM contents)
        SELECT contents.* REPLACE (
            printf('%08x', epoch(created_at + length)::BIGINT) || substr(id, 9) AS id,
            created_at + length AS created_at)
        FROM contents, span WHERE created_at < (SELECT min(created_at) + INTERVAL 2 DAY FROM contents)
        ORDER BY created_at DESC LIMIT 1000
    """,
}


def changes(settings: Settings, what: str) -> pa.Table:
    """Return stored messages with another status, later, or messages with ids and times after all others."""
    with reader(Store(settings.store).snapshot()) as connection:
        return connection.sql(_QUERIES[what]).to_arrow_table().cast(TABLES["contents"].schema)


_VALUES = {
    "source": "source_id",
    "channel": "(SELECT channel_id FROM sources WHERE id = source_id)",
    "category": "unnest(category_ids)",
    "agent": "creator_id",
    "team": "(SELECT team_ids[1] FROM agents WHERE id = creator_id)",
    "status": "status",
    "language": "language",
    "type": "type",
}
"""The value of each filter of messages, in SQL."""


def frequent_values(settings: Settings) -> dict[str, str]:
    """Return the most frequent value of each filter of messages."""
    with reader(Store(settings.store).snapshot()) as connection:
        return {name: _mode(connection, value) for name, value in _VALUES.items()}


def _mode(connection: duckdb.DuckDBPyConnection, value: str) -> str:
    values = f"SELECT {value} AS value FROM contents"
    query = f"SELECT value FROM ({values}) WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC LIMIT 1"
    return str(connection.execute(query).fetchall()[0][0])
