"""Work on a slot's delivery: all of its files to one destination, each whole, under its name once."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from navette.automation.destinations import PlannedDestination, put_files
from navette.automation.outcome import files_of
from navette.automation.rights import may_send, require_going_on
from navette.control.models import Run, TaskDelivery, TaskSlot
from navette.control.requests import SavedRequest
from navette.core.files import complete_file
from navette.core.settings import Settings
from navette.destinations.destination import RefusedError, Upload
from navette.exporting.bundle import bundle
from navette.work.lease import Hold


def out_of_turn() -> Q:
    """The deliveries of slots that an earlier slot of their task is not done with: it must not come to overwrite."""
    earlier = TaskSlot.objects.filter(
        task=OuterRef("slot__task"),
        at__lt=OuterRef("slot__at"),
        origin__in=TaskSlot.OF_SCHEDULE,
        state__in=TaskSlot.GOING_ON,
    )
    return Q(Exists(earlier), slot__origin__in=TaskSlot.OF_SCHEDULE)


@dataclass(frozen=True)
class DeliverSlot:
    """Does deliveries of slots with the settings of one installation."""

    settings: Settings

    def __call__(self, hold: Hold[TaskDelivery]) -> None:
        """Send them. Raises TryLaterError for what may work later, and another NavetteError for what will not."""
        delivery = hold.work
        slot = TaskSlot.objects.select_related("task").get(pk=delivery.slot_id)
        require_going_on(slot.task)
        uploads = self._uploads(slot)
        done = list(delivery.checkpoint.get("done", ()))
        sizes = {upload.name: upload.bytes for upload in uploads}

        def seen(name: str, count: int) -> None:
            hold.seen["bytes_done"] = sum(sizes[one] for one in done if one != name) + count
            hold.go_on()

        def finished(name: str) -> None:
            done.append(name)
            hold.seen["checkpoint"] = {**delivery.checkpoint, "done": list(done)}

        there, so_far = PlannedDestination.from_json(delivery.planned), tuple(done)
        receipt = put_files(
            there, uploads, self.settings, attempt_id=delivery.pk, done=so_far, seen=seen, finished=finished
        )
        checkpoint = {**delivery.checkpoint, "done": done, "remarks": list(receipt.remarks)}
        ended = {"error": "", "bytes_done": sum(sizes.values()), "delivered_at": timezone.now()}
        with hold.still():
            hold.queue.finish(delivery, "done", checkpoint=checkpoint, **ended)

    def _uploads(self, slot: TaskSlot) -> list[Upload]:
        """The files in the order in which they go: what consumers may wait for comes last."""
        runs, folder = files_of(slot), self.settings.files / slot.pk
        for run in runs:
            self._require(run)
        files = [Upload(self.settings.files / run.path, run.file_name, run.sha256, run.bytes or 0) for run in runs]
        if slot.file_name:
            files = [_zipped(files, folder / slot.file_name)]
        extra = []
        if slot.options.get("checksums"):
            extra += [_written(folder, f"{file.name}.sha256", f"{file.sha256}  {file.name}\n") for file in files]
        if slot.options.get("manifest"):
            told = json.dumps(_manifest(slot, runs, files), indent=2, ensure_ascii=False)
            extra.append(_written(folder, "manifest.json", told))
        return [*files, *extra]

    def _require(self, run: Run) -> None:
        """Raise RefusedError where the file is gone, or who it was made for may not have it any more."""
        if not run.path or not (self.settings.files / run.path).exists():
            raise RefusedError("the files are gone: their retention ended. Run the slot again.")
        if not may_send(run):
            raise RefusedError(
                "the person who requested the file no longer has the right to it, or the file was deleted."
            )


def _zipped(files: list[Upload], path: Path) -> Upload:
    """The archive, made once: an upload that was cut goes on with the same bytes."""
    if not path.exists():
        bundle([file.path for file in files], path)
    with path.open("rb") as file:
        return Upload(path, path.name, hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def _written(folder: Path, name: str, text: str) -> Upload:
    content = text.encode()
    with complete_file(folder / name) as file:
        file.write(content)
    return Upload(folder / name, name, hashlib.sha256(content).hexdigest(), len(content))


def _manifest(slot: TaskSlot, runs: list[Run], files: list[Upload]) -> dict[str, object]:
    return {
        "task": slot.task.label,
        "slot": slot.at.isoformat(),
        "files": [{"name": file.name, "bytes": file.bytes, "sha256": file.sha256} for file in files],
        "exports": [
            {
                "export": run.export,
                "file_name": run.file_name,
                "rows": run.rows,
                "columns": [column["name"] for column in run.columns],
                "window": {
                    side: bound.isoformat() if bound else None
                    for side, bound in vars(SavedRequest.from_json(run.request).window).items()
                },
            }
            for run in runs
        ],
    }
