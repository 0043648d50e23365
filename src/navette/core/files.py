"""Files that appear under their name only when they are complete, and survive a power loss."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from errno import EINVAL, EOPNOTSUPP
from io import RawIOBase
from mmap import mmap
from pathlib import Path

_BUFFER = 8 << 20
# Linux's flag for writes past the page cache; other systems have none.
_DIRECT = getattr(os, "O_DIRECT", 0)


class HashedFile(RawIOBase):
    """A binary file being written, with the SHA-256 and the number of bytes written so far.

    Large files are written past the page cache if the file system supports it, by a thread of their own: the process
    does not wait for the disk, and what other processes read stays in memory.
    """

    def __init__(self, path: Path, mode: int | None = None) -> None:
        """``mode`` is the file's mode whatever the process's umask, if the file system has modes."""
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode or 0o666)
        if mode is not None:
            with suppress(OSError):  # a mounted folder can have the modes of the mount
                os.fchmod(self._descriptor, mode)
        self._buffer, self._spare = (memoryview(mmap(-1, _BUFFER)) for _ in range(2))  # in whole pages, for the disk
        self._buffered = 0
        self._writer: ThreadPoolExecutor | None = None
        self._writing: Future[None] | None = None
        self._direct = self._doomed = False
        self._hash = hashlib.sha256()
        self.bytes_written = 0
        with suppress(OSError):  # this file system does not support it
            self._set_direct(True)

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[no-untyped-def]  # any buffer
        if self.closed:
            raise ValueError("the file is closed.")
        remaining = memoryview(data).cast("B")
        self._hash.update(remaining)
        self.bytes_written += remaining.nbytes
        while remaining:
            size = min(_BUFFER - self._buffered, remaining.nbytes)
            self._buffer[self._buffered : self._buffered + size] = remaining[:size]
            self._buffered += size
            remaining = remaining[size:]
            if self._buffered == _BUFFER:
                self._start_writing()
        return memoryview(data).nbytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes written, in hexadecimal."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Flush the file to disk (fsync) and close it, even if that fails, for example because the disk is full."""
        if self.closed:
            return
        try:
            with self._writer or nullcontext():
                if self._doomed:
                    return
                self._wait()
            self._set_direct(False)  # the rest is not a whole number of pages
            self._write_out(self._buffer[: self._buffered])
            os.fsync(self._descriptor)
        finally:
            os.close(self._descriptor)
            super().close()

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        self._doomed = kind is not None  # discarded data need not be written
        self.close()

    def _start_writing(self) -> None:
        """Give the full buffer to the thread once it has written the other one. Raises what that raised."""
        self._wait()
        self._writer = self._writer or ThreadPoolExecutor(1, "write")
        self._writing = self._writer.submit(self._write_out, self._buffer)
        self._buffer, self._spare, self._buffered = self._spare, self._buffer, 0

    def _wait(self) -> None:
        if self._writing is not None:
            self._writing.result()

    def _write_out(self, remaining: memoryview) -> None:
        while remaining:
            try:
                remaining = remaining[os.write(self._descriptor, remaining) :]
            except OSError as error:
                if error.errno not in (EINVAL, EOPNOTSUPP) or not self._direct:
                    raise
                self._set_direct(False)  # this file system does not support it after all

    def _set_direct(self, direct: bool) -> None:
        flags = fcntl.fcntl(self._descriptor, fcntl.F_GETFL) & ~_DIRECT
        fcntl.fcntl(self._descriptor, fcntl.F_SETFL, flags | (_DIRECT if direct else 0))
        self._direct = direct


@contextmanager
def complete_file(path: Path, mode: int | None = None) -> Iterator[HashedFile]:
    """Write ``path`` completely or not at all: a hidden temporary name beside it, fsync, then rename.

    Its mode follows the process's umask unless you give one. A missing folder is created. An existing file of that name
    is replaced at the end; if the block raises, that file stays unchanged and nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Neither the name, which can have the greatest length, nor the process, whose threads can write the same file.
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with named_in_errors(path):
            with HashedFile(temporary, mode) as file:
                yield file
            temporary.replace(path)
            flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def named_in_errors(path: Path) -> Iterator[None]:
    """Name the file in errors of the system that name none, such as the one for a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Withhold these permissions from files that the block creates. For processes with one thread."""
    former = os.umask(mask)
    try:
        yield
    finally:
        os.umask(former)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process or thread at a time run the block for that folder; others wait."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def made_once(path: Path, make: Callable[[], str]) -> str:
    """The text of a file that only its owner can read; ``make`` provides it if the file does not exist yet."""
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


def create_folder(folder: Path) -> None:
    """Create a folder that does not exist yet, with its parents. It survives a power loss."""
    if not folder.is_dir():
        create_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        flush(folder.parent)


def flush(path: Path) -> None:
    """Wait until a file's content, or the names in a folder, are on the disk (fsync)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (EINVAL, EOPNOTSUPP):  # mounted folders may not support it
            raise
    finally:
        os.close(handle)
