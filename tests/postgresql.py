"""A real PostgreSQL server for tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class PostgreSQL:
    """A server of its own, reached by psql over a socket in ``folder``."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries, self.folder = binaries, folder

    def run(self, program: str, *arguments: str) -> None:
        # The server refuses to run as root.
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*user, str(self.binaries / program), "-D", str(self.folder / "data"), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, timeout=120)

    def ask(self, *arguments: str, cwd: Path) -> str:
        """What psql prints."""
        done = self.psql(*arguments, cwd=cwd)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def psql(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run psql; ``arguments`` are its ``--command`` and ``--file``, in order."""
        connection = ["--host", str(self.folder), "--username", "postgres", "--dbname", "postgres"]
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]
        command = ["psql", *connection, *options, *arguments]
        return subprocess.run(command, check=False, capture_output=True, encoding="utf-8", cwd=cwd)


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """A real PostgreSQL; its tests are skipped, and say so, where none is installed."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *map(Path, filter(None, [shutil.which("initdb")]))]
    if not found or not shutil.which("psql"):
        pytest.skip("SKIPPED LOUDLY: no PostgreSQL server (initdb) and client (psql) installed")
    # Not in pytest's folder, which the server's user may not enter, and whose path is too long for a socket's.
    with tempfile.TemporaryDirectory(prefix="navette-", dir="/tmp") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        server = PostgreSQL(max(found).parent, Path(folder))
        server.run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        configured = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "off", "timezone": "UTC"}
        configured |= {"client_min_messages": "warning"}
        options = " ".join(f"-c {name}={value}" for name, value in configured.items())
        server.run("pg_ctl", "-w", "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield server
        finally:
            server.run("pg_ctl", "-w", "-m", "immediate", "stop")
