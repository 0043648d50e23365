"""A load goes on whatever it meets, and its summary says what became of everything."""

import json

import pytest
from tests.folder_of_files import written
from typer.testing import CliRunner

from navette.cli.main import app
from navette.core.errors import RequestError
from navette.jobs import load as jobs_load
from navette.jobs.load import load
from navette.store import Merged


@pytest.fixture
def command(settings, monkeypatch):
    """``navette load files FOLDER --json``: its rows, or the error it ends with, and what it said."""
    monkeypatch.setenv("NAVETTE_HOME", str(settings.home))

    def run(folder):
        done = CliRunner().invoke(app, ["load", "files", str(folder), "--json"])
        assert done.exception is None or isinstance(done.exception, RequestError), done.output
        return json.loads(done.stdout), done.exception, done.stderr

    return run


class TestRefusedRows:
    def test_they_are_kept_with_their_places_and_written_at_once(self, tmp_path, store):
        summary = load(written(tmp_path, contents__jsonl='{"id": 1}\n' + "nonsense\n" * 3_000), store)
        assert summary.tables == {"contents": Merged(inserted=1, rejected=3_000)}
        rejected = store.snapshot().tables["rejected"]
        assert (rejected.version, rejected.rows) == (1, 3_000)

    def test_many_or_long_ones_are_written_before_they_fill_the_memory(self, tmp_path, store, monkeypatch):
        monkeypatch.setattr(jobs_load, "REFUSED_CHARACTERS", 1_000)
        load(written(tmp_path, contents__jsonl=f"{'x' * 900}\n" * 5), store)
        assert store.snapshot().tables["rejected"].version == 3


class TestTheCommand:
    def test_refused_rows_are_counted_and_are_no_failure(self, tmp_path, command):
        written(tmp_path, contents__jsonl='{"id": 1}\n[\n')
        rows, error, said = command(tmp_path)
        assert [(row["inserted"], row["rejected"]) for row in rows] == [(1, 1)]
        assert error is None
        assert "1 rows were rejected" in said

    def test_a_file_that_cannot_be_read_is_named_after_the_others_are_loaded(self, tmp_path, command):
        written(tmp_path, agents__jsonl="nonsense\n", contents__jsonl='[{"id": 1}, {', events__csv="id\n1\n")
        rows, error, _ = command(tmp_path)
        assert {row["table"]: row["inserted"] for row in rows} == {"agents": 0, "contents": 1, "events": 1}
        assert error.exit_code == 2
        assert [line.split()[0] for line in str(error).splitlines()] == ["agents.jsonl", "contents.jsonl:"]
