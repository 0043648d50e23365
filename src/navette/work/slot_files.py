"""Work on delivering a slot's files to one destination, each complete and once."""

import hashlib
import json
from pathlib import Path

from navette.automation.destinations import PlannedDestination, put_files
from navette.automation.outcome import files_of
from navette.automation.rights import may_send, require_not_deleted
from navette.control.models import Delivery, Run, TaskSlot
from navette.control.requests import SavedRequest
from navette.core.files import complete_file
from navette.core.settings import Settings
from navette.destinations.destination import RefusedError, Upload
from navette.exporting.bundle import bundle
from navette.work.lease import Lease


def put_slot_files(lease: Lease[Delivery], settings: Settings) -> None:
    """Deliver the files. Raises TryLaterError if a retry may help, and another NavetteError if not."""
    delivery = lease.work
    slot = TaskSlot.objects.select_related("task").get(pk=delivery.slot_id)
    require_not_deleted(slot.task)
    uploads = _uploads(slot, settings)
    delivered = list(delivery.checkpoint.get("done", ()))
    sizes = {upload.name: upload.bytes for upload in uploads}

    def report(name: str, count: int) -> None:
        lease.progress["bytes_done"] = sum(sizes[whole] for whole in delivered if whole != name) + count
        lease.raise_if_stopped()

    def finished(name: str) -> None:
        delivered.append(name)
        lease.write(checkpoint={**delivery.checkpoint, "done": list(delivered)})  # at once: it never goes out twice

    destination, before = PlannedDestination.from_json(delivery.planned), tuple(delivered)
    receipt = put_files(
        destination, uploads, settings, attempt_id=delivery.pk, delivered=before, report=report, finished=finished
    )
    checkpoint = {**delivery.checkpoint, "done": delivered, "remarks": list(receipt.remarks)}
    ended = {"error": None, "bytes_done": sum(sizes.values()), "delivered_at": receipt.at}
    lease.finish(Delivery.State.DONE, checkpoint=checkpoint, **ended)


def _uploads(slot: TaskSlot, settings: Settings) -> list[Upload]:
    """The files in the order of delivery: what consumers may wait for comes last."""
    runs, folder = files_of(slot), settings.files / slot.pk
    for run in runs:
        _require(run, settings)
    files = [Upload(settings.files / run.path, run.file_name, run.sha256, run.bytes or 0) for run in runs]
    if slot.file_name:
        files = [_zipped(files, folder / slot.file_name)]
    extra = []
    if slot.options.get("checksums"):
        extra += [_written(folder, f"{file.name}.sha256", f"{file.sha256}  {file.name}\n") for file in files]
    if slot.options.get("manifest"):
        manifest = json.dumps(_manifest(slot, runs, files), indent=2, ensure_ascii=False)
        extra.append(_written(folder, "manifest.json", manifest))
    return [*files, *extra]


def _require(run: Run, settings: Settings) -> None:
    """Raise RefusedError if the file was deleted, or its requester no longer has permission for it."""
    if not run.path or not (settings.files / run.path).exists():
        raise RefusedError("the files were deleted at the end of their retention period: run the slot again.")
    if not may_send(run):
        raise RefusedError(
            "the person who requested the file no longer has permission for it, or the file was deleted."
        )


def _zipped(files: list[Upload], path: Path) -> Upload:
    """The archive, written once, so that an interrupted upload resumes with the same bytes."""
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
