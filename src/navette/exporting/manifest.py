"""The manifest beside the files of a folder, which describes each of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import navette
from navette.core.files import alone, complete_file
from navette.core.windows import Window
from navette.exporting.prepare import Prepared, Produced

NAME = "manifest.json"


def add_to_manifest(produced: Produced, run: Prepared) -> None:
    """Rewrite the manifest of the file's folder with this file and those listed before that still exist."""
    folder = produced.path.parent
    with alone(folder):
        entries = {entry["file"]: entry for entry in _before(folder)}
        entries[produced.path.name] = _entry(produced, run)
        manifest = {
            "navette": navette.__version__,
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": [entries[name] for name in sorted(entries)],
        }
        with complete_file(folder / NAME) as file:
            file.write(json.dumps(manifest, ensure_ascii=False, indent=2).encode() + b"\n")


def _before(folder: Path) -> list[dict[str, Any]]:
    try:
        files = json.loads((folder / NAME).read_text(encoding="utf-8"))["files"]
        return [entry for entry in files if (folder / entry["file"]).exists()]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        # None yet, or not one of ours: the new manifest tells of the new files.
        return []


def _entry(produced: Produced, run: Prepared) -> dict[str, Any]:
    request = produced.request
    return {
        "file": produced.path.name,
        "export": request.export,
        "format": run.format.name,
        "compression": run.compression.name if run.compression else getattr(run.format, "codec", None),
        "locale": run.rendering.locale,
        "time_zone": run.rendering.zone.key,
        "window": _window(produced.query.window, produced.query.by),
        "durations_in_seconds": request.seconds,
        "filters": {name: list(values) for name, values in request.filters.items()},
        "columns": [
            {
                "name": column.name,
                "type": column.type.name,
                "label": column.label,
                "description": column.description,
                "sensitive": column.sensitive,
            }
            for column in produced.query.columns
        ],
        "rows": produced.rows,
        "bytes": produced.bytes,
        "sha256": produced.sha256,
        "store_versions": dict(produced.versions),
        "rejected": produced.rejected,
        "cut": produced.cut,
        "replaced": produced.replaced,
    }


def _window(window: Window, by: str | None) -> dict[str, str | None] | None:
    if not window:
        return None
    start = window.start.isoformat() if window.start else None
    end = window.end.isoformat() if window.end else None
    return {"by": by, "start": start, "end": end}
