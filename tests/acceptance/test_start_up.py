"""A command starts without the large libraries that it does not use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from navette.cli.main import app

HEAVY = {
    *("duckdb", "pyarrow", "deltalake", "numpy", "sqlglot"),
    *("pyarrow.compute", "pyarrow.parquet"),
    *("xlsxwriter", "stream_zip", "isal", "Crypto", "backports"),
    *("django", "gunicorn", "asyncssh", "structlog", "pydantic"),
    *("rich.markdown", "rich.traceback", "pygments"),
}


def imported(*arguments):
    """Which of the heavy modules a command imports; it ends well and says something."""
    command = [sys.executable, "-X", "importtime", "-m", "navette", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return HEAVY & {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("exports",), ("exports", "--locale", "fr"), ("exports", "show", "messages")],
    ids=" ".join,
)
def test_commands_that_read_no_data_import_no_engine(arguments):
    assert imported(*arguments) == set()


@pytest.mark.parametrize("command", ["load", "exports", "export", "explain", "store", "keys", "init", "serve"])
def test_no_help_of_a_command_imports_the_console(command):
    assert not imported(command, "--help") & {"django", "gunicorn", "asyncssh", "rich.markdown"}


def test_an_export_imports_its_own_format_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("NAVETTE_HOME", str(tmp_path))
    exported = imported("export", "agents", "--output", tmp_path)
    assert {"duckdb", "pyarrow", "deltalake", "sqlglot"} <= exported
    assert not exported & {"xlsxwriter", "stream_zip", "Crypto", "django", "pyarrow.compute", "pyarrow.parquet"}


def test_the_list_of_commands_has_the_summary_of_each_command():
    for command in typer.main.get_command(app).commands.values():
        assert command.load().help.startswith(command.help.removesuffix(".")), command.name


def test_the_shell_completes_commands_of_groups_and_options(monkeypatch):
    assert completed("navette ex") == ["exports", "export", "explain"]
    assert completed("navette store co") == ["compact"]
    assert "--output" in completed("navette export --o")


def completed(line):
    """What bash offers after that line."""
    words = line.split(" ")
    asked = {"_NAVETTE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(
        Path(sys.executable).with_name("navette"), capture_output=True, text=True, check=True, env=os.environ | asked
    )
    return done.stdout.split()
