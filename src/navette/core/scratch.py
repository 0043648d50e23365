"""Temporary folders, which the next process removes if theirs is killed."""

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
def scratch_folder(scratch: Path, prefix: str = "run-") -> Iterator[Path]:
    """A folder for temporary files inside ``scratch``, which is removed at the end.

    Its lock says that it is in use. The folders of processes that were killed are removed now.
    """
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(scratch):
        _remove_abandoned(scratch, prefix)
        folder = Path(tempfile.mkdtemp(dir=scratch, prefix=prefix))
        lock = (folder / _LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(scratch: Path, prefix: str) -> None:
    for folder in scratch.glob(f"{prefix}*"):
        try:
            with (folder / _LOCK).open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:  # killed while it created the folder or removed it: folders in use have their lock
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # in use
