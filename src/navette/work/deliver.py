"""Work on a delivery: each payload in its own way, mails only where no earlier worker may have sent them."""

from collections.abc import Callable
from dataclasses import dataclass

from navette.control.models import Delivery, Payload, User
from navette.core.settings import Settings
from navette.wording.plain_mails import notice_mail
from navette.work.hand_over import end_if_handed_over, hand_over, message_id
from navette.work.lease import Lease
from navette.work.password_links import send_password_link
from navette.work.run_mails import mail_run
from navette.work.slot_files import put_slot_files


@dataclass(frozen=True)
class Deliver:
    """Processes deliveries with the settings of one installation."""

    settings: Settings

    def __call__(self, lease: Lease[Delivery]) -> None:
        """Send it, and end it. Raises TryLaterError for what may work later, another NavetteError for what will not."""
        if not end_if_handed_over(lease):
            HANDLERS[lease.work.payload](lease, self.settings)


def send_notice(lease: Lease[Delivery], settings: Settings) -> None:
    """Mail a notice, unless the recipient's account was closed. Raises what ``hand_over`` raises."""
    notice = lease.work

    def person_now() -> User:
        return User.objects.get(pk=notice.person_id)

    person = person_now()
    if person.is_active:
        mail = notice_mail(notice, person, settings.mail_from, message_id(notice, settings))
        hand_over(lease, mail, settings, person_now)
    else:
        lease.finish(Delivery.State.CANCELLED)


HANDLERS: dict[str, Callable[[Lease[Delivery], Settings], None]] = {
    Payload.RUN: mail_run,
    Payload.SLOT: put_slot_files,
    Payload.NOTICE: send_notice,
    Payload.PASSWORD_LINK: send_password_link,
}
