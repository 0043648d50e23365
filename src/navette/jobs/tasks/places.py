"""The kinds of places where a task's files go, as their destinations are made from what people set."""

from collections.abc import Callable, Sequence
from typing import Any

from navette.control.models import Destination
from navette.core.settings import Settings
from navette.destinations import folder
from navette.destinations.destination import Receipt, Upload
from navette.destinations.sftp import Allowed, HostKeyChangedError, SFTPServer
from navette.destinations.sftp import put as put_by_sftp
from navette.jobs.tasks.keys import private_keys


def server_of(destination: Destination, settings: Settings) -> SFTPServer:
    """The SFTP server of a destination, with our keys. Raises ConfigurationError where keys or list are unusable."""
    told: dict[str, Any] = destination.settings
    return SFTPServer(
        host=told["host"],
        port=int(told.get("port") or 22),
        user=told["user"],
        directory=told.get("directory") or "./",
        private_keys=private_keys(),
        host_keys=tuple(destination.host_keys),
        allowed=Allowed.parse(settings.sftp_allowed),
    )


def target_of(destination: Destination) -> str:
    """Where it is, as people read it."""
    told = destination.settings
    match destination.kind:
        case "sftp":
            return f"sftp://{told['user']}@{told['host']}:{told.get('port') or 22}/{told.get('directory') or './'}"
        case "folder":
            return str(told["folder"])
    return str(told["recipient"])


def send(
    destination: Destination,
    uploads: Sequence[Upload],
    settings: Settings,
    *,
    attempt_id: str,
    done: Sequence[str],
    seen: Callable[[str, int], None],
    finished: Callable[[str], None],
) -> Receipt:
    """Put the files there. Raises what the destination raises; a host key that changed is kept, to be looked at."""
    if destination.kind == "folder":
        root = folder.folder_within(destination.settings["folder"], settings.folder_roots)
        return folder.put(root, uploads, done=done, seen=seen, finished=finished)
    server = server_of(destination, settings)
    try:
        return put_by_sftp(server, uploads, attempt_id=attempt_id, done=done, seen=seen, finished=finished)
    except HostKeyChangedError as error:
        Destination.objects.filter(pk=destination.pk).update(offered_host_key=error.found.text)
        raise
