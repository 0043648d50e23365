"""Compressed files: the same bytes again, by programs that are not ours."""

import gzip
import random
import shutil
import subprocess
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.duckdb_rows import DuckDBRows

from navette.catalogue.request import Request
from navette.core.errors import RequestError
from navette.core.types import Integer, Text
from navette.engines import DuckDBEngine
from navette.exporting.prepare import prepare
from navette.formats import COMPRESSIONS, FORMATS, Rendering

PARIS = Rendering("en", ZoneInfo("Europe/Paris"))
ZSTD = shutil.which("zstd")


def by_arrow(codec: str) -> Callable[[bytes], bytes]:
    return lambda content: pa.CompressedInputStream(pa.BufferReader(content), codec).read()


def by_program(content: bytes) -> bytes:
    return subprocess.run([str(ZSTD), "-d", "--check"], input=content, capture_output=True, check=True).stdout


READERS = [
    pytest.param("gzip", gzip.decompress, id="gzip module"),
    pytest.param("gzip", by_arrow("gzip"), id="gzip by Arrow"),
    pytest.param("zstd", by_arrow("zstd"), id="zstd by Arrow"),
    pytest.param(
        "zstd",
        by_program,
        id="zstd program",
        marks=pytest.mark.skipif(ZSTD is None, reason="the program zstd is not installed: apt-get install zstd"),
    ),
]


def compressed(name: str, pieces: list[bytes]) -> bytes:
    """What a sink holds after pieces were written into it, one after the other."""
    sink = BytesIO()
    with COMPRESSIONS[name].around(sink) as around:
        for piece in pieces:
            around.write(piece)
    assert not sink.closed
    return sink.getvalue()


@pytest.mark.parametrize(("name", "read"), READERS)
@pytest.mark.parametrize(
    "pieces",
    [[], [b""], [b"a"], [b"id,body\n"] * 10_000, [random.Random(7).randbytes(5_000_001)], [b"x" * 70_000_000]],
    ids=["nothing", "an empty piece", "a byte", "many pieces", "noise", "much"],
)
def test_the_same_bytes_come_back(name: str, read: Callable[[bytes], bytes], pieces: list[bytes]) -> None:
    assert read(compressed(name, pieces)) == b"".join(pieces)


@pytest.mark.parametrize("name", COMPRESSIONS)
@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(), max_size=20))
def test_any_bytes_come_back(name: str, pieces: list[bytes]) -> None:
    read = {"gzip": gzip.decompress, "zstd": by_arrow("zstd")}[name]
    assert read(compressed(name, pieces)) == b"".join(pieces)


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_the_same_bytes_make_the_same_file(name: str) -> None:
    pieces = [b"id,body\n"] * 100_000
    assert compressed(name, pieces) == compressed(name, pieces)
    assert len(compressed(name, pieces)) < 100_000


def test_a_gzip_file_tells_neither_a_time_nor_a_name() -> None:
    flags, time = compressed("gzip", [b"a"])[3], compressed("gzip", [b"a"])[4:8]
    assert (flags, time) == (0, bytes(4))


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_file_that_ends_early_is_no_file(name: str) -> None:
    half = compressed(name, [random.Random(7).randbytes(1_000_000)])[:500_000]
    with pytest.raises((EOFError, OSError, zlib.error)):
        gzip.decompress(half) if name == "gzip" else by_arrow("zstd")(half)


@pytest.mark.parametrize("name", COMPRESSIONS)
@pytest.mark.parametrize("format_name", ["bi", "jsonl"])
def test_a_format_writes_through_it(name: str, format_name: str) -> None:
    rows, plain, sink = DuckDBRows({"n": (Integer, [1, 2]), "t": (Text, ["é", None])}), BytesIO(), BytesIO()
    expected = FORMATS[format_name].write(rows, plain, PARIS)
    with COMPRESSIONS[name].around(sink) as around:
        assert FORMATS[format_name].write(rows, around, PARIS) == expected
    assert by_arrow(name)(sink.getvalue()) == plain.getvalue() != b""


# A run


@pytest.mark.parametrize(
    ("format_name", "name", "file_name"),
    [
        ("bi", "gzip", "messages.csv.gz"),
        ("bi", "zstd", "messages.csv.zst"),
        ("jsonl", "gzip", "messages.jsonl.gz"),
        ("jsonl", "zstd", "messages.jsonl.zst"),
    ],
)
def test_a_compressed_file_has_a_name_that_says_so(
    engine: DuckDBEngine, tmp_path: Path, format_name: str, name: str, file_name: str
) -> None:
    plain = prepare(Request("messages"), engine, FORMATS[format_name], PARIS).produce(tmp_path)
    run = prepare(Request("messages"), engine, FORMATS[format_name], PARIS, COMPRESSIONS[name])
    produced = run.produce(tmp_path)
    assert produced.path.name == file_name
    assert by_arrow(name)(produced.path.read_bytes()) == plain.path.read_bytes()
    assert produced.rows == plain.rows > 1000
    assert produced.bytes == produced.path.stat().st_size < plain.bytes
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([plain.path.name, file_name])


@pytest.mark.parametrize("format_name", [name for name, one in FORMATS.items() if name not in ("bi", "jsonl")])
def test_other_formats_are_not_compressed(engine: DuckDBEngine, format_name: str) -> None:
    with pytest.raises(RequestError, match=r"(are not|cannot be) compressed"):
        prepare(Request("messages"), engine, FORMATS[format_name], PARIS, COMPRESSIONS["gzip"])
