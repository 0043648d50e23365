"""Work on a run: check its requester's permissions again, count, write the file, and queue its delivery."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from navette.automation.rights import require_not_deleted
from navette.catalogue.export import Prerequisite
from navette.control.actor import Actor
from navette.control.journal import record
from navette.control.models import Domain, Run, User
from navette.control.outbox import mail_file
from navette.control.permissions import require
from navette.control.requests import SavedRequest, check_allowed, require_columns
from navette.control.run_file_names import domain_file_name
from navette.core.settings import Settings
from navette.engines import Engine
from navette.exporting.prepare import Prepared, Produced, prepare_files
from navette.work.chores import store_journal
from navette.work.lease import CancelledError, Lease
from navette.work.queue import LeaseLostError

PREREQUISITES: dict[Prerequisite, Callable[[Settings], None]] = {Prerequisite.STORED_JOURNAL: store_journal}
"""What is done before a run, for each prerequisite that an export can name."""


@dataclass(frozen=True)
class RunExport:
    """Processes runs with the settings of one installation."""

    settings: Settings

    def __call__(self, lease: Lease[Run]) -> None:
        """Write the run's file and queue its delivery. Raises what ``Lease.raise_if_stopped`` and ``prepare`` raise."""
        run, folder = lease.work, self._folder(lease.work)
        try:
            lease.write(log=run.log_with("begun", attempt=run.attempt), rows_done=0, error=None)
            _remove_earlier(folder)
            request, warnings = _still_allowed(run)
            for prerequisite in request.declared.prerequisites:
                PREREQUISITES[prerequisite](self.settings)
            prepared = self._prepared(lease, request)
            require_columns(run.requested_by, prepared.query.columns)
            counted = prepared.count()
            lease.raise_if_stopped()
            columns = [{"name": column.name, "sensitive": column.sensitive} for column in prepared.query.columns]
            log = run.log_with("counted", rows=counted)
            lease.write(state=Run.State.WRITING, rows_counted=counted, columns=columns, log=log)
            name = _name(run, request, prepared)
            produced = prepared.produce(folder, report=lambda rows: _note_progress(lease, rows), name=name)
            lease.raise_if_stopped()
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            self._hand_over(lease, produced, warnings, prepared.engine.snapshot.versions)
        except (CancelledError, LeaseLostError):  # after any other error the database may have taken it all the same
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _folder(self, run: Run) -> Path:
        """Of this attempt alone: a worker that lost the run writes elsewhere than its successor."""
        return self.settings.files / run.pk / str(run.attempt)

    def _prepared(self, lease: Lease[Run], request: SavedRequest) -> Prepared:
        def watch(engine: Engine) -> None:
            lease.interrupt = engine.interrupt

        [prepared] = prepare_files([request.compiled()], self.settings, request.file_choice, lease.work.versions, watch)
        return prepared

    def _hand_over(
        self, lease: Lease[Run], produced: Produced, warnings: list[dict[str, Any]], versions: dict[str, int]
    ) -> None:
        """In one transaction, if the run is still ours: what came out, its delivery, and the journal's event."""
        run = lease.work
        with lease.without_beats(), transaction.atomic():
            lease.queue.write(
                run,
                state=Run.State.DELIVERING,
                owner="",
                lease_until=None,
                path=str(produced.path.relative_to(self.settings.files)),
                file_name=produced.path.name,
                rows=produced.rows,
                rows_done=produced.rows,
                bytes=produced.bytes,
                sha256=produced.sha256,
                seconds=produced.seconds,
                versions=versions,
                warnings=warnings + _warnings(produced),
                expires_at=run.created_at + timedelta(days=Domain.current().retention_days),
                log=run.log_with("written", rows=produced.rows, bytes=produced.bytes),
            )
            if Run.objects.filter(pk=run.pk, cancel_requested=True).exists():  # since the last beat
                raise CancelledError
            recipient = ""  # a slot's files go out together
            if not run.slot_id:
                recipient = mail_file(run, run.requested_by).target
            record("export.created", Actor(run.requested_by), **_journal_details(run, produced, recipient))


def _name(run: Run, request: SavedRequest, prepared: Prepared) -> str:
    """The name that a task gives the file; just the export's name within an archive; else by the domain's pattern."""
    if run.slot_id:
        return run.file_name or prepared.file_name
    return domain_file_name(Domain.current(), request, prepared.file_name, run.created_at)


def _remove_earlier(folder: Path) -> None:
    """Remove the files of earlier attempts, whose workers are dead or can no longer commit anything."""
    for attempt in folder.parent.glob("*"):
        if attempt.name.isdigit() and int(attempt.name) < int(folder.name):
            shutil.rmtree(attempt, ignore_errors=True)


def _still_allowed(run: Run) -> tuple[SavedRequest, list[dict[str, Any]]]:
    """The request as far as who asked may have it now: without the sensitive columns that they no longer may see.

    Raises ForbiddenError where they may not run the export at all any more, or it is a task's: consumers count on its
    columns.
    """
    user, request = User.objects.select_related("role").get(pk=run.requested_by_id), _of(run)
    warnings: list[dict[str, Any]] = []
    if run.slot is not None:
        require_not_deleted(run.slot.task)
        require(user, "manage_automatic_exports")
    elif request.sensitive and not user.may("view_sensitive_columns"):
        warnings = [{"code": "sensitive_left_out", "columns": request.sensitive}]
        request = request.without_sensitive()
    check_allowed(user, request)
    return request, warnings


def _of(run: Run) -> SavedRequest:
    return SavedRequest.from_json(run.request)


def _note_progress(lease: Lease[Run], rows: int) -> None:
    lease.progress["rows_done"] = rows
    lease.raise_if_stopped()


def _warnings(produced: Produced) -> list[dict[str, Any]]:
    counts = {"cut": produced.cut, "replaced": produced.replaced, "rejected": produced.rejected}
    return [{"code": code, "count": count} for code, count in counts.items() if count]


def _journal_details(run: Run, produced: Produced, recipient: str) -> dict[str, Any]:
    return {
        "run": run.pk,
        "export": run.export,
        **{name: run.request[name] for name in ("start", "end", "by", "filters") if run.request.get(name)},
        "columns": [column["name"] for column in run.columns],
        "sensitive_columns": run.sensitive_columns,
        "format": run.request["format"],
        "rows": produced.rows,
        "bytes": produced.bytes,
        "sha256": produced.sha256,
        "recipient": recipient,
    }
