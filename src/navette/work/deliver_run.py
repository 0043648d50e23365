"""Work on a delivery: mail a run's file, or a link to it, once."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from navette.automation.destinations import mails_to
from navette.automation.rights import may_receive, may_send, require_going_on
from navette.control.models import Delivery, Domain, Run, User
from navette.control.permissions import may_have_file
from navette.control.requests import SavedRequest
from navette.core.errors import ConfigurationError, NavetteError, TryLaterError
from navette.core.settings import Settings
from navette.destinations.email import Mail, RefusedError, UnknownOutcomeError, encoded_size, send
from navette.exporting.bundle import bundle
from navette.wording.run_mail import compose
from navette.work.lease import Hold

HANDED_OVER = "handed_over"

BEST_RATIO = 20
"""A file so many times larger than a mail may be is not made an archive to see whether that fits."""


@dataclass(frozen=True)
class Deliver:
    """Does deliveries with the settings of one installation."""

    settings: Settings

    def __call__(self, hold: Hold[Delivery]) -> None:
        """Mail it. Raises TryLaterError where that may be tried again without harm."""
        if HANDED_OVER in hold.work.checkpoint:
            self._end(hold, "unknown", error="the worker ended while the mail server was taking the mail.")
            return
        try:
            run, person = current(hold.work)
            hold.work.person = person
            hold.write(recipient=person.email)
            self._send_file(hold, run)
        except RefusedError as error:
            self._end(hold, "failed", error=str(error))

    def _send_file(self, hold: Hold[Delivery], run: Run) -> None:
        """Send the file, or a link to it if the server's limit turns out to be lower than expected."""
        mail = self._mail(run, hold.work)
        try:
            self._send(hold, mail)
        except RefusedError as error:
            if not error.too_large or mail.attachment is None:
                raise
            self._send(hold, self._composed(run, hold.work, None))

    def _send(self, hold: Hold[Delivery], mail: Mail) -> None:
        """Raises RefusedError, or TryLaterError where it may be tried again without harm."""
        expires = None if mail.attachment else hold.work.link_expires_at
        hold.write(message_id=mail.message_id, as_link=mail.attachment is None, link_expires_at=expires)

        def handing_over() -> None:
            hold.go_on()
            require_same(mail.recipient, current(hold.work)[1])
            hold.write(checkpoint={**hold.work.checkpoint, HANDED_OVER: timezone.now().isoformat()})

        try:
            receipt = send(mail, handing_over, self.settings)
        except ConfigurationError as error:  # an administrator's to mend, and then it goes out by itself
            raise TryLaterError(str(error)) from error
        except UnknownOutcomeError as error:
            self._end(hold, "unknown", error=str(error))
        except NavetteError:
            hold.work.checkpoint.pop(HANDED_OVER, None)  # it was not taken: another attempt does no harm
            hold.write(checkpoint=hold.work.checkpoint)
            raise
        else:
            self._end(hold, "done", error="", delivered_at=receipt.at)

    def _end(self, hold: Hold[Delivery], state: str, **changes: Any) -> None:
        with hold.still(), transaction.atomic():
            hold.queue.finish(hold.work, state, **changes)
            settle(hold.work.run_id)

    def _mail(self, run: Run, delivery: Delivery) -> Mail:
        """The mail with the file; else with the file in an archive; else, where that is too large too, with a link."""
        path = self.settings.files / run.path
        whole = self._composed(run, delivery, path)
        if self._fits(whole):
            return whole
        zippable = SavedRequest.from_json(run.request).file_choice.file_type().in_mail.zipped_to_fit
        if zippable and path.stat().st_size <= self._limit * BEST_RATIO:
            zipped = path.with_name(f"{path.name}.zip")
            if not zipped.exists():
                bundle([path], zipped)
            small = self._composed(run, delivery, zipped)
            if self._fits(small):
                return small
        return self._composed(run, delivery, None)

    def _composed(self, run: Run, delivery: Delivery, attachment: Path | None) -> Mail:
        host = urlsplit(self.settings.url).hostname or "localhost"
        link = None if attachment else f"{self.settings.url.rstrip('/')}/digital/deliveries/{delivery.pk}/file"
        delivery.link_expires_at = timezone.now() + timedelta(days=Domain.current().link_days) if link else None
        return compose(run, delivery, attachment, link, message_id=f"<{delivery.pk}@{host}>")

    def _fits(self, mail: Mail) -> bool:
        return encoded_size(mail) <= self._limit

    @property
    def _limit(self) -> float:
        """In bytes."""
        return self.settings.attachment_limit_mb * 1_000_000


def current(delivery: Delivery) -> tuple[Run, User]:
    """The run, and whom the mail is for, as they are now. Raises RefusedError where they may not have the file now."""
    run = Run.objects.select_related("requested_by__role", "slot__task").get(pk=delivery.run_id)
    person = User.objects.select_related("role").filter(pk=delivery.person_id).first()
    if person is None or not run.path or not _may_have(run, person):
        raise RefusedError("the person who requested the file no longer has the right to it, or the file was deleted.")
    return run, person


def _may_have(run: Run, person: User) -> bool:
    """Whether that person still has the right to the file and, for a task's file, is still a recipient."""
    if run.slot is None:
        return may_have_file(person, run, bool(run.sensitive_columns))
    require_going_on(run.slot.task)
    if not mails_to(run.slot.task, person):
        raise RefusedError(f"{person.email} is no longer among the task's recipients.")
    return may_receive(person, run) and may_send(run)


def require_same(address: str, person: User) -> None:
    """Raise TryLaterError if the person's address changed after the mail was made."""
    if person.email != address:
        raise TryLaterError("the recipient's address changed while the mail was being sent: Navette retries.")


def settle(run_id: str) -> None:
    """A run whose deliveries have all ended is done; one of a slot when that is."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        if (
            run.slot_id is None
            and run.state == "delivering"
            and not run.deliveries.exclude(state__in=Delivery.ENDED).exists()
        ):
            Run.objects.filter(pk=run_id, state="delivering").update(state="done", finished_at=timezone.now())
