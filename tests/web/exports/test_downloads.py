"""Files as they are downloaded: whole, in part, by a mail's link; to whom, with which headers, and what is recorded."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from navette.cli.gunicorn import Console
from navette.control.models import Delivery, Event, Run, User
from navette.core.settings import Settings
from navette.web.concurrency import DOWNLOAD_THREADS
from navette.web.runs import files

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 1200  # more than is read at once


@pytest.fixture(autouse=True)
def room() -> Iterator[Any]:
    """The room for downloads: here, answers are not always closed."""
    yield DOWNLOAD_THREADS
    DOWNLOAD_THREADS.in_use.clear()


@pytest.fixture
def run(supervisor: User, made: Callable[..., Run]) -> Run:
    return made(supervisor, content=CONTENT)


def file(run: Run) -> str:
    return f"/digital/runs/{run.pk}/file"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_file_comes_whole_as_an_attachment_that_nobody_keeps(as_supervisor: Client, run: Run) -> None:
    response = as_supervisor.get(file(run))
    assert (response.status_code, body(response)) == (200, CONTENT)
    headers = response.headers
    assert headers["Content-Disposition"] == 'attachment; filename="messages_2025-11-30.csv"'
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Length"] == str(len(CONTENT))
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["ETag"] == f'"{run.sha256}"'


def test_a_name_beyond_ascii_is_encoded(as_supervisor: Client, run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(file_name='été "1".csv')
    disposition = as_supervisor.get(file(run)).headers["Content-Disposition"]
    assert disposition == "attachment; filename*=utf-8''%C3%A9t%C3%A9%20%221%22.csv"


@pytest.mark.parametrize(
    ("format_name", "compression", "kind"),
    [
        ("bi", "gzip", "application/gzip"),
        ("jsonl", "zstd", "application/zstd"),
        ("parquet", "gzip", "application/vnd.apache.parquet"),
        ("html", "", "application/octet-stream"),
        ("excel", "snappy", "application/octet-stream"),
    ],
)
def test_a_file_is_never_a_page(
    as_supervisor: Client, run: Run, format_name: str, compression: None, kind: str
) -> None:
    request = run.request | {"format": format_name, "compression": compression}
    Run.objects.filter(pk=run.pk).update(request=request, file_name="a.html")
    assert as_supervisor.get(file(run)).headers["Content-Type"] == kind


def test_head_tells_the_size_and_records_nothing(as_supervisor: Client, run: Run) -> None:
    response = as_supervisor.head(file(run), headers={"Range": "bytes=0-9"})
    assert (response.status_code, body(response)) == (200, b"")
    assert response.headers["Content-Length"] == str(len(CONTENT))
    assert not Event.objects.filter(name="export.downloaded").exists()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=262140-262150", 262140, 262150),
        ("bytes=307190-", 307190, 307199),
        ("bytes=307190-999999999", 307190, 307199),
        ("bytes=-5", 307195, 307199),
    ],
)
def test_a_range_is_given_alone(as_supervisor: Client, run: Run, asked: str, first: int, last: int) -> None:
    response = as_supervisor.get(file(run), headers={"Range": asked})
    assert (response.status_code, body(response)) == (206, CONTENT[first : last + 1])
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert response.headers["Content-Length"] == str(last + 1 - first)


NINES = f"bytes=0-{'9' * 5000}"
"""More digits than Python turns into a number."""


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "bytes=9-3", "bytes=-", "bytes=a-b", "lines=1-2", "0-9", "bytes=0-", "bytes=-999999999", NINES],
)
def test_what_is_no_single_range_or_all_of_it_gives_the_whole_file(as_supervisor: Client, run: Run, asked: str) -> None:
    response = as_supervisor.get(file(run), headers={"Range": asked})
    assert (response.status_code, body(response)) == (200, CONTENT)


@pytest.mark.parametrize("asked", ["bytes=307200-", "bytes=999999999-", "bytes=-0"])
def test_a_range_outside_of_the_file_is_refused(as_supervisor: Client, run: Run, asked: str) -> None:
    response = as_supervisor.get(file(run), headers={"Range": asked})
    assert (response.status_code, body(response)) == (416, b"")
    assert response.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


def test_a_range_of_another_file_gives_the_whole_of_this_one(as_supervisor: Client, run: Run) -> None:
    ours = {"Range": "bytes=0-9", "If-Range": f'"{run.sha256}"'}
    assert as_supervisor.get(file(run), headers=ours).status_code == 206
    for other in ('"another"', f'W/"{run.sha256}"', "Sat, 01 Nov 2025 10:00:00 GMT"):
        response = as_supervisor.get(file(run), headers={**ours, "If-Range": other})
        assert (response.status_code, body(response)) == (200, CONTENT)


def test_an_empty_file_is_given_and_has_no_ranges(
    as_supervisor: Client, supervisor: User, made: Callable[..., Run]
) -> None:
    empty = made(supervisor, content=b"")
    assert body(as_supervisor.get(file(empty))) == b""
    for asked in ("bytes=0-", "bytes=-5"):
        assert as_supervisor.get(file(empty), headers={"Range": asked}).status_code == 416


def test_a_download_is_in_the_journal_without_any_content(as_supervisor: Client, supervisor: User, run: Run) -> None:
    as_supervisor.get(file(run))
    as_supervisor.get(file(run), headers={"Range": "bytes=0-9"})
    part, whole = Event.objects.filter(name="export.downloaded")
    told = {"run": run.pk, "export": "messages", "sensitive_columns": [], "sha256": run.sha256}
    assert whole.details == {**told, "bytes": len(CONTENT)}
    assert part.details == {**told, "bytes": 10, "part": "0-9"}
    assert (whole.user_id, whole.address) == (supervisor.pk, "127.0.0.1")


def test_a_file_whose_retention_ended_is_gone_and_says_so(
    as_supervisor: Client, run: Run, installation: Settings
) -> None:
    (installation.files / run.path).unlink()
    response = as_supervisor.get(file(run))
    assert response.status_code == 400
    assert "The file was deleted at the end of its retention period: run the export again." in response.content.decode()
    Run.objects.filter(pk=run.pk).update(path="")
    assert as_supervisor.get(file(run)).status_code == 400


# A mail's link.


def link(delivery: Delivery) -> str:
    return f"/digital/deliveries/{delivery.pk}/file"


def test_a_link_leads_to_the_file_and_serves_ranges(
    as_supervisor: Client, run: Run, mailed: Callable[..., Delivery]
) -> None:
    delivery = mailed(run)
    assert body(as_supervisor.get(link(delivery))) == CONTENT
    assert body(as_supervisor.get(link(delivery), headers={"Range": "bytes=0-3"})) == CONTENT[:4]
    assert Event.objects.filter(name="export.downloaded", details__delivery=delivery.pk).count() == 2


def test_a_link_asks_to_sign_in_first(client: Client, run: Run, mailed: Callable[..., Delivery]) -> None:
    delivery = mailed(run)
    response = client.get(link(delivery))
    assert response.status_code == 302
    assert re.fullmatch(rf"/account/sign-in/\?next={link(delivery)}", response["Location"])


def test_a_link_is_the_requesters_alone(as_stranger: Client, run: Run, mailed: Callable[..., Delivery]) -> None:
    assert as_stranger.get(link(mailed(run))).status_code == 403


@pytest.mark.parametrize(
    "ended",
    [
        {"link_expires_at": timezone.now() - timedelta(seconds=1)},
        {"link_expires_at": None},
        {"link_revoked_at": timezone.now()},
    ],
)
def test_a_link_that_expired_or_was_revoked_leads_nowhere(
    as_supervisor: Client, run: Run, mailed: Callable[..., Delivery], ended: Any
) -> None:
    assert as_supervisor.get(link(mailed(run, **ended))).status_code == 400


def test_a_person_can_have_three_downloads_at_a_time(as_supervisor: Client, as_administrator: Client, run: Run) -> None:
    first, *_others = [as_supervisor.get(file(run)) for _ in range(3)]
    refused = as_supervisor.get(file(run))
    assert refused.status_code == 503
    assert "Too many files are being downloaded" in refused.content.decode()
    assert Event.objects.filter(name="export.downloaded").count() == 3
    assert as_administrator.get(file(run)).status_code == 200
    body(first)
    assert as_supervisor.get(file(run)).status_code == 200


def test_a_finished_download_releases_its_thread(as_supervisor: Client, run: Run, room: Any) -> None:
    body(as_supervisor.get(file(run)))
    assert room.in_use.total() == 0


def test_a_response_without_content_takes_no_room(as_supervisor: Client, run: Run, room: Any) -> None:
    as_supervisor.head(file(run))
    as_supervisor.get(file(run), headers={"Range": "bytes=99999999-"})
    assert room.in_use.total() == 0


def test_downloads_leave_the_server_as_many_threads_as_it_was_given(room: Any) -> None:
    assert Console("127.0.0.1:0", 8).cfg.threads - room.most == 8


def test_a_stalled_download_ends(as_supervisor: Client, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "STALLED", 0.01)
    browser, ours = socket.socketpair()
    with closing(browser), closing(ours):
        environ: dict[str, Any] = {"gunicorn.socket": ours}
        response = as_supervisor.get(file(run), **environ)
        with pytest.raises(TimeoutError):
            ours.sendall(body(response) * 100)
