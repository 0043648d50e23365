"""A command starts without the large libraries that it does not use."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import typer.main
from typer.core import TyperGroup

from navette.cli.main import app

HEAVY = {
    *("duckdb", "pyarrow", "deltalake", "numpy", "sqlglot"),
    *("pyarrow.compute", "pyarrow.parquet"),
    *("xlsxwriter", "stream_zip", "isal", "Crypto", "backports"),
    *("django", "gunicorn", "asyncssh", "structlog", "pydantic"),
    *("rich.markdown", "rich.traceback", "pygments"),
}


def imported(*arguments: Any) -> Any:
    """Which of the heavy modules a command imports; it ends well and says something."""
    command = [sys.executable, "-X", "importtime", "-m", "navette", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr.splitlines()[-1]
    assert done.stdout
    return HEAVY & {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("exports",), ("exports", "--locale", "fr"), ("exports", "show", "messages")],
    ids=" ".join,
)
def test_commands_that_read_no_data_import_no_engine(arguments: Any) -> None:
    assert imported(*arguments) == set()


STORE = {"pydantic", "deltalake", "pyarrow", "numpy", "duckdb"}
QUERY = STORE | {"sqlglot", "isal", "backports"}
LOAD = STORE | {"pyarrow.compute", "pyarrow.parquet"}

HELP: dict[str, set[str]] = {
    "load": LOAD,
    "exports": set(),
    "export": QUERY,
    "explain": QUERY,
    "store": STORE,
    **{command: {"pydantic"} for command in ("keys", "init", "serve", "web", "worker")},
}
"""Which of them the help of each command may import."""

RUNS: dict[tuple[str, ...], set[str]] = {
    ("load", "demo", "--messages", "50"): LOAD,
    ("explain", "messages"): QUERY,
    ("export", "agents", "--output", "{home}/files"): QUERY,
    ("store", "info"): STORE,
    ("store", "compact"): STORE | {"pyarrow.parquet"},
    ("init",): HEAVY - {"duckdb", "deltalake", "sqlglot", "asyncssh", "gunicorn", "xlsxwriter", "stream_zip"},
    ("keys", "list"): HEAVY - {"duckdb", "deltalake", "sqlglot", "gunicorn", "xlsxwriter", "stream_zip"},
}
"""Which of them a command may import that does its work: an export none for other formats than its own."""


def test_every_command_is_listed_here() -> None:
    commands = set(cast(TyperGroup, typer.main.get_command(app)).commands)
    assert set(HELP) == commands
    assert {arguments[0] for arguments in RUNS} | {"exports", "serve", "web", "worker"} == commands


@pytest.mark.parametrize("command", HELP)
def test_help_imports_little(command: str) -> None:
    assert imported(command, "--help") <= HELP[command]


def test_a_command_imports_what_it_uses_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVETTE_HOME", str(tmp_path))
    (tmp_path / "password").write_text("a long enough secret")
    monkeypatch.setenv("NAVETTE_ADMIN_EMAIL", "ada@example.org")
    monkeypatch.setenv("NAVETTE_ADMIN_PASSWORD_FILE", str(tmp_path / "password"))
    for arguments, permitted in RUNS.items():
        modules = imported(*(argument.format(home=tmp_path) for argument in arguments))
        assert modules - permitted == set(), arguments


def test_the_list_of_commands_has_the_summary_of_each_command() -> None:
    commands: Any = cast(TyperGroup, typer.main.get_command(app)).commands
    for command in commands.values():
        assert command.load().help.startswith(command.help.removesuffix(".")), command.name


def test_the_shell_completes_commands_of_groups_and_options(monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed("navette ex") == ["exports", "export", "explain"]
    assert completed("navette store co") == ["compact"]
    assert "--output" in completed("navette export --o")


def completed(line: str) -> Any:
    """What bash offers after that line."""
    words = line.split(" ")
    asked = {"_NAVETTE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run(
        Path(sys.executable).with_name("navette"), capture_output=True, text=True, check=True, env=os.environ | asked
    )
    return done.stdout.split()
