"""Sessions of the console that end before their time."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from navette.control.models import User


def end_sessions(user: User, but: str | None = None) -> None:
    """End every session of the user, wherever it was begun, except the one with the key ``but``."""
    alive = Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=but)
    theirs = [session.pk for session in alive.iterator() if session.get_decoded().get(SESSION_KEY) == user.pk]
    Session.objects.filter(pk__in=theirs).delete()
