"""The steps of trying a connection, and what came of each."""

from dataclasses import dataclass
from typing import Literal

from navette.destinations.sftp.errors import HostKey
from navette.destinations.sftp.remarks import Remark

STEPS = (
    *("address", "connect", "algorithms", "host_key"),
    *("authenticate", "directory", "write", "rename", "free_space"),
)
"""What is tried, in this order."""

State = Literal["ok", "failed", "skipped", "unknown"]


@dataclass(frozen=True)
class Step:
    """One thing that was tried. ``detail``: short facts, such as the bytes of the free space.

    Where it failed, ``help`` says what to do, and ``code`` why. ``remarks`` are what a delivery would go without.
    """

    name: str
    state: State
    detail: str = ""
    help: str = ""
    code: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Checked:
    """All steps, and the key that the server showed, where it came so far."""

    steps: tuple[Step, ...]
    host_key: HostKey | None
