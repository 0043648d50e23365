"""The history, its dashboard, and the page of a run with what can be done there."""

import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from navette.connectors import DemoDomain
from navette.control.models import Delivery, Event, Run, User
from navette.control.requests import SavedRequest
from navette.core.messages import Message, message
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.ingesting.load import load
from navette.store import Store
from navette.web.runs import dashboard
from navette.wording.reader import current_reader
from navette.wording.states import RUN_STATES

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
RUNS = "/digital/runs/"


def text(response: Any) -> str:
    return html.unescape(response.content.decode())


def listed(client: Client, query: str = "") -> Any:
    """The runs of a page of the history, in its order."""
    return re.findall(r'<a class="whole" href="/digital/runs/(\w+)/"', text(client.get(f"{RUNS}{query}")))


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every page here reads the demo domain."""


@pytest.fixture
def queued() -> Callable[..., Run]:
    """A function that makes a run that has no file (yet)."""

    def make(user: User, export: str = "messages", **values: Any) -> Any:
        columns = [{"name": "id", "sensitive": False}]
        request = SavedRequest(export, format="bi").to_json()
        return Run.objects.create(export=export, requested_by=user, request=request, columns=columns, **values)

    return make


# The history.


def test_everybody_sees_their_own_runs_and_only_some_those_of_others(
    as_supervisor: Client, as_stranger: Client, as_auditor: Client, supervisor: User, queued: Callable[..., Run]
) -> None:
    run = queued(supervisor)
    assert listed(as_supervisor) == [run.pk]
    assert listed(as_stranger) == []
    assert listed(as_auditor) == [run.pk]


def test_the_latest_run_comes_first(as_supervisor: Client, supervisor: User, queued: Callable[..., Run]) -> None:
    now = timezone.now()
    runs = [queued(supervisor, created_at=now - timedelta(hours=hours)) for hours in (3, 1, 2)]
    assert listed(as_supervisor) == [runs[1].pk, runs[2].pk, runs[0].pk]


def test_the_history_is_filtered(
    as_auditor: Client, supervisor: User, stranger: User, queued: Callable[..., Run]
) -> None:
    failed = queued(supervisor, state="failed", created_at=datetime(2026, 1, 31, 22, 59, tzinfo=UTC))
    other = queued(stranger, export="roles", created_at=datetime(2026, 1, 31, 23, 1, tzinfo=UTC))  # February in Paris
    assert listed(as_auditor, "?export=roles") == [other.pk]
    assert listed(as_auditor, "?state=failed") == [failed.pk]
    assert listed(as_auditor, f"?user={supervisor.pk}") == [failed.pk]
    assert listed(as_auditor, "?since=2026-02-01") == [other.pk]
    assert listed(as_auditor, "?until=2026-01-31") == [failed.pk]
    assert "No matching runs" in text(as_auditor.get(f"{RUNS}?export=agents"))


def test_a_filter_that_makes_no_sense_says_so(as_auditor: Client, supervisor: User, queued: Callable[..., Run]) -> None:
    queued(supervisor)
    page = text(as_auditor.get(f"{RUNS}?since=soon"))
    assert "Enter a valid date" in page


def test_who_sees_their_own_runs_alone_cannot_ask_for_anothers(
    as_supervisor: Client, supervisor: User, stranger: User, queued: Callable[..., Run]
) -> None:
    queued(stranger)
    assert listed(as_supervisor, f"?user={stranger.pk}") == []
    assert 'name="user"' not in text(as_supervisor.get(RUNS))


def test_a_page_has_fifty_runs_and_leads_to_the_next(
    as_supervisor: Client, supervisor: User, queued: Callable[..., Run]
) -> None:
    for _ in range(51):
        queued(supervisor, state="failed")
    assert len(listed(as_supervisor)) == 50
    assert '<a class="btn" rel="next" href="?state=failed&page=2">' in text(as_supervisor.get(f"{RUNS}?state=failed"))
    assert len(listed(as_supervisor, "?state=failed&page=2")) == 1


def test_the_number_of_queries_does_not_grow_with_the_runs(
    as_administrator: Client,
    administrator: User,
    made: Callable[..., Run],
    mailed: Callable[..., Delivery],
    django_assert_num_queries: Any,
) -> None:
    mailed(made(administrator))
    as_administrator.get(RUNS)
    with django_assert_num_queries(9):
        as_administrator.get(RUNS)
    for _ in range(20):
        mailed(made(administrator))
    with django_assert_num_queries(9):
        as_administrator.get(RUNS)


def test_an_empty_history_leads_to_the_exports(as_supervisor: Client) -> None:
    page = text(as_supervisor.get(RUNS))
    assert "No runs yet" in page
    assert 'href="/digital/exports/"' in page


def test_the_history_says_what_became_of_files_and_mails(
    as_supervisor: Client, supervisor: User, made: Callable[..., Run], mailed: Callable[..., Delivery]
) -> None:
    kept, gone = made(supervisor), made(supervisor, path="gone")
    mailed(kept, state="failed", error=Message("550 no such user"))
    Run.objects.filter(pk=gone.pk).update(path="", file_deleted_at=timezone.now())
    page = text(as_supervisor.get(RUNS))
    assert f'href="/digital/runs/{kept.pk}/file"' in page
    assert f'href="/digital/runs/{gone.pk}/file"' not in page
    assert page.count("File deleted") == 1
    assert re.findall(r"state-(\w+)", page).count("undelivered") == 1


def state_of(page: str) -> Any:
    """The badge of the one run, task or slot of a page: its class and its words."""
    [badge] = re.findall(r'<span class="badge(?: badge-large)? state-(\w+)">([^<]+)</span>', page)
    return badge


@pytest.mark.parametrize(
    ("mails", "state"),
    [
        ([{"state": "queued"}], ("delivering", "Being sent")),
        ([{"state": "queued", "error": Message("the mail server is away.")}], ("retrying", "Retrying")),
        ([{"state": "failed", "error": Message("550")}], ("undelivered", "Delivery failed")),
        ([{"state": "unknown"}], ("unknown", "Delivery unknown")),
        ([{"state": "failed"}, {"state": "done"}], ("done", "Done")),
    ],
)
def test_the_list_its_filter_and_the_page_of_a_run_show_the_same_state(
    as_supervisor: Client,
    supervisor: User,
    made: Callable[..., Run],
    mailed: Callable[..., Delivery],
    mails: list[dict[str, Any]],
    state: tuple[str, str],
) -> None:
    run = made(supervisor, state="done" if mails[-1]["state"] in Delivery.ENDED else "delivering")
    for mail in mails:
        mailed(run, **mail)
    assert state_of(text(as_supervisor.get(RUNS))) == state
    assert state in re.findall(r'badge-large state-(\w+)">([^<]+)<', text(as_supervisor.get(f"{RUNS}{run.pk}/")))
    for name in RUN_STATES:
        assert listed(as_supervisor, f"?state={name}") == ([run.pk] if name == state[0] else [])


# The dashboard.


def test_the_dashboard_counts_files_that_did_not_arrive_as_failures(
    as_supervisor: Client,
    supervisor: User,
    made: Callable[..., Run],
    mailed: Callable[..., Delivery],
    queued: Callable[..., Run],
) -> None:
    for state in ("failed", "failed", "failed", "unknown", "done", "queued"):
        mailed(made(supervisor, path=f"{state}", state="delivering" if state == "queued" else "done"), state=state)
    again = made(supervisor)
    mailed(again, state="failed")
    mailed(again)
    queued(supervisor, state="failed")
    assert 'aria-label="Failures: 5"' in text(as_supervisor.get(RUNS))


def test_a_day_of_the_dashboard_is_one_of_the_users_zone(supervisor: User, queued: Callable[..., Run]) -> None:
    paris = ZoneInfo("Europe/Paris")
    today = timezone.now().astimezone(paris).date()
    midnight = datetime.combine(today, datetime.min.time(), paris)
    queued(supervisor, state="done", rows=5, bytes=70, created_at=midnight - timedelta(minutes=1))
    queued(supervisor, state="failed", created_at=midnight - timedelta(minutes=2))
    queued(supervisor, state="done", rows=7, bytes=90, created_at=midnight)
    queued(supervisor, state="done", rows=1000, created_at=midnight - timedelta(days=dashboard.DAYS))
    days = dashboard.days(Run.objects.all(), paris)
    assert len(days) == dashboard.DAYS
    yesterday = dashboard.Day(today - timedelta(days=1), runs=2, rows=5, bytes=70, failures=1)
    assert days[-2:] == [yesterday, dashboard.Day(today, runs=1, rows=7, bytes=90)]
    assert sum(day.rows for day in days) == 12


def test_the_dashboard_is_one_query(
    supervisor: User, queued: Callable[..., Run], django_assert_num_queries: Any
) -> None:
    for days in range(40):
        queued(supervisor, created_at=timezone.now() - timedelta(days=days))
    with django_assert_num_queries(1):
        dashboard.days(Run.objects.all(), ZoneInfo("UTC"))


def test_the_highest_bar_is_the_day_with_most_and_something_is_never_nothing() -> None:
    first = timezone.now().date() - timedelta(days=2)
    days = [dashboard.Day(first + timedelta(days=n), rows=rows) for n, rows in enumerate((0, 1, 1_000_000))]
    bars = dashboard.charts(days, current_reader())[1].bars
    assert [bar.height for bar in bars] == [0, 1.5, dashboard.HEIGHT]
    assert bars[2].y == 0
    assert bars[2].title.endswith("1,000,000")


def test_the_dashboard_has_charts_and_a_table(
    as_supervisor: Client, supervisor: User, queued: Callable[..., Run]
) -> None:
    queued(supervisor, state="done", rows=1234)
    page = text(as_supervisor.get(RUNS))
    assert page.count("<svg viewBox=") == 4
    assert page.count('<rect class="bar"') == 4 * dashboard.DAYS
    assert 'aria-label="Rows: 1,234"' in page
    assert '<td class="numeric">1,234</td>' in page


def test_the_dashboard_counts_only_what_the_user_may_see(
    as_stranger: Client, supervisor: User, queued: Callable[..., Run]
) -> None:
    queued(supervisor, state="done", rows=1234)
    assert "1,234" not in text(as_stranger.get(RUNS))


# One run.


def test_the_page_of_a_waiting_run_polls_every_second(
    as_supervisor: Client, supervisor: User, queued: Callable[..., Run]
) -> None:
    run = queued(supervisor)
    page = text(as_supervisor.get(f"{RUNS}{run.pk}/"))
    assert f'hx-get="/digital/runs/{run.pk}/?poll=1&state=queued" hx-trigger="every 1s"' in page
    assert f'action="/digital/runs/{run.pk}/cancel/"' in page


@pytest.mark.parametrize("there", [True, False])
def test_a_run_that_waits_says_so_where_no_worker_is_there(
    there: bool, as_supervisor: Client, supervisor: User, queued: Callable[..., Run]
) -> None:
    waiting, ended = queued(supervisor), queued(supervisor, state="failed")
    cache.set("worker_seen", there)
    for page in (RUNS, f"{RUNS}{waiting.pk}/"):
        assert ("No worker is running" not in text(as_supervisor.get(page))) is there
    assert "No worker is running" not in text(as_supervisor.get(f"{RUNS}{ended.pk}/"))


@pytest.mark.parametrize("state", Run.ENDED)
def test_the_page_of_an_ended_run_no_longer_polls(
    as_supervisor: Client, supervisor: User, queued: Callable[..., Run], state: str
) -> None:
    page = text(as_supervisor.get(f"{RUNS}{queued(supervisor, state=state).pk}/"))
    assert "hx-trigger" not in page
    assert "/cancel/" not in page


def test_progress_is_rows_done_of_rows_counted_with_rate_and_time_left(
    as_supervisor: Client, supervisor: User, queued: Callable[..., Run]
) -> None:
    counted = (timezone.now() - timedelta(seconds=10)).isoformat()
    log = [{"at": counted, "what": "begun", "attempt": 1}, {"at": counted, "what": "counted", "rows": 3_000_000}]
    run = queued(supervisor, state="writing", rows_counted=3_000_000, rows_done=1_000_000, log=log)
    page = text(as_supervisor.get(f"{RUNS}{run.pk}/?poll=1&state=running", headers=HTMX))
    assert "<html" not in page
    assert '<progress class="run-progress" max="3000000" value="1000000"' in page
    assert "1,000,000 of 3,000,000 rows" in page
    rate = int(re.findall(r"([\d,]+) rows/s", page)[0].replace(",", ""))
    assert 50_000 < rate <= 100_000
    assert re.search(r"about (\d+\N{NO-BREAK SPACE}min )?\d+\N{NO-BREAK SPACE}s left", page)


def test_a_change_of_state_is_announced_and_nothing_else_is(
    as_supervisor: Client, supervisor: User, queued: Callable[..., Run]
) -> None:
    run = queued(supervisor, state="running")
    announced = '<div id="announced" hx-swap-oob="innerHTML">Being prepared</div>'
    assert announced in text(as_supervisor.get(f"{RUNS}{run.pk}/?poll=1&state=queued", headers=HTMX))
    assert announced not in text(as_supervisor.get(f"{RUNS}{run.pk}/?poll=1&state=running", headers=HTMX))


def test_a_run_tells_what_came_out(
    as_administrator: Client, administrator: User, made: Callable[..., Run], mailed: Callable[..., Delivery]
) -> None:
    warnings = [{"code": "cut", "count": 3}, {"code": "sensitive_left_out", "columns": ["body"]}]
    log = [{"at": "2025-12-01T10:00:00+00:00", "what": "written", "rows": 2, "bytes": 24}]
    run = made(administrator, sensitive=("author_name",), warnings=warnings, log=log)
    mailed(run, as_link=False, link_expires_at=None)
    page = text(as_administrator.get(f"{RUNS}{run.pk}/"))
    for told in (run.sha256, run.file_name, "Nov 1, 2025 – Nov 30, 2025", "24 bytes", "0.4\N{NO-BREAK SPACE}s"):
        assert told in page
    assert "3 cells" in page
    assert "body" in page
    assert "Dec 1, 2025, 11:00:00" in page
    assert re.search(r'<li class="sensitive"><svg[^>]*aria-label="sensitive">.*?<code>author_name</code>', page)
    assert "as an attachment" in page


def test_the_request_is_in_words(as_supervisor: Client, supervisor: User, queued: Callable[..., Run]) -> None:
    run = queued(supervisor)
    run.request |= {"start": None, "end": None, "locale": "fr_CA"}
    run.save()
    page = text(as_supervisor.get(f"{RUNS}{run.pk}/"))
    assert f"Français (Canada), {run.request['timezone']}" in page
    assert "Everything" in page
    assert "(Creation date)" not in page, "which no date is filtered by"


def test_the_page_says_that_a_file_was_deleted(
    as_supervisor: Client, supervisor: User, made: Callable[..., Run]
) -> None:
    run = made(supervisor)
    Run.objects.filter(pk=run.pk).update(path="", file_deleted_at=timezone.now())
    page = text(as_supervisor.get(f"{RUNS}{run.pk}/"))
    assert "The file was deleted on" in page
    assert f"/digital/runs/{run.pk}/file" not in page


def test_an_empty_result_is_explained(as_supervisor: Client, supervisor: User, made: Callable[..., Run]) -> None:
    assert "No record matches the request" in text(as_supervisor.get(f"{RUNS}{made(supervisor, rows=0).pk}/"))


GIVEN_UP = message(
    "Navette gave up after {deaths} workers had stopped during it: try again, or ask the person who"
    " runs this installation to check the server log.",
    deaths=3,
)


def test_an_error_is_in_the_readers_words(as_supervisor: Client, supervisor: User, queued: Callable[..., Run]) -> None:
    supervisor.locale = "fr"
    supervisor.save()
    run = queued(supervisor, state="failed", error=GIVEN_UP)
    assert "Navette a abandonné" in text(as_supervisor.get(f"{RUNS}{run.pk}/"))


def test_filters_are_shown_with_the_names_of_their_values(
    as_supervisor: Client, supervisor: User, engine: DuckDBEngine
) -> None:
    [(key, name)] = engine.ask("SELECT id, name FROM sources ORDER BY id LIMIT 1")
    request = SavedRequest("messages", filters={"source": (str(key), "gone")}).to_json()
    run = Run.objects.create(export="messages", requested_by=supervisor, request=request)
    assert f"<dt>Source</dt><dd>{name}, gone</dd>" in text(as_supervisor.get(f"{RUNS}{run.pk}/"))


# What can be done with a run.


def test_a_run_is_made_again(as_supervisor: Client, supervisor: User, made: Callable[..., Run]) -> None:
    run = made(supervisor)
    response = as_supervisor.post(f"{RUNS}{run.pk}/again/")
    new = Run.objects.exclude(pk=run.pk).get()
    assert response["Location"] == f"{RUNS}{new.pk}/"
    run.refresh_from_db()
    assert (new.state, new.request) == ("queued", run.request)


def test_a_run_that_waits_is_cancelled(as_supervisor: Client, supervisor: User, queued: Callable[..., Run]) -> None:
    run = queued(supervisor)
    as_supervisor.post(f"{RUNS}{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert "too late" in text(as_supervisor.post(f"{RUNS}{run.pk}/cancel/", follow=True))


def test_a_mail_that_failed_says_why_and_is_sent_again(
    as_supervisor: Client, supervisor: User, made: Callable[..., Run], mailed: Callable[..., Delivery]
) -> None:
    run = made(supervisor)
    failed = mailed(run, state="failed", error=Message("550 5.1.1 no such user"), delivered_at=None)
    page = text(as_supervisor.get(f"{RUNS}{run.pk}/"))
    assert "550 5.1.1 no such user" in page
    assert f'href="/digital/runs/{run.pk}/file"' in page
    as_supervisor.post(f"/digital/deliveries/{failed.pk}/retry/")
    new = Delivery.objects.exclude(pk=failed.pk).get()
    assert (new.state, new.target, new.run_id) == ("queued", failed.target, run.pk)
    assert Event.objects.filter(name="export.sent_again", details__recipient=failed.target).exists()
    assert f"/digital/deliveries/{failed.pk}/retry/" not in text(as_supervisor.get(f"{RUNS}{run.pk}/"))


def test_a_mail_of_which_nobody_knows_is_explained(
    as_supervisor: Client, supervisor: User, made: Callable[..., Run], mailed: Callable[..., Delivery]
) -> None:
    run = made(supervisor)
    unknown = mailed(run, state="unknown", delivered_at=None)
    page = text(as_supervisor.get(f"{RUNS}{run.pk}/"))
    assert "it might arrive twice" in page
    assert f"/digital/deliveries/{unknown.pk}/retry/" in page


def test_a_link_is_revoked(
    as_supervisor: Client, supervisor: User, made: Callable[..., Run], mailed: Callable[..., Delivery]
) -> None:
    run = made(supervisor)
    link = mailed(run)
    assert "The link works until" in text(as_supervisor.get(f"{RUNS}{run.pk}/"))
    as_supervisor.post(f"/digital/deliveries/{link.pk}/revoke/")
    assert "The link was revoked on" in text(as_supervisor.get(f"{RUNS}{run.pk}/"))
    assert Event.objects.filter(name="export.link_revoked").exists()


def test_what_changes_something_is_posted(
    as_supervisor: Client, supervisor: User, made: Callable[..., Run], mailed: Callable[..., Delivery]
) -> None:
    run = made(supervisor)
    link = mailed(run)
    for address in (f"{RUNS}{run.pk}/again/", f"{RUNS}{run.pk}/cancel/"):
        assert as_supervisor.get(address).status_code == 405
    for what in ("retry", "revoke"):
        assert as_supervisor.get(f"/digital/deliveries/{link.pk}/{what}/").status_code == 405


ANOTHER_WRITERS = {
    "minReaderVersion": 3,
    "minWriterVersion": 7,
    "readerFeatures": ["deletionVectors"],
    "writerFeatures": ["deletionVectors"],
}
"""What a table's log says whose rows Navette cannot read."""


def test_the_page_of_a_run_does_without_a_store_that_cannot_be_read(
    as_supervisor: Client, supervisor: User, tmp_path: Path
) -> None:
    request = SavedRequest("messages", filters={"source": ("a1b2c3",)}, format="bi").to_json()
    run = Run.objects.create(export="messages", requested_by=supervisor, request=request)
    store = Store(tmp_path / "store")
    load(DemoDomain(messages=50, seed=7), store)
    log = store.root / "sources" / "_delta_log" / f"{store.snapshot().versions['sources'] + 1:020}.json"
    log.write_text(json.dumps({"protocol": ANOTHER_WRITERS}))
    with override_settings(NAVETTE=django_settings.NAVETTE.model_copy(update={"home": tmp_path})):
        response = as_supervisor.get(f"{RUNS}{run.pk}/")
    assert response.status_code == 200
    assert "<dd>a1b2c3</dd>" in text(response)
