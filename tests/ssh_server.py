"""SSH servers on loopback: Debian's sshd with keys of its own, asyncssh's server, and a line to them that breaks."""

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from tests.mail_server import listening

from navette.destinations.sftp import Allowed, NewKeyPair, SFTPServer, new_key_pair

SSHD = Path("/usr/sbin/sshd")
LOOPBACK = Allowed.parse("127.0.0.0/8")
AS_ROOT = os.geteuid() == 0


@dataclass(frozen=True)
class Running:
    """A server: ``root`` is the local folder that it calls ``directory``; ``owner`` writes there."""

    port: int
    user: str
    root: Path
    directory: str
    host_keys: tuple[str, ...]
    owner: str = ""

    def folder(self) -> tuple[Path, str]:
        """A new folder that the user may write to: the local path, and as the server calls it."""
        path = Path(tempfile.mkdtemp(dir=self.root))
        if self.owner:
            shutil.chown(path, self.owner)
        return path, f"{self.directory.rstrip('/')}/{path.name}"

    def address(self, directory: str, keys: NewKeyPair, **changes: Any) -> SFTPServer:
        """The server as the destination knows it; give what is to differ."""
        usual: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "user": self.user, "directory": directory}
        usual |= {"private_keys": (keys.private,), "host_keys": self.host_keys, "allowed": LOOPBACK}
        return SFTPServer(**usual | changes)


@contextmanager
def running_sshd(
    public: str, *, chrooted: bool = False, options: str = "", more: str = "", host_key: NewKeyPair | None = None
) -> Iterator[Running]:
    """Debian's sshd, which lets that key in; ``options`` are internal-sftp's, ``more`` is a line of sshd's own."""
    if not SSHD.exists():
        pytest.skip("SKIPPED LOUDLY: no SSH server (/usr/sbin/sshd) installed")
    if chrooted and not AS_ROOT:
        pytest.skip("SKIPPED LOUDLY: only root can run an SSH server that changes its root")
    # Everything above a changed root must be root's alone, which /tmp is not; and pytest's folder nobody may enter.
    with tempfile.TemporaryDirectory(prefix="navette-sshd-", dir="/srv" if chrooted else "/tmp") as name:
        folder, user = Path(name), "nobody" if AS_ROOT else getpass.getuser()
        folder.chmod(0o755)
        (folder / "files").mkdir()
        host_key = host_key or new_key_pair("ed25519", "host")
        (folder / "authorized_keys").write_text(public + "\n")
        (folder / "host_key").write_text(host_key.private)
        (folder / "host_key").chmod(0o600)
        port = _free_port()
        start = "/files" if chrooted else str(folder / "files")
        lines = [
            *(f"Port {port}", "ListenAddress 127.0.0.1", "PidFile none", "StrictModes no", "UsePAM no"),
            *(f"HostKey {folder}/host_key", f"AuthorizedKeysFile {folder}/authorized_keys", "LogLevel INFO"),
            *("PasswordAuthentication no", "KbdInteractiveAuthentication no", "MaxStartups 100"),
            *("Subsystem sftp internal-sftp", f"ForceCommand internal-sftp -d {start} {options}"),
            *([f"ChrootDirectory {folder}"] if chrooted else []),
            more,
        ]
        (folder / "config").write_text("\n".join(lines) + "\n")
        with _process(folder / "config", port):
            owner = user if AS_ROOT else ""
            yield Running(port, user, folder / "files", start, (" ".join(host_key.public.split()[:2]),), owner)


@contextmanager
def _process(config: Path, port: int) -> Iterator[None]:
    if AS_ROOT:
        Path("/run/sshd").mkdir(exist_ok=True)  # as Debian's service makes it
    command = [str(SSHD), "-D", "-e", "-f", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if f"port {port}" in line:
                    break
            else:
                raise AssertionError(f"sshd did not start: {said}")
            draining = threading.Thread(target=process.stderr.read)
            draining.start()
            yield
        finally:
            process.terminate()
            process.wait(10)
        draining.join(10)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class InFolder(asyncssh.SFTPServer):
    """asyncssh's SFTP server, which sees a folder alone."""

    folder: Path

    def __init__(self, channel: Any) -> None:
        super().__init__(channel, chroot=os.fsencode(self.folder))


class WithoutPosixRename(InFolder):
    """Says that it knows the request, and does not."""

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("not here")


@contextmanager
def running_asyncssh(public: str, folder: Path, kind: type[InFolder] = InFolder, **more: Any) -> Iterator[Running]:
    """asyncssh's server over that folder, which lets that key in; give more of its options."""
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    factory = type(kind.__name__, (kind,), {"folder": folder})
    options = {
        "server_host_keys": [host_key],
        "authorized_client_keys": asyncssh.import_authorized_keys(public),
        "sftp_factory": factory,
        "config": None,
        "encoding": None,
    }
    with listening(lambda _loop: asyncssh.listen("127.0.0.1", 0, **options | more)) as port:
        yield Running(port, "navette", folder, "/", (host_key.export_public_key().decode().strip(),))


@dataclass
class Line:
    """What a line does: it breaks, or falls silent, after so many bytes from the client. ``carried`` counts them."""

    cut_after: int | None = None
    silent_after: int | None = None
    carried: int = 0
    connections: int = 0
    silent: threading.Event = field(default_factory=threading.Event)


@contextmanager
def line_to(port: int, line: Line) -> Iterator[int]:
    """The port of a line to the server at that port."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line.connections += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.wait(
                {
                    asyncio.ensure_future(_to_server(reader, far_writer, line)),
                    asyncio.ensure_future(_to_client(far_reader, writer, line)),
                },
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            for one in (writer, far_writer):
                one.transport.abort()

    with listening(lambda _loop: asyncio.start_server(carry, "127.0.0.1", 0)) as own:
        yield own


async def _to_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
    while some := await reader.read(1 << 16):
        if line.cut_after is not None and line.carried + len(some) > line.cut_after:
            writer.write(some[: line.cut_after - line.carried])
            await writer.drain()
            return
        line.carried += len(some)
        if line.silent_after is not None and line.carried > line.silent_after:
            line.silent.set()
            await asyncio.Event().wait()
        writer.write(some)
        await writer.drain()


async def _to_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
    while some := await reader.read(1 << 16):
        if not line.silent.is_set():
            writer.write(some)
            await writer.drain()
