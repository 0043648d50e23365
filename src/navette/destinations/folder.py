"""A folder of this machine, or one that is mounted here."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from navette.core.errors import ConfigurationError, TryLaterError
from navette.core.files import complete_file
from navette.destinations.destination import Receipt, RefusedError, Upload

_PIECE = 4 << 20


def folder_within(folder: str, roots: Sequence[Path]) -> Path:
    """The folder, if it lies in one of the roots, symbolic links followed. Raises ConfigurationError otherwise."""
    path = Path(folder).resolve()
    if not any(path.is_relative_to(root.resolve()) for root in roots):
        raise ConfigurationError(
            f"files may not go to the folder '{folder}': add it, or one above it, to NAVETTE_FOLDERS."
        )
    return path


def put(
    folder: Path,
    uploads: Sequence[Upload],
    *,
    done: Collection[str] = (),
    seen: Callable[[str, int], None] = lambda _name, _bytes: None,
    finished: Callable[[str], None] = lambda _name: None,
) -> Receipt:
    """Copy files into a folder that exists, each under its name only once it is whole.

    ``done`` names are left out. ``seen`` is told how many bytes of a file are there; what it raises ends the work.
    Raises RefusedError where the folder is not there or may not be written, TryLaterError for all else.
    """
    if not folder.is_dir():
        raise RefusedError(f"the folder {folder} is not there: make it, or correct the task's destination.")
    for upload in uploads:
        if upload.name not in done:
            _copy(upload, folder / upload.checked_name, seen)
            finished(upload.name)
    return Receipt("", datetime.now(UTC))


def _copy(upload: Upload, target: Path, seen: Callable[[str, int], None]) -> None:
    try:
        with upload.path.open("rb") as source, complete_file(target) as file:
            while piece := source.read(_PIECE):
                file.write(piece)
                seen(upload.name, file.bytes_written)
    except PermissionError as error:
        raise RefusedError(f"the folder {target.parent} may not be written: give Navette's user the right.") from error
    except OSError as error:
        raise TryLaterError(f"{target.parent}: {error.strerror or type(error).__name__}.") from error
