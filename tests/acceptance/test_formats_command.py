"""Formats, compression and archives from the command line: each file opened by a program that is not ours."""

import csv
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stream_unzip import UnzipError, stream_unzip
from tests.workbooks import by_calamine, by_openpyxl
from typer.testing import CliRunner

from navette.catalogue.request import Fields, Request
from navette.cli.main import app
from navette.core.errors import RequestError
from navette.core.settings import Settings
from navette.core.zones import zone
from navette.engines import DuckDBEngine
from navette.exporting.prepare import prepare
from navette.formats import FORMATS, Rendering

# WinZip's form of AES derives its key as it does, whatever stronger ways there are now.
pytestmark = pytest.mark.filterwarnings("ignore:PBKDF2 without 'hmac_hash_module':DeprecationWarning")

MESSAGES = ("messages", "--fields", "id,created_at,body")
ZIP = ("--zip", "all.zip")

Exported = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def exported(demo: Settings, monkeypatch: pytest.MonkeyPatch) -> Exported:
    """Runs the command on the demo domain and gives what it says of each file that it wrote."""
    monkeypatch.setenv("NAVETTE_HOME", str(demo.home))

    def export(folder: Path, *arguments: object) -> list[dict[str, Any]]:
        done = CliRunner().invoke(app, ["export", *map(str, arguments), "--output", str(folder), "--json"])
        if done.exception:
            raise done.exception
        return json.loads(done.stdout)

    return export


def process(home: Path, *arguments: object) -> subprocess.Popen[bytes]:
    """The command as a process of its own."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("NAVETTE_")}
    command = [sys.executable, "-m", "navette", "export", *map(str, arguments)]
    return subprocess.Popen(
        command, env=variables | {"NAVETTE_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("archive", [(), ZIP], ids=["files", "archive"])
def test_the_group_may_read_exports_and_nobody_else_the_store(
    demo: Settings, tmp_path: Path, archive: tuple[str, ...]
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "store").symlink_to(demo.store)
    done = process(tmp_path / "home", "agents", "--output", tmp_path / "out" / "today", *archive)
    assert done.communicate()[1] == b""
    modes = {path.name: f"{path.stat().st_mode & 0o777:o}" for path in (tmp_path / "out").rglob("*")}
    assert modes.pop("today") == "750"
    assert set(modes.values()) == {"640"}
    assert modes.keys() == ({"all.zip"} if archive else {"agents.csv", "manifest.json"})
    assert f"{(tmp_path / 'home' / 'tmp').stat().st_mode & 0o777:o}" == "700"


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


READERS: dict[str, Callable[[bytes], list[Any]]] = {
    "bi": lambda content: [row["id"] for row in csv_rows(content)],
    "excel": lambda content: [row["\ufeffid"] for row in csv_rows(content)],
    "jsonl": lambda content: [json.loads(line)["id"] for line in content.splitlines()],
    "parquet": lambda content: pq.read_table(pa.BufferReader(content))["id"].to_pylist(),
    "xlsx": lambda content: [line[0] for line in by_calamine(content)["messages"][1:]],
}
FILES = {"bi": "messages.csv", "excel": "messages.csv", "jsonl": "messages.jsonl", "parquet": "messages.parquet",
         "xlsx": "messages.xlsx"}  # fmt: skip


@pytest.fixture(scope="module")
def ids(engine: DuckDBEngine, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The messages' ids in their order."""
    run = prepare(Request("messages", fields=Fields.parse("id")), engine, FORMATS["bi"], Rendering("en", zone("UTC")))
    produced = run.produce(tmp_path_factory.mktemp("ids"))
    return produced.path.read_text().split()[1:]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_every_message_in_order(exported: Exported, tmp_path: Path, ids: list[str], name: str) -> None:
    [row] = exported(tmp_path, *MESSAGES, "--format", name)
    content = (tmp_path / FILES[name]).read_bytes()
    [entry] = json.loads((tmp_path / "manifest.json").read_bytes())["files"]
    assert names(tmp_path) == sorted(["manifest.json", FILES[name]])
    assert READERS[name](content) == ids
    assert row["rows"] == entry["rows"] == len(ids) >= 3000
    assert (entry["format"], entry["compression"]) == (name, "zstd" if name == "parquet" else None)
    assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("name", ["jsonl", "parquet", "xlsx"])
def test_the_same_request_gives_the_same_bytes(exported: Exported, tmp_path: Path, name: str) -> None:
    for folder in ("one", "two"):
        exported(tmp_path / folder, "messages", "--format", name)
    one, two = ((tmp_path / folder / FILES[name]).read_bytes() for folder in ("one", "two"))
    assert one == two


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        (("--format", "xlsx"), READERS["xlsx"]),
        (("--compress", "gzip"), lambda content: READERS["bi"](gzip.decompress(content))),
    ],
    ids=["workbook", "compressed"],
)
def test_standard_output_takes_every_kind_of_file(
    demo: Settings, ids: list[str], arguments: tuple[str, ...], read: Callable[[bytes], list[Any]]
) -> None:
    with process(demo.home, *MESSAGES, *arguments, "--output", "-") as running:
        content, errors = running.communicate()
    assert running.returncode == 0, errors.decode()
    assert read(content) == ids


def test_a_workbook_describes_its_request_in_the_readers_language(exported: Exported, tmp_path: Path) -> None:
    window = ("--from", "2025-03-01", "--to", "2025-03-31", "--timezone", "Europe/Paris")
    exported(tmp_path, "messages", "--format", "xlsx", "--locale", "fr", *window, "--where", "status=New")
    *_, (name, lines) = by_openpyxl((tmp_path / "messages.xlsx").read_bytes()).items()
    told = {line[0]: line[1] for line in lines}
    assert name == "Notice"
    assert told["Intervalle"] == "created à partir du 01/03/2025 00:00:00, avant le 01/04/2025 00:00:00"
    assert (told["Filtres: status"], told["Fuseau horaire"]) == ("New", "Europe/Paris")


# Compression


@pytest.mark.parametrize("name", ["bi", "jsonl"])
@pytest.mark.parametrize(("compression", "ending"), [("gzip", ".gz"), ("zstd", ".zst")])
def test_compressed_files_hold_the_same_bytes(
    exported: Exported, tmp_path: Path, ids: list[str], name: str, compression: None, ending: Any
) -> None:
    [row] = exported(tmp_path, *MESSAGES, "--format", name, "--compress", compression)
    content = (tmp_path / (FILES[name] + ending)).read_bytes()
    [entry] = json.loads((tmp_path / "manifest.json").read_bytes())["files"]
    assert READERS[name](pa.CompressedInputStream(pa.BufferReader(content), compression).read()) == ids
    assert (entry["format"], entry["compression"]) == (name, compression)
    assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert row["file"] == str(tmp_path / (FILES[name] + ending))


# Archives


def test_an_archive_holds_all_files_and_their_manifest(exported: Exported, tmp_path: Path, ids: list[str]) -> None:
    rows = exported(tmp_path, "messages", "identities", "--fields", "id", "--format", "xlsx", *ZIP)
    assert names(tmp_path) == ["all.zip"]
    with ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["identities.xlsx", "manifest.json", "messages.xlsx"]
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert READERS["xlsx"](contents["messages.xlsx"]) == ids
    entries = json.loads(contents["manifest.json"])["files"]
    assert [entry["file"] for entry in entries] == ["identities.xlsx", "messages.xlsx"]
    for entry in entries:
        assert entry["sha256"] == hashlib.sha256(contents[entry["file"]]).hexdigest()
    assert {row["archive"] for row in rows} == {str(tmp_path / "all.zip")}
    assert {row["file"] for row in rows} == {entry["file"] for entry in entries}


def test_an_archive_opens_with_the_password_of_the_files_first_line(
    exported: Exported, tmp_path: Path, ids: list[str]
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("pass wörd\nsecond line\n", encoding="utf-8")
    exported(tmp_path / "out", *MESSAGES, *ZIP, "--password-file", secret)
    content = (tmp_path / "out" / "all.zip").read_bytes()
    opened = stream_unzip([content], password="pass wörd".encode())
    files = {name.decode(): b"".join(pieces) for name, _, pieces in opened}
    assert sorted(files) == ["manifest.json", "messages.csv"]
    assert READERS["bi"](files["messages.csv"]) == ids
    with pytest.raises(UnzipError):
        [b"".join(pieces) for *_, pieces in stream_unzip([content], password=b"second line")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--format", "xlsx", "--compress", "gzip"), "XLSX files are not compressed"),
        (("--format", "xlsx", "--compress", "snappy"), "XLSX files are not compressed"),
        (
            ("--format", "bi", "--compress", "snappy"),
            "BI files cannot be compressed with snappy: choose one of none, gzip",
        ),
        (("--compress", "zip"), "unknown compression 'zip'"),
        (("--format", "xls"), "unknown format 'xls'"),
        (("--format", "xlsx", "--locale", "zh"), "unknown locale 'zh'"),
        (("--password-file", "secret.txt"), "only an archive can have a password"),
        (("--zip", "a/b.zip"), "is not a valid archive name"),
        ((*ZIP, "--password-file", os.devnull), "is empty"),
        ((*ZIP, "--password-file", "missing.txt"), "cannot be read"),
    ],
)
def test_what_cannot_be_is_explained_and_writes_nothing(
    exported: Exported, tmp_path: Path, arguments: Any, sentence: str
) -> None:
    with pytest.raises(RequestError, match=sentence):
        exported(tmp_path / "out", "messages", *arguments)
    assert names(tmp_path) == []


# What kill -9 leaves


def killed(home: Path, folder: Path, *arguments: object, when: Callable[[list[str]], bool]) -> bool:
    """Run the command and kill it as soon as the folder's files are what ``when`` waits for; whether that was so."""
    folder.mkdir(exist_ok=True)
    with process(home, *arguments, "--output", folder) as running:
        while running.poll() is None and not when(names(folder)):
            pass
        running.send_signal(signal.SIGKILL)
        running.communicate()
    return running.returncode == -signal.SIGKILL


def shown(folder: Path) -> list[str]:
    """The files that are not hidden."""
    return [name for name in names(folder) if not name.startswith(".")]


def in_the_middle(home: Path, tmp_path: Path, *arguments: str) -> Path:
    """A folder into which a run was writing its first file when it was killed.

    Small files are written quickly: when the kill came too late, another run is tried.
    """
    for number in range(20):
        folder = tmp_path / str(number)
        late = not killed(home, folder, *arguments, when=lambda found: any(name.endswith(".part") for name in found))
        if not late and shown(folder) != names(folder):
            return folder
    pytest.fail("no run could be killed while it wrote")


@pytest.mark.parametrize(
    ("arguments", "final"),
    [
        (("--format", "xlsx"), ["manifest.json", "messages.xlsx"]),
        (("--format", "jsonl", "--compress", "zstd"), ["manifest.json", "messages.jsonl.zst"]),
        (("--format", "xlsx", *ZIP), ["all.zip"]),
    ],
    ids=["workbook", "compressed", "archive"],
)
def test_a_killed_run_leaves_no_file_under_a_final_name(
    demo: Settings, exported: Exported, tmp_path: Path, arguments: tuple[str, ...], final: list[str]
) -> None:
    folder = in_the_middle(demo.home, tmp_path, "messages", *arguments)
    assert shown(folder) == []
    exported(folder, "messages", *arguments)
    assert shown(folder) == final


def test_what_stands_there_after_a_kill_is_whole(demo: Settings, exported: Exported, tmp_path: Path) -> None:
    exported(tmp_path, "messages", "--format", "xlsx")
    before = (tmp_path / "messages.xlsx").read_bytes()
    every = ("--all", "--format", "xlsx")
    assert killed(demo.home, tmp_path, *every, when=lambda found: sum(name.endswith(".xlsx") for name in found) >= 8)
    entries = {entry["file"]: entry for entry in json.loads((tmp_path / "manifest.json").read_bytes())["files"]}
    contents = {name: (tmp_path / name).read_bytes() for name in shown(tmp_path) if name != "manifest.json"}
    assert contents["messages.xlsx"] == before
    assert all(len(by_calamine(content)) >= 2 for content in contents.values())
    # The last file may stand there before the manifest names it.
    assert len(set(contents) - set(entries)) <= 1
    assert all(entry["sha256"] == hashlib.sha256(contents[name]).hexdigest() for name, entry in entries.items())
