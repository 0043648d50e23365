"""Record sign-ins, sign-outs, passwords and second factors in the audit log, and queue password links."""

from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import User
from navette.control.outbox import mail_password_link_to
from navette.control.permissions import require_user
from navette.services.valid_values import text, typed


def record_sign_in(actor: Actor) -> None:
    """Record that the actor signed in."""
    require_user(actor.user)
    record("session.created", actor)


def record_sign_out(actor: Actor, reason: str) -> None:
    """Record that the actor's session ended: ``signed_out``, ``idle`` or ``longest``."""
    require_user(actor.user)
    record("session.destroyed", actor, reason=reason)


def record_password_change(actor: Actor) -> None:
    """Record that the actor has another password."""
    require_user(actor.user)
    record("password.updated", actor)


def record_second_factor(actor: Actor, kind: str, *, is_removed: bool) -> None:
    """Record that the actor added, or removed, a second factor of that kind."""
    require_user(actor.user)
    record("security.updated", actor, what="second_factor_removed" if is_removed else "second_factor_added", kind=kind)


def record_lock(actor: Actor, email: str) -> None:
    """Record that too many failures locked sign-ins with this address, as an event of its user if there is one."""
    user = User.objects.filter(email=email).first()
    record("security.updated", Actor(user, actor.address), what="sign_in_locked")


def request_password_link(_actor: Actor, email: str) -> None:
    """Queue a password link. Anybody may request one for any address, so that the response reveals no users."""
    mail_password_link_to(text("email", typed("email", email, str)[:254], 254))
