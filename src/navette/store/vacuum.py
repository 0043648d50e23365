"""Vacuum: find the files of a table that no version needs any longer that can still be read."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from navette.store.snapshot import TableVersion
from navette.store.vectors import actions, checkpoints

BLOCK = 100
"""The number of versions that share a checkpoint once they are old."""

_COMMIT = re.compile(r"[0-9]{20}\.json")


def first_kept(log: Path, cutoff: float) -> int:
    """The version that was current at that time (in seconds since 1970), or the first that can still be read."""
    written = {version: path.stat().st_mtime for version, path in _commits(log)}
    # Commits before the first checkpoint cannot be read without version 0: a vacuum was killed while it removed them.
    readable = 0 if 0 in written else min(version for version, _ in checkpoints(log))
    return max([readable, *(version for version, at in written.items() if at <= cutoff)])


def needless_files(
    folder: Path, current: TableVersion, first: int, kept: Iterable[TableVersion], cutoff: float
) -> list[str]:
    """The data files, by their path inside the table's folder, that no version from ``first`` on and none of ``kept``
    has, and commits that killed writers left. What was written after ``cutoff`` stays: another program may be about to
    commit it."""
    needed = {str(Path(file.path).relative_to(folder)) for version in (current, *kept) for file in version.files}
    for version in range(first + 1, current.version + 1):
        needed |= {action["add"]["path"] for action in actions(folder / "_delta_log", version) if "add" in action}
    log = folder / "_delta_log"
    present = [*(path for path in folder.rglob("*.parquet") if path.parent != log), *log.glob("_commit_*.tmp")]
    old = (path for path in present if not path.is_dir() and path.lstat().st_mtime <= cutoff)
    return sorted(name for name in (str(path.relative_to(folder)) for path in old) if name not in needed)


def needs_checkpoint(log: Path, version: int) -> bool:
    """Whether earlier commits are there only because that version has no checkpoint."""
    earlier = any(number < version for number, _ in _commits(log))
    return earlier and all(number != version for number, _ in checkpoints(log))


def forget_versions(log: Path, first: int) -> None:
    """Remove what the log needs only for versions before ``first``."""
    usable = [version for version, _ in checkpoints(log) if version <= first]
    for version, path in sorted([*_commits(log), *checkpoints(log)]) if usable else ():
        if version < max(usable):
            path.unlink(missing_ok=True)


def remove_checkpoints(log: Path, before: float) -> None:
    """Remove most of the checkpoints written before that time, because former versions are rarely read.

    The first of each block of versions stays, and the newest.
    """
    last, found = -1, sorted(checkpoints(log))
    for version, path in found[:-1]:
        if version // BLOCK != last:
            last = version // BLOCK
        elif path.stat().st_mtime < before:
            path.unlink()


def _commits(log: Path) -> Iterator[tuple[int, Path]]:
    return ((int(path.stem), path) for path in log.glob("*.json") if _COMMIT.fullmatch(path.name))
