"""Files that appear under their name only when they are whole."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path


class HashedFile(RawIOBase):
    """A binary file being written, with the SHA-256 and the count of the bytes written so far."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self.bytes_written = 0

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[no-untyped-def]  # any buffer
        self._hash.update(data)
        self.bytes_written += memoryview(data).nbytes
        return self._file.write(data)

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written, in hexadecimal."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Make what was written durable (fsync) and close; closed also where that fails, as on a full disk."""
        try:
            if not self._file.closed:
                self._make_durable()
        finally:
            super().close()

    def _make_durable(self) -> None:
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())


@contextmanager
def complete_file(path: Path) -> Iterator[HashedFile]:
    """Write ``path`` whole or not at all: a hidden temporary name beside it, fsync, then rename.

    The folder is made where it is missing. An existing file of that name is replaced at the end; when the
    block raises, it stays as it was and nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not made from the name, which may be as long as names can be, nor from the process, whose threads may share it.
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    file = HashedFile(temporary)
    try:
        with file:
            yield file
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process or thread at a time does what it does in that folder; others wait here."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
