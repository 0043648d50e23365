"""What a delivery ends with: a receipt, or an error that says whether trying again is safe."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from navette.core.errors import NavetteError
from navette.core.file_names import UNSEEN, is_plain_name

_LONGEST_REASON = 300


@dataclass(frozen=True)
class Receipt:
    """The other side has it: its own words (a mail server's often hold its queue id), and when, in UTC.

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
            raise RefusedError(f"'{one_line(self.name)}' is not the name of a file: change the task's pattern.")
        return self.name


class RefusedError(NavetteError):
    """The other side will not have this file, now or later. ``reason`` is its own words.

    ``too_large`` says that size was the reason, so that a link might be taken.
    """

    def __init__(self, sentence: str, reason: str = "", *, too_large: bool = False) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.too_large = too_large


class UnknownOutcomeError(NavetteError):
    """All of it was handed over and no answer came: sending again may deliver it twice."""


def split_made(directory: str, made: int) -> tuple[str, list[str]]:
    """The part of a directory that must be there, and its last ``made`` segments, which may be made.

    Raises RefusedError where one of these is not the plain name of a directory, such as ``..`` or nothing.
    """
    segments = directory.split("/")
    if not 0 <= made <= len(segments):
        raise ValueError(f"{directory!r} has no {made} segments")
    at = len(segments) - made
    there, names = segments[:at], segments[at:]
    for name in names:
        if not is_plain_name(name):
            raise RefusedError(f"'{one_line(name)[:80]}' cannot be a directory's name: change the task's directory.")
    return "/".join(there) or ("/" if there and names else ""), names


def one_line(text: str) -> str:
    """The text without what could end a line or a header, or hide what is written; single spaces between words."""
    return " ".join(part for part in UNSEEN.sub(" ", text).split(" ") if part)


def reason_of(answer: bytes | str) -> str:
    """What the other side said, fit to be shown: one line, shortened."""
    text = one_line(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
