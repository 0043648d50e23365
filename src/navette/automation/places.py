"""The kinds of places where a task's files go.

A place is what a destination was when a slot was planned: plain values, which later changes of the task leave alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from navette.control.models import Destination, Task, User
from navette.control.ssh_keys import private_keys
from navette.core.name_patterns import check_filled_directory, filled_directory
from navette.core.settings import Settings
from navette.destinations import folder
from navette.destinations.destination import Receipt, RefusedError, Upload
from navette.destinations.sftp import Allowed, HostKeyChangedError, SFTPServer
from navette.destinations.sftp import put as put_by_sftp

Place = dict[str, Any]


_DIRECTORY = {"sftp": "directory", "folder": "folder"}
"""Which of the settings names the directory, where a kind has one: it may be a pattern."""


def place_of(destination: Destination, values: Mapping[str, str] | None = None) -> Place:
    """The destination as plain values; with those of a slot (``plan.of_slot``), the place of its files.

    ``made`` is how many of its directory's last parts come of variables: they are made where they are not there yet.
    """
    place = {
        **destination.settings,
        "kind": destination.kind,
        "host_keys": destination.host_keys,
        "destination": destination.pk,
    }
    name = _DIRECTORY.get(destination.kind)
    if values is not None and name is not None:
        place["pattern"] = place.get(name) or "./"
        place[name], place["made"] = filled_directory(place["pattern"], values)
    return place


def check_place(destination: Destination, values: Mapping[str, str]) -> None:
    """Raise RequestError where the destination's directory is none, or one of its names too long, with such values."""
    if name := _DIRECTORY.get(destination.kind):
        check_filled_directory(destination.settings.get(name) or "./", values)


def recipient_moved(former: str, address: str) -> None:
    """Update the recipients of tasks when a user's e-mail address changes; waiting mails use the new one anyway."""
    Destination.objects.filter(kind="email", settings={"recipient": former}).update(settings={"recipient": address})


def mails_to(task: Task, person: User) -> bool:
    """Whether the task mails its files to that person now."""
    return task.destinations.filter(kind="email", settings={"recipient": person.email}).exists()


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
        made=place.get("made", 0),
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
    """Put the files there. Raises what the destination raises; a host key that changed is kept, to be looked at.

    Raises RefusedError where the destination is another by now, or none: people who correct one mean these files, too.
    """
    kept = Destination.objects.filter(pk=place["destination"]).first()
    if kept is None or not _is_still(kept, place):
        raise RefusedError("the task's destination is another by now: send the slot's files again, to where it is.")
    if place["kind"] == "folder":
        made = place.get("made", 0)
        path = folder.folder_within(place["folder"], settings.folder_roots, made)
        umask = settings.folder_mask
        return folder.put(path, uploads, umask=umask, made=made, done=done, seen=seen, finished=finished)
    server = server_of({**place, "host_keys": kept.host_keys}, settings)  # one may have been accepted since
    try:
        receipt = put_by_sftp(server, uploads, attempt_id=attempt_id, done=done, seen=seen, finished=finished)
    except HostKeyChangedError as error:
        Destination.objects.filter(pk=kept.pk).update(offered_host_key=error.found.text)
        raise
    Destination.objects.filter(pk=kept.pk).exclude(offered_host_key="").update(offered_host_key="")
    return receipt


def _is_still(destination: Destination, place: Place) -> bool:
    """Whether a destination is where it was when the place was made of it."""
    name = _DIRECTORY[destination.kind]
    was = {**place, name: place.get("pattern", place.get(name))}
    return destination.kind == place["kind"] and all(was.get(key) == one for key, one in destination.settings.items())
