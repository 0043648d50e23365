"""The data package's parts: keys, names and texts of every kind, and what is refused."""

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows, written

from navette.catalogue.compile import compile_query
from navette.catalogue.exports import EXPORTS
from navette.catalogue.query import Query
from navette.catalogue.request import Fields, Request
from navette.core import types, zones
from navette.core.columns import OutputColumn
from navette.core.errors import RequestError
from navette.exporting.package import PARTS, Resource, remove_outdated_package, write_package
from navette.exporting.package.postgresql_script import LONGEST_IDENTIFIER
from navette.exporting.prepare import Produced
from navette.formats import COMPRESSIONS, FORMATS, Rendering
from navette.tables import TABLES

NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, unique_by=str.lower
)


def query(export: str, *only: str) -> Query:
    return compile_query(EXPORTS[export], Request(export, fields=Fields(all=not only, only=only)), lambda _: [])


def resource(*columns: OutputColumn, key: tuple[str, ...] = (), path: str = "things.csv") -> Resource:
    return Resource("things", path, "Things", "What's there.", columns, key, 0, 0, "", path.endswith(".gz"))


def texts(*names: str) -> tuple[OutputColumn, ...]:
    return tuple(OutputColumn(name, types.String, name, name) for name in names)


def produced(path: Path, format_name: str = "bi", compression: str = "") -> Produced:
    counts: dict[str, Any] = {"rows": 0, "cut": 0, "rejected": 0, "bytes": 0, "seconds": 0.0}
    files: dict[str, Any] = {"format": FORMATS[format_name], "compression": COMPRESSIONS.get(compression)}
    return Produced(
        path=path, request=Request("roles"), query=query("roles"), sha256="", versions={}, **files, **counts
    )


@pytest.mark.parametrize("name", sorted(EXPORTS.keys() - {"presence_time", "reply_assistant-sentences"}))
def test_rows_with_every_column_have_their_tables_key(name: str) -> None:
    assert query(name).key == TABLES[EXPORTS[name].rows.split(" AS ")[0]].key


def test_groups_and_rows_without_an_id_have_no_key() -> None:
    assert query("presence_time").key == ()
    assert query("reply_assistant-sentences").key == ()


def test_rows_without_a_part_of_the_key_have_none() -> None:
    assert query("agents_permissions", "read", "user_id").key == ()
    # The source's id is there, and is not the message's.
    assert query("messages", "source_id").key == ()


def test_the_key_keeps_the_tables_order() -> None:
    assert query("agents_permissions", "source_id", "read", "user_id").key == ("user_id", "source_id")


@pytest.mark.parametrize(
    ("name", "format_name", "compression"),
    [("roles.csv.zst", "bi", "zstd"), ("roles.xlsx", "xlsx", ""), ("people.csv", "excel", "")],
)
def test_a_file_that_readers_cannot_open_is_refused_before_anything_is_written(
    tmp_path: Path, name: str, format_name: str, compression: str
) -> None:
    other = produced(tmp_path / name, format_name, compression)
    with pytest.raises(RequestError, match=f"plain or compressed with gzip: {re.escape(name)} is neither"):
        write_package(tmp_path, [produced(tmp_path / "roles.csv"), other])
    assert list(tmp_path.iterdir()) == []


def test_titles_and_descriptions_are_in_the_requested_language(tmp_path: Path) -> None:
    paths = write_package(tmp_path, [produced(tmp_path / "roles.csv")], lambda text: f"«{text}»")
    assert [path.name for path in paths] == list(PARTS)
    [described] = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    assert described["title"] == f"«{EXPORTS['roles'].label}»"
    assert described["description"] == f"«{EXPORTS['roles'].description}»"


def test_a_field_says_what_is_known_of_its_column() -> None:
    columns = (
        OutputColumn("id", types.ObjectId, "ID", "Identifier.", is_id=True),
        OutputColumn("closed", types.Boolean, "Closed", "Whether closed."),
        OutputColumn("emails", types.Array, "E-mails", "Addresses.", sensitive=True),
    )
    schema = json.loads(PARTS["datapackage.json"]([resource(*columns, key=("id",))]))["resources"][0]["schema"]
    kind = {"type": "string", "format": "default"}
    assert schema == {
        "fields": [
            {
                **{"name": "id", **kind, "title": "ID", "description": "Identifier."},
                "constraints": {"required": True, "pattern": "[0-9a-f]{24}"},
            },
            {
                **{"name": "closed", "type": "boolean", "format": "default", "trueValues": ["1"], "falseValues": ["0"]},
                **{"title": "Closed", "description": "Whether closed."},
            },
            {
                **{"name": "emails", **kind, "title": "E-mails", "sensitive": True},
                "description": "Addresses. Elements joined with a comma and a space.",
            },
        ],
        "missingValues": [""],
        "primaryKey": ["id"],
    }


@settings(deadline=None, max_examples=40)
@given(NAMES, st.lists(st.none() | st.text(), min_size=1))
@example(['"', "'", "select", "rowid", "a\nb", "a,b", ";--"], [None, "", "'", '"', "a\nb", "\r", "\\."])
@example(["only"], [None, "x"])
def test_duckdb_reads_any_name_and_any_text(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], values: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("it's")
    bi = written(
        FORMATS["bi"], DuckDBRows(dict.fromkeys(names, (types.String, values))), Rendering("en", zones.zone("UTC"))
    )
    (folder / "it's.csv").write_bytes(bi[0])
    script = PARTS["load-duckdb.sql"]([resource(*texts(*names), path=str(folder / "it's.csv"))])
    with duckdb.connect() as connection:
        connection.execute(script)
        found = connection.table("things")
        assert found.columns == names
        assert found.fetchall() == [(value or None if len(names) == 1 else value,) * len(names) for value in values]


@given(NAMES)
@example(["ctid", "xmin", "a\0b", "a\rb", "a\nb", "a_b"])
@example(["é" * 40 + "1", "é" * 40 + "2", "é" * 31 + "_", "x" + "é" * 31 + "1", "x" + "é" * 31 + "2"])
def test_names_for_postgresql_differ_and_fit(names: list[str]) -> None:
    script = PARTS["load-postgresql.sql"]([resource(*texts(*names))])
    found = [name.replace('""', '"') for name in re.findall(r'^    "((?:[^"]|"")*)" text', script, flags=re.MULTILINE)]
    assert len(set(found)) == len(names)
    assert max(len(name.encode()) for name in found) <= LONGEST_IDENTIFIER
    assert not re.search(r"[\0\r\n]", "".join(found))
    for name, shown in zip(names, found, strict=True):
        assert shown == name or re.search(r"[\0\r\n]|_\d+$", name + shown) or len(name.encode()) > LONGEST_IDENTIFIER


def m_texts(expression: str) -> list[str]:
    """The texts of an M expression, as M reads them."""
    return [
        re.sub(
            r"#\(([^)]*)\)", lambda code: "#" if code[1] == "#" else chr(int(code[1], 16)), quoted.replace('""', '"')
        )
        for quoted in re.findall(r'"((?:[^"]|"")*)"', expression)
    ]


@given(NAMES)
@example(['a"b', "#(lf)", "##(", "#", '#"', "(", "}", "\n", "\r\n", "\t", "\x85", "\u2028", "//", "\\"])
def test_any_name_is_a_text_of_m(names: list[str]) -> None:
    expression = PARTS["load-power-query.pq"]([resource(*texts(*names), path='"#(.csv')])
    [table] = re.findall(r"\n    \[\n.*", expression, flags=re.DOTALL)
    assert m_texts(table) == ["things", '\\"#(.csv', *names]
    assert table.isprintable() or not re.search(r"[\x00-\x09\x0b-\x1f\x85\u2028\u2029]", table)


def test_files_in_gzip_are_opened_as_such() -> None:
    one = resource(*texts("a", "b"), path="it's.csv.gz")
    described = json.loads(PARTS["datapackage.json"]([one]))["resources"][0]
    assert (described["format"], described["compression"]) == ("csv", "gz")
    assert "COMPRESSION gzip" in PARTS["load-duckdb.sql"]([one])
    assert 'Binary.Decompress(File.Contents(Folder & "\\it\'s.csv.gz"), Compression.GZip)' in PARTS[
        "load-power-query.pq"
    ]([one])


def test_a_package_goes_with_the_files_that_it_describes(tmp_path: Path) -> None:
    for name in PARTS:
        (tmp_path / name).write_text("x")
    (tmp_path / "datapackage.json").write_text('{"resources": [{"path": "roles.csv"}]}')
    remove_outdated_package(tmp_path, ["messages.csv"])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(PARTS)
    remove_outdated_package(tmp_path, ["messages.csv", "roles.csv"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"resources": [1]}'])
def test_what_is_no_package_of_ours_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "datapackage.json").write_text(text)
    remove_outdated_package(tmp_path, ["roles.csv"])
    assert (tmp_path / "datapackage.json").read_text() == text
