"""Digital > Automated exports: who may, the list, the form, a slot."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncssh
import pytest
from django.test import Client, override_settings
from django.urls import reverse
from tests.outbox import add_slot_files, slot_files
from tests.ssh_server import InFolder, running_asyncssh
from tests.task_form import TASK_FORM

from navette.automation.task_plan import requests_of
from navette.catalogue.exports import EXPORTS
from navette.control.models import Domain, Event, Extension, KeyPair, Run, Task, TaskSlot, User
from navette.control.requests import SavedRequest, exports_for
from navette.control.ssh_keys import key_pairs
from navette.core.messages import Message
from navette.core.schedules import Slot
from navette.core.settings import Settings
from navette.web.exports.fields import default_names
from navette.wording.warnings import REMARKS

pytestmark = pytest.mark.django_db

FORM = TASK_FORM | {
    "exports": ["agents", "messages"],
    "period_messages": "last_week",
    "sftp-0-host": "sftp.example.org",
    "sftp-0-port": "22",
    "sftp-0-directory": "./in",
}


@pytest.fixture
def on(db: None) -> None:
    Extension.objects.create(name="automatic_exports")


@pytest.fixture
def kept(on: Any, as_administrator: Client) -> Any:
    """A task that was added."""
    answer = as_administrator.post(reverse("add_task"), FORM)
    assert answer.status_code == 302, answer.content.decode()
    return Task.objects.get()


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_without_the_extension_there_is_only_where_to_switch_it_on(as_administrator: Client) -> None:
    assert "Automated exports are off" in text(as_administrator.get(reverse("tasks")))
    assert as_administrator.get(reverse("add_task")).status_code == 400


def test_a_task_is_added_as_the_form_says(kept: Any, administrator: User) -> None:
    assert kept.owner == administrator
    assert [one["export"] for one in kept.exports] == ["agents", "messages"]
    fields = default_names(exports_for(administrator)["messages"])
    assert kept.exports[1] == {"export": "messages", "period": "last_week", "by": "", "fields": fields}
    assert kept.destinations.get().settings == {
        "host": "sftp.example.org",
        "port": 22,
        "user": "navette",
        "directory": "./in",
    }
    assert kept.due_at is not None


def chosen_period(page: str, export: str) -> Any:
    """The period that the form has chosen for an export, and those that it offers."""
    select = re.findall(rf'<select[^>]* name="period_{export}".*?</select>', page)[0]
    return re.findall(r'value="(\w+)" selected', select)[0], re.findall(r'value="(\w+)"', select)


def test_a_list_is_complete_unless_a_period_is_chosen_which_the_form_explains(
    on: Any, as_administrator: Client
) -> None:
    page = text(as_administrator.get(reverse("add_task")))
    lists = [name for name, export in EXPORTS.items() if export.listing]
    assert lists == ["agents"]
    for name in lists:
        chosen, offered = chosen_period(page, name)
        assert chosen == offered[0] == "beginning"
        assert f'id="period-about-{name}">With a period, the file contains only what was created' in page
    events = [name for name, export in EXPORTS.items() if export.incremental and not export.listing]
    assert {chosen_period(page, name)[0] for name in events if f'"period_{name}"' in page} == {"yesterday"}
    assert as_administrator.post(reverse("add_task"), FORM).status_code == 302
    kept = Task.objects.get()
    assert kept.due_at is not None
    [agents, _messages] = requests_of(kept, Slot(kept.due_at, kept.due_at.date()), Domain.current())
    assert (agents.start, agents.end) == (None, None)
    assert chosen_period(text(as_administrator.get(reverse("task", args=[kept.pk]))), "agents")[0] == "beginning"


def test_a_list_can_have_a_period_all_the_same(on: Any, as_administrator: Client) -> None:
    as_administrator.post(reverse("add_task"), FORM | {"period_agents": "last_week"})
    kept = Task.objects.get()
    assert kept.due_at is not None
    [agents, _messages] = requests_of(kept, Slot(kept.due_at, date(2026, 11, 18)), Domain.current())
    assert (agents.start, agents.end) == ("2026-11-09", "2026-11-15")


def test_its_page_shows_what_it_is_and_our_public_key_but_never_the_private_one(
    kept: Any, as_administrator: Client
) -> None:
    page = text(as_administrator.get(reverse("task", args=[kept.pk])))
    assert 'value="Nightly"' in page
    assert KeyPair.objects.get().public in page
    assert "PRIVATE" not in page
    assert KeyPair.objects.get().private not in page
    assert re.search(r'value="messages"[^>]* checked', page)
    assert not re.search(r'value="roles"[^>]* checked', page)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"exports": []}, "Choose at least one export"),
        ({"sftp-0-host": ""}, "Add a destination"),
        ({"sftp-0-user": ""}, "Enter the user name"),
        ({"frequency": "cron", "cron": "every day"}, "five fields"),
        ({"file_name_pattern": "{{label}}"}, "would get the name"),
        ({"file_name_pattern": "../{{export_name}}"}, "characters? that file names cannot have|character that file"),
        ({"sftp-0-directory": "a\nb"}, "invisible characters"),
        ({"sftp-0-port": "70000"}, "65535"),
    ],
)
def test_invalid_values_are_reported_and_nothing_is_saved(
    on: Any, as_administrator: Client, changed: Any, said: Any
) -> None:
    answer = as_administrator.post(reverse("add_task"), FORM | changed)
    assert answer.status_code == 422
    assert re.search(said, text(answer))
    assert not Task.objects.exists()


def test_who_may_not_see_sensitive_columns_is_offered_none_and_gets_none(on: Any, as_supervisor: Client) -> None:
    assert 'value="body"' not in text(as_supervisor.get(reverse("add_task")))
    answer = as_supervisor.post(reverse("add_task"), FORM | {"fields_messages": ["id", "body"]})
    assert answer.status_code == 403
    assert not Task.objects.exists()


def test_who_may_not_manage_tasks_reaches_no_page_of_them(kept: Any, as_auditor: Client) -> None:
    slot = TaskSlot.objects.create(task=kept, at=kept.due_at, day="2026-01-01")
    gets = [reverse("tasks"), reverse("deleted_tasks"), reverse("add_task"), reverse("slot", args=[slot.pk])]
    gets += [reverse(name, args=[kept.pk]) for name in ("task", "delete_task", "task_history")]
    posts = [reverse(name, args=[kept.pk]) for name in ("switch_task", "duplicate_task", "run_task", "delete_task")]
    assert {as_auditor.get(page).status_code for page in gets} == {403}
    assert {as_auditor.post(page).status_code for page in [*posts, reverse("test_task"), reverse("task_names")]} == {
        403
    }
    assert Task.objects.get().is_on


def test_names_are_shown_while_they_are_typed(on: Any, as_administrator: Client) -> None:
    shown = text(as_administrator.post(reverse("task_names"), FORM))
    assert "Nightly_agents.csv" in shown
    assert "Nightly_messages.csv" in shown
    wrong = text(as_administrator.post(reverse("task_names"), FORM | {"file_name_pattern": "{{me}}"}))
    assert "something in braces that is not a variable" in wrong


def test_pause_duplicate_run_and_delete(kept: Any, as_administrator: Client) -> None:
    as_administrator.post(reverse("switch_task", args=[kept.pk]), {"on": "0"})
    kept.refresh_from_db()
    assert (kept.is_on, kept.due_at) == (False, None)
    as_administrator.post(reverse("duplicate_task", args=[kept.pk]))
    copy = Task.objects.exclude(pk=kept.pk).get()
    assert (copy.label, copy.is_on, copy.exports) == ("Nightly (copy)", False, kept.exports)
    assert copy.destinations.get().settings == kept.destinations.get().settings
    answer = as_administrator.post(reverse("run_task", args=[kept.pk]))
    slot = TaskSlot.objects.get()
    assert answer["Location"] == reverse("slot", args=[slot.pk])
    assert Run.objects.filter(slot=slot).count() == 2
    assert "Nightly_agents.csv" in text(as_administrator.get(answer["Location"]))
    assert "Delete the task" in text(as_administrator.get(reverse("delete_task", args=[kept.pk])))
    as_administrator.post(reverse("delete_task", args=[kept.pk]))
    assert as_administrator.get(reverse("task", args=[kept.pk])).status_code == 404
    assert "Nightly (copy)" in text(as_administrator.get(reverse("tasks")))


def test_the_name_of_a_folder_is_text_and_no_markup(on: Any, as_administrator: Client, tmp_path: Path) -> None:
    with override_settings(NAVETTE=Settings(home=tmp_path, folders=f"{tmp_path}/<img src=x onerror=alert(1)>")):
        page = text(as_administrator.get(reverse("add_task")))
    assert "<img src=x" not in page
    assert f"{tmp_path}/&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_form_says_which_folders_files_may_go_to(on: Any, as_administrator: Client, tmp_path: Path) -> None:
    with override_settings(NAVETTE=Settings(home=tmp_path, folders=f"{tmp_path}/a:{tmp_path}/b")):
        page = text(as_administrator.get(reverse("add_task")))
    assert f"It must exist, in or below {tmp_path}/a, {tmp_path}/b." in page
    assert "such as {{year}}, are created" in page


def test_a_connection_that_may_not_be_made_is_explained_and_recorded(
    on: Any, administrator: User, as_administrator: Client, tmp_path: Path
) -> None:
    with override_settings(NAVETTE=Settings(home=tmp_path)):
        shown = text(
            as_administrator.post(reverse("test_task"), FORM | {"sftp-0-host": "127.0.0.1", "destination": "sftp-0"})
        )
    assert "Find an allowed address" in shown
    assert "may not connect to" in shown
    tested = Event.objects.get(name="sftp_connection.tested")
    assert tested.who == administrator.email
    assert tested.details == {
        "recipient": "navette@127.0.0.1 ./in",
        "result": "failed",
        "step": "address",
        "reason": "not_allowed",
    }


class ConfirmsNothing(InFolder):
    """Does not say that a file is on its disk."""

    def fsync(self, file_obj: object) -> Any:
        raise asyncssh.SFTPPermissionDenied("no")


def test_a_test_reports_what_deliveries_will_do_without(on: Any, as_administrator: Client, tmp_path: Path) -> None:
    with (
        override_settings(NAVETTE=Settings(home=tmp_path, sftp_allowed="127.0.0.0/8")),
        running_asyncssh(key_pairs()[0].public, tmp_path, ConfirmsNothing) as server,
    ):
        form = FORM | {"sftp-0-host": "127.0.0.1", "sftp-0-port": server.port, "sftp-0-directory": "/"}
        accepted = {"sftp-0-host_key": server.host_keys[0], "sftp-0-key_of": f"127.0.0.1 {server.port}"}
        shown = text(as_administrator.post(reverse("test_task"), form | accepted | {"destination": "sftp-0"}))
    assert "The connection works" in shown
    assert "The server does not confirm that files are on its disk." in shown


def test_a_slots_page_shows_what_a_delivery_did_without(kept: Any, as_administrator: Client) -> None:
    slot = TaskSlot.objects.create(task=kept, at=kept.due_at, day="2026-01-01", state="done")
    remarks = {"remarks": list(REMARKS)}
    add_slot_files(slot=slot, target="sftp.example.org", state="done", checkpoint=remarks)
    shown = text(as_administrator.get(reverse("slot", args=[slot.pk])))
    assert [str(remark) for remark in REMARKS.values() if str(remark) not in shown] == []


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMjLLyRcHBVMqrfSMzgFVDmlTfECPFkdNpbpKRzS0mwC"


def test_an_accepted_key_holds_for_its_host_and_port_only(kept: Any, as_administrator: Client) -> None:
    page, form = reverse("task", args=[kept.pk]), FORM | {"sftp-0-row_id": kept.destinations.get().pk}
    as_administrator.post(page, form | {"sftp-0-host_key": KEY, "sftp-0-key_of": "other.example.org 22"})
    assert kept.destinations.get().host_keys == []
    as_administrator.post(page, form | {"sftp-0-host_key": KEY, "sftp-0-key_of": "sftp.example.org 22"})
    assert kept.destinations.get().host_keys == [KEY]
    as_administrator.post(page, form | {"sftp-0-directory": "./elsewhere"})
    assert kept.destinations.get().host_keys == [KEY]
    as_administrator.post(page, form | {"sftp-0-host": "other.example.org"})
    assert kept.destinations.get().host_keys == []


def test_files_go_to_several_servers_each_with_its_key(kept: Any, as_administrator: Client) -> None:
    first = kept.destinations.get().pk
    more = {
        "sftp-TOTAL_FORMS": "3",
        "sftp-0-row_id": first,
        "sftp-1-host": "",  # one that was added and removed again
        "sftp-1-directory": "./",
        "sftp-2-host": "other.example.org",
        "sftp-2-user": "somebody",
        "sftp-2-host_key": KEY,
        "sftp-2-key_of": "other.example.org 22",
    }
    page = reverse("task", args=[kept.pk])
    assert as_administrator.post(page, FORM | more).status_code == 302
    one, other = kept.destinations.all()
    assert (one.pk, one.settings["host"], one.host_keys) == (first, "sftp.example.org", [])
    assert other.settings == {"host": "other.example.org", "port": 22, "user": "somebody", "directory": "./"}
    assert other.host_keys == [KEY]
    shown = text(as_administrator.get(page))
    assert 'name="sftp-1-host" value="other.example.org"' in shown
    assert shown.count("key is accepted") == shown.count("key is not accepted yet") == 1
    remaining = {"sftp-0-row_id": other.pk, "sftp-0-host": "other.example.org"}
    as_administrator.post(page, FORM | remaining)
    assert kept.destinations.get().host_keys == [KEY]


@pytest.mark.parametrize(("total", "shown"), [("1", 2), ("5", 5), ("x", 1), ("9" * 5000, 1)])
def test_without_javascript_the_form_comes_back_with_a_server_more(
    on: Any, as_administrator: Client, total: Any, shown: Any
) -> None:
    answer = as_administrator.post(reverse("add_task"), FORM | {"sftp-TOTAL_FORMS": total, "more": "sftp"})
    fields = re.findall(r'name="sftp-\d+-host"', text(answer))
    assert len(fields) == shown
    assert f'name="sftp-TOTAL_FORMS" value="{shown}"' in text(answer)
    assert 'value="sftp.example.org"' in text(answer)
    assert not Task.objects.exists()


def test_a_second_server_without_user_is_refused(on: Any, as_administrator: Client) -> None:
    more = {"sftp-TOTAL_FORMS": "2", "sftp-1-host": "other.example.org"}
    answer = as_administrator.post(reverse("add_task"), FORM | more)
    assert answer.status_code == 422
    assert "Enter the user name" in text(answer)
    assert not Task.objects.exists()


def test_tasks_are_in_the_order_of_a_dictionary_on_every_page(
    kept: Any, as_administrator: Client, administrator: User
) -> None:
    for label in ("Zoo", "Élan", "eclair"):
        Task.objects.create(label=label, owner=administrator, is_on=False)
    page = text(as_administrator.get("/digital/automated/"))
    shown = [page.index(f">{label}<") for label in ("eclair", "Élan", "Zoo")]
    assert shown == sorted(shown)
    assert "Last slot" in page


def test_the_history_of_a_task_says_what_it_is(kept: Any, as_administrator: Client) -> None:
    assert f"<h1>History – {kept.label}</h1>" in text(as_administrator.get(f"/digital/automated/{kept.pk}/history/"))


def test_a_backfill_of_days(kept: Any, as_administrator: Client) -> None:
    page = reverse("task_history", args=[kept.pk])
    assert "No slots yet" in text(as_administrator.get(page))
    as_administrator.post(page, {"first": "2026-01-01", "last": "2026-01-03"})
    assert [slot.origin for slot in TaskSlot.objects.all()] == ["backfill"] * 3
    assert "backfill" in text(as_administrator.get(page))
    assert "is before the first" in text(as_administrator.post(page, {"first": "2026-01-03", "last": "2026-01-01"}))


def test_what_passed_while_the_extension_was_off_is_not_run_when_it_comes_back(
    kept: Any, as_administrator: Client
) -> None:
    Task.objects.update(due_at="2026-01-01T03:00+00:00")
    as_administrator.post(reverse("remove_extension", args=["automatic_exports"]))
    as_administrator.post(reverse("add_extension"), {"name": "automatic_exports"})
    kept.refresh_from_db()
    assert kept.is_on
    assert kept.due_at > kept.updated_at


def test_another_time_zone_of_the_domain_moves_the_next_slot(kept: Any, as_administrator: Client) -> None:
    page = as_administrator.get(reverse("domain"))
    form = {field.html_name: field.value() for field in page.context["form"] if field.value() is not None}
    before = kept.due_at
    as_administrator.post(reverse("domain"), form | {"timezone": "Asia/Tokyo", "export_in_seconds": ""})
    kept.refresh_from_db()
    assert kept.due_at != before
    assert kept.due_at.astimezone(ZoneInfo("Asia/Tokyo")).hour == 4


def test_switching_off_says_that_what_was_under_way_is_cancelled(kept: Any, as_administrator: Client) -> None:
    def pause() -> Any:
        return text(as_administrator.post(reverse("switch_task", args=[kept.pk]), {"on": "0"}, follow=True))

    history = reverse("task_history", args=[kept.pk])
    as_administrator.post(reverse("run_task", args=[kept.pk]))
    assert "Cancel work in progress" not in text(as_administrator.get(history))  # pausing it does that
    assert "is paused, and work in progress is cancelled" in pause()
    TaskSlot.objects.update(state="failed")
    assert "Cancel work in progress" not in text(as_administrator.get(history))
    as_administrator.post(reverse("run_task", args=[kept.pk]))
    assert "Cancel work in progress" in text(as_administrator.get(history))
    assert "work in progress is cancelled" in pause()
    assert {run.state for run in Run.objects.all()} == {"cancelled"}


def test_a_slots_page_that_asks_again_by_itself_keeps_nobody_signed_in(kept: Any, as_administrator: Client) -> None:
    page = as_administrator.post(reverse("run_task", args=[kept.pk]))["Location"]
    assert f'hx-get="{page}?poll=1"' in text(as_administrator.get(page))


def test_the_history_of_a_deleted_task_can_be_read_but_nothing_done_with_it(
    kept: Any, as_administrator: Client
) -> None:
    assert "Deleted tasks" not in text(as_administrator.get(reverse("tasks")))
    as_administrator.post(reverse("run_task", args=[kept.pk]))
    as_administrator.post(reverse("delete_task", args=[kept.pk]))
    TaskSlot.objects.update(state="failed", finished_at=kept.created_at)
    history, slot = reverse("task_history", args=[kept.pk]), reverse("slot", args=[TaskSlot.objects.get().pk])
    assert reverse("deleted_tasks") in text(as_administrator.get(reverse("tasks")))
    assert f'href="{history}"' in text(as_administrator.get(reverse("deleted_tasks")))
    assert f'href="{slot}"' in text(as_administrator.get(history))
    for page in (history, slot):
        shown = as_administrator.get(page).content.decode()
        main = shown[shown.index("<main") :]
        assert "<form" not in main
    assert as_administrator.post(history, {"first": "2026-01-01", "last": "2026-01-03"}).status_code == 404
    assert as_administrator.post(reverse("replay_slot", args=[TaskSlot.objects.get().pk])).status_code == 400


@pytest.mark.parametrize(("language", "said"), [("fr", "Premier jour"), ("en", "First day")])
def test_the_form_of_a_backfill_is_in_the_readers_language(
    kept: Any, administrator: User, as_administrator: Client, language: str, said: Any
) -> None:
    administrator.locale = language
    administrator.save()
    assert said in text(as_administrator.get(reverse("task_history", args=[kept.pk])))


def badges(page: str) -> list[tuple[str, str]]:
    """The states that a page shows, in its order: the class and the words of each."""
    return re.findall(r'<span class="badge(?: badge-large)? state-(\w+)">([^<]+)</span>', page)


def test_the_list_the_history_and_the_slot_show_that_files_will_be_sent_again(
    kept: Any, as_administrator: Client, administrator: User
) -> None:
    TaskSlot.objects.create(task=kept, at=kept.due_at - timedelta(days=1), day="2026-01-01", state="done")
    slot = TaskSlot.objects.create(task=kept, at=kept.due_at, day="2026-01-02", state="delivering")
    made = {"request": SavedRequest("agents").to_json(), "requested_by": administrator, "slot": slot}
    Run.objects.create(export="agents", state="done", **made)
    upload = add_slot_files(slot=slot, target="sftp.example.org", error=Message("the server is away."))
    retrying, ended = ("retrying", "Retrying"), ("done", "Done")
    history = reverse("task_history", args=[kept.pk])
    assert badges(text(as_administrator.get(reverse("tasks")))) == [retrying]
    assert badges(text(as_administrator.get(history))) == [retrying, ended]
    page = text(as_administrator.get(reverse("slot", args=[slot.pk])))
    assert badges(page) == [retrying, retrying, retrying]  # the slot, its run, the delivery
    assert "Next attempt:" in page
    assert badges(text(as_administrator.get(reverse("runs")))) == [retrying]
    slot_files().filter(pk=upload.pk).update(state="failed")
    TaskSlot.objects.filter(pk=slot.pk).update(state="failed")
    assert badges(text(as_administrator.get(reverse("tasks")))) == [("failed", "Failed")]
    assert badges(text(as_administrator.get(reverse("runs")))) == [("undelivered", "Delivery failed")]
    assert 'aria-label="Failures: 1"' in text(as_administrator.get(reverse("runs")))
    TaskSlot.objects.filter(pk=slot.pk).update(state="cancelled")
    assert badges(text(as_administrator.get(reverse("tasks")))) == [ended]


def test_the_list_shows_a_slot_in_progress_rather_than_later_ones(kept: Any, as_administrator: Client) -> None:
    for days, state in enumerate(("done", "delivering", "running")):
        at = kept.due_at + timedelta(days=days)
        TaskSlot.objects.create(task=kept, at=at, day=at.date(), state=state)
    assert badges(text(as_administrator.get(reverse("tasks")))) == [("delivering", "Being delivered")]
