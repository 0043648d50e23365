"""The data package of every export of the demo domain, opened by those that it is for."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows, written
from tests.naughty import NAUGHTY
from tests.postgresql import PostgreSQL, running_postgresql
from typer.testing import CliRunner

from navette.catalogue.column_names import namings
from navette.catalogue.exports import EXPORTS
from navette.catalogue.request import Fields, Request
from navette.catalogue.words import words
from navette.cli.main import app
from navette.core import types
from navette.core.columns import OutputColumn
from navette.core.errors import RequestError
from navette.core.settings import Settings
from navette.core.types import Kind
from navette.core.zones import zone
from navette.engines import DuckDBEngine
from navette.exporting.package import PARTS, Resource, write_package
from navette.exporting.prepare import Prepared, prepare
from navette.formats import COMPRESSIONS, FORMATS, Rendering
from navette.store import Store
from navette.tables import TABLES

FRENCH = Rendering("fr", zone("Europe/Paris"))


@pytest.fixture(scope="module")
def runs(engine: DuckDBEngine) -> list[Prepared]:
    """Each export with every column."""
    requests = [Request(name, fields=Fields(all=True), zone=FRENCH.zone) for name in EXPORTS]
    return [prepare(request, engine, FORMATS["bi"], FRENCH) for request in requests]


@pytest.fixture(scope="module", params=["plain", "gzip"])
def package(request: pytest.FixtureRequest, runs: list[Prepared], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all files and their package."""
    folder = tmp_path_factory.mktemp("package")
    compression = COMPRESSIONS.get(request.param)
    write_package(folder, [replace(run, compression=compression).produce(folder) for run in runs], words("fr"))
    return folder


def stored(run: Prepared) -> list[tuple[Any, ...]]:
    """The rows that an export answers with, as a BI file shows them."""
    shown: dict[Kind, Callable[[Any], Any]] = {
        Kind.ARRAY: ", ".join,
        Kind.DATETIME: lambda value: value.replace(microsecond=0),
    }
    kinds = [column.type.kind for column in run.query.columns]
    return [
        tuple(
            shown.get(kind, lambda same: same)(value) if value is not None else None
            for kind, value in zip(kinds, row.values(), strict=True)
        )
        for batch in run.engine.rows(run.query).batches()
        for row in batch.to_pylist()
    ]


def validated(folder: Path) -> list[dict[str, Any]]:
    """What frictionless says of each file. A process of its own: it leaves files open, which would warn in ours."""
    command = [sys.executable, "-m", "frictionless", "validate", "--json", "datapackage.json"]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", cwd=folder)
    return json.loads(done.stdout)["tasks"]


def test_frictionless_finds_every_file_valid(package: Path, runs: list[Prepared]) -> None:
    tasks = validated(package)
    assert [(task["name"], *task["errors"], *task["warnings"]) for task in tasks] == [(name,) for name in EXPORTS]
    assert [task["stats"]["rows"] for task in tasks] == [len(stored(run)) for run in runs]


def test_frictionless_sees_a_file_that_was_changed(runs: list[Prepared], tmp_path: Path) -> None:
    [roles] = [run.produce(tmp_path) for run in runs if run.request.export == "roles"]
    write_package(tmp_path, [roles])
    roles.path.write_bytes(roles.path.read_bytes().replace(b"0", b"1"))
    [task] = validated(tmp_path)
    assert [error["type"] for error in task["errors"]] == ["hash-count"]


def test_frictionless_accepts_the_columns_of_variables_of_any_name(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Readers take blanks around a title away, or a NUL for its end; names are made fit when they are assigned."""
    names = list(dict.fromkeys([" lead", "trail ", "a\0b", "Plan", "plan", "a,b", *NAUGHTY]))
    variables = json.dumps({name: f"value {number}" for number, name in enumerate(names)})
    rows = pa.table({"id": ["a" * 24], "created_at": ["2024-01-01"], "custom_variables": [variables]})
    assert store.merge(TABLES["threads"], rows, namings=namings("threads")).inserted == 1
    request = Request("threads", fields=Fields(all=True), zone=FRENCH.zone)
    run = prepare(request, DuckDBEngine(store.snapshot(), settings), FORMATS["bi"], FRENCH)
    write_package(tmp_path, [run.produce(tmp_path)])
    [task] = validated(tmp_path)
    assert task["errors"] == []
    assert task["stats"]["fields"] > len(names)


def test_duckdb_loads_what_is_stored(package: Path, runs: list[Prepared], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(package)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(Path("load-duckdb.sql").read_text(encoding="utf-8"))
        for run in runs:
            table = connection.table(f'"{run.request.export}"')
            loaded = table.to_arrow_table()
            assert loaded.column_names == [column.name for column in run.query.columns]
            assert [tuple(row.values()) for row in loaded.to_pylist()] == stored(run), run.request.export
            assert [str(type_) for type_ in table.types] == [DUCKDB[c.type.kind] for c in run.query.columns]


DUCKDB = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.FLOAT: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.DATETIME: "TIMESTAMP WITH TIME ZONE",
    Kind.ARRAY: "VARCHAR",
    Kind.JSON: "JSON",
}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def loaded(package: Path, postgresql: PostgreSQL) -> Any:
    """The server, with the package's tables and no others."""
    postgresql.ask("--command", "drop schema public cascade; create schema public", cwd=package)
    postgresql.ask("--file", "load-postgresql.sql", cwd=package)
    return postgresql


def test_postgresql_loads_what_is_stored(loaded: Any, runs: list[Prepared], tmp_path: Path) -> None:
    for run in runs:
        name = run.request.export
        lines = loaded.ask("--command", f'select row_to_json(t.*) from "{name}" t', cwd=tmp_path).split("\n")[:-1]
        rows = [tuple(json.loads(line).values()) for line in lines]
        expected = [
            tuple(value.isoformat() if isinstance(value, date) else value for value in row) for row in stored(run)
        ]
        assert sorted(rows, key=repr) == sorted(expected, key=repr), name


def test_postgresql_knows_types_keys_and_meanings(loaded: Any, runs: list[Prepared], tmp_path: Path) -> None:
    described = json.loads(loaded.ask("--command", DESCRIBED, cwd=tmp_path))
    for run in runs:
        columns = run.query.columns
        found = described[run.request.export]
        assert [(one["name"], one["type"]) for one in found] == [(c.name, POSTGRESQL[c.type.kind]) for c in columns]
        assert [one["comment"] for one in found] == [f"{c.label}: {c.description}" for c in columns]
        assert {one["name"] for one in found if one["in_key"]} == set(run.query.key)


POSTGRESQL = {
    Kind.TEXT: "text",
    Kind.INTEGER: "bigint",
    Kind.FLOAT: "double precision",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.DATETIME: "timestamp with time zone",
    Kind.ARRAY: "text",
    Kind.JSON: "json",
}

DESCRIBED = """
    select json_object_agg(relname, columns) from (
        select c.relname, json_agg(json_build_object(
            'name', attname, 'type', format_type(atttypid, atttypmod), 'comment', col_description(c.oid, attnum),
            'in_key', coalesce(attnum = any(i.indkey), false)
        ) order by attnum) as columns
        from pg_class c join pg_attribute on attrelid = c.oid left join pg_index i on indrelid = c.oid and indisprimary
        where relnamespace = 'public'::regnamespace and relkind = 'r' and attnum > 0
        group by c.relname
    ) as described
"""

NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, unique_by=str.lower
)
# PostgreSQL has no NUL in texts; before version 18 psql takes a line of nothing but \\. for the end of the file.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0")).filter(lambda text: r"\." not in text)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, st.lists(st.none() | TEXTS, min_size=1))
@example(
    ['"', "'", "select", "ctid", "a\nb", ":x", "a,b", "\\", "é" * 40, "é" * 41], [None, "", "'", '"', "a\nb", "\r"]
)
@example(["on\nly"], [None, "x"])
@example(["t"], ["x"])
def test_postgresql_reads_any_name_and_any_text(
    postgresql: PostgreSQL, tmp_path: Path, names: str, values: list[str]
) -> None:
    done = loaded_from(tmp_path, names, values, postgresql)
    assert (done.returncode, done.stderr) == (0, "")
    assert as_rows(done) == [(value or None if len(names) == 1 else value,) * len(names) for value in values]


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
@pytest.mark.parametrize("text", ["\\.", "a\n\\.\nb"])
def test_postgresql_reads_all_rows_or_none(postgresql: PostgreSQL, tmp_path: Path, names: str, text: str) -> None:
    values = ["x", text, "y"]
    done = loaded_from(tmp_path, names, values, postgresql)
    found = postgresql.ask("--command", 'select to_regclass(\'"th""ings"\')', cwd=tmp_path)
    # Versions of psql differ in what they take for the end of the file.
    read = [] if done.returncode else [(value,) * len(names) for value in values]
    assert (as_rows(done), found) == (read, "\n")


def loaded_from(folder: Path, names: str, values: list[str], postgresql: PostgreSQL) -> Any:
    """What psql says of texts, the same in each column, that it loads and drops again."""
    content, told = written(FORMATS["bi"], DuckDBRows(dict.fromkeys(names, (types.String, values))), FRENCH)
    (folder / "it's.csv").write_bytes(content)
    columns = tuple(OutputColumn(name, types.String, name, "It's \\ :x.") for name in names)
    one = Resource('th"ings', "it's.csv", "It's", "", columns, (), told.rows, 0, "", False)
    (folder / "load.sql").write_text(PARTS["load-postgresql.sql"]([one]), encoding="utf-8", newline="\n")
    # A column may be called t as well: t.* is the row all the same.
    before, *after = (
        'drop table if exists "th""ings"',
        'select row_to_json(t.*) from "th""ings" t',
        'drop table "th""ings"',
    )
    asked = [argument for command in after for argument in ("--command", command)]
    return postgresql.psql("--command", before, "--file", "load.sql", *asked, cwd=folder)


def as_rows(done: subprocess.CompletedProcess[str]) -> list[tuple[Any, ...]]:
    return [tuple(json.loads(line).values()) for line in done.stdout.split("\n")[:-1]]


def test_power_query_has_every_column_of_every_file(package: Path, runs: list[Prepared]) -> None:
    expression = (package / "load-power-query.pq").read_text(encoding="utf-8")
    tables = re.findall(
        r'^ {8}#"([^"]+)" = Load\((.*?), \{\n(.*?)\n {8}\}\)', expression, flags=re.DOTALL | re.MULTILINE
    )
    assert [name for name, _, _ in tables] == list(EXPORTS)
    for run, (name, content, columns) in zip(runs, tables, strict=True):
        [path] = package.glob(f"{name}.csv*")
        assert f'File.Contents(Folder & "\\{path.name}")' in content
        found = re.findall(r'\{"((?:[^"]|"")*)", (\w+)\}', columns)
        assert found == [(column.name, POWER_QUERY[column.type.kind]) for column in run.query.columns]
        assert {made for _, made in found} <= set(re.findall(r"^ {4}(\w+) = ", expression, re.MULTILINE))


POWER_QUERY = {
    Kind.TEXT: "AsText",
    Kind.INTEGER: "AsWhole",
    Kind.FLOAT: "AsNumber",
    Kind.BOOLEAN: "AsLogical",
    Kind.DATE: "AsDate",
    Kind.DATETIME: "AsInstant",
    Kind.ARRAY: "AsText",
    Kind.JSON: "AsText",
}


def test_brackets_of_power_query_are_balanced(package: Path) -> None:
    expression = (package / "load-power-query.pq").read_text(encoding="utf-8")
    bare = re.sub(r"\s|//.*", " ", re.sub(r'//.*|"(?:[^"]|"")*"', "", expression))
    brackets = re.sub(r"[^()\[\]{}]", "", bare)
    while (fewer := re.sub(r"\(\)|\[\]|\{\}", "", brackets)) != brackets:
        brackets = fewer
    assert brackets == ""
    assert len(re.findall(r"\blet\b", bare)) == len(re.findall(r"\bin\b", bare)) == 2


@pytest.fixture
def navette(demo: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command line on the demo domain."""
    monkeypatch.setenv("NAVETTE_HOME", str(demo.home))
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_export_writes_a_package_of_its_files(navette: Any, tmp_path: Path) -> None:
    done = navette("export", "roles", "presence_time", "--package", "--locale", "fr", "--output", tmp_path)
    assert done.exit_code == 0, done.output
    assert {path.name for path in tmp_path.iterdir()} == {"roles.csv", "presence_time.csv", "manifest.json", *PARTS}
    assert [(task["name"], task["errors"]) for task in validated(tmp_path)] == [("roles", []), ("presence_time", [])]
    roles, presence = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    assert roles["title"] == words("fr")(EXPORTS["roles"].label)
    assert (roles["schema"]["primaryKey"], "primaryKey" in presence["schema"]) == (["id"], False)


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--format", "excel"), "use --format bi"),
        (("--compress", "zstd"), "give --compress gzip or none"),
        (("--output", "-"), "give a folder with --output"),
    ],
)
def test_where_no_package_can_be_nothing_is_written(
    navette: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Any, advice: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    done = navette("export", "roles", "--package", *arguments)
    assert isinstance(done.exception, RequestError)
    assert advice in str(done.exception)
    assert (done.stdout, list(tmp_path.iterdir())) == ("", [])
