"""`make demo`: what it prints is true when it prints it, and its data are of late."""

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.acceptance.browser import free_port

from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.store import Store

ROOT = Path(__file__).parents[2]


@contextmanager
def demo(folder: Path, bind: Any, **more: Any) -> Iterator[Any]:
    """The demo of 300 messages, running in a folder of its own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NAVETTE_")}
    variables = {"BIN": str(Path(sys.executable).parent), "CONVERSATIONS": "", "MESSAGES": "300"}
    process = subprocess.Popen(
        ["sh", ROOT / "scripts/demo.sh"],
        cwd=folder,
        env=inherited | variables | {"NAVETTE_DEMO_BIND": bind} | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_the_address_is_printed_once_it_answers_and_the_data_end_yesterday(tmp_path: Path) -> None:
    before = datetime.now(UTC).date()
    bind = f"127.0.0.1:{free_port()}"
    with demo(tmp_path, bind) as running:
        printed = []
        for line in running.stdout:
            printed.append(line)
            if line.startswith("Automated exports can write to "):
                break
        assert f"The console: http://{bind} (press Ctrl-C to end it)\n" in printed, "".join(printed)
        folder = Path(line.removeprefix("Automated exports can write to ").split(",")[0])
        assert folder == (tmp_path / "var/demo/delivered").resolve()
        assert folder.is_dir()
        with urllib.request.urlopen(f"http://{bind}/health/ready", timeout=10) as answer:
            assert answer.status == 200
    said = "".join(printed)
    for step in (
        "Loading a fictional contact centre",
        "Every export",
        "Setting up the console",
        "Starting the console",
    ):
        assert step in said
    ends = date.fromisoformat((tmp_path / "var/demo/last-day").read_text().strip())
    assert before - timedelta(days=1) <= ends < datetime.now(UTC).date()
    settings = Settings(home=tmp_path / "var/demo")
    engine = DuckDBEngine(Store(settings.store).snapshot(), settings)
    [(last,)] = engine.ask("SELECT CAST(timezone('UTC', max(created_at)) AS DATE) FROM contents")
    assert isinstance(last, date)
    assert ends - timedelta(days=14) < last <= ends  # of 300 messages, not one a day


def test_a_shell_that_followed_the_tour_gets_the_same_demo_again(tmp_path: Path) -> None:
    with demo(tmp_path, f"127.0.0.1:{free_port()}", NAVETTE_HOME="var/demo") as running:
        first = running.stdout.readline()
    assert first.startswith("Loading a fictional contact centre")
    assert first.endswith("into var/demo ...\n")


def test_a_port_in_use_is_reported_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with demo(tmp_path, bind) as refused:
            printed, _ = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert printed.startswith(f"The console cannot listen on {bind}: choose another port")
    assert list(tmp_path.iterdir()) == []
