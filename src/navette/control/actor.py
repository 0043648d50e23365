"""Who acts, and from where: the first argument of every service, recorded in the audit log."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from navette.control.models import User


@dataclass(frozen=True)
class Actor:
    """Who acts, and the IP address that their request came from, where there is one.

    Without a user it is somebody who is not signed in, or Navette itself. ``is_operator`` is whoever may run commands
    as the user that owns the installation's files: no role limits what they do.
    """

    user: "User | None" = None
    address: str | None = None
    is_operator: bool = False


NAVETTE = Actor()
"""What Navette does by itself, such as deleting expired files."""

OPERATOR = Actor(is_operator=True)
"""Whoever runs a command."""
