"""Processes that ``navette serve`` keeps: what cannot start ends them all, what dies later is started again."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.installation import Installation, eventually

KEEP = "import sys; from navette.cli.supervisor import Supervisor; sys.exit(not Supervisor({commands}).run())"


def keeping(*commands: Any) -> Any:
    """A process that keeps Python processes of those codes."""
    listed = [[sys.executable, "-c", code] for code in commands]
    return subprocess.Popen([sys.executable, "-c", KEEP.format(commands=listed)])


def test_a_process_that_cannot_start_ends_all_of_them(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    waiting = f"import pathlib, signal; pathlib.Path({str(alive)!r}).touch(); signal.pause()"
    failing = f"import pathlib, time\nwhile not pathlib.Path({str(alive)!r}).exists(): time.sleep(0.05)\nexit(3)"
    supervisor = keeping(waiting, failing)
    try:
        assert supervisor.wait(30) == 1
    finally:
        supervisor.kill()


def test_processes_end_with_the_supervisor(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    code = (
        f"import pathlib, signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit()); "
        f"here = pathlib.Path({str(ended)!r}); here.with_name('alive').touch()\n"
        "try: signal.pause()\nfinally: here.touch()"
    )
    supervisor = keeping(code)
    try:
        eventually((tmp_path / "alive").exists)
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(30) == 0
    finally:
        supervisor.kill()
    assert ended.exists()


@pytest.mark.parametrize("part", ["web", "serve"])
def test_a_port_in_use_is_reported_and_ends_the_command(tmp_path: Path, part: str) -> None:
    installation = Installation(tmp_path)
    installation.navette("init")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with installation.running(part, "--bind", bind) as command:
            assert command.popen.wait(60) == 1
    assert "in use" in (tmp_path / f"{part}.log").read_text(encoding="utf-8")
