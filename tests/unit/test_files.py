"""The files connector: what another contact centre writes arrives as it was written, or is refused with the reason."""

import gzip
import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.folder_of_files import object_id, parquet, read, unread, written

from navette.connectors.connector import Batch, Refused
from navette.connectors.files import FilesFolder, delimited
from navette.core.errors import RequestError
from navette.tables import TABLES

DOCS = Path(__file__).parents[2] / "docs"


def batches_of(folder: FilesFolder) -> list[Batch]:
    """What the folder gives, where all of it can be read."""
    parts = list(folder.read())
    batches = [part for part in parts if isinstance(part, Batch)]
    assert batches == parts
    return batches


class TestTheExampleOfTheDocs:
    @pytest.fixture
    def example(self) -> FilesFolder:
        return FilesFolder(DOCS / "examples" / "files")

    def test_it_reads_as_the_docs_say(self, example: FilesFolder) -> None:
        rows, refused = read(example)
        assert [row["id"] for row in rows["sources.csv"]] == [
            object_id("sources", "shop-mail"),
            object_id("sources", "shop-chat"),
        ]
        assert rows["threads-2024-05.csv"][0] == {
            "id": object_id("threads", "T-1001"),
            "created_at": "2024-05-06 09:12:00",
            "source_id": object_id("sources", "shop-mail"),
            "title": "Where is my parcel?\nOrder 4711",
            "closed": "0",
            "category_ids": json.dumps(
                [object_id("categories", "delivery"), object_id("categories", "parcel")], separators=(",", ":")
            ),
            "foreign_id": "T-1001",
        }
        assert rows["threads-2024-05.csv"][1]["title"] == ""
        question, reply = rows["contents.jsonl"]
        assert (question["id"], question["foreign_id"]) == ("1412ed41c8c7c2f887f957f8", "1")
        assert reply["in_reply_to_id"] == question["id"]
        assert (question["published"], question["category_ids"]) == ("true", None)
        assert [(r.table, r.origin) for r in refused] == [("contents", "contents.jsonl, line 3")]
        assert example.notes == ["threads-2024-05.csv: column 'mood' is not a field of threads; ignored."]

    def test_a_second_read_gives_the_same(self, example: FilesFolder) -> None:
        assert read(example) == read(example)
        assert len(example.notes) == 1

    def test_the_code_in_the_docs_runs(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(DOCS.parent)
        code = (DOCS / "files.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
        exec(code, {})
        assert "column 'mood'" in capsys.readouterr().out


class TestTheFolder:
    def test_it_must_exist(self, tmp_path: Path) -> None:
        with pytest.raises(RequestError, match="does not exist"):
            next(FilesFolder(tmp_path / "none").read())

    def test_it_must_be_a_folder(self, tmp_path: Path) -> None:
        (tmp_path / "x").touch()
        with pytest.raises(RequestError, match="is a file"):
            next(FilesFolder(tmp_path / "x").read())

    def test_it_must_hold_a_file_of_rows(self, tmp_path: Path) -> None:
        folder = written(tmp_path, readme__txt="hello", __hidden__csv="id\n1\n")
        with pytest.raises(RequestError, match="has no file of rows"):
            next(folder.read())
        assert [note.split(":")[0] for note in folder.notes] == ["readme.txt"]

    def test_a_file_that_is_not_named_after_a_table_is_an_error_with_the_nearest_name(self, tmp_path: Path) -> None:
        folder = written(tmp_path, content__csv="id\n1\n")
        with pytest.raises(RequestError, match=r"content.csv is not named .*: did you mean 'contents'\?"):
            next(folder.read())

    def test_every_file_is_checked_before_the_first_row(self, tmp_path: Path) -> None:
        folder = written(tmp_path, agents__csv="id\n1\n", contents__jsonl='{"body": "x"}\n')
        with pytest.raises(RequestError, match=r"contents.jsonl lacks .* of contents \(id\): its columns are body"):
            next(folder.read())

    def test_a_composite_key_must_be_whole(self, tmp_path: Path) -> None:
        folder = written(tmp_path, agent_permissions__csv="read\n1\n")
        with pytest.raises(RequestError, match=r"lacks columns of the key of agent_permissions \(user_id, source_id\)"):
            next(folder.read())

    def test_a_field_must_not_come_twice(self, tmp_path: Path) -> None:
        folder = written(tmp_path, contents__csv="id,body,body\n1,a,b\n")
        with pytest.raises(RequestError, match="has the column 'body' more than once"):
            next(folder.read())

    def test_parts_of_a_table_come_after_the_tables_it_refers_to_and_by_name(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "contents-2__csv": "id\n2\n",
            "contents__2024__jsonl": '{"id": 1}\n',
            "CONTENTS-1__CSV": "id\n1\n",
            "sources__parquet": parquet({"id": [1]}),
        }
        rows, _ = read(written(tmp_path, **files))
        assert list(rows) == ["sources.parquet", "CONTENTS-1.CSV", "contents-2.csv", "contents.2024.jsonl"]

    def test_numbers_in_names_count_and_a_whole_file_comes_before_its_parts(self, tmp_path: Path) -> None:
        names = ["events.csv", "events-2.csv", "Events-10.csv", "events-2024-9-30.csv", "events-2024-10-01.jsonl"]
        for name in reversed(names):
            (tmp_path / name).write_text('{"id": 1}\n' if name.endswith("jsonl") else "id\n1\n")
        assert list(read(FilesFolder(tmp_path))[0]) == names

    @given(numbers=st.sets(st.integers(0, 10**20), max_size=8), width=st.integers(0, 5))
    @settings(max_examples=20, deadline=None)
    def test_parts_of_any_numbers_are_read_in_their_order(self, numbers: set[int], width: int) -> None:
        with TemporaryDirectory() as folder:
            for number in numbers:
                (Path(folder) / f"events-{number:0{width}}.csv").write_text("id\n1\n")
            if numbers:
                parts = [int(batch.origin[7:-4]) for batch in batches_of(FilesFolder(Path(folder)))]
                assert parts == sorted(numbers)

    def test_unknown_columns_are_noted_once_with_the_nearest_field(self, tmp_path: Path) -> None:
        lines = '{"id": 1, "boddy": "x"}\n' * 3 + '{"id": 2, "shoe size": 44}\n'
        folder = written(tmp_path, contents__jsonl=lines)
        read(folder)
        assert folder.notes == [
            "contents.jsonl: column 'boddy' is not a field of contents; ignored. Did you mean 'body'?",
            "contents.jsonl: column 'shoe size' is not a field of contents; ignored.",
        ]

    @pytest.mark.slow
    def test_a_compressed_file_that_ends_too_early_does_not_stop_the_others(self, tmp_path: Path) -> None:
        lines = "".join(json.dumps({"id": n, "body": sha256(b"%d" % n).hexdigest()}) + "\n" for n in range(50_000))
        broken = gzip.compress(lines.encode(), compresslevel=1)[:-90_000]
        folder = written(tmp_path, contents__jsonl__gz=broken, events__csv="id\n1\n")
        rows, _ = read(folder)
        assert 30_000 < len(rows["contents.jsonl.gz"]) < 50_000
        assert len(rows["events.csv"]) == 1
        (problem,) = unread(folder)
        assert problem.startswith("contents.jsonl.gz cannot be read: Compressed file ended")

    @pytest.mark.parametrize(
        ("name", "content", "problem"),
        [
            ("contents.parquet", b"PAR1", "cannot be read"),
            ("contents.csv.gz", b"id\n1\n", "Not a gzipped file"),
            ("contents.csv.gz", gzip.compress(b"id\n1\n", mtime=0)[:-9], "ended before the end-of-stream marker"),
            ("contents.csv", b"", "is empty"),
            ("contents.csv", b"\n\n", "is empty"),
            ("contents.csv", "id\n1\n".encode("utf-16"), "is UTF-16"),
            ("contents.csv", b"x" * 200_000, "does not begin with the names of its columns"),
        ],
    )
    def test_a_file_that_is_broken_as_a_whole_is_an_error_that_names_it(
        self, tmp_path: Path, name: str, content: bytes, problem: str
    ) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(RequestError, match=problem) as error:
            list(FilesFolder(tmp_path).read())
        assert str(error.value).startswith(name)


class TestCsv:
    def test_nothing_is_null_and_a_quoted_nothing_is_the_empty_text(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv='id,body,title\n1,,""\n2,"",\n'))
        assert [(r["body"], r["title"]) for r in rows["contents.csv"]] == [(None, ""), ("", None)]

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_delimiters_marks_and_line_ends_are_found(
        self, tmp_path: Path, delimiter: str, mark: str, end: str
    ) -> None:
        text = mark + end.join(('"id"+body+"title, or; not|yes"', '1+"é+, ; | ""q"""+x', "2++")).replace("+", delimiter)
        rows, refused = read(written(tmp_path, contents__csv=text))
        assert [r["body"] for r in rows["contents.csv"]] == [f'é{delimiter}, ; | "q"', None]
        assert refused == []

    def test_lines_may_end_with_a_carriage_return_alone(self, tmp_path: Path) -> None:
        rows, refused = read(written(tmp_path, contents__csv='id,body\r1,a\r2,"b\rc"\r'))
        assert ([r["body"] for r in rows["contents.csv"]], refused) == (["a", "b\rc"], [])

    def test_columns_that_are_no_fields_may_have_one_name(self, tmp_path: Path) -> None:
        folder = written(tmp_path, contents__csv="id,x,x,,,body\n1,2,3,4,5,a\n")
        assert read(folder)[0]["contents.csv"][0]["body"] == "a"
        assert len(folder.notes) == 2

    def test_twenty_thousand_columns_are_read_and_twenty_noted(self, tmp_path: Path) -> None:
        header, cells = ",".join(f"c{n}" for n in range(20_000)), ",".join("1" * 20_000)
        folder = written(tmp_path, contents__csv=f"id,{header}\n1,{cells}\n", agents__csv="id\n1\n")
        assert set(read(folder)[0]) == {"contents.csv", "agents.csv"}
        assert len(folder.notes) == 21

    @pytest.mark.parametrize("body", ["x" * 40_000_000, "x\n" * 20_000_000])
    def test_a_row_without_end_stops_its_file_and_no_other(self, tmp_path: Path, body: str) -> None:
        folder = written(tmp_path, agents__csv=f'id,firstname\n1,a\n2,"{body}', contents__csv="id\n1\n")
        assert unread(folder) == [
            "agents.csv has a row of more than 16 MB: look for a quote that is never closed.",
        ]
        assert {name: len(rows) for name, rows in read(folder)[0].items()} == {"agents.csv": 1, "contents.csv": 1}

    def test_the_delimiter_is_the_one_that_gives_fields(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv="id;body;a,b,c,d,e\n1;x;y\n"))
        assert rows["contents.csv"][0]["body"] == "x"

    def test_a_header_alone_has_no_rows(self, tmp_path: Path) -> None:
        assert read(written(tmp_path, contents__csv="id,body", threads__csv="id")) == ({}, [])

    def test_compressed_files_read_alike(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv__gz=gzip.compress("id,body\n1,é\n".encode())))
        assert rows["contents.csv.gz"][0]["body"] == "é"

    def test_a_row_with_a_wrong_number_of_cells_is_refused_alone(self, tmp_path: Path) -> None:
        rows, refused = read(written(tmp_path, contents__csv='id,body\n1,a\n2\n3,"b\nc",d\n4,e\n'))
        assert [r["body"] for r in rows["contents.csv"]] == ["a", "e"]
        assert refused == [
            Refused("contents", "it has 1 cell, but the header has 2", "2", "contents.csv, row 3"),
            Refused("contents", "it has 3 cells, but the header has 2", '3,"b\nc",d', "contents.csv, row 4"),
        ]

    def test_bytes_that_are_not_utf8_are_delivered_for_the_store_to_judge(self, tmp_path: Path) -> None:
        rows, refused = read(written(tmp_path, contents__csv=b"id,body\n1,\xe9t\xe9\n2,\xc3\xa9,\xff\n3,\xc3\xa9\n"))
        assert [r["body"] for r in rows["contents.csv"]] == ["\udce9t\udce9", "é"]
        assert [(r.row, r.origin) for r in refused] == [("2,é,\\xff", "contents.csv, row 3")]

    @pytest.mark.parametrize(
        ("text", "whole", "row"),
        [
            ('id,body\n1,a\n2,"b\n3,c\n', ["a"], "2,b\n3,c"),
            ('id,body\n1,a\n"2,b\n3,c', ["a"], '"2,b\n3,c'),
            ('id,body\n"1,a', [], '"1,a'),
        ],
    )
    def test_a_quote_that_is_never_closed_is_refused_and_not_taken_for_text(
        self, tmp_path: Path, text: str, whole: list[str], row: str
    ) -> None:
        rows, refused = read(written(tmp_path, contents__csv=text))
        assert [r["body"] for r in rows.get("contents.csv", [])] == whole
        assert [(r.row, "never closed" in r.reason) for r in refused] == [(row, True)]

    def test_batches_have_at_most_a_hundred_thousand_rows(self, tmp_path: Path) -> None:
        folder = written(tmp_path, contents__csv="id\n" + "1\n" * 250_000)
        assert [batch.rows.num_rows for batch in batches_of(folder)] == [100_000, 100_000, 50_000]

    def test_a_long_cell_is_whole(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv='id,body\n1,"' + "é\n" * 1_000_000 + '"\n2,x\n'))
        assert [len(r["body"]) for r in rows["contents.csv"]] == [2_000_000, 1]


class TestJsonLines:
    def test_values_become_their_text(self, tmp_path: Path) -> None:
        line = (
            '{"id": "x", "rating": 12345678901234567890123, "published": true, "title": null, "body": "a\\u0000\\n\\"é"'
            ', "language": 1.10, "foreign_categories": ["a", 1, null], "structured_reply_payload": {"a": [1.10, "é"]}}'
        )
        rows, _ = read(written(tmp_path, contents__jsonl=line))
        assert rows["contents.jsonl"][0] == {
            "id": object_id("contents", "x"),
            "foreign_id": "x",
            "rating": "12345678901234567890123",
            "published": "true",
            "title": None,
            "body": 'a\x00\n"é',
            "language": "1.10",
            "foreign_categories": '["a", 1, null]',
            "structured_reply_payload": '{"a": [1.10, "é"]}',
        }

    def test_a_mark_blank_lines_and_missing_keys_are_no_matter(self, tmp_path: Path) -> None:
        rows, refused = read(written(tmp_path, contents__jsonl='\ufeff{"id": 1, "body": "a"}\r\n\r\n{"id": 2}'))
        assert [r["body"] for r in rows["contents.jsonl"]] == ["a", None]
        assert refused == []

    def test_an_object_without_its_key_is_still_a_row_for_the_store_to_reject(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__jsonl="{}\n"))
        assert rows["contents.jsonl"] == [{"id": None, "foreign_id": None}]

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            (b"[1]", "the line is JSON, but not an object"),
            (b'{"id": 1', "the line is not JSON: Expecting ',' delimiter at character 9"),
            (b'{"id": 1, "id": 2}', "the line is not JSON: the key 'id' appears more than once"),
            (b'{"rating": NaN}', "the line is not JSON: NaN is no JSON number"),
            (b'{"id": "\xff"}', "the line is not UTF-8"),
        ],
    )
    def test_a_line_that_is_no_object_is_refused_alone(self, tmp_path: Path, line: bytes, reason: str) -> None:
        rows, refused = read(written(tmp_path, contents__ndjson=b'{"id": 1}\n' + line + b'\n{"id": 3}\n'))
        assert len(rows["contents.ndjson"]) == 2
        text = line.decode("utf-8", "backslashreplace")
        assert refused == [Refused("contents", reason, text, "contents.ndjson, line 2")]

    def test_half_a_surrogate_pair_is_delivered_as_bytes_for_the_store_to_judge(self, tmp_path: Path) -> None:
        folder = written(tmp_path, contents__jsonl='{"id": 1, "body": "\\ud83d"}\n{"id": 2, "body": "x"}\n')
        (batch,) = batches_of(folder)
        assert batch.rows["body"].to_pylist() == [b"\xed\xa0\xbd", b"x"]


class TestParquet:
    def test_a_column_of_its_fields_type_passes_and_others_become_text(self, tmp_path: Path) -> None:
        columns = {
            "id": pa.array([1, 2]),
            "created_at": pa.array([datetime(2024, 1, 1, 12), None], pa.timestamp("ns")),
            "updated_at": pa.array([datetime(2024, 1, 1, 12, tzinfo=UTC), None], pa.timestamp("ms", "Asia/Tokyo")),
            "initial_created_at": pa.array([1_704_110_400, None]),
            "private_message": pa.array([1, 0]),
            "published": pa.array([True, None]),
            "rating": pa.array([3.0, None]),
            "category_ids": pa.array([[1, None], None], pa.list_(pa.int64())),
            "foreign_categories": pa.array([["a, b"], []]),
            "language": pa.array(["fr", None]).dictionary_encode(),
            "body": pa.array(["é", None], pa.large_string()),
            "title": pa.array([b"\xff", b"x"]).view(pa.string()),
            "structured_reply_payload": pa.array([{"a": "é"}, None]),
            "shoe_size": pa.array([44, 45]),
        }
        folder = written(tmp_path, contents__parquet=parquet(columns))
        rows, _ = read(folder)
        assert rows["contents.parquet"] == [
            {
                "id": object_id("contents", "1"),
                "foreign_id": "1",
                "created_at": datetime(2024, 1, 1, 12, tzinfo=UTC),
                "updated_at": datetime(2024, 1, 1, 12, tzinfo=UTC),
                "initial_created_at": "1704110400",
                "private_message": "1",
                "published": True,
                "rating": 3,
                "category_ids": [object_id("categories", "1")],
                "foreign_categories": ["a, b"],
                "language": "fr",
                "body": "é",
                "title": "\udcff",
                "structured_reply_payload": '{"a": "é"}',
            },
            {
                **dict.fromkeys(rows["contents.parquet"][0]),
                "id": object_id("contents", "2"),
                "foreign_id": "2",
                "private_message": "0",
                "foreign_categories": [],
                "title": "x",
            },
        ]
        assert folder.notes == ["contents.parquet: column 'shoe_size' is not a field of contents; ignored."]

    def test_a_number_with_a_fraction_is_not_cut(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__parquet=parquet({"id": [1, 2], "rating": [3.5, 4.0]})))
        assert [r["rating"] for r in rows["contents.parquet"]] == ["3.5", "4"]


class TestIdentifiers:
    def test_24_lowercase_hexadecimal_digits_are_kept(self, tmp_path: Path) -> None:
        kept = "4f4f3a08a90ffb27ee000583"
        text = f"id,source_id\n{kept},{kept}\n{kept.upper()},{kept}0\n"
        rows, _ = read(written(tmp_path, contents__csv=text))
        assert rows["contents.csv"] == [
            {"id": kept, "source_id": kept, "foreign_id": None},
            {
                "id": object_id("contents", kept.upper()),
                "source_id": object_id("sources", f"{kept}0"),
                "foreign_id": kept.upper(),
            },
        ]

    def test_references_meet_across_files_and_formats(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "threads__csv": "id\n7\n",
            "contents__jsonl": '{"id": "m", "thread_id": 7, "in_reply_to_id": "m"}\n',
            "interventions__parquet": parquet({"id": ["c"], "thread_id": [7], "content_id": ["m"]}),
        }
        rows, _ = read(written(tmp_path, **files))
        thread, content, case = (rows[name.replace("__", ".")][0] for name in files)
        assert thread["id"] == content["thread_id"] == case["thread_id"]
        assert content["id"] == content["in_reply_to_id"] == case["content_id"]

    def test_the_same_value_means_different_rows_of_different_tables(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv="id,thread_id\n1,1\n"))
        assert rows["contents.csv"][0]["id"] != rows["contents.csv"][0]["thread_id"]

    @pytest.mark.parametrize(
        ("given_", "members"),
        [
            ('["a", "b"]', ["a", "b"]),
            ("[1, null]", ["1"]),
            ("a, b ,,c", ["a", "b", "c"]),
            ("[]", []),
            ("", []),
        ],
    )
    def test_a_list_of_references_is_json_or_has_commas(self, tmp_path: Path, given_: str, members: list[str]) -> None:
        quoted = given_.replace('"', '""')
        rows, _ = read(written(tmp_path, contents__csv=f'id,category_ids\n1,"{quoted}"\n'))
        assert json.loads(rows["contents.csv"][0]["category_ids"]) == [object_id("categories", m) for m in members]

    def test_a_list_that_is_broken_json_stays_for_the_store_to_reject(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv='id,category_ids\n1,"[1, 2"\n'))
        assert rows["contents.csv"][0]["category_ids"] == "[1, 2"

    def test_a_list_without_references_is_left_alone(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, agents__csv='id,signatures\n1,"Best regards, the shop"\n'))
        assert rows["agents.csv"][0]["signatures"] == "Best regards, the shop"

    def test_an_empty_identifier_is_null(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv='id,thread_id\n"",""\n'))
        assert rows["contents.csv"] == [{"id": None, "thread_id": None, "foreign_id": None}]

    def test_a_foreign_id_that_is_given_is_kept(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv="id,foreign_id\n1,x\n2,\n"))
        assert [r["foreign_id"] for r in rows["contents.csv"]] == ["x", "2"]

    def test_an_identifier_that_is_not_utf8_stays_for_the_store_to_reject(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, contents__csv=b"id,thread_id\n\xff,\xfe\n"))
        assert rows["contents.csv"] == [{"id": "\udcff", "thread_id": "\udcfe", "foreign_id": None}]

    def test_keys_that_are_no_object_ids_are_left_alone(self, tmp_path: Path) -> None:
        rows, _ = read(written(tmp_path, presence_times__csv="id,user_id\np-1,1\n"))
        assert rows["presence_times.csv"] == [{"id": "p-1", "user_id": object_id("agents", "1")}]


CELLS = st.lists(st.tuples(st.none() | st.text(), st.text()), min_size=1, max_size=5)
REUSED_FOLDER = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.slow
@given(cells=CELLS, delimiter=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
@REUSED_FOLDER
def test_any_text_comes_out_of_csv_as_it_went_in(tmp_path: Path, cells: list[Any], delimiter: str, end: str) -> None:
    def cell(text: str | None) -> str:
        return "" if text is None else '"' + text.replace('"', '""') + '"'

    lines = [delimiter.join(("1", cell(body), cell(title))) for body, title in cells]
    text = end.join((delimiter.join(("id", "body", "title")), *lines))
    rows, refused = read(written(tmp_path, contents__csv=text))
    assert [(r["body"], r["title"]) for r in rows["contents.csv"]] == cells
    assert refused == []


@pytest.mark.slow
@given(
    bodies=st.lists(st.text('\r\n",é', min_size=1, max_size=12), min_size=8, max_size=16),
    block=st.integers(60, 90),
    encoding=st.sampled_from(["utf-8", "latin-1"]),
)
@example(bodies=["\r\n" * 6] * 8, block=60, encoding="utf-8")
@example(bodies=["é\r\n" * 4] * 8, block=60, encoding="latin-1")
@REUSED_FOLDER
def test_any_text_comes_out_of_csv_wherever_its_blocks_end(
    tmp_path: Path, bodies: list[str], block: int, encoding: str
) -> None:
    cells = [body.replace('"', '""').encode(encoding) for body in bodies]
    content = b"id,body\r\n" + b"".join(b'1,"' + cell + b'"\r\n' for cell in cells)
    (tmp_path / "contents.csv").write_bytes(content)
    blocks: list[Any] = list(delimited.read(tmp_path / "contents.csv", TABLES["contents"], lambda _name: None, block))
    assert [row["body"] for rows in blocks for row in rows.to_pylist()] == [body.encode(encoding) for body in bodies]


@pytest.mark.slow
@given(cells=CELLS, ascii_=st.booleans())
@REUSED_FOLDER
def test_any_text_comes_out_of_json_lines_as_it_went_in(tmp_path: Path, cells: list[Any], ascii_: bool) -> None:
    lines = [json.dumps({"id": 1, "body": body, "title": title}, ensure_ascii=ascii_) for body, title in cells]
    rows, refused = read(written(tmp_path, contents__jsonl="\n".join(lines)))
    assert [(r["body"], r["title"]) for r in rows["contents.jsonl"]] == cells
    assert refused == []


@pytest.mark.slow
@given(content=st.binary(max_size=60))
@REUSED_FOLDER
def test_no_bytes_after_the_header_stop_csv(tmp_path: Path, content: bytes) -> None:
    rows, refused = read(written(tmp_path, contents__csv=b"id,body\n" + content + b'\n"1","last"\n'))
    assert rows or refused
