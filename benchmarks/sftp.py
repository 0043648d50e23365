"""The speed of uploads to an SFTP server, compared with OpenSSH's own client: ``python -m benchmarks.sftp [MB]``.

Both send one file that nothing can compress to one sshd on this machine, in turn. Ours also reads the file's SHA-256,
and has the server write it to its disk before it is renamed (fsync), which ``sftp`` does only with ``-f``.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.ssh_server import Running, running_sshd

from benchmarks.messages import ratio
from navette.destinations.sftp import NewKeyPair, Upload, new_key_pair, put

RUNS = 5
PIECE = 8 << 20
CIPHER = "aes128-gcm@openssh.com"

# Their options, what that means, and the least ratio of throughput that is asked for.
PEERS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    ((), "sftp", "≥ 0.8"),
    (("-f",), "sftp -f (fsync, like Navette)", "≥ 0.8"),
    (("-c", CIPHER), "sftp with Navette's cipher", "–"),
    (("-f", "-c", CIPHER), "sftp -f with Navette's cipher", "–"),
)


def main(megabytes: int = 1000) -> None:
    """Print the medians of runs in turn: MB/s of both, and the ratio."""
    keys = new_key_pair("ed25519", "benchmark")
    with tempfile.TemporaryDirectory(prefix="navette-bench-") as name, running_sshd(keys.public) as server:
        folder = Path(name)
        upload = _made(folder / "file", megabytes)
        ours = partial(_ours, server, keys, upload)
        ours()  # warms the page cache for all
        print(f"| {megabytes} MB to sshd, MB/s: Navette / peer | measured | target |\n| --- | --- | --- |")
        for options, label, target in PEERS:
            theirs, mine, times = ratio(_theirs(server, keys, upload, folder, options), ours, RUNS)
            print(
                f"| {label} | {megabytes / mine:.0f} / {megabytes / theirs:.0f} = {times:.2f} | {target} |", flush=True
            )


def _made(path: Path, megabytes: int) -> Upload:
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for begin in range(0, megabytes * 1_000_000, PIECE):
            piece = os.urandom(min(PIECE, megabytes * 1_000_000 - begin))
            digest.update(piece)
            file.write(piece)
    return Upload(path, "file", digest.hexdigest(), megabytes * 1_000_000)


def _ours(server: Running, keys: NewKeyPair, upload: Upload) -> None:
    folder, directory = server.folder()
    put(server.address(directory, keys), [upload], attempt_id=secrets.token_hex(12))
    _arrived(folder, upload)


def _theirs(
    server: Running, keys: NewKeyPair, upload: Upload, folder: Path, options: tuple[str, ...]
) -> Callable[[], object]:
    (folder / "key").write_text(keys.private)
    (folder / "key").chmod(0o600)
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {server.host_keys[0]}\n")
    command = ["sftp", "-q", "-b", "-", "-F", "none", "-i", str(folder / "key"), "-P", str(server.port), *options]
    command += ["-o", f"UserKnownHostsFile={folder / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"]
    command += [f"{server.user}@127.0.0.1"]

    def send() -> None:
        path, directory = server.folder()
        batch = f"put {upload.path} {directory}/{upload.name}\n"
        subprocess.run(command, input=batch, check=True, capture_output=True, text=True)
        _arrived(path, upload)

    return send


def _arrived(folder: Path, upload: Upload) -> None:
    if (folder / upload.name).stat().st_size != upload.bytes:
        raise RuntimeError("the file did not arrive whole")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
