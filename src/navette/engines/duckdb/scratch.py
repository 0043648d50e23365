"""Folders for data that does not fit into memory."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from navette.core.files import alone

# The file whose lock says that a folder of temporary files is in use.
_LOCK = "in-use"


@contextmanager
def scratch_folder(scratch: Path) -> Iterator[Path]:
    """A folder for data that does not fit into memory; it is removed at the end.

    Its lock tells that it is in use: those of processes that were killed are removed here.
    """
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(scratch):
        _remove_abandoned(scratch)
        folder = Path(tempfile.mkdtemp(dir=scratch, prefix="run-"))
        lock = (folder / _LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(scratch: Path) -> None:
    for folder in scratch.glob("run-*"):
        try:
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # in use, or gone
