"""A folder of this machine, or one that is mounted here."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_ISGID, S_ISREG
from typing import Any, ClassVar

from navette.core.errors import ConfigurationError, TryLaterError
from navette.core.files import complete_file
from navette.core.messages import Message, message
from navette.core.settings import Settings
from navette.core.system_errors import system_reason
from navette.destinations.destination import (
    FileDestinationKind,
    Installation,
    Location,
    Receipt,
    RefusedError,
    Setting,
    SettingType,
    Upload,
    split_directory,
)

_PIECE = 4 << 20

# The names that ``complete_file`` gives until a file is whole.
_HALF = re.compile(r"\.[0-9a-f]{16}\.part")
_OLD = timedelta(days=7)


class Folder(FileDestinationKind):
    """A folder in one of those that the setting ``folders`` names."""

    name = "folder"
    label = message("Folder")
    settings: ClassVar = (
        Setting(
            "folder",
            SettingType.DIRECTORY,
            message("Destination folder"),
            message("It must exist, in or below {folders}. Folders with variables, such as {{year}}, are created."),
        ),
    )
    directory = "folder"

    def target(self, settings: Mapping[str, Any]) -> str:
        """The folder's path."""
        return str(settings["folder"])

    def is_available(self, installation: Settings) -> bool:
        """Whether there are folders in which files may be put."""
        return bool(installation.folder_roots)

    def facts(self, installation: Settings) -> dict[str, str]:
        """The folders in which files may be put."""
        return {"folders": ", ".join(map(str, installation.folder_roots))}

    def require_permitted(self, settings: Mapping[str, Any], installation: Settings) -> None:
        """Raise ConfigurationError where the folder lies elsewhere."""
        folder_within(settings["folder"], installation.folder_roots)

    def put(
        self,
        location: Location,
        uploads: Sequence[Upload],
        installation: Installation,
        *,
        attempt_id: str,  # noqa: ARG002  # an interrupted copy starts again
        delivered: Collection[str] = (),
        report: Callable[[str, int], None] = lambda _name, _bytes: None,
        finished: Callable[[str], None] = lambda _name: None,
    ) -> Receipt:
        """See ``FileDestinationKind``."""
        path = folder_within(location.settings["folder"], installation.settings.folder_roots, location.creatable)
        umask = installation.settings.folder_mask
        return put(
            path,
            uploads,
            umask=umask,
            creatable=location.creatable,
            delivered=delivered,
            report=report,
            finished=finished,
        )


def folder_within(folder: str, roots: Sequence[Path], creatable: int = 0) -> Path:
    """The folder, if it lies in one of the roots, symbolic links followed. Raises ConfigurationError otherwise.

    Raises RefusedError where one of its last ``creatable`` names leads elsewhere.
    """
    split_directory(folder, creatable)
    path = Path(folder).resolve()
    if not any(path.is_relative_to(root.resolve()) for root in roots):
        raise ConfigurationError(
            "Navette may not write to the folder '{folder}': add it, or a parent folder, to NAVETTE_FOLDERS.",
            folder=folder,
        )
    return path


def put(
    folder: Path,
    uploads: Sequence[Upload],
    *,
    umask: int = 0o027,
    creatable: int = 0,
    delivered: Collection[str] = (),
    report: Callable[[str, int], None] = lambda _name, _bytes: None,
    finished: Callable[[str], None] = lambda _name: None,
) -> Receipt:
    """Copy files into a folder, each under its name only once it is complete.

    The folder's last ``creatable`` names are created if they are missing; its parents must exist. ``delivered`` names
    are left out. Files and new folders lack the permissions of ``umask``, whatever the process's own, because others
    read them. ``report`` gets the bytes of a file that were copied; what it raises ends the work. Raises RefusedError
    if the folder is missing, or cannot be created or written to, TryLaterError for all else.
    """
    names = [upload.checked_name for upload in uploads]
    if len(set(names)) < len(names):
        raise RefusedError("two files of one delivery have the same name: change the file name pattern.")
    _enter(folder, creatable, umask)
    remaining = [upload for upload in uploads if upload.name not in delivered]
    for upload in remaining:
        _copy(upload, folder / upload.name, umask, report)
        finished(upload.name)
    if remaining:
        _sweep(folder, folder / remaining[-1].name)
    return Receipt("", datetime.now(UTC))


def _enter(folder: Path, creatable: int, umask: int) -> None:
    existing, names = split_directory(str(folder), creatable)
    path = Path(existing)
    with _explaining(path, message("the folder {path} cannot be entered: give Navette's user permission.", path=path)):
        if not path.is_dir():
            raise RefusedError("the folder {path} is missing: create it, or correct the task's destination.", path=path)
    for name in names:
        path /= name
        with _explaining(
            path, message("the folder {path} cannot be created: give Navette's user permission.", path=path)
        ):
            _make(path, umask)


def _make(path: Path, umask: int) -> None:
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise
        return
    with suppress(OSError):  # a mounted folder's modes may be those of the mount
        path.chmod(0o777 & ~umask | path.stat().st_mode & S_ISGID)


def _copy(upload: Upload, target: Path, umask: int, report: Callable[[str, int], None]) -> None:
    folder = target.parent
    refused = message("the folder {path} cannot be written to: give Navette's user permission.", path=folder)
    with (
        _explaining(folder, refused),
        upload.path.open("rb") as source,
        complete_file(target, 0o666 & ~umask) as file,
    ):
        while piece := source.read(_PIECE):
            file.write(piece)
            report(upload.name, file.bytes_written)


@contextmanager
def _explaining(path: Path, no_permission: Message) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise RefusedError(no_permission) from error
    except FileExistsError as error:
        raise RefusedError(
            "{path} is not a folder: remove it, or correct the task's destination.", path=path
        ) from error
    except OSError as error:
        raise TryLaterError(
            "the folder {path} cannot be used now: {said}.", path=path, said=system_reason(error)
        ) from error


def _sweep(folder: Path, newest: Path) -> None:
    """Remove unfinished files of killed processes, at least a week older than the newest file by the folder's clock."""
    with suppress(OSError):  # the files are there; what cannot be removed stays
        oldest = newest.stat().st_mtime - _OLD.total_seconds()
        for path in folder.iterdir():
            status = path.lstat()
            if _HALF.fullmatch(path.name) and S_ISREG(status.st_mode) and status.st_mtime < oldest:
                path.unlink()
