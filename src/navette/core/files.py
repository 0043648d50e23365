"""Files that appear under their name only when they are whole."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EINVAL, EOPNOTSUPP
from io import RawIOBase
from mmap import mmap
from pathlib import Path

_BUFFER = 8 << 20
# Linux's flag for writes that go past the page cache; other systems have none.
_DIRECT = getattr(os, "O_DIRECT", 0)


class HashedFile(RawIOBase):
    """A binary file being written, with the SHA-256 and the count of the bytes written so far.

    Large files are written past the page cache where the file system can: they cost less time, and do not push what
    others read out of memory.
    """

    def __init__(self, path: Path, mode: int | None = None) -> None:
        """``mode`` is what the file gets whatever the process's umask, where the file system has modes."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode or 0o666)
        if mode is not None:
            with suppress(OSError):  # a mounted folder's modes may be those of the mount
                os.fchmod(self._descriptor, mode)
        self._buffer = memoryview(mmap(-1, _BUFFER))  # in whole pages, as direct writes must be
        self._buffered = 0
        self._direct = self._doomed = False
        self._hash = hashlib.sha256()
        self.bytes_written = 0
        with suppress(OSError):  # not on this file system
            self._set_direct(True)

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[no-untyped-def]  # any buffer
        if self.closed:
            raise ValueError("the file is closed.")
        left = memoryview(data).cast("B")
        self._hash.update(left)
        self.bytes_written += left.nbytes
        while left:
            taken = min(_BUFFER - self._buffered, left.nbytes)
            self._buffer[self._buffered : self._buffered + taken] = left[:taken]
            self._buffered += taken
            left = left[taken:]
            if self._buffered == _BUFFER:
                self._empty()
        return memoryview(data).nbytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written, in hexadecimal."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Make what was written durable (fsync) and close; closed also where that fails, as on a full disk."""
        if self.closed:
            return
        try:
            if self._doomed:
                return
            self._set_direct(False)  # what is left is no whole number of pages
            self._empty()
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)
            super().close()

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        self._doomed = kind is not None  # what is thrown away need not be written
        self.close()

    def _empty(self) -> None:
        left = self._buffer[: self._buffered]
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except OSError as error:
                if error.errno not in (EINVAL, EOPNOTSUPP) or not self._direct:
                    raise
                self._set_direct(False)  # not on this file system, though it said so
        self._buffered = 0

    def _set_direct(self, direct: bool) -> None:
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL) & ~_DIRECT
        fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | (_DIRECT if direct else 0))
        self._direct = direct


@contextmanager
def complete_file(path: Path, mode: int | None = None) -> Iterator[HashedFile]:
    """Write ``path`` whole or not at all: a hidden temporary name beside it, fsync, then rename.

    Its mode follows the process's umask unless one is given. The folder is made where it is missing. An existing file
    of that name is replaced at the end; when the block raises, it stays as it was and nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not made from the name, which may be as long as names can be, nor from the process, whose threads may share it.
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with HashedFile(temporary, mode) as file:
            yield file
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)  # what the system says of a full disk names no file
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """What the process makes in the block lacks these permissions: for a process with one thread."""
    former = os.umask(mask)
    try:
        yield
    finally:
        os.umask(former)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process or thread at a time does what it does in that folder; others wait here."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def made_once(path: Path, make: Callable[[], str]) -> str:
    """The text of a file that only its owner may read; ``make`` gives it where there is none yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone(path.parent):
        if not path.exists():
            with suppress(FileNotFoundError):
                path.with_suffix(".new").unlink()
            descriptor = os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(make() + "\n")
            path.with_suffix(".new").replace(path)
    return path.read_text(encoding="utf-8").strip()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
