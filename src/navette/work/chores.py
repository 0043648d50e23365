"""Recurring chores, done by whichever worker comes first: retention, storing the journal, the store's files."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import structlog
from django.contrib.sessions.models import Session
from django.utils import timezone

from navette.control.actor import NAVETTE
from navette.control.journal import in_english, record
from navette.control.models import Chore, Delivery, Domain, Event, Payload, Run
from navette.control.versions import versions_to_keep
from navette.core.settings import Settings
from navette.store import EVERY_TABLE, Store
from navette.tables import TABLES
from navette.work.password_links import forget_old_links

OVERLAP = timedelta(minutes=10)
"""How far back events are stored again, which changes nothing, because some may have been committed late."""

log = structlog.get_logger()


@dataclass(frozen=True)
class ChoreKind:
    """A chore: what it does, and how often."""

    do: Callable[[Settings], None]
    every: timedelta


def do_chores(settings: Settings, chores: Mapping[str, ChoreKind]) -> None:
    """Do those of the chores that are due, one after the other, each in one worker only."""
    for name, kind in chores.items():
        if _is_mine(name, kind.every):
            with _logged(name):
                kind.do(settings)


@contextmanager
def _logged(chore: str, **details: str) -> Iterator[None]:
    """Log an error, so that the other chores, or the other tables, have their turn, and this one the next time."""
    try:
        yield
    except Exception:
        log.exception("chore.failed", chore=chore, **details)


def _is_mine(name: str, every: timedelta) -> bool:
    """Whether the chore is due, and this worker the first to see it."""
    now = timezone.now()
    Chore.objects.get_or_create(name=name)
    return bool(Chore.objects.filter(name=name, due_at__lte=now).update(due_at=now + every))


def delete_expired_files(settings: Settings) -> None:
    """Delete the files of runs whose retention period has ended. The runs stay, and record it."""
    now = timezone.now()
    expired = Run.objects.filter(expires_at__lt=now, file_deleted_at=None, state__in=Run.ENDED).exclude(path="")
    deleted = [run for run in expired.iterator() if _delete_file(run, settings)]
    if deleted:
        record("expired_data_purge.deleted", NAVETTE, files=len(deleted), bytes=sum(run.bytes or 0 for run in deleted))


def _delete_file(run: Run, settings: Settings) -> bool:
    for folder in (run.pk, run.slot_id):  # the slot's holds its archive, of all of its runs' files
        if folder:
            shutil.rmtree(settings.files / folder, ignore_errors=True)
    changes = {"path": "", "file_deleted_at": timezone.now(), "log": run.log_with("file_deleted")}
    return bool(Run.objects.filter(pk=run.pk, file_deleted_at=None).update(**changes))


def remove_leftovers(settings: Settings) -> None:
    """Remove what dead workers left of runs without a file, and old files that no run refers to."""
    oldest = timezone.now() - timedelta(days=Domain.current().retention_days)
    for folder in settings.files.glob("*"):
        run = Run.objects.filter(pk=folder.name).first()
        if (
            _is_older(folder, oldest)
            if run is None
            else run.state in (Run.State.FAILED, Run.State.CANCELLED) and not run.path
        ):
            shutil.rmtree(folder, ignore_errors=True)


def _is_older(folder: Path, than: datetime) -> bool:
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC) < than


def store_journal(settings: Settings) -> None:
    """Copy new events into the store's own table, which the journal's export reads."""
    chore, _ = Chore.objects.get_or_create(name="journal")
    now, last_time = timezone.now(), chore.checkpoint.get("at")
    since = datetime.fromisoformat(last_time) - OVERLAP if last_time else datetime.min.replace(tzinfo=UTC)
    events = list(Event.objects.filter(created_at__gte=since).order_by("number"))
    if events:
        Store(settings.store).merge(TABLES["events"], _as_rows(events), "navette")
    Chore.objects.filter(name="journal").update(checkpoint={"at": now.isoformat()})


def _as_rows(events: Sequence[Event]) -> pa.Table:
    table = TABLES["events"]
    rows = [
        {
            "id": event.id,
            "created_at": event.created_at,
            "name": event.name,
            "user_id": event.user_id or None,
            "message": f"{event.who}: {event.name} {json.dumps(details, ensure_ascii=False)}".removeprefix(": "),
            "extra_infos": json.dumps({"request_ip": event.address, **details}, ensure_ascii=False),
        }
        for event in events
        for details in [in_english(event.details)]
    ]
    return pa.Table.from_pylist(rows, schema=table.schema)


def compact_store(settings: Settings) -> None:
    """Combine the small files that loads left, where that is worth its cost."""
    store = Store(settings.store)
    for table in EVERY_TABLE:
        with _logged("compaction", table=table.name):
            store.compact(table, thorough=False)


def vacuum_store(settings: Settings) -> None:
    """Remove the data files that are no longer needed. Slots of the last ``replay_days`` can be replayed."""
    store, kept = Store(settings.store), timedelta(days=settings.replay_days)
    versions = versions_to_keep(timezone.now() - kept)
    hours, files = kept // timedelta(hours=1), 0
    for table in EVERY_TABLE:
        with _logged("vacuum", table=table.name):
            files += len(store.vacuum(table, hours, keep_versions=versions.get(table.name, ())))
    if files:
        record("data_store.vacuumed", NAVETTE, keep_hours=hours, files=files)


def forget_old_notices(_settings: Settings) -> None:
    """Remove the notices that ended, and with them their texts, once their retention, which is that of files, ended."""
    oldest = timezone.now() - timedelta(days=Domain.current().retention_days)
    Delivery.objects.filter(payload=Payload.NOTICE, state__in=Delivery.ENDED, created_at__lt=oldest).delete()


def forget_old_sessions(_settings: Settings) -> None:
    """Remove expired sessions."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


CHORES = {
    "retention": ChoreKind(delete_expired_files, timedelta(minutes=5)),
    "leftovers": ChoreKind(remove_leftovers, timedelta(hours=1)),
    "journal": ChoreKind(store_journal, timedelta(minutes=10)),
    "password requests": ChoreKind(lambda _settings: forget_old_links(), timedelta(hours=1)),
    "notices": ChoreKind(forget_old_notices, timedelta(hours=1)),
    "sessions": ChoreKind(forget_old_sessions, timedelta(hours=6)),
}

STORE_CHORES = {
    "compaction": ChoreKind(compact_store, timedelta(minutes=15)),
    "vacuum": ChoreKind(vacuum_store, timedelta(days=1)),
}
"""Chores that can take minutes: they have a thread of their own, so that they delay no others."""
