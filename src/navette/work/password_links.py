"""One-time links with which a user chooses a password, and the work on mailing them.

A link is queued for whichever address was typed, whether a user has it or not, so that neither the answer nor its time
tells who has an account; a worker looks.
"""

from datetime import timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings as django_settings
from django.db.models import Q
from django.utils import timezone

from navette.control.models import Delivery, Payload, User
from navette.core.settings import Settings
from navette.destinations.destination import RefusedError
from navette.wording.plain_mails import password_link_mail
from navette.work.hand_over import hand_over, message_id
from navette.work.lease import Lease

MOST_AN_HOUR = 3
"""How many links anybody can request for one address within an hour."""

HOUR = timedelta(hours=1)

FORGOTTEN = timedelta(days=1)
"""How long finished deliveries of links are stored, because they contain addresses that people typed."""


def new_link(user: User) -> str:
    """A link that works once, within PASSWORD_RESET_TIMEOUT seconds, unless its token becomes invalid."""
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    return f"{django_settings.NAVETTE.url.rstrip('/')}/account/password/reset/{key}/"


def send_password_link(lease: Lease[Delivery], settings: Settings) -> None:
    """Create and mail a link, unless the address belongs to no user or has received too many within the hour.

    Raises what ``hand_over`` does.
    """
    delivery = lease.work
    person = _person(delivery)
    if person is None or _had_enough(delivery):
        lease.finish(Delivery.State.CANCELLED)
        return
    link = new_link(person)
    mail = password_link_mail(person, link, settings.mail_from, message_id(delivery, settings))
    hand_over(lease, mail, settings, lambda: _still(delivery), secret=link.rstrip("/").rpartition("/")[-1])


def _person(delivery: Delivery) -> User | None:
    """The user that an administrator chose, or with the typed address, unless the account is closed."""
    chosen = Q(pk=delivery.person_id) if delivery.person_id else Q(email=delivery.target)
    return User.objects.filter(chosen, is_active=True).first()


def _still(delivery: Delivery) -> User:
    person = _person(delivery)
    if person is None:
        raise RefusedError("the account was closed, or its address has changed.")
    return person


def _had_enough(delivery: Delivery) -> bool:
    """Whether MOST_AN_HOUR links that anybody requested were sent to the address, or will be before this one."""
    if delivery.person_id:
        return False
    went = Q(state__in=(Delivery.State.DONE, Delivery.State.UNKNOWN), finished_at__gt=timezone.now() - HOUR)
    earlier = Q(created_at__lt=delivery.created_at) | Q(created_at=delivery.created_at, pk__lt=delivery.pk)
    # Those that other workers have right now count too: all of them would find that none went yet.
    links = Delivery.objects.filter(payload=Payload.PASSWORD_LINK, target=delivery.target, person=None)
    return links.filter(went | earlier & ~Q(state__in=Delivery.ENDED)).count() >= MOST_AN_HOUR


def forget_old_links() -> None:
    """Delete the addresses that people typed, except those of links that are not mailed yet."""
    ended = Delivery.objects.filter(payload=Payload.PASSWORD_LINK, state__in=Delivery.ENDED)
    ended.filter(created_at__lt=timezone.now() - FORGOTTEN).delete()
