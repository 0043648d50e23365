"""What a form keeps that nobody changed, what a change reaches that is there already, and days beyond any calendar."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from navette.control.actor import NAVETTE, Actor
from navette.control.journal import record
from navette.control.models import Domain, Run, User

pytestmark = pytest.mark.django_db

DOMAIN = {
    "name": "Support",
    "locale": "en",
    "timezone": "Europe/Paris",
    "first_day_of_week": "0",
    "retention_days": "10",
    "link_days": "3",
    "file_name_pattern": "{{export_name}}",
}


def text(response: Any) -> str:
    return response.content.decode()


# A language and a time zone that no list offers.


def test_the_domain_keeps_a_language_and_a_zone_that_the_lists_do_not_have(
    as_administrator: Client, domain: Domain
) -> None:
    Domain.objects.update(locale="fr_FR", timezone="CET")
    page = as_administrator.get("/settings/domain/").context["form"]
    assert (page["locale"].value(), page["timezone"].value()) == ("fr_FR", "CET")
    unchanged = {**DOMAIN, "locale": "fr_FR", "timezone": "CET"}
    assert as_administrator.post("/settings/domain/", unchanged)["Location"] == "/settings/domain/"
    assert (Domain.current().locale, Domain.current().timezone) == ("fr_FR", "CET")


@pytest.mark.parametrize(("field", "value"), [("locale", "fr_FR"), ("timezone", "CET")])
def test_what_is_not_there_already_is_not_offered(
    field: str, value: str, as_administrator: Client, domain: Domain
) -> None:
    form = as_administrator.get("/settings/domain/").context["form"]
    assert value not in dict(form.fields[field].choices)


def test_a_user_keeps_them_too(as_administrator: Client, as_auditor: Client, auditor: User) -> None:
    auditor.locale, auditor.timezone = "fr_FR", "CET"
    auditor.save()
    values = {"name": "Renamed", "email": auditor.email, "role": auditor.role_id, "is_active": "on"}
    for client, page in ((as_auditor, "/profile/"), (as_administrator, f"/settings/users/{auditor.pk}/")):
        shown = client.get(page).context["form"]
        for field in ("locale", "timezone"):
            assert shown[field].value() in dict(shown.fields[field].choices)
        assert client.post(page, {**values, "locale": "fr_FR", "timezone": "CET"}).status_code == 302
    auditor.refresh_from_db()
    assert (auditor.name, auditor.locale, auditor.timezone) == ("Renamed", "fr_FR", "CET")


# How long files are kept.


def test_another_retention_holds_for_the_files_that_are_there(
    as_administrator: Client, supervisor: User, domain: Domain
) -> None:
    asked = timezone.now() - timedelta(days=2)
    ended = {"export": "messages", "request": {}, "requested_by": supervisor, "created_at": asked}
    kept = Run.objects.create(**ended, path="one/file.csv", expires_at=asked + timedelta(days=30))
    gone = Run.objects.create(**ended, path="", expires_at=asked + timedelta(days=1))
    as_administrator.post("/settings/domain/", DOMAIN)
    for run in (kept, gone):
        run.refresh_from_db()
    assert kept.expires_at == asked + timedelta(days=10)
    assert gone.expires_at == asked + timedelta(days=1)


def test_the_same_retention_changes_no_file(as_administrator: Client, supervisor: User, domain: Domain) -> None:
    Domain.objects.update(retention_days=10)
    ends = timezone.now() + timedelta(days=30)
    run = Run.objects.create(export="messages", request={}, requested_by=supervisor, path="a", expires_at=ends)
    as_administrator.post("/settings/domain/", DOMAIN)
    run.refresh_from_db()
    assert run.expires_at == ends


# Days that no calendar has the next or the last of.


@pytest.mark.parametrize(("page", "fields"), [("/settings/journal/", "start end"), ("/digital/runs/", "since until")])
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("side", [0, 1])
def test_a_day_at_the_end_of_the_calendar_is_refused(
    page: str, fields: str, side: int, day: str, as_auditor: Client
) -> None:
    response = as_auditor.get(page, {fields.split()[side]: day})
    assert response.status_code == 200
    assert "invalid-feedback" in text(response)


def test_no_event_has_a_number_beyond_the_databases(as_auditor: Client) -> None:
    assert as_auditor.get("/settings/journal/", {"before": "9" * 30}).status_code == 200


# Who did what nobody asked for.


def test_what_happens_by_itself_is_done_by_navette(as_auditor: Client) -> None:
    record("expired_data_purge.deleted", NAVETTE)
    page = text(as_auditor.get("/settings/journal/", {"name": "expired_data_purge.deleted"}))
    assert '<td class="who">Navette</td>' in page


def test_who_did_not_sign_in_is_not_navette(as_auditor: Client) -> None:
    record("security.updated", Actor(None, "192.0.2.1"), what="sign_in_locked")
    page = text(as_auditor.get("/settings/journal/", {"name": "security.updated"}))
    assert "Not signed in" in page
    assert '<td class="who">Navette</td>' not in page
