"""A disk that loses its power: what is left of a folder are the files and the names that were flushed."""

import os
import shutil
from pathlib import Path

import pytest


class Disk:
    """Observes what the process flushes below ``root``, and shows what a power loss at this moment leaves."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._root = root
        self._flushed: dict[int, int] = {}
        self._names: dict[int, set[str]] = {}
        self._fsync = os.fsync
        monkeypatch.setattr(os, "fsync", self._observed)

    def after_power_loss(self, folder: Path, *, all_names: bool) -> Path:
        """A new folder with what was flushed; a file that was not flushed since it was written is empty.

        ``all_names`` is whether the file system has also stored the names that were not flushed yet.
        """
        self._copy(self._root, folder, all_names)
        return folder

    def _observed(self, descriptor: int) -> None:
        self._fsync(descriptor)
        status, path = os.fstat(descriptor), Path(f"/proc/self/fd/{descriptor}")
        self._flushed[status.st_ino] = status.st_mtime_ns
        if path.is_dir():
            self._names[status.st_ino] = set(os.listdir(path))

    def _copy(self, source: Path, target: Path, all_names: bool) -> None:
        target.mkdir()
        for path in source.iterdir():
            status = path.stat()
            if all_names or path.name in self._names.get(source.stat().st_ino, ()):
                if path.is_dir():
                    self._copy(path, target / path.name, all_names)
                elif self._flushed.get(status.st_ino) == status.st_mtime_ns:
                    shutil.copy(path, target)
                else:
                    (target / path.name).touch()
