"""How long a session lasts: SESSION_IDLE seconds without anything done, SESSION_LONGEST in all.

What changes about a user may end all of theirs before (``control.sessions``).
"""

import time

from django.conf import settings
from django.http import HttpRequest

BEGAN, SEEN = "began", "seen"
"""Where a session keeps when it began, and when its user last did something (seconds since 1970)."""

SEEN_EVERY = 60
"""So many seconds go by before ``SEEN`` is written again: a page need not cost a write."""


def begin(request: HttpRequest) -> None:
    """Somebody signed in."""
    request.session[BEGAN] = request.session[SEEN] = time.time()


def over(request: HttpRequest) -> str:
    """Why the session is over: ``idle`` or ``longest``; empty where it is not."""
    now = time.time()
    if now - request.session.get(BEGAN, 0) > settings.SESSION_LONGEST:
        return "longest"
    return "idle" if now - request.session.get(SEEN, 0) > settings.SESSION_IDLE else ""


def note_activity(request: HttpRequest) -> None:
    """The user did something."""
    now = time.time()
    if now - request.session[SEEN] > SEEN_EVERY:
        request.session[SEEN] = now
