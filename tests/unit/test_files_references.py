"""References in any notation are linked or refused with the reason, and never mapped to a row that nobody has."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.folder_of_files import object_id, parquet, read, written

REUSED_FOLDER = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def csv_of(column: str, value: str) -> str:
    """A row of ``contents`` whose column has that text."""
    quoted = value.replace('"', '""')
    return f'id,{column}\nm,"{quoted}"\n'


def linked(tmp_path: Path, column: str, value: str) -> Any:
    """The identifiers that the column gets, or the reasons why its row is refused."""
    rows, refused = read(written(tmp_path, contents__csv=csv_of(column, value)))
    if refused:
        assert rows == {}
        return [one.reason for one in refused]
    (row,) = rows["contents.csv"]
    return json.loads(row[column]) if column == "category_ids" else row[column]


class TestLists:
    @pytest.mark.parametrize(
        ("written_as", "members"),
        [
            ("{1,2}", ["1", "2"]),
            (' { 1 , "a b" } ', ["1", "a b"]),
            ('{"a, b","q\\"\\\\",NULL,null}', ["a, b", 'q"\\']),
            ("{}", []),
            ("1;2", ["1", "2"]),
            (" 1 ; 2 ;", ["1", "2"]),
            ("1.0,2.00", ["1", "2"]),
            ('[1.0, "2.0", " 3"]', ["1", "2", "3"]),
            ("auth0|1,auth0|2", ["auth0|1", "auth0|2"]),
            ("{12345678-1234-5678-1234-567812345678}", ["{12345678-1234-5678-1234-567812345678}"]),
        ],
    )
    def test_they_are_linked(self, tmp_path: Path, written_as: str, members: list[str]) -> None:
        assert linked(tmp_path, "category_ids", written_as) == [object_id("categories", member) for member in members]

    @pytest.mark.parametrize(
        ("written_as", "reason"),
        [
            ("1,2;3", "'1,2;3' has both commas and semicolons"),
            ("{{1,2},{3}}", "'{{1,2},{3}}' is not a list of identifiers"),
            ("{1,2", "'{1,2' is not a list of identifiers"),
            ('{"a": 1}', """'{"a": 1}' is not a list of identifiers"""),
            ("(1,2)", "'(1' is not an identifier"),
            ("[[1], 2]", "'[1]' is not an identifier"),
            ('[{"id": 1}]', """'{"id":1}' is not an identifier"""),
            ("1,NULL", "'NULL' stands for a missing value: leave it empty"),
            ("1, 1.5E+18", "'1.5E+18' is a number that may have been rounded: write identifiers as text"),
        ],
    )
    def test_values_that_cannot_be_identifiers_are_refused_with_the_reason(
        self, tmp_path: Path, written_as: str, reason: str
    ) -> None:
        assert linked(tmp_path, "category_ids", written_as) == [f"category_ids: {reason}"]


class TestSingleOnes:
    @pytest.mark.parametrize("written_as", ["7", " 7", "7\t", "\u00a07 ", "7.0", " 7.000 ", "7\r\n"])
    def test_several_notations_of_an_identifier_are_the_same_identifier(self, tmp_path: Path, written_as: str) -> None:
        assert linked(tmp_path, "thread_id", written_as) == object_id("threads", "7")

    @pytest.mark.parametrize("written_as", ["a b", "1.5", "1e5", "12e34567", "-3", "07", "été", "a/b", "none"])
    def test_other_texts_are_identifiers_as_they_are(self, tmp_path: Path, written_as: str) -> None:
        assert linked(tmp_path, "thread_id", written_as) == object_id("threads", written_as)

    @pytest.mark.parametrize("written_as", ["", " ", "\t\u00a0"])
    def test_blank_cells_are_null(self, tmp_path: Path, written_as: str) -> None:
        assert linked(tmp_path, "thread_id", written_as) is None

    @pytest.mark.parametrize(
        ("written_as", "why"),
        [
            *(
                (text, "is a number that may have been rounded")
                for text in ("1.23457E+15", "1e+16", "9007199254740993.0")
            ),
            *((text, "stands for a missing value") for text in ("NULL", "\\N", "NaN", "nan")),
            *((text, "is not an identifier") for text in ("{1}", "[1]", '"7"', '{"id": 7}', "(7)")),
        ],
    )
    def test_values_that_cannot_be_identifiers_are_refused_with_the_reason(
        self, tmp_path: Path, written_as: str, why: str
    ) -> None:
        (reason,) = linked(tmp_path, "thread_id", written_as)
        assert reason.startswith(f"thread_id: '{written_as}' {why}")

    def test_a_float_that_may_be_rounded_is_refused_in_every_format(self, tmp_path: Path) -> None:
        columns = {"id": ["a", "b"], "thread_id": pa.array([1.0, 2.0**60])}
        lines = '{"id": "a", "thread_id": 1.0}\n{"id": "b", "thread_id": 1e+18}\n'
        rows, refused = read(written(tmp_path, contents__parquet=parquet(columns), contents__jsonl=lines))
        assert [len(part) for part in rows.values()] == [1, 1]
        assert [one.origin for one in refused] == ["contents.jsonl", "contents.parquet"]
        assert [json.loads(one.row)["id"] for one in refused] == ["b", "b"]

    def test_a_rows_own_identifier_is_read_alike(self, tmp_path: Path) -> None:
        rows, refused = read(written(tmp_path, threads__csv='id\n" 7 "\n8.0\n{1\n'))
        assert [(row["id"], row["foreign_id"]) for row in rows["threads.csv"]] == [
            (object_id("threads", "7"), "7"),
            (object_id("threads", "8"), "8"),
        ]
        assert [one.reason for one in refused] == ["id: '{1' is not an identifier"]

    def test_the_refused_row_is_kept_as_it_came(self, tmp_path: Path) -> None:
        _, refused = read(written(tmp_path, contents__csv=b"id,thread_id,body\n1,{2},caf\xe9\n"))
        assert json.loads(refused[0].row) == {"id": "1", "thread_id": "{2}", "body": "caf\\xe9"}


def as_postgresql(members: list[str]) -> str:
    """A list as PostgreSQL writes an array of text."""
    escaped = (member.replace("\\", "\\\\").replace('"', '\\"') for member in members)
    return "{" + ",".join(f'"{member}"' for member in escaped) + "}"


@pytest.mark.slow
@given(members=st.lists(st.text(max_size=4) | st.sampled_from(["1.0", " a ", "a,b;c", "{", "[1]", "NULL"]), max_size=4))
@example(members=['"', "\\", "a\nb"])
@REUSED_FOLDER
def test_a_list_means_the_same_in_json_and_as_postgresql_writes_it(tmp_path: Path, members: list[str]) -> None:
    as_json = linked(tmp_path, "category_ids", json.dumps(members))
    assert linked(tmp_path, "category_ids", as_postgresql(members)) == as_json


@pytest.mark.slow
@given(
    text=st.text(max_size=8) | st.text('{}[]",;\\ 0.1eE+-', max_size=8),
    column=st.sampled_from(["thread_id", "category_ids"]),
)
@REUSED_FOLDER
def test_any_text_is_linked_or_refused(tmp_path: Path, text: str, column: str) -> None:
    rows, refused = read(written(tmp_path, contents__csv=csv_of(column, text)))
    assert len(rows.get("contents.csv", [])) + len(refused) == 1


@pytest.mark.slow
@given(text=st.text(min_size=1, max_size=8), blank=st.sampled_from(["", " ", "\t", "\u00a0"]))
@REUSED_FOLDER
def test_a_reference_meets_its_row_whatever_stands_around_it(tmp_path: Path, text: str, blank: str) -> None:
    lines = json.dumps({"id": text, "in_reply_to_id": blank + text + blank}) + "\n"
    rows, _ = read(written(tmp_path, contents__jsonl=lines))
    for row in rows.get("contents.jsonl", []):
        assert row["id"] == row["in_reply_to_id"]
