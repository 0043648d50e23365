"""How long a session lasts: SESSION_IDLE seconds without anything done, SESSION_LONGEST in all.

What changes about a user may end all of theirs before.
"""

import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from navette.control.models import User

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


def end_all(user: User, but: str | None = None) -> None:
    """End every session of the user, wherever it was begun, except the one with the key ``but``."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=but)
    theirs = [one.pk for one in alive.iterator() if one.get_decoded().get(SESSION_KEY) == user.pk]
    Session.objects.filter(pk__in=theirs).delete()
