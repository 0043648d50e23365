"""A run's way from asking to its file: who may, what comes out, what is told."""

import hashlib
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from tests.work.conftest import Installation

from navette.connectors import DemoDomain
from navette.control.actor import Actor
from navette.control.errors import ForbiddenError
from navette.control.journal import record
from navette.control.models import Delivery, Domain, Event, Extension, Role, Run, User
from navette.control.requests import new_request
from navette.control.run_file_names import check_pattern, domain_file_name
from navette.core.errors import RequestError
from navette.core.settings import Settings
from navette.engines import DuckDBEngine
from navette.ingesting.load import load
from navette.services.runs import cancel, file_of, prepared, request_run, run_again, send_again
from navette.store import Store
from navette.tables import TABLES
from navette.work.chores import ChoreKind, delete_expired_files, do_chores, remove_leftovers, store_journal
from navette.work.lease import CancelledError
from navette.work.queue import LeaseLostError, ask_to_cancel
from navette.work.run_export import RunExport

pytestmark = pytest.mark.django_db

SENSITIVE = ("id", "firstname", "lastname", "email")
"""Of identities: all but the first are sensitive."""


def events(name: str) -> list[Event]:
    return list(Event.objects.filter(name=name).order_by("number"))


def test_a_run_gives_its_file_and_queues_its_delivery(installation: Installation, administrator: User) -> None:
    run = installation.export(installation.ask(administrator, "identities", format="bi", fields=SENSITIVE))
    content = installation.file(run).read_bytes()
    assert run.state == "delivering"
    assert run.file_name.startswith("identities_2")
    assert run.file_name.endswith(".csv")
    assert content.startswith(b"id,firstname,lastname,email\n")
    assert run.rows == run.rows_done == run.rows_counted == content.count(b"\n") - 1 > 0
    assert (run.bytes, run.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert run.sensitive_columns == ["firstname", "lastname", "email"]
    assert [entry["what"] for entry in run.log] == ["begun", "counted", "written"]
    assert [(one.state, one.target) for one in run.deliveries.all()] == [("queued", administrator.email)]


def test_the_journal_records_the_request_and_its_outcome(installation: Installation, administrator: User) -> None:
    run = installation.ask(administrator, "messages", start="2024-01-01", end="2030-01-01", format="bi")
    installation.export(run)
    [asked], [made] = events("export.requested"), events("export.created")
    assert (asked.who, asked.user_id) == (administrator.email, administrator.pk)
    assert (asked.details["export"], asked.details["start"], asked.details["end"]) == (
        "messages",
        "2024-01-01",
        "2030-01-01",
    )
    assert (made.details["rows"], made.details["sha256"]) == (run.rows, run.sha256)
    assert made.details["recipient"] == administrator.email
    assert made.details["sensitive_columns"] == []


def test_who_may_not_see_sensitive_columns_gets_none_in_no_way(installation: Installation, supervisor: User) -> None:
    with pytest.raises(ForbiddenError, match="firstname, lastname, email"):
        installation.ask(supervisor, "identities", fields=SENSITIVE)
    with pytest.raises(ForbiddenError):
        prepared(Actor(supervisor), new_request(supervisor, "identities", fields=SENSITIVE), installation.settings)
    assert not Run.objects.exists()
    assert not Event.objects.filter(name="export.requested").exists()


def test_who_may_not_export_asks_for_nothing(installation: Installation, auditor: User) -> None:
    with pytest.raises(ForbiddenError, match="read_export"):
        installation.ask(auditor, "agents")


def test_who_was_demoted_meanwhile_gets_no_sensitive_column(installation: Installation, administrator: User) -> None:
    run = installation.ask(administrator, "identities", format="bi", fields=SENSITIVE)
    Role.objects.filter(pk=administrator.role_id).update(permissions=["read_export"])
    installation.export(run)
    assert installation.file(run).read_bytes().startswith(b"id\n")
    assert run.sensitive_columns == []
    assert run.warnings[0] == {"code": "sensitive_left_out", "columns": ["firstname", "lastname", "email"]}


def test_who_lost_the_right_to_export_meanwhile_gets_nothing(installation: Installation, administrator: User) -> None:
    installation.ask(administrator, "agents")
    Role.objects.filter(pk=administrator.role_id).update(permissions=[])
    lease = installation.claim(Run)
    with pytest.raises(ForbiddenError):
        RunExport(installation.settings)(lease)
    assert not list(installation.settings.files.rglob("*.csv"))


def test_an_account_that_was_closed_meanwhile_gets_nothing(installation: Installation, administrator: User) -> None:
    installation.ask(administrator, "agents")
    administrator.is_active = False
    administrator.save()
    with pytest.raises(ForbiddenError):
        RunExport(installation.settings)(installation.claim(Run))


def test_exports_of_an_extension_need_it_switched_on(installation: Installation, administrator: User) -> None:
    with pytest.raises(ForbiddenError, match="extension"):
        installation.ask(administrator, "responses")
    Extension.objects.create(name="customer_satisfaction")
    assert installation.ask(administrator, "responses").state == "queued"


def test_an_unknown_export_format_or_compression_is_refused_with_its_nearest(
    installation: Installation, administrator: User
) -> None:
    with pytest.raises(RequestError, match="did you mean 'agents'"):
        installation.ask(administrator, "agent")
    with pytest.raises(RequestError, match="did you mean 'xlsx'"):
        installation.ask(administrator, "agents", format="xls")
    with pytest.raises(RequestError, match="compression"):
        installation.ask(administrator, "agents", format="bi", compression="rar")


def test_a_period_counts_from_the_day_of_the_request(installation: Installation, administrator: User) -> None:
    run = installation.ask(administrator, "messages", period="yesterday", timezone="Europe/Paris")
    yesterday = (timezone.now().astimezone(new_request(administrator, "messages").zone) - timedelta(days=1)).date()
    assert (run.request["start"], run.request["end"], run.request["period"]) == (f"{yesterday}", f"{yesterday}", "")


def test_a_window_with_nothing_in_it_gives_a_file_of_titles(installation: Installation, administrator: User) -> None:
    run = installation.ask(administrator, "messages", start="1999-01-01", end="1999-01-02", format="bi")
    installation.export(run)
    assert (run.rows, installation.file(run).read_bytes().count(b"\n")) == (0, 1)


def test_a_stale_worker_commits_nothing_and_leaves_no_file(installation: Installation, administrator: User) -> None:
    run = installation.ask(administrator, "agents", format="bi")
    stale = installation.claim(Run, "stale")
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    installation.export(run)
    made = installation.file(run).read_bytes()
    with pytest.raises(LeaseLostError):
        RunExport(installation.settings)(stale)
    run.refresh_from_db()
    assert run.attempt == 2
    assert installation.file(run).read_bytes() == made
    assert [path.name for path in (installation.settings.files / run.pk).iterdir()] == ["2"]
    assert Delivery.objects.count() == 1


def test_a_run_that_is_to_be_cancelled_stops_and_leaves_no_file(
    installation: Installation, administrator: User
) -> None:
    run = installation.ask(administrator, "messages", format="bi")
    lease = installation.claim(Run)
    ask_to_cancel(run)
    lease.beat()
    with pytest.raises(CancelledError):
        RunExport(installation.settings)(lease)
    assert not list(installation.settings.files.rglob("*.csv"))


def test_a_wish_to_cancel_that_no_beat_saw_is_kept_all_the_same(
    installation: Installation, administrator: User
) -> None:
    run = installation.ask(administrator, "agents", format="bi")
    lease = installation.claim(Run)
    ask_to_cancel(run)
    with pytest.raises(CancelledError):
        RunExport(installation.settings)(lease)
    assert not list(installation.settings.files.rglob("*.csv"))
    assert not Delivery.objects.exists()
    assert events("export.created") == []


def test_only_its_requester_or_who_has_everybodys_files_cancels_a_run(
    installation: Installation, administrator: User, supervisor: User, auditor: User
) -> None:
    run = installation.ask(supervisor, "agents")
    with pytest.raises(ForbiddenError):
        cancel(Actor(auditor), run)
    assert cancel(Actor(administrator), run) is True
    assert events("export.cancelled")[0].who == administrator.email
    own = installation.ask(supervisor, "agents")
    assert cancel(Actor(supervisor), own) is True
    assert cancel(Actor(supervisor), own) is False


def test_running_again_asks_as_who_asks(installation: Installation, administrator: User, supervisor: User) -> None:
    own = installation.ask(supervisor, "agents")
    assert run_again(Actor(administrator), own, installation.settings).requested_by == administrator
    foreign = installation.ask(administrator, "identities", fields=SENSITIVE)
    with pytest.raises(ForbiddenError):
        run_again(Actor(supervisor), foreign, installation.settings)


def test_files_are_for_their_requester_and_for_who_has_everybodys(
    installation: Installation, administrator: User, supervisor: User, auditor: User
) -> None:
    run = installation.export(installation.ask(supervisor, "agents", format="bi"))
    assert file_of(Actor(supervisor), run, installation.settings) == installation.file(run)
    assert file_of(Actor(administrator), run, installation.settings) == installation.file(run)
    with pytest.raises(ForbiddenError):
        file_of(Actor(auditor), run, installation.settings)


def test_a_file_with_sensitive_columns_is_only_for_who_may_see_them_now(
    installation: Installation, administrator: User
) -> None:
    run = installation.export(installation.ask(administrator, "identities", format="bi", fields=SENSITIVE))
    Role.objects.filter(pk=administrator.role_id).update(permissions=["read_export", "download_all_runs"])
    administrator.role.refresh_from_db()
    with pytest.raises(ForbiddenError):
        file_of(Actor(administrator), run, installation.settings)


def test_only_a_delivery_that_did_not_arrive_is_sent_again(installation: Installation, administrator: User) -> None:
    run = installation.export(installation.ask(administrator, "agents", format="bi"))
    delivery = run.deliveries.get()
    with pytest.raises(RequestError):
        send_again(Actor(administrator), delivery)
    Delivery.objects.update(state="failed")
    delivery.refresh_from_db()
    administrator.email = "corrected@example.org"
    administrator.save()
    again = send_again(Actor(administrator), delivery)
    assert (again.state, again.target) == ("queued", "corrected@example.org")
    with pytest.raises(RequestError):
        send_again(Actor(administrator), delivery)
    assert run.deliveries.count() == 2


def test_retention_deletes_files_and_says_so(installation: Installation, administrator: User) -> None:
    run = installation.export(installation.ask(administrator, "agents", format="bi"))
    delete_expired_files(installation.settings)
    assert installation.file(run).exists()
    Run.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    path = installation.file(run)
    delete_expired_files(installation.settings)
    assert path.exists(), "it is being delivered"
    Run.objects.update(state="done")
    delete_expired_files(installation.settings)
    run.refresh_from_db()
    assert not path.exists()
    assert (run.path, run.file_name != "", run.log[-1]["what"]) == ("", True, "file_deleted")
    assert events("expired_data_purge.deleted")[0].details["files"] == 1
    with pytest.raises(RequestError, match="retention"):
        file_of(Actor(administrator), run, installation.settings)


def test_what_dead_workers_left_of_failed_runs_is_removed_and_nothing_else(
    installation: Installation, administrator: User
) -> None:
    kept = installation.export(installation.ask(administrator, "agents", format="bi"))
    failed = installation.ask(administrator, "agents", format="bi")
    Run.objects.filter(pk=failed.pk).update(state="failed")
    unknown, old = "0" * 24, "1" * 24
    for name in (failed.pk, unknown, old):
        (installation.settings.files / name / "1").mkdir(parents=True)
    long_ago = (timezone.now() - timedelta(days=31)).timestamp()
    os.utime(installation.settings.files / old, (long_ago, long_ago))
    remove_leftovers(installation.settings)
    assert {path.name for path in installation.settings.files.iterdir()} == {kept.pk, unknown}


def test_the_journals_export_has_what_was_done_here_as_well(
    demo: Settings, tmp_path: Path, installation: Installation, administrator: User
) -> None:
    shutil.copytree(demo.store, tmp_path / "own" / "store")
    own = type(installation)(Settings(home=tmp_path / "own", threads=2))
    before = Store(own.settings.store).snapshot().tables["events"].rows
    run = own.export(own.ask(administrator, "journal", format="bi"))
    assert run.rows == before + 1
    assert b"export.requested" in own.file(run).read_bytes()
    again = own.export(own.ask(administrator, "journal", format="bi"))
    assert again.rows == before + Event.objects.filter(number__lt=events("export.created")[-1].number).count()


def test_each_request_is_checked_before_anything_is_queued(installation: Installation, administrator: User) -> None:
    with pytest.raises(RequestError, match="unknown field"):
        installation.ask(administrator, "agents", fields=("no_such",))
    with pytest.raises(RequestError, match="before the start"):
        request_run(
            Actor(administrator),
            new_request(administrator, "messages", start="2025-02-01", end="2025-01-01"),
            installation.settings,
        )
    assert not Run.objects.exists()


def test_the_journals_export_needs_the_right_to_read_the_journal(installation: Installation, supervisor: User) -> None:
    with pytest.raises(ForbiddenError, match="search_event"):
        installation.ask(supervisor, "journal")


def test_events_that_were_committed_late_reach_the_store(
    installation: Installation, administrator: User, demo: Settings, tmp_path: Path
) -> None:
    shutil.copytree(demo.store, tmp_path / "own" / "store")
    own = Settings(home=tmp_path / "own", threads=2)
    record("user.updated", Actor(administrator), user="first")
    store_journal(own)
    late = Event.objects.create(name="user.updated", created_at=timezone.now() - timedelta(minutes=5))
    store_journal(own)
    found = DuckDBEngine(Store(own.store).snapshot(), own).ask(f"SELECT count(*) FROM events WHERE id = '{late.id}'")
    assert found == [(1,)]


def test_a_chore_that_fails_keeps_none_from_being_done(installation: Installation, administrator: User) -> None:
    done: list[Settings] = []

    def fail(_settings: Settings) -> None:
        raise FileExistsError("somebody@example.org")

    kinds = {"first": ChoreKind(fail, timedelta(hours=1)), "second": ChoreKind(done.append, timedelta(hours=1))}
    do_chores(installation.settings, kinds)
    do_chores(installation.settings, kinds)
    assert done == [installation.settings]


def test_names_of_files_are_short_enough_in_bytes(administrator: User) -> None:
    long = Domain(name="客户联络中心" * 16, file_name_pattern="{{domain}}_{{export_name}}")
    request = new_request(administrator, "agents")
    name = domain_file_name(long, request, "agents.csv.gz", timezone.now())
    assert len(name.encode()) <= 180
    assert name.endswith(".csv.gz")


@pytest.mark.parametrize(
    "pattern",
    [
        "{{year}}",
        "{{export_name}}/{{day}}",
        "{{export_name}}{",
        "{{export_name}}_{{user}}",
        "{{export_name}}:",
        "{export_name}",
        "{{export_name}}" + "{{domain}}" * 13,
    ],
)
def test_patterns_that_make_no_file_name_are_refused(pattern: str) -> None:
    with pytest.raises(RequestError, match="pattern"):
        check_pattern(pattern)


def test_a_new_store_is_counted_again(administrator: User, tmp_path: Path) -> None:
    own = Settings(home=tmp_path, threads=2)
    for messages in (100, 300):
        shutil.rmtree(own.store, ignore_errors=True)
        load(DemoDomain(messages=messages, seed=1), Store(own.store))
        ready = prepared(Actor(administrator), new_request(administrator, "messages"), own)
        assert ready.count() == sum(batch.num_rows for batch in ready.engine.rows(ready.query).batches())


def test_a_run_fails_if_its_filter_value_no_longer_exists_when_it_starts(administrator: User, tmp_path: Path) -> None:
    own = Settings(home=tmp_path, threads=2)
    store = Store(own.store)
    load(DemoDomain(messages=100, seed=1), store)
    [(source,)] = DuckDBEngine(store.snapshot(), own).ask(
        "SELECT id FROM sources WHERE id NOT IN (SELECT source_id FROM contents WHERE source_id IS NOT NULL) LIMIT 1"
    )
    request_run(Actor(administrator), new_request(administrator, "messages", filters={"source": (source,)}), own)
    store.delete(TABLES["sources"], [(str(source),)])
    with pytest.raises(RequestError, match=f"^unknown source '{source}'"):
        RunExport(own)(Installation(own).claim(Run))
    assert not list(own.files.rglob("messages*"))
