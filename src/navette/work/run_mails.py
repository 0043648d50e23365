"""Work on mailing a run's file, or a link to it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from navette.automation.destinations import mails_to
from navette.automation.rights import may_receive, may_send, require_not_deleted
from navette.control.models import Delivery, Domain, Run, User
from navette.control.permissions import may_have_file
from navette.control.requests import SavedRequest
from navette.core.settings import Settings
from navette.destinations.email import Mail, RefusedError, encoded_size
from navette.exporting.bundle import bundle
from navette.wording.run_mail import compose
from navette.work.hand_over import hand_over, message_id
from navette.work.lease import Lease

BEST_RATIO = 20
"""A file is zipped to fit into a mail only if it is at most this many times too large."""


def mail_run(lease: Lease[Delivery], settings: Settings) -> None:
    """Send the file, or a link if it is too large, even if the server's limit turns out lower than expected.

    Raises what ``hand_over`` does.
    """
    run, person = run_and_person(lease.work)
    lease.work.person = person
    lease.write(target=person.email)
    mails = _RunMails(run, lease.work, settings)
    mail = mails.with_file()
    try:
        _send(lease, mail, settings)
    except RefusedError as error:
        if not error.too_large or mail.attachment is None:
            raise
        _send(lease, mails.with_link(), settings)


def _send(lease: Lease[Delivery], mail: Mail, settings: Settings) -> None:
    is_link = mail.attachment is None
    lease.write(as_link=is_link, link_expires_at=lease.work.link_expires_at if is_link else None)
    hand_over(lease, mail, settings, lambda: run_and_person(lease.work)[1])


def run_and_person(delivery: Delivery) -> tuple[Run, User]:
    """The run and the recipient, read again. Raises RefusedError if the recipient may no longer have the file."""
    run = Run.objects.select_related("requested_by__role", "slot__task").get(pk=delivery.run_id)
    person = User.objects.select_related("role").filter(pk=delivery.person_id).first()
    if person is None or not run.path or not _may_have(run, person):
        raise RefusedError(
            "the person who requested the file no longer has permission for it, or the file was deleted."
        )
    return run, person


def _may_have(run: Run, person: User) -> bool:
    """Whether the person still has permission for the file and, for a task's file, is still a recipient."""
    if run.slot is None:
        return may_have_file(person, run, bool(run.sensitive_columns))
    require_not_deleted(run.slot.task)
    if not mails_to(run.slot.task, person):
        raise RefusedError("{address} is no longer a recipient of the task.", address=person.email)
    return may_receive(person, run) and may_send(run)


@dataclass(frozen=True)
class _RunMails:
    """The mails that may bring a run's file."""

    run: Run
    delivery: Delivery
    settings: Settings

    def with_file(self) -> Mail:
        """The mail with the file; else with the file in an archive; else, where that is too large too, with a link."""
        path = self.settings.files / self.run.path
        whole = self._composed(path)
        if self._fits(whole):
            return whole
        zippable = SavedRequest.from_json(self.run.request).file_choice.file_type().in_mail.zipped_to_fit
        if zippable and path.stat().st_size <= self._limit * BEST_RATIO:
            zipped = path.with_name(f"{path.name}.zip")
            if not zipped.exists():
                bundle([path], zipped)
            small = self._composed(zipped)
            if self._fits(small):
                return small
        return self.with_link()

    def with_link(self) -> Mail:
        """The mail with a link, which works from now on."""
        self.delivery.link_expires_at = timezone.now() + timedelta(days=Domain.current().link_days)
        return self._composed(None)

    def _composed(self, attachment: Path | None) -> Mail:
        link = f"{self.settings.url.rstrip('/')}/digital/deliveries/{self.delivery.pk}/file"
        id_ = message_id(self.delivery, self.settings)
        return compose(self.run, self.delivery, attachment, None if attachment else link, message_id=id_)

    def _fits(self, mail: Mail) -> bool:
        return encoded_size(mail) <= self._limit

    @property
    def _limit(self) -> float:
        """In bytes."""
        return self.settings.attachment_limit_mb * 1_000_000


def settle_run(delivery: Delivery) -> None:
    """End the run if this was its last delivery. The run of a slot ends with the slot."""
    if delivery.run_id is None:
        return
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=delivery.run_id)
        open_deliveries = run.deliveries.exclude(state__in=Delivery.ENDED)
        if run.slot_id is None and run.state == Run.State.DELIVERING and not open_deliveries.exists():
            now = timezone.now()
            Run.objects.filter(pk=run.pk, state=run.state).update(state=Run.State.DONE, finished_at=now)
