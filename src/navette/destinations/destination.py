"""The protocol of a kind of destination: its settings, the target that people read, and how files get there.

And what a delivery ends with: a receipt, or an error that says whether trying again is safe.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Literal

from navette.core.errors import NavetteError
from navette.core.file_names import is_plain_name
from navette.core.foreign_words import one_line
from navette.core.messages import Message
from navette.core.settings import Settings


class SettingType(Enum):
    """The type of a setting, which decides on its field in a form and on what the field refuses."""

    TEXT = "text"
    HOST = "host"
    PORT = "port"
    DIRECTORY = "directory"
    PERSON = "person"


@dataclass(frozen=True)
class Setting:
    """One setting of a kind, with the texts of its field in a form.

    ``missing`` is what the form says where it is left out, of a setting that must be given. ``help`` may have fields
    that ``Destination.facts`` fills in.
    """

    name: str
    type: SettingType
    label: Message
    help: Message | None = None
    default: str | int = ""
    missing: Message | None = None
    longest: int = 500

    @property
    def required(self) -> bool:
        """Whether it is required."""
        return self.missing is not None


@dataclass(frozen=True)
class Several:
    """The texts of a form for kinds of which a task may have several destinations, and their number at most."""

    title: Message
    add: Message
    remove: Message
    most: int


@dataclass(frozen=True)
class Location:
    """Where the files of one delivery go: the settings, with a directory in which every variable is filled in.

    The last ``creatable`` parts of the directory are created if they are missing. ``host_keys`` are the accepted ones.
    """

    settings: Mapping[str, Any]
    creatable: int = 0
    host_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Installation:
    """What the installation provides to destinations. ``private_keys`` reads its keys: raises ConfigurationError."""

    settings: Settings
    private_keys: Callable[[], tuple[str, ...]] = tuple


class DestinationKind(ABC):
    """A kind of destination. Without its first setting, a form stands for no destination.

    ``directory`` is the name of the setting that is a pattern of a directory, and ``person`` of the one that is a
    user's address: such a kind brings each file to a person by itself, the others all files of a slot together.
    ``key_of`` names the settings that the key is of by which the other side is known, where it has one.
    """

    name: ClassVar[str]
    label: ClassVar[Message]
    settings: ClassVar[tuple[Setting, ...]]
    directory: ClassVar[str] = ""
    person: ClassVar[str] = ""
    key_of: ClassVar[tuple[str, ...]] = ()
    several: ClassVar[Several | None] = None

    @abstractmethod
    def target(self, settings: Mapping[str, Any]) -> str:
        """The target that people read."""

    def is_available(self, _installation: Settings) -> bool:
        """Whether the installation's settings permit destinations of this kind at all."""
        return True

    def facts(self, _installation: Settings) -> dict[str, str]:
        """The values that help texts name."""
        return {}

    def require_permitted(self, settings: Mapping[str, Any], installation: Settings) -> None:  # noqa: B027  # optional
        """Raise a NavetteError where the installation does not permit such a destination."""


class FileDestinationKind(DestinationKind):
    """A kind of destination to which all files of a delivery are brought together."""

    can_be_checked: ClassVar[bool] = False
    signs_in_with_our_keys: ClassVar[bool] = False

    def check(self, location: Location, installation: Installation) -> "Checked":
        """Test a delivery, if ``can_be_checked``. Raises NavetteError if nothing can be tested."""
        raise NotImplementedError(f"{self.name} cannot be tested")

    @abstractmethod
    def put(
        self,
        location: Location,
        uploads: "Sequence[Upload]",
        installation: Installation,
        *,
        attempt_id: str,
        delivered: Collection[str] = (),
        report: Callable[[str, int], None] = lambda _name, _bytes: None,
        finished: Callable[[str], None] = lambda _name: None,
    ) -> "Receipt":
        """Deliver the files in order, each under its name only once it is complete; an existing one is replaced.

        ``attempt_id`` (24 hexadecimal digits) is the same for every attempt of a delivery. ``delivered`` names are left
        out. ``report`` is called often, with a file's name and how many of its bytes have arrived: what it raises ends
        the work. ``finished`` is called with the name of each complete file. Raises RefusedError or ConfigurationError
        (final), or TryLaterError: a retry does no harm then.
        """


@dataclass(frozen=True)
class Receipt:
    """The other side's answer (a mail server's often contains its queue ID) and the time, in UTC.

    ``remarks`` name what could not be verified, or was done in another way than usual.
    """

    answer: str
    at: datetime
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """A file to deliver, and the name that it gets there. ``sha256`` is in hexadecimal."""

    path: Path
    name: str
    sha256: str
    bytes: int

    @property
    def checked_name(self) -> str:
        """The name. Raises RefusedError where it is not that of one plain file in a folder."""
        if not is_plain_name(self.name):
            raise RefusedError(
                "'{name}' is not a valid file name: change the task's pattern.", name=one_line(self.name)
            )
        return self.name


class RefusedError(NavetteError):
    """The other side refuses this file for good.

    ``too_large`` says that size was the reason, so that a link might be taken. ``shown_key`` is the key that the other
    side showed instead of an accepted one, where that was the reason.
    """

    shown_key: str = ""

    def __init__(self, text: str | Message, /, *, too_large: bool = False, **values: object) -> None:
        super().__init__(text, **values)
        self.too_large = too_large

    @property
    def reason(self) -> str:
        """The other side's answer; empty if there was none."""
        said = self.message.values.get("said", "")
        return str(said.values.get("words", "") if isinstance(said, Message) else said)


class UnknownOutcomeError(NavetteError):
    """Everything was handed over, but no answer came: sending it again may deliver it twice."""


@dataclass(frozen=True)
class HostKey:
    """A server's public key in one line, and its fingerprint (``SHA256:…``)."""

    text: str
    fingerprint: str


@dataclass(frozen=True)
class Step:
    """One step of a test. ``detail``: a short fact, such as a version.

    Where it failed, ``help`` says what to do, and ``code`` why. ``remarks`` are what a delivery would go without.
    """

    name: str
    state: Literal["ok", "failed", "skipped", "unknown"]
    detail: Message | str = ""
    help: Message | None = None
    code: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """All steps of a test, and the key that the other side showed, if it got that far."""

    steps: tuple[Step, ...]
    host_key: HostKey | None


def split_directory(directory: str, creatable: int) -> tuple[str, list[str]]:
    """The part of a directory that must exist, and its last ``creatable`` segments, which may be created.

    Raises RefusedError where one of these is not the plain name of a directory, such as ``..`` or nothing.
    """
    segments = directory.split("/")
    if not 0 <= creatable <= len(segments):
        raise ValueError(f"{directory!r} has no {creatable} segments")
    at = len(segments) - creatable
    existing, names = segments[:at], segments[at:]
    for name in names:
        if not is_plain_name(name):
            raise RefusedError(
                "'{name}' is not a valid directory name: change the task's directory.", name=one_line(name)[:80]
            )
    return "/".join(existing) or ("/" if existing and names else ""), names
