"""The kinds of places where a task's files go.

A place is what a destination was when a slot was planned: plain values, which later changes of the task leave alone.
"""

from collections.abc import Callable, Sequence
from typing import Any

from navette.control.models import Destination
from navette.core.settings import Settings
from navette.destinations import folder
from navette.destinations.destination import Receipt, Upload
from navette.destinations.sftp import Allowed, HostKeyChangedError, SFTPServer
from navette.destinations.sftp import put as put_by_sftp
from navette.jobs.tasks.keys import private_keys

Place = dict[str, Any]


def place_of(destination: Destination) -> Place:
    """The destination as plain values."""
    return {
        **destination.settings,
        "kind": destination.kind,
        "host_keys": destination.host_keys,
        "destination": destination.pk,
    }


def target_of(place: Place) -> str:
    """Where it is, as people read it."""
    match place["kind"]:
        case "sftp":
            port = place.get("port") or 22
            return f"{place['user']}@{place['host']}{'' if port == 22 else f':{port}'} {place.get('directory') or './'}"
        case "folder":
            return str(place["folder"])
    return str(place["recipient"])


def server_of(place: Place, settings: Settings) -> SFTPServer:
    """The SFTP server of a place, with our keys. Raises ConfigurationError where keys or list are unusable."""
    return SFTPServer(
        host=place["host"],
        port=int(place.get("port") or 22),
        user=place["user"],
        directory=place.get("directory") or "./",
        private_keys=private_keys(),
        host_keys=tuple(place["host_keys"]),
        allowed=Allowed.parse(settings.sftp_allowed),
    )


def send(
    place: Place,
    uploads: Sequence[Upload],
    settings: Settings,
    *,
    attempt_id: str,
    done: Sequence[str],
    seen: Callable[[str, int], None],
    finished: Callable[[str], None],
) -> Receipt:
    """Put the files there. Raises what the destination raises; a host key that changed is kept, to be looked at."""
    if place["kind"] == "folder":
        path = folder.folder_within(place["folder"], settings.folder_roots)
        return folder.put(path, uploads, done=done, seen=seen, finished=finished)
    server = server_of(place, settings)
    try:
        return put_by_sftp(server, uploads, attempt_id=attempt_id, done=done, seen=seen, finished=finished)
    except HostKeyChangedError as error:
        Destination.objects.filter(pk=place["destination"]).update(offered_host_key=error.found.text)
        raise
