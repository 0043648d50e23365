"""The command line as a person uses it: real processes, real files."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from navette.cli.server import COMMAND

CONVERSATIONS = Path(__file__).parents[3] / "shared" / "data" / "customer-care-conversations.json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An installation with a small demo domain."""
    home = tmp_path_factory.mktemp("home")
    done = navette("load", "demo", "--messages", "2000", "--json", home=home)
    assert done.returncode == 0, done.stderr
    assert sum(row["inserted"] for row in json.loads(done.stdout)) > 2000
    return home


def navette(*arguments: Any, home: Path, **environment: Any) -> Any:
    command = [sys.executable, "-m", "navette", *map(str, arguments)]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("NAVETTE_")}
    variables |= {"NAVETTE_HOME": str(home), **environment}
    return subprocess.run(command, capture_output=True, text=True, env=variables, check=False)


def read(path: Path) -> Any:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_help_names_every_command_and_the_exit_codes(tmp_path: Path) -> None:
    shown = navette("--help", home=tmp_path)
    assert shown.returncode == 0
    for word in ("load", "exports", "export", "explain", "store", "Exit codes", "NAVETTE_HOME"):
        assert word in shown.stdout


def test_loading_again_changes_nothing(home: Path) -> None:
    again = json.loads(navette("load", "demo", "--messages", "2000", "--json", home=home).stdout)
    assert {(row["inserted"], row["updated"], row["rejected"]) for row in again} == {(0, 0, 0)}


def test_rows_that_loads_refused_are_shown_with_the_reason_and_as_they_came(tmp_path: Path) -> None:
    folder, home = tmp_path / "shop", tmp_path / "home"
    folder.mkdir()
    (folder / "threads.csv").write_text("id,title,created_at\n1,[b]Order[/b],2026-10-02\n2,Return,02/10/2026\n")
    (folder / "contents.jsonl").write_text('{"id": 1, "body": "Hello"}\n{"id": 2, "body": \n')
    nothing = navette("store", "rejected", home=home)
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "No row was rejected.\n")
    assert json.loads(navette("store", "rejected", "--json", home=home).stdout) == []
    loaded = navette("load", "files", folder, home=home)
    assert "'navette store rejected' shows them." in loaded.stderr
    rows = json.loads(navette("store", "rejected", "--json", home=home).stdout)
    assert sorted(row["table"] for row in rows) == ["contents", "threads"]
    [row] = json.loads(navette("store", "rejected", "threads", "--json", home=home).stdout)
    assert (row["table"], row["origin"]) == ("threads", "threads.csv")
    assert row["reason"].startswith("created_at: ")
    assert json.loads(row["row"])["title"] == "Return"
    shown = navette("store", "rejected", home=home).stdout
    assert "02/10/2026" in shown
    assert "contents.jsonl, line 2" in shown
    refused = navette("store", "rejected", "thread", home=home)
    assert refused.returncode == 2
    assert "did you mean 'threads'" in refused.stderr


def test_an_empty_store_says_how_to_fill_it(tmp_path: Path) -> None:
    empty = navette("store", "info", home=tmp_path)
    assert (empty.returncode, empty.stdout) == (0, "")
    assert empty.stderr == f"The store in {tmp_path / 'store'} is empty: load data with 'navette load'.\n"
    assert json.loads(navette("store", "info", "--json", home=tmp_path).stdout) == []


def test_an_export_writes_its_file_and_a_manifest_that_is_true(home: Path, tmp_path: Path) -> None:
    done = navette(
        *("export", "messages", "--from", "2025-03-01", "--to", "2025-03-31", "--timezone", "Europe/Paris"),
        *("--fields", "id,created_at,body", "--where", "status=New", "--where", "status=Replied"),
        *("--output", tmp_path, "--json"),
        home=home,
    )
    assert done.returncode == 0, done.stderr
    [row] = json.loads(done.stdout)
    content = (tmp_path / "messages.csv").read_bytes()
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    [entry] = manifest["files"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.json", "messages.csv"]
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry["bytes"] == row["bytes"] == len(content)
    assert entry["rows"] == row["rows"] == len(read(tmp_path / "messages.csv")) > 0
    assert entry["window"] == {
        "by": "created",
        "start": "2025-02-28T23:00:00+00:00",
        "end": "2025-03-31T22:00:00+00:00",
    }
    assert entry["filters"] == {"status": ["New", "Replied"]}
    assert [(column["name"], column["type"], column["sensitive"]) for column in entry["columns"]] == [
        ("id", "ObjectId", False),
        ("created_at", "Datetime", False),
        ("body", "Text", True),
    ]
    assert (entry["format"], entry["time_zone"], entry["rejected"], entry["cut"]) == ("bi", "Europe/Paris", 0, 0)
    assert entry["store_versions"]["contents"] >= 0


def test_the_manifest_keeps_what_earlier_runs_left_beside(home: Path, tmp_path: Path) -> None:
    for name in ("roles", "agents"):
        assert navette("export", name, "--output", tmp_path, home=home).returncode == 0
    (tmp_path / "roles.csv").unlink()
    assert navette("export", "categories", "--output", tmp_path, home=home).returncode == 0
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["file"] for entry in manifest["files"]] == ["agents.csv", "categories.csv"]


def test_the_same_request_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        done = navette("export", "--all", "--all-fields", "--output", tmp_path / folder, home=home)
        assert done.returncode == 0, done.stderr
    for path in (tmp_path / "one").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    assert len(list((tmp_path / "one").glob("*.csv"))) == 23


def test_sensitive_columns_are_left_out_by_default(home: Path, tmp_path: Path) -> None:
    navette("export", "messages", "--output", tmp_path / "default", home=home)
    navette("export", "messages", "--fields", "+body,-status", "--output", tmp_path / "changed", home=home)
    default, changed = read(tmp_path / "default/messages.csv")[0], read(tmp_path / "changed/messages.csv")[0]
    assert "body" not in default
    assert set(changed) - set(default) == {"body"}
    assert set(default) - set(changed) == {"status"}


def test_excel_in_french_and_standard_output(home: Path) -> None:
    done = navette("export", "roles", "--format", "excel", "--locale", "fr", "--output", "-", home=home)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("\ufeffid;label;")
    assert ";vrai;" in done.stdout
    assert done.stderr == ""


def test_a_reader_that_goes_away_is_no_error(home: Path) -> None:
    command = f"{sys.executable} -m navette export messages --output - | head -1"
    variables = os.environ | {"NAVETTE_HOME": str(home)}
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=variables, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["export", "mesages"], "unknown export 'mesages': did you mean 'messages'?"),
        (["export", "messages", "--fields", "+bodi"], "unknown field of messages 'bodi': did you mean 'body'?"),
        (["export", "messages", "--fields", "+body,id"], "mix changes"),
        (["export", "messages", "--where", "sorce=1"], "unknown filter of messages 'sorce': did you mean 'source'?"),
        (["export", "messages", "--where", "source"], "not of the form name=value"),
        (["export", "messages", "--where", "status=Reply"], "unknown status 'Reply': did you mean 'Replied'?"),
        (["export", "messages", "--where", "source=nope"], "unknown source 'nope'"),
        (["export", "messages", "--by", "update", "--from", "2020-01-01"], "unknown time of messages 'update'"),
        (["export", "messages", "--format", "xcel"], "unknown format 'xcel': did you mean 'excel'?"),
        (["export", "messages", "--locale", "xx"], "unknown locale 'xx'"),
        (["export", "messages", "--timezone", "Europe/Pari"], "did you mean 'Europe/Paris'?"),
        (["export", "messages", "--from", "2020-02-01", "--to", "2020-01-01"], "is before the start"),
        (["export", "messages", "--from", "01/02/2020"], "is neither a day"),
        (["export", "roles", "--from", "2020-02-01"], "has no time to filter by"),
        (["export", "agents", "roles", "--fields", "id,email"], "unknown field of roles 'email'"),
        (["export", "messages", "--fields", ","], "names no field"),
        (["export"], "name the exports to run"),
        (["export", "messages", "--all"], "not both"),
        (["export", "messages", "threads", "--output", "-"], "standard output takes one export"),
        (["explain", "thread"], "did you mean 'threads'?"),
        (["exports", "show", "agent"], "did you mean 'agents'?"),
    ],
)
def test_a_wrong_request_is_explained_and_writes_nothing(
    home: Path, tmp_path: Path, arguments: Any, sentence: str
) -> None:
    output = [] if arguments[0] != "export" or "--output" in arguments else ["--output", tmp_path / "out"]
    done = navette(*arguments, *output, home=home)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert sentence in " ".join(done.stderr.split())
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_all_exports_take_a_window_as_far_as_they_have_times(home: Path, tmp_path: Path) -> None:
    done = navette(
        "export", "--all", "--from", "2025-03-01", "--by", "updated", "--output", tmp_path, "--json", home=home
    )
    assert done.returncode == 0, done.stderr
    entries = {entry["export"]: entry for entry in json.loads((tmp_path / "manifest.json").read_bytes())["files"]}
    assert len(entries) == 23
    assert entries["roles"]["window"] is None
    assert (entries["interventions"]["window"]["by"], entries["messages"]["window"]["by"]) == ("updated", "created")


@pytest.mark.parametrize("output", ["file", "file/below", "[/bold]/ok"])
def test_a_folder_that_cannot_be_is_explained(home: Path, tmp_path: Path, output: Any) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    done = navette("export", "roles", "--output", tmp_path / output, home=home)
    assert done.returncode == (0 if output.endswith("ok") else 3)
    assert "Traceback" not in done.stderr
    assert ("Fix this, then try again" in done.stderr) == (done.returncode == 3)


def test_an_empty_store_is_named(tmp_path: Path) -> None:
    note = f"The store in {tmp_path}/store is empty: load data with 'navette load'.\n"
    assert navette("store", "info", home=tmp_path).stderr == note
    exported = navette("export", "roles", "--output", "-", home=tmp_path)
    assert (exported.returncode, exported.stderr) == (0, note)


def test_a_database_that_does_not_answer_is_explained(tmp_path: Path) -> None:
    (tmp_path / "control.sqlite3").write_bytes(b"no database")
    done = navette("keys", "list", home=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (4, False)
    assert "the control database reports 'file is not a database': check NAVETTE_DATABASE" in done.stderr


def test_a_home_that_is_no_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")
    done = navette("load", "demo", "--messages", "10", home=tmp_path / "home")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)


def test_two_runs_into_one_folder_both_stand_in_the_manifest(home: Path, tmp_path: Path) -> None:
    names = ("roles", "agents", "sources", "categories")
    command = [sys.executable, "-m", "navette", "export", "--output", str(tmp_path)]
    running = [subprocess.Popen([*command, name], env=os.environ | {"NAVETTE_HOME": str(home)}) for name in names]
    assert [process.wait() for process in running] == [0] * len(names)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert {entry["export"] for entry in manifest["files"]} == set(names)


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = navette("store", "info", home=tmp_path, NAVETTE_TIMEZONE="Mars")
    assert done.returncode == 3
    assert "NAVETTE_TIMEZONE: unknown time zone 'Mars'" in done.stderr


def test_the_catalogue_as_json(home: Path) -> None:
    listed = json.loads(navette("exports", "--json", home=home).stdout)
    assert {row["name"] for row in listed} >= {"messages", "journal", "reply_assistant-knowledge_base"}
    shown = json.loads(navette("exports", "show", "messages", "--json", home=home).stdout)
    assert shown.keys() >= {"name", "grain", "incremental", "times", "filters", "columns"}
    body = next(column for column in shown["columns"] if column["name"] == "body")
    assert body.keys() >= {"name", "type", "sensitive", "extra", "label", "description"}
    assert (body["type"], body["sensitive"]) == ("Text", True)
    french = json.loads(navette("exports", "show", "sources", "--locale", "fr", "--json", home=home).stdout)
    assert french["label"] == "Canaux"


def test_explain_prints_sql_without_running_it(home: Path) -> None:
    shown = navette("explain", "messages", "--from", "2020-01-01", "--where", "status=replied", home=home)
    assert shown.returncode == 0
    assert "FROM contents AS m" in shown.stdout
    assert "'Replied'" in shown.stdout


def test_the_store_can_be_looked_after(home: Path) -> None:
    before = json.loads(navette("store", "info", "--json", home=home).stdout)
    assert navette("store", "compact", home=home).returncode == 0
    assert navette("store", "vacuum", "--keep-hours", "0", home=home).returncode == 0
    after = json.loads(navette("store", "info", "--json", home=home).stdout)
    assert {row["name"]: row["rows"] for row in before} == {row["name"]: row["rows"] for row in after}
    assert navette("store", "compact", home=home).stderr == "No files need compacting.\n"
    assert navette("store", "vacuum", home=home).stderr == "No files can be removed.\n"
    assert navette("store", "vacuum", "--json", home=home).stdout == "[]\n"


@pytest.fixture(scope="module")
def conversations(tmp_path_factory: pytest.TempPathFactory) -> Any:
    if not CONVERSATIONS.is_file():
        pytest.skip(f"SKIPPED LOUDLY: no conversations at {CONVERSATIONS}")
    home = tmp_path_factory.mktemp("conversations")
    done = navette("load", "conversations", CONVERSATIONS, "--json", home=home)
    assert {row["table"]: row["inserted"] for row in json.loads(done.stdout)}["contents"] == 1211
    return home


def test_every_real_message_comes_out_byte_for_byte(conversations: Path, tmp_path: Path) -> None:
    navette("export", "messages", "--all-fields", "--output", tmp_path, home=conversations)
    came_out = sorted((row["foreign_id"], row["body"]) for row in read(tmp_path / "messages.csv"))
    file = json.loads(CONVERSATIONS.read_text(encoding="utf-8"))
    went_in = [(m["tweet_ID"], m["message"]) for conversation in file for m in conversation["dialogContent"]]
    went_in += [(c["agentURL"]["tweet_ID"], c["agentURL"]["url_utterance"]) for c in file]
    assert came_out == sorted(went_in)


def test_real_conversations_have_plausible_cases(conversations: Path, tmp_path: Path) -> None:
    navette("export", "interventions", "threads", "--seconds", "--output", tmp_path, home=conversations)
    cases, threads = read(tmp_path / "interventions.csv"), read(tmp_path / "threads.csv")
    assert len(cases) == len(threads) == 525
    assert sum(int(thread["contents_count"]) for thread in threads) == 1211
    assert all(int(case["user_replies_count"]) >= 1 for case in cases)
    assert all(case["closed_at"] == case["last_user_reply_at"] for case in cases)


def test_serve_runs_no_code_from_its_working_directory(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("raise SystemExit('a module of the folder')")
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
