"""JSON Lines of every kind: what is odd is refused alone with its place, and memory and time stay bounded."""

import gzip
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.folder_of_files import object_id, read, unread, written

from navette.connectors.connector import Refused
from navette.core.errors import RequestError
from navette.ingesting.load import load
from navette.store import Merged, Store

REUSED_FOLDER = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

HALF_AN_EMOJI = '"\\ud83d"'


def lines(*rows: Any) -> str:
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n"


class TestOddLines:
    def test_half_an_emoji_in_a_key_that_is_no_field_is_ignored_with_its_column(self, tmp_path: Path) -> None:
        folder = written(tmp_path, contents__jsonl=lines(f'{{"id": 1, {HALF_AN_EMOJI}: 2}}', {"id": 2}))
        rows, refused = read(folder)
        assert ([row["foreign_id"] for row in rows["contents.jsonl"]], refused) == (["1", "2"], [])
        assert folder.notes == ["contents.jsonl: column '\\ud83d' is not a field of contents; ignored."]

    def test_half_an_emoji_in_a_key_of_variables_rejects_its_row_alone(self, tmp_path: Path, store: Store) -> None:
        variables = f'{{"id": 1, "custom_variables": {{{HALF_AN_EMOJI}: 1.5}}}}'
        summary = load(written(tmp_path, threads__jsonl=lines(variables, {"id": 2})), store)
        assert summary.tables == {"threads": Merged(inserted=1, rejected=1)}

    @pytest.mark.parametrize("depth", [300, 700])
    def test_deep_json_around_a_fraction_is_kept_as_it_came(self, tmp_path: Path, store: Store, depth: int) -> None:
        variables = '{"a": ' * depth + "1.50" + "}" * depth
        rows, _ = read(written(tmp_path, threads__jsonl=f'{{"id": 1, "custom_variables": {variables}}}\n'))
        assert rows["threads.jsonl"][0]["custom_variables"] == variables

    @pytest.mark.parametrize("key", ["custom_variables", "other"])
    @pytest.mark.parametrize(("opening", "closing"), [('{"a": ', "}"), ("[", "]")])
    def test_json_that_is_too_deep_is_refused_alone(self, tmp_path: Path, key: str, opening: str, closing: str) -> None:
        deep = f'{{"id": 1, "{key}": {opening * 5_000}1.5{closing * 5_000}}}'
        rows, refused = read(written(tmp_path, threads__jsonl=lines({"id": 0}, deep, {"id": 2})))
        assert len(rows["threads.jsonl"]) == 2
        assert [(r.reason, r.origin) for r in refused] == [("the line is nested too deeply", "threads.jsonl, line 2")]

    def test_a_line_that_is_too_long_is_refused_alone_with_its_beginning(self, tmp_path: Path) -> None:
        long = '{"id": 1, "body": "' + "x" * 17_000_000 + '"}'
        rows, refused = read(written(tmp_path, contents__jsonl=lines({"id": 0}, long, {"id": 2})))
        assert [row["foreign_id"] for row in rows["contents.jsonl"]] == ["0", "2"]
        (one,) = refused
        assert (one.reason, one.origin) == ("the line has more than 16 MB", "contents.jsonl, line 2")
        assert one.row == long[:1000] + " ..."

    def test_a_key_that_comes_twice_among_very_many_is_found_at_once(self, tmp_path: Path) -> None:
        many = ", ".join(f'"k{n}": 0' for n in range(100_000))
        started = time.process_time()
        _, refused = read(written(tmp_path, contents__jsonl=f'{{{many}, "k99999": 0}}\n'))
        assert [r.reason for r in refused] == ["the line is not JSON: the key 'k99999' appears more than once"]
        assert time.process_time() - started < 5  # a minute, if each key were compared with each

    def test_a_file_without_a_readable_line_is_reported(self, tmp_path: Path) -> None:
        folder = written(tmp_path, contents__jsonl='{\n  "id": 1\n}\n')
        (problem,) = unread(folder)
        assert problem.startswith("contents.jsonl has no row that can be read: the line is not JSON: ")

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"[]", b" [ ]\n"])
    def test_a_file_without_lines_has_no_rows(self, tmp_path: Path, content: bytes) -> None:
        folder = written(tmp_path, contents__jsonl=content)
        assert (read(folder), unread(folder)) == (({}, []), [])

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
    @pytest.mark.parametrize(("name", "text"), [("contents.jsonl", '{"id": 1}\n'), ("contents.csv", "id,body\n1,x\n")])
    def test_other_encodings_are_named_before_anything_is_read(
        self, tmp_path: Path, encoding: str, name: str, text: str
    ) -> None:
        (tmp_path / name).write_bytes(text.encode(encoding))
        with pytest.raises(RequestError, match=f"^{name} is {encoding[:6].upper()}: save it as UTF-8.$"):
            next(written(tmp_path, agents__csv="id\n1\n").read())


class TestAnArray:
    @pytest.mark.parametrize("indent", [None, 2])
    @pytest.mark.parametrize("mark", ["", "\ufeff", "\n \t"])
    def test_its_elements_are_read_like_lines(self, tmp_path: Path, indent: int | None, mark: str) -> None:
        text = mark + json.dumps([{"id": 1, "body": "a]\n[é"}, {"id": 2, "rating": 3}], indent=indent)
        rows, refused = read(written(tmp_path, contents__jsonl=text))
        assert [row["id"] for row in rows["contents.jsonl"]] == [object_id("contents", n) for n in "12"]
        assert refused == []

    def test_an_element_that_is_no_object_is_refused_alone(self, tmp_path: Path) -> None:
        text = '[{"id": 1}, 12, [3], {"id": 1, "id": 2}, {"rating": NaN}, {"id": 5}]'
        rows, refused = read(written(tmp_path, contents__ndjson=text))
        assert [row["foreign_id"] for row in rows["contents.ndjson"]] == ["1", "5"]
        assert [(r.origin, r.row) for r in refused] == [
            ("contents.ndjson, element 2", "12"),
            ("contents.ndjson, element 3", "[3]"),
            ("contents.ndjson, element 4", '{"id": 1, "id": 2}'),
            ("contents.ndjson, element 5", '{"rating": NaN}'),
        ]

    def test_bytes_that_are_not_utf8_reject_their_element_alone(self, tmp_path: Path, store: Store) -> None:
        folder = written(tmp_path, contents__jsonl=b'[{"id": 1, "body": "\xff"}, {"id": 2, "body": "\xc3\xa9"}]')
        assert load(folder, store).tables == {"contents": Merged(inserted=1, rejected=1)}

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ('[{"id": 1}, {"id": 2', "element 2 of its array is not JSON, is cut off or has more than 16 MB"),
            ('[{"id": 1}, nonsense, {"id": 3}]', "element 2 of its array is not JSON"),
            ('[{"id": 1},', "element 2 of its array is not JSON, is cut off"),
            ('[{"id": 1}', "a comma is missing after element 1"),
            ('[{"id": 1} {"id": 2}]', "a comma is missing after element 1"),
            ('[{"id": 1}]\n{"id": 2}', "the text after the end of its array was not read"),
            ('[{"id": 1}, "' + "x" * 17_000_000 + '"]', "has more than 16 MB"),
        ],
    )
    def test_where_an_element_has_no_end_the_rest_is_not_read_and_the_next_file_is(
        self, tmp_path: Path, text: str, problem: str
    ) -> None:
        text = text.replace("]\n{", ',\n{"id": 1}]\n{')  # several lines, or it is taken for lines
        folder = written(tmp_path, contents__jsonl=text, events__jsonl='{"id": 9}\n')
        rows, _ = read(folder)
        assert {name: len({row["id"] for row in rows}) for name, rows in rows.items()} == {
            "contents.jsonl": 1,
            "events.jsonl": 1,
        }
        (sentence,) = unread(folder)
        assert sentence.startswith("contents.jsonl: ")
        assert problem in sentence

    def test_lines_of_which_the_first_is_an_array_are_still_lines(self, tmp_path: Path) -> None:
        rows, refused = read(written(tmp_path, contents__jsonl='[1]\n{"id": 1}\n'))
        assert len(rows["contents.jsonl"]) == 1
        assert refused == [
            Refused("contents", "the line is JSON, but not an object", "[1]", "contents.jsonl, line 1"),
        ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.slow
@given(variables=st.lists(st.dictionaries(st.text(max_size=4), JSON, max_size=4), min_size=1, max_size=4))
@REUSED_FOLDER
def test_any_json_is_the_same_in_lines_and_in_an_array(tmp_path: Path, variables: list[Any]) -> None:
    objects = [{"id": 1, "custom_variables": value} for value in variables]
    by_lines, _ = read(written(tmp_path, threads__jsonl=lines(*objects)))
    in_array, _ = read(written(tmp_path, threads__jsonl=json.dumps(objects, indent=1)))
    assert by_lines == in_array
    assert [json.loads(row["custom_variables"]) for row in by_lines["threads.jsonl"]] == variables


@pytest.mark.slow
@example(content=b"\x00\x00")
@given(content=st.binary(max_size=60) | st.text('[]{},:"\\ \n1ade', max_size=60).map(str.encode))
@REUSED_FOLDER
def test_no_bytes_stop_json(tmp_path: Path, content: bytes) -> None:
    folder = written(tmp_path, contents__jsonl=b'{"id": 1}\n' + content + b'\n{"id": 2}\n')
    rows, _ = read(folder)
    assert {row["foreign_id"] for row in rows["contents.jsonl"]} >= {"1", "2"}
    written(tmp_path, contents__jsonl=b'[{"id": 1}, ' + content + b"]")
    rows, refused = read(folder)
    assert rows or refused


READ = """
import re, sys
from pathlib import Path
from navette.connectors.files import FilesFolder
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
parts = {type(part).__name__ for part in FilesFolder(Path(sys.argv[1])).read()}
print(*sorted(parts), peak() - before)
"""


def grown(folder: Path) -> tuple[list[str], int]:
    """The kinds of what a process of its own reads in the folder, and by how many kilobytes its memory grows.

    Not by getrusage, in which a process that is started has what its parent had.
    """
    done = subprocess.run([sys.executable, "-c", READ, folder], capture_output=True, text=True, check=True)
    *kinds, kilobytes = done.stdout.split()
    return kinds, int(kilobytes)


class TestBounds:
    def test_a_key_of_its_own_in_every_line_takes_linear_time_and_memory(self, tmp_path: Path, store: Store) -> None:
        (tmp_path / "rows").mkdir()
        folder = written(
            tmp_path / "rows", contents__jsonl=lines(*({"id": n, f"key_{n}": n, "body": "x"} for n in range(20_000)))
        )
        started = time.process_time()
        assert load(folder, store).total == Merged(inserted=20_000)
        assert time.process_time() - started < 20
        assert grown(tmp_path / "rows")[1] < 200_000  # KB; 20,000 columns of as many rows would take gigabytes
        assert len(folder.notes) == 21
        assert folder.notes[-1] == "contents.jsonl: more columns are not fields of contents; ignored."

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("name", "begin", "piece"),
        [
            ("contents.jsonl.gz", b'{"id": 1}\n{"id": 2, "body": "', b"x" * 2**20),
            ("contents.jsonl.gz", b'[{"id": 1},\n{"id": 2, "body": "', b"x" * 2**20),
            ("contents.jsonl.gz", b'{"id": 1}\n', b" " * 2**20),
            ("contents.csv.gz", b'id,body\n1,a\n2,"', b"x" * 2**20),
            ("contents.csv.gz", b'id,body\n1,a\n2,"', b"\n" * 2**20),
            ("contents.csv.gz", b"id,body\n1,a\n2", b"," * 2**20),
        ],
    )
    def test_a_bomb_takes_no_more_memory_than_a_row_may(
        self, tmp_path: Path, name: str, begin: bytes, piece: bytes
    ) -> None:
        with gzip.open(tmp_path / name, "wb", compresslevel=1) as file:
            file.write(begin)
            for _ in range(500):
                file.write(piece)
        (first, *others), kilobytes = grown(tmp_path)
        assert first == "Batch"  # the row before
        assert others
        assert kilobytes < 400_000  # of 500 MB that the file unpacks to
