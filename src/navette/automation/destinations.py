"""The destinations of tasks, and the copies that slots store: later changes to a task do not affect a planned slot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from navette.control.models import Destination, Task, TaskSlot, User
from navette.control.ssh_keys import private_keys
from navette.core.name_patterns import check_filled_directory, filled_directory
from navette.core.settings import Settings
from navette.destinations import DESTINATIONS, Installation, Location, Receipt, RefusedError, Upload, file_destination


@dataclass(frozen=True)
class PlannedDestination:
    """A destination as it was when a slot was planned: of which row, and with which settings and accepted keys.

    ``directory`` is the setting of that kind with its variables filled in; ``made`` is how many of its last parts come
    from variables: these are created if they are missing.
    """

    kind: str
    settings: Mapping[str, Any]
    host_keys: tuple[str, ...]
    destination: str
    directory: str = ""
    made: int = 0

    @property
    def location(self) -> Location:
        """Where its files go."""
        name = DESTINATIONS[self.kind].directory
        settings = {**self.settings, name: self.directory} if name else self.settings
        return Location(settings, self.made, self.host_keys)

    @property
    def target(self) -> str:
        """The target that people read."""
        return DESTINATIONS[self.kind].target(self.location.settings)

    @property
    def is_a_person(self) -> bool:
        """Whether each file goes to a person by itself."""
        return bool(DESTINATIONS[self.kind].person)

    def to_json(self) -> dict[str, Any]:
        """Plain values from which ``from_json`` restores the destination."""
        return {**asdict(self), "host_keys": list(self.host_keys)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "PlannedDestination":
        """The destination that ``to_json`` returned."""
        return cls(**{**stored, "host_keys": tuple(stored["host_keys"])})


def planned(destination: Destination, values: Mapping[str, str] | None = None) -> PlannedDestination:
    """The destination as it is now, with the values of a slot's variables (``task_plan.of_slot``) in its directory."""
    directory, creatable = _pattern(destination), 0
    if values is not None:
        directory, creatable = filled_directory(directory, values)
    keys = tuple(destination.host_keys)
    return PlannedDestination(destination.kind, destination.settings, keys, destination.pk, directory, creatable)


def destinations_of(slot: TaskSlot) -> list[PlannedDestination]:
    """The slot's destinations, as they were planned."""
    return [PlannedDestination.from_json(stored) for stored in slot.destinations]


def check_directory(destination: Destination, values: Mapping[str, str]) -> None:
    """Raise RequestError if, with such values, the destination's directory is not valid or a name in it is too long."""
    check_filled_directory(_pattern(destination), values)


def _pattern(destination: Destination) -> str:
    """The pattern of the directory; empty for a kind without one."""
    name = DESTINATIONS[destination.kind].directory
    return str(destination.settings.get(name) or "./") if name else ""


def recipient_moved(former: str, address: str) -> None:
    """Update the recipients of tasks when a user's e-mail address changes. Queued mails use the new one anyway."""
    for name, kind in DESTINATIONS.items():
        if kind.person:
            theirs = Destination.objects.filter(kind=name, settings={kind.person: former})
            theirs.update(settings={kind.person: address})


def person_of(destination: PlannedDestination | Destination) -> User | None:
    """The recipient of a destination that ``is_a_person``; None if no user has the address."""
    address = destination.settings[DESTINATIONS[destination.kind].person]
    return User.objects.select_related("role").filter(email=address).first()


def mails_to(task: Task, person: User) -> bool:
    """Whether the task mails its files to that person now."""
    return any(
        task.destinations.filter(kind=name, settings={kind.person: person.email}).exists()
        for name, kind in DESTINATIONS.items()
        if kind.person
    )


def installation(settings: Settings) -> Installation:
    """What the installation provides to destinations."""
    return Installation(settings, private_keys)


def put_files(
    plan: PlannedDestination,
    uploads: Sequence[Upload],
    settings: Settings,
    *,
    attempt_id: str,
    delivered: Sequence[str],
    report: Callable[[str, int], None],
    finished: Callable[[str], None],
) -> Receipt:
    """Deliver the files. Raises what the kind raises; a key that is not the accepted one is stored for review.

    Raises RefusedError if the destination has changed since, or was removed: whoever corrects it means these files too.
    """
    row = Destination.objects.filter(pk=plan.destination).first()
    if row is None or not _is_still(row, plan):
        raise RefusedError(
            "the task's destination has changed in the meantime: resend the slot's files to deliver"
            " them to the new one."
        )
    location = replace(plan.location, host_keys=tuple(row.host_keys))  # one may have been accepted since
    kind = file_destination(plan.kind)
    try:
        receipt = kind.put(
            location,
            uploads,
            installation(settings),
            attempt_id=attempt_id,
            delivered=delivered,
            report=report,
            finished=finished,
        )
    except RefusedError as error:
        if error.shown_key:
            Destination.objects.filter(pk=row.pk).update(offered_host_key=error.shown_key)
        raise
    Destination.objects.filter(pk=row.pk).exclude(offered_host_key="").update(offered_host_key="")
    return receipt


def _is_still(row: Destination, plan: PlannedDestination) -> bool:
    """Whether a destination is still the one that was planned."""
    return row.kind == plan.kind and all(plan.settings.get(name) == value for name, value in row.settings.items())
