"""Handing a mail over to the mail server, once.

Between the last byte of a mail and the server's answer nobody knows whether it was taken. So the delivery says, just
before, that the mail is being handed over. Where its worker dies then, or no answer comes, its outcome is unknown, and
it is never sent again by itself.
"""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from django.utils import timezone

from navette.control.models import Delivery, User
from navette.control.models.deliveries import HANDED_OVER
from navette.core.errors import ConfigurationError, NavetteError, TryLaterError
from navette.core.messages import Message, message
from navette.core.settings import Settings
from navette.destinations.email import Mail, UnknownOutcomeError, send
from navette.work.lease import Lease

State = Delivery.State


def hand_over(
    lease: Lease[Delivery], mail: Mail, settings: Settings, person_now: Callable[[], User], secret: str = ""
) -> None:
    """Send the mail, and end its delivery: as done, or as unknown.

    ``person_now`` is asked just before whom it is for, and raises where they may not have it any more. Of an answer
    that quotes the ``secret`` of the mail, or any address of a page, nothing is kept. Raises RefusedError, or
    TryLaterError where it may be sent again without harm.
    """
    lease.write(message_id=mail.message_id, target=mail.recipient)

    def handing_over() -> None:
        lease.raise_if_stopped()
        _require_same(mail.recipient, person_now())
        lease.write(checkpoint={**lease.work.checkpoint, HANDED_OVER: timezone.now().isoformat()})

    try:
        receipt = send(mail, handing_over, settings)
    except UnknownOutcomeError as error:
        lease.finish(State.UNKNOWN, error=_without(secret, error.message))
    except NavetteError as error:
        _take_back(lease)
        error.message = _without(secret, error.message)
        if isinstance(error, ConfigurationError):  # once an administrator has fixed it, the mail goes out by itself
            raise TryLaterError(error.message) from error
        raise
    else:
        lease.finish(State.DONE, error=None, delivered_at=receipt.at)


def end_if_handed_over(lease: Lease[Delivery]) -> bool:
    """Whether an earlier worker stopped while it handed the mail over. The delivery then ends as unknown."""
    if HANDED_OVER not in lease.work.checkpoint:
        return False
    stopped = message(
        "the worker stopped while the mail server was accepting the e-mail: ask the recipient before you resend it."
    )
    lease.finish(State.UNKNOWN, error=stopped)
    return True


def message_id(delivery: Delivery, settings: Settings) -> str:
    """The Message-ID of a delivery's mail, the same for every attempt."""
    host = urlsplit(settings.url).hostname or ""
    return f"<{delivery.pk}@{'localhost' if not host or ':' in host else host}>"  # an IPv6 address is no name


def _without(secret: str, error: Message) -> Message:
    """The message without the values that quote the secret: a mail server may repeat what it refuses."""
    if not secret:
        return error
    quoting = {name for name, value in error.values.items() if secret in str(value) or "://" in str(value)}
    return replace(error, values={**error.values, **dict.fromkeys(quoting, "…")})


def _require_same(address: str, person: User) -> None:
    """Raise TryLaterError if the person's address changed after the mail was made."""
    if person.email != address:
        raise TryLaterError("the recipient's address changed while the e-mail was being sent: Navette retries.")


def _take_back(lease: Lease[Delivery]) -> None:
    """Record that the server did not accept the mail: another attempt does no harm."""
    if HANDED_OVER in lease.work.checkpoint:
        lease.write(checkpoint={name: value for name, value in lease.work.checkpoint.items() if name != HANDED_OVER})
