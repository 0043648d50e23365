"""The mail that brings a run's file, or a link to it, in the language and time zone of who asked for it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from navette.control.models import Delivery, Domain, Run
from navette.control.requests import SavedRequest
from navette.core.archives import MEDIA_TYPE
from navette.destinations.email import Mail
from navette.wording.labels import export_label
from navette.wording.reader import Reader, reader_of
from navette.wording.run_facts import facts
from navette.wording.warnings import run_warning


def compose(run: Run, delivery: Delivery, attachment: Path | None, link: str | None, *, message_id: str) -> Mail:
    """The mail of a run that has its file: with the file attached, or with a link to it.

    The attachment may be an archive that holds the run's file. What the mail says of the file is about the file
    itself: its rows, columns and hash, never its contents.
    """
    user = delivery.person or run.requested_by
    with reader_of(user).active() as reader:
        contents = {
            "language": reader.language,
            "name": user.name,
            "opening": _opening(run, link),
            "link": link,
            "link_terms": _link_terms(run, delivery, user.domain, reader) if link else "",
            "warnings": list(_warnings(run, reader)),
            "facts": list(facts(run, attachment, reader)),
            "domain": user.domain.name,
            "url": settings.NAVETTE.url,
        }
        return Mail(
            message_id=message_id,
            sender=settings.NAVETTE.mail_from,
            recipient=delivery.target,
            subject=_subject(run, reader),
            text=render_to_string("mail/run.txt", contents).strip() + "\n",
            html=render_to_string("mail/run.html", contents),
            attachment=attachment,
            attachment_name=attachment.name if attachment else "",
            attachment_type=_media_type(run, attachment) if attachment else "",
            locale=reader.language,
        )


def _media_type(run: Run, attachment: Path) -> str:
    """Of the run's file, or of the archive that holds it."""
    if attachment.name != run.file_name:
        return MEDIA_TYPE
    return SavedRequest.from_json(run.request).file_choice.file_type().in_mail.media_type


def _subject(run: Run, reader: Reader) -> str:
    export, rows = export_label(run.export, reader), run.rows or 0
    if not rows:
        return _("%(export)s: no rows") % {"export": export}
    values = {"export": export, "rows": reader.number(rows)}
    return ngettext("%(export)s: %(rows)s row", "%(export)s: %(rows)s rows", rows) % values


def _opening(run: Run, link: str | None) -> str:
    if not run.rows:
        return _("No record matches your request. The file contains no rows.")
    if run.slot is not None:
        values = {"task": run.slot.task.label}
        if link:
            return (
                _("A file from the automated export “%(task)s” is ready. It is too large to attach, so here is a link.")
                % values
            )
        return _("A file from the automated export “%(task)s” is attached to this e-mail.") % values
    if link:
        return _("The export you requested is ready. It is too large to attach, so here is a link.")
    return _("The export you requested is attached to this e-mail.")


def _link_terms(run: Run, delivery: Delivery, domain: Domain, reader: Reader) -> str:
    ends = delivery.link_expires_at or timezone.now() + timedelta(days=domain.link_days)
    until = min(ends, run.expires_at or ends)
    return _(
        "The link works until %(until)s (%(zone)s time). You will be asked to sign in: only you, and "
        "people who may download all files, can open it."
    ) % {"until": reader.instant(until), "zone": reader.zone.key}


def _warnings(run: Run, reader: Reader) -> Iterator[str]:
    if run.sensitive_columns:
        yield _("The file contains personal data: store it safely, and delete it when you no longer need it.")
    for warning in run.warnings:
        yield run_warning(warning, reader)
