"""Who may do what: every role at every address, with and without sensitive columns. Nothing leaks."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from navette.catalogue.exports import EXPORTS
from navette.control.models import Delivery, Domain, Event, Extension, Preset, Role, Run, User
from navette.control.requests import SavedRequest
from navette.core.settings import Settings

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
SENSITIVE = [(name, column.name) for name, one in EXPORTS.items() for column in one.all_columns() if column.sensitive]

ADMINISTRATOR, SUPERVISOR, AUDITOR = "as_administrator", "as_supervisor", "as_auditor"
STRANGER = "as_stranger"
"""Another supervisor, who asked for none of the runs below."""

EVERYBODY = (ADMINISTRATOR, SUPERVISOR, AUDITOR, STRANGER)


@pytest.fixture(autouse=True)
def _installed(installation: Settings) -> None:
    """Every extension is on: all exports are there."""
    for name in ("customer_satisfaction", "reply_assistant", "automatic_exports"):
        Extension.objects.create(name=name)


@pytest.fixture
def ours(supervisor: User, made: Callable[..., Run], mailed: Callable[..., Delivery]) -> Any:
    """A supervisor's run that has ended, without sensitive columns, with a mail that failed."""
    run = made(supervisor)
    mailed(run, state="failed")
    return run


@pytest.fixture
def sensitive(administrator: User, made: Callable[..., Run], mailed: Callable[..., Delivery]) -> Any:
    """The administrator's run with a sensitive column, with a link that works."""
    run = made(administrator, sensitive=("body",))
    mailed(run)
    return run


@pytest.fixture
def was(roles: dict[str, Role], domain: Domain, made: Callable[..., Run], mailed: Callable[..., Delivery]) -> Any:
    """A run with a sensitive column of somebody who may have such no more, and their client."""
    user = User.objects.create_user("was@example.org", name="Will Was", role=roles["Supervisor"])
    run = made(user, sensitive=("body",))
    mailed(run)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client, run


def answers(request: Any, address: str, permitted: Any, method: str = "get", **named: Any) -> None:
    """Who is permitted gets an answer; all others are forbidden, and the signed-out are asked to sign in."""
    for name in EVERYBODY:
        status = getattr(request.getfixturevalue(name), method)(address, **named).status_code
        expected = (200, 302) if name in permitted else (403,)
        assert status in expected, (name, method, address, status)
    response = getattr(Client(), method)(address, **named)
    assert response.status_code == 302
    assert response.url.startswith("/account/sign-in/")


EXPORTERS = (ADMINISTRATOR, SUPERVISOR, STRANGER)


def fields(*names: str, **values: Any) -> Any:
    return {"period": "custom", "format": "bi", "fields": ["id", *names], **values}


# Without sensitive columns.


@pytest.mark.parametrize("address", ["/digital/exports/", "/digital/exports/messages/"])
def test_exports_are_for_who_may_export(request: Any, address: str) -> None:
    answers(request, address, EXPORTERS)


@pytest.mark.parametrize("part", ["count", "size", "preview"])
def test_counts_and_previews_are_for_who_may_export(request: Any, part: int) -> None:
    for headers in ({}, HTMX):
        for name in EVERYBODY:
            address = f"/digital/exports/messages/{part}/"
            response = request.getfixturevalue(name).post(address, fields(), headers=headers)
            assert response.status_code == (200 if name in EXPORTERS else 403), (name, part)


def test_only_people_who_may_export_can_request_runs(request: Any) -> None:
    answers(request, "/digital/exports/messages/", EXPORTERS, "post", data=fields())
    assert {run.requested_by.email.partition("@")[0] for run in Run.objects.all()} == {
        "administrator",
        "supervisor",
        "stranger",
    }


def test_presets_are_for_who_may_export(request: Any) -> None:
    answers(request, "/digital/exports/messages/presets/", EXPORTERS, "post", data=fields(preset_name="Mine"))
    assert Preset.objects.count() == 3


def test_the_history_is_for_who_may_export_or_see_all_runs(request: Any, auditor: User) -> None:
    answers(request, "/digital/runs/", EVERYBODY)
    auditor.role.permissions = ["search_event"]
    auditor.role.save()
    assert request.getfixturevalue(AUDITOR).get("/digital/runs/").status_code == 403


def test_a_run_is_seen_by_its_requester_and_who_sees_all(request: Any, ours: Any) -> None:
    answers(request, f"/digital/runs/{ours.pk}/", (ADMINISTRATOR, SUPERVISOR, AUDITOR))


def test_a_file_is_its_requesters_and_theirs_who_download_all(request: Any, ours: Any) -> None:
    answers(request, f"/digital/runs/{ours.pk}/file", (ADMINISTRATOR, SUPERVISOR))


def test_a_run_is_made_again_by_who_sees_it_and_may_export(request: Any, ours: Any) -> None:
    answers(request, f"/digital/runs/{ours.pk}/again/", (ADMINISTRATOR, SUPERVISOR), "post")


def test_a_run_is_cancelled_by_its_requester_and_who_downloads_all(request: Any, supervisor: User) -> None:
    run = Run.objects.create(export="messages", requested_by=supervisor, request=SavedRequest("messages").to_json())
    for name in (AUDITOR, STRANGER):
        assert request.getfixturevalue(name).post(f"/digital/runs/{run.pk}/cancel/").status_code == 403
        run.refresh_from_db()
        assert run.state == "queued"
    answers(request, f"/digital/runs/{run.pk}/cancel/", (ADMINISTRATOR, SUPERVISOR), "post")


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_mail_is_sent_again_by_who_may_have_the_file(request: Any, ours: Any, name: str) -> None:
    delivery = ours.deliveries.get()
    status = request.getfixturevalue(name).post(f"/digital/deliveries/{delivery.pk}/retry/").status_code
    permitted = name in (ADMINISTRATOR, SUPERVISOR)
    assert (status, Delivery.objects.count()) == ((302, 2) if permitted else (403, 1))


@pytest.mark.parametrize("name", EVERYBODY)
def test_a_link_is_revoked_by_who_may_have_the_file(request: Any, ours: Any, name: str) -> None:
    delivery = ours.deliveries.get()
    status = request.getfixturevalue(name).post(f"/digital/deliveries/{delivery.pk}/revoke/").status_code
    delivery.refresh_from_db()
    permitted = name in (ADMINISTRATOR, SUPERVISOR)
    assert (status, delivery.link_revoked_at is not None) == ((302, True) if permitted else (403, False))


def test_the_page_of_a_run_offers_only_what_is_permitted(request: Any, ours: Any) -> None:
    delivery = ours.deliveries.get()
    offers = {
        f"/digital/runs/{ours.pk}/file": (ADMINISTRATOR, SUPERVISOR),
        f"/digital/runs/{ours.pk}/again/": (ADMINISTRATOR, SUPERVISOR),
        f"/digital/deliveries/{delivery.pk}/retry/": (ADMINISTRATOR, SUPERVISOR),
    }
    for name in (ADMINISTRATOR, SUPERVISOR, AUDITOR):
        page = request.getfixturevalue(name).get(f"/digital/runs/{ours.pk}/").content.decode()
        for offer, permitted in offers.items():
            assert (offer in page) == (name in permitted), (name, offer)


@pytest.mark.parametrize("name", EVERYBODY)
def test_what_is_not_there_is_not_found(request: Any, name: str) -> None:
    client = request.getfixturevalue(name)
    for address in ("/digital/runs/nothing/", "/digital/runs/nothing/file", "/digital/deliveries/nothing/file"):
        assert client.get(address).status_code == 404


# With sensitive columns.


@pytest.mark.parametrize(("export", "column"), SENSITIVE)
def test_a_sensitive_column_is_offered_to_nobody_who_may_not_see_it(
    as_supervisor: Client, export: str, column: str
) -> None:
    page = html.unescape(as_supervisor.get(f"/digital/exports/{export}/").content.decode())
    assert f'value="{column}"' not in page
    assert f"<code>{column}</code>" not in page


@pytest.mark.parametrize("part", ["count/", "size/", "preview/", "presets/", ""])
@pytest.mark.parametrize(("export", "column"), SENSITIVE)
def test_a_sensitive_column_is_accepted_from_nobody_who_may_not_see_it(
    as_supervisor: Client, export: str, column: str, part: int
) -> None:
    asked = {"period": "custom", "format": "bi", "fields": [column], "preset_name": "Mine"}
    for headers in ({}, HTMX):
        response = as_supervisor.post(f"/digital/exports/{export}/{part}", asked, headers=headers)
        assert response.status_code == 403
    assert not Run.objects.exists()
    assert not Preset.objects.exists()
    assert not Event.objects.filter(name="export.requested").exists()


def test_a_mistake_elsewhere_in_the_form_does_not_show_it_either(as_supervisor: Client) -> None:
    asked = fields("body", start="2025-02-02", end="2025-01-01")
    page = as_supervisor.post("/digital/exports/messages/", asked).content.decode()
    assert "<code>body</code>" not in page
    assert 'value="body"' not in page


@pytest.mark.parametrize("part", ["count/", "preview/", "presets/", ""])
def test_a_sensitive_column_is_given_to_who_may_see_it(as_administrator: Client, part: int) -> None:
    asked = fields("body", preset_name="Mine")
    assert as_administrator.post(f"/digital/exports/messages/{part}", asked).status_code in (200, 302)


def test_a_file_with_sensitive_columns_is_for_who_may_see_them(request: Any, sensitive: Any) -> None:
    answers(request, f"/digital/runs/{sensitive.pk}/file", (ADMINISTRATOR,))
    answers(request, f"/digital/deliveries/{sensitive.deliveries.get().pk}/file", (ADMINISTRATOR,))
    answers(request, f"/digital/runs/{sensitive.pk}/again/", (ADMINISTRATOR,), "post")


def test_who_was_demoted_may_not_have_their_own_sensitive_file_any_more(was: Any) -> None:
    client, run = was
    delivery = run.deliveries.get()
    assert client.get(f"/digital/runs/{run.pk}/").status_code == 200
    assert client.get(f"/digital/runs/{run.pk}/file").status_code == 403
    assert client.get(f"/digital/deliveries/{delivery.pk}/file").status_code == 403
    assert client.post(f"/digital/runs/{run.pk}/again/").status_code == 403
    assert client.post(f"/digital/deliveries/{delivery.pk}/revoke/").status_code == 403
    assert f"/digital/runs/{run.pk}/file" not in client.get("/digital/runs/").content.decode()
    panel = client.get(f"/digital/exports/messages/?run={run.pk}").content.decode()
    assert 'value="body"' not in panel


def test_a_closed_account_has_nothing(as_administrator: Client, administrator: User, ours: Any) -> None:
    administrator.is_active = False
    administrator.save()
    for address in ("/digital/exports/", "/digital/runs/", f"/digital/runs/{ours.pk}/file"):
        response = as_administrator.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/account/sign-in/")
