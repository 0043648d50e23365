"""What people do with runs: count, request, cancel, rerun, resend."""

from collections.abc import Iterable
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from navette.automation.destinations import mails_to
from navette.automation.rights import may_receive
from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.journal import record
from navette.control.models import Delivery, Run, TaskSlot, User
from navette.control.models.work import Lane
from navette.control.outbox import mail_file
from navette.control.permissions import PERMISSIONS, may_have_file, may_see_run, require
from navette.control.requests import SavedRequest, check_allowed, require_columns
from navette.core.errors import RequestError
from navette.core.messages import Message
from navette.core.settings import Settings
from navette.exporting.prepare import Prepared, Watch, prepare_files
from navette.exporting.preview import Preview, first_rows
from navette.work.queue import ask_to_cancel

MOST_WAITING = 50
"""The most waiting runs of one user."""


def prepared(actor: Actor, request: SavedRequest, settings: Settings, watch: Watch = lambda _: None) -> Prepared:
    """The request compiled over the store's current state, for a count or a preview.

    Raises ForbiddenError for what the actor may not have, and RequestError for what cannot be asked.
    """
    user = require(actor.user, "read_export")
    check_allowed(user, request)
    request = request.dated(timezone.now(), user.domain.first_day_of_week)
    [ready] = prepare_files([request.compiled()], settings, request.file_choice, watch=watch)
    require_columns(actor.user, ready.query.columns)
    return ready


def preview(actor: Actor, request: SavedRequest, settings: Settings, watch: Watch = lambda _: None) -> Preview:
    """The first rows as the file would show them. Those with sensitive columns are recorded. Raises as ``prepared``."""
    ready = prepared(actor, request, settings, watch)
    rows = first_rows(ready)
    if sensitive := [column.name for column in ready.query.columns if column.sensitive]:
        details = {"export": request.export, "sensitive_columns": sensitive, "rows": len(rows.rows)}
        record("export.previewed", actor, **details)
    return rows


def request_run(actor: Actor, request: SavedRequest, settings: Settings, watch: Watch = lambda _: None) -> Run:
    """Queue a run of the request, even if its file will be empty.

    Raises as ``prepared`` does, and RequestError where too many of the user's runs wait already.
    """
    user = require(actor.user, "read_export")
    request = request.dated(timezone.now(), user.domain.first_day_of_week)
    if Run.objects.filter(requested_by=user, slot=None, state=Run.State.QUEUED).count() >= MOST_WAITING:
        raise RequestError("too many of your runs are waiting: wait until some finish, or cancel some.")
    ready = prepared(actor, request, settings, watch)
    rows = ready.count()
    columns = [{"name": column.name, "sensitive": column.sensitive} for column in ready.query.columns]
    with transaction.atomic():
        run = Run.objects.create(
            export=request.export,
            request=request.to_json(),
            requested_by=user,
            rows_counted=rows,
            columns=columns,
            lane=Lane.BULK if rows > settings.bulk_rows else Lane.QUICK,
        )
        details = {"start": request.start, "end": request.end, "by": request.by, "filters": dict(request.filters)}
        record(
            "export.requested",
            actor,
            run=run.pk,
            export=request.export,
            format=request.format,
            columns=[column["name"] for column in columns],
            sensitive_columns=run.sensitive_columns,
            **{name: value for name, value in details.items() if value},
        )
    return run


def run_again(actor: Actor, run: Run, settings: Settings, watch: Watch = lambda _: None) -> Run:
    """Queue a new run of the same request, with the actor's permissions and address.

    Raises ForbiddenError where they may not see the run, or not have what it asks for.
    """
    require_seen(actor, run)
    return request_run(actor, SavedRequest.from_json(run.request), settings, watch)


@transaction.atomic
def cancel(actor: Actor, run: Run) -> bool:
    """Cancel a run; false if it has ended or its file is being delivered. Raises ForbiddenError."""
    user = require_seen(actor, run)
    if run.requested_by_id != user.pk and not user.may("download_all_runs"):
        permission = Message(PERMISSIONS["download_all_runs"].english_label)
        raise ForbiddenError(
            "you can cancel only your own runs unless you have the permission “{permission}”.", permission=permission
        )
    cancelled = ask_to_cancel(run)
    if cancelled:
        record("export.cancelled", actor, run=run.pk, export=run.export)
    return cancelled


@transaction.atomic
def send_again(actor: Actor, delivery: Delivery) -> Delivery:
    """Queue a new delivery in place of the last one: to the requester's current address, or to a task's recipient.

    Raises ForbiddenError, or RequestError where the last one did not fail, or the file is gone.
    """
    require_file(actor, delivery.mailed_run)
    # The slot before its run, as where a slot ends.
    slot = TaskSlot.objects.select_for_update(of=("self",)).filter(pk=delivery.mailed_run.slot_id).first()
    run = Run.objects.select_for_update().get(pk=delivery.run_id)
    mails = list(run.deliveries.order_by("created_at", "id"))
    delivery = next(mail for mail in mails if mail.pk == delivery.pk)
    if not _may_be_replaced(delivery, mails):
        raise RequestError("you can resend only a delivery that failed or whose outcome is unknown.")
    _require_kept(run)
    _record("export.sent_again", actor, delivery)
    if slot:
        TaskSlot.objects.filter(pk=slot.pk).update(state=TaskSlot.State.DELIVERING)
        # The new one counts for the slot.
        Delivery.objects.filter(pk=delivery.pk).update(state=Delivery.State.CANCELLED)
        return mail_file(run, delivery.person, delivery.target, delivery.destination)
    Run.objects.filter(pk=run.pk, state=Run.State.DONE).update(state=Run.State.DELIVERING)
    return mail_file(run, run.requested_by)


def may_send_again(delivery: Delivery, mails: Iterable[Delivery]) -> bool:
    """Whether ``send_again`` accepts one of a run's ``mails``."""
    return bool(delivery.mailed_run.path) and _may_be_replaced(delivery, mails)


def _may_be_replaced(delivery: Delivery, mails: Iterable[Delivery]) -> bool:
    """Whether a mail failed, or may have failed, and no later one of its run's ``mails`` replaces it.

    All the mails of a run that somebody asked for are theirs; those of a task's run are for several people, of whom
    some may be no users any more.
    """
    ours = [mail for mail in mails if not delivery.mailed_run.slot_id or _recipient(mail) == _recipient(delivery)]
    failed = delivery.state in (Delivery.State.FAILED, Delivery.State.UNKNOWN)
    return failed and ours[-1].pk == delivery.pk


def _recipient(mail: Delivery) -> str:
    """The recipient of a mail: a user, whatever their current address is, or else an address."""
    return mail.person_id or mail.target


@transaction.atomic
def revoke_link(actor: Actor, delivery: Delivery) -> None:
    """Revoke the link of a mail. Raises ForbiddenError, and RequestError for a mail without a link."""
    require_file(actor, delivery.mailed_run)
    if delivery.link_expires_at is None:
        raise RequestError("this e-mail has no link to revoke.")
    working = Delivery.objects.filter(pk=delivery.pk, link_revoked_at=None)
    if working.update(link_revoked_at=timezone.now()):
        _record("export.link_revoked", actor, delivery)


def _record(name: str, actor: Actor, delivery: Delivery) -> None:
    record(name, actor, run=delivery.run_id, export=delivery.mailed_run.export, recipient=delivery.target)


def file_of(actor: Actor, run: Run, settings: Settings) -> Path:
    """The run's file. Raises ForbiddenError, or RequestError if it does not exist (any more)."""
    require_file(actor, run)
    return _path_of(run, settings)


def _path_of(run: Run, settings: Settings) -> Path:
    _require_kept(run)
    return settings.files / run.path


def _require_kept(run: Run) -> None:
    if not run.path:
        raise RequestError("the file was deleted at the end of its retention period: run the export again.")


def file_of_link(actor: Actor, delivery: Delivery, settings: Settings) -> Path:
    """The file that a mail's link leads to. Raises like ``file_of``, and RequestError if the link has expired."""
    _require_link(actor, delivery)
    return _path_of(delivery.mailed_run, settings)


def _require_link(actor: Actor, delivery: Delivery) -> None:
    """Raise as ``file_of_link`` does."""
    if delivery.link_revoked_at or delivery.link_expires_at is None or delivery.link_expires_at < timezone.now():
        raise RequestError("this download link has expired: open the run in Digital › History.")
    if not _is_recipient(actor.user, delivery):
        require_file(actor, delivery.mailed_run)


def _is_recipient(user: User | None, delivery: Delivery) -> bool:
    """Whether it is a mail of a task that still mails its files to the user, who has permission for this file."""
    run = delivery.mailed_run
    if user is None or run.slot is None or delivery.person_id != user.pk:
        return False
    return run.slot.task.deleted_at is None and mails_to(run.slot.task, user) and may_receive(user, run)


def record_download(actor: Actor, run: Run, part: range, delivery: Delivery | None = None) -> None:
    """Record that the actor downloads these bytes of a run's file, by the link of ``delivery`` if there is one.

    Raises as ``file_of`` and ``file_of_link`` do.
    """
    require_file(actor, run) if delivery is None else _require_link(actor, delivery)
    record(
        "export.downloaded",
        actor,
        run=run.pk,
        export=run.export,
        sensitive_columns=run.sensitive_columns,
        sha256=run.sha256,
        bytes=len(part),
        **({} if len(part) == run.bytes else {"part": f"{part.start}-{part.stop - 1}"}),
        **({"delivery": delivery.pk} if delivery else {}),
    )


def require_seen(actor: Actor, run: Run) -> User:
    """The user who acts. Raises ForbiddenError unless there is one who may see the run."""
    if actor.user is None or not may_see_run(actor.user, run):
        raise ForbiddenError("this run belongs to another user.")
    return actor.user


def require_file(actor: Actor, run: Run) -> None:
    """Raise ForbiddenError unless the actor may have the run's file, RequestError if there is none."""
    if actor.user is None or not may_have_file(actor.user, run, bool(run.sensitive_columns)):
        raise ForbiddenError(
            "you cannot download this run's file: it belongs to another user, or contains sensitive fields that your"
            " role does not permit."
        )
    if not run.file_name:
        raise RequestError("this run has no file.")
