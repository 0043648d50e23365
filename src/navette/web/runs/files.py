"""The files of runs: attachments that nobody keeps on the way, whole or in part (RFC 9110, Range)."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from navette.control.models import Delivery, Payload, Run
from navette.control.requests import SavedRequest
from navette.core.errors import RequestError
from navette.services.runs import file_of, file_of_link, record_download
from navette.web.concurrency import DOWNLOAD_THREADS
from navette.web.request import ConsoleRequest

CHUNK = 1 << 18

STALLED = 60
"""Seconds within which a browser must take CHUNK bytes, or its download ends. It can resume later."""

_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE | re.ASCII)


@require_safe
def run_file(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """A run's file."""
    run = get_object_or_404(Run.objects.select_related("requested_by"), pk=key)
    return _answer(request, run, file_of(request.actor, run, settings.NAVETTE))


@require_safe
def run_link(request: ConsoleRequest, key: str) -> HttpResponseBase:
    """The file that the link of a mail leads to, as long as the link works."""
    delivery = get_object_or_404(Delivery.objects.select_related("run__requested_by"), pk=key, payload=Payload.RUN)
    return _answer(request, delivery.mailed_run, file_of_link(request.actor, delivery, settings.NAVETTE), delivery)


def _answer(request: ConsoleRequest, run: Run, path: Path, delivery: Delivery | None = None) -> HttpResponseBase:
    """The file or the part of it that is asked for; whoever gets bytes of it is in the journal."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise RequestError("the file was deleted at the end of its retention period: run the export again.") from error
    part = _part(request, run, size)
    if part is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", **_headers(run)})
    headers = {"Content-Length": str(len(part)), **_headers(run)}
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    with ExitStack() as resources:
        resources.enter_context(DOWNLOAD_THREADS.reserve(str(request.user.pk)))
        record_download(request.actor, run, part, delivery)
        content = _Content(path, part, resources.pop_all())
    _end_where_stalled(request)
    if len(part) == size:
        return StreamingHttpResponse(content, headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return StreamingHttpResponse(content, status=206, headers=headers)


class _Content:
    """The bytes of a part of a file. What they ``held`` is released when the response is closed."""

    def __init__(self, path: Path, part: range, resources: ExitStack) -> None:
        self._read = _read(path, part)
        self.close = resources.close

    def __iter__(self) -> Iterator[bytes]:
        return self._read


def _end_where_stalled(request: ConsoleRequest) -> None:
    connection = request.META.get("gunicorn.socket")
    if isinstance(connection, socket.socket):
        connection.settimeout(STALLED)


def _part(request: ConsoleRequest, run: Run, size: int) -> range | None:
    """Which bytes are asked for: all of them unless one range is; None where the file has none of those.

    Several ranges, and what cannot be read, are passed over, as is a range of another file than ours (If-Range).
    """
    match = _ONE_RANGE.fullmatch(request.headers.get("Range", "").strip()) if request.method == "GET" else None
    if match is None or not any(match.groups()) or request.headers.get("If-Range", _tag(run)) != _tag(run):
        return range(size)
    first, last = match.groups()
    if not first:
        return range(max(size - int(last), 0), size) if int(last) and size else None
    if last and int(last) < int(first):
        return range(size)
    return range(int(first), min(int(last) + 1 if last else size, size)) if int(first) < size else None


def _read(path: Path, part: range) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(part.start)
        remaining = len(part)
        while remaining > 0 and (chunk := file.read(min(CHUNK, remaining))):
            remaining -= len(chunk)
            yield chunk


def _headers(run: Run) -> dict[str, str]:
    return {
        "Content-Type": SavedRequest.from_json(run.request).file_choice.file_type().media_type,
        "Content-Disposition": content_disposition_header(True, run.file_name) or "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Accept-Ranges": "bytes",
        "ETag": _tag(run),
    }


def _tag(run: Run) -> str:
    return f'"{run.sha256}"'
