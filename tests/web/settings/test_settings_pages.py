"""The pages under Settings: who may do what there, what is refused, and that the journal knows of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.test import Client, override_settings
from tests.web.settings.conftest import journal, text

from navette.connectors import DemoDomain
from navette.control.actor import Actor
from navette.control.extensions import EXTENSIONS
from navette.control.journal import record
from navette.control.models import Domain, Event, Extension, Role, User
from navette.control.permissions import PERMISSIONS
from navette.control.run_file_names import check_pattern
from navette.ingesting.load import load
from navette.store import Store

pytestmark = pytest.mark.django_db

PAGES = {
    "/settings/domain/": "update_settings",
    "/settings/users/": "manage_users",
    "/settings/users/add/": "manage_users",
    "/settings/roles/": "manage_roles",
    "/settings/roles/add/": "manage_roles",
    "/settings/connectors/": "manage_connectors",
    "/settings/extensions/": "create_and_destroy_extension",
    "/settings/extensions/add/": "create_and_destroy_extension",
    "/settings/journal/": "search_event",
    "/digital/automated/": "manage_automatic_exports",
}


# Who may see which page.


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_for_who_has_its_permission_alone(
    page: str, as_supervisor: Client, supervisor: User, permit: Callable[..., None]
) -> None:
    permit(supervisor, PAGES[page])
    assert as_supervisor.get(page).status_code == 200
    permit(supervisor, *(set(PERMISSIONS) - {PAGES[page]}))
    assert as_supervisor.get(page).status_code == 403
    assert as_supervisor.post(page).status_code == 403


# Domain.

DOMAIN = {
    "name": "Support",
    "locale": "fr_CA",
    "timezone": "America/Toronto",
    "first_day_of_week": "6",
    "retention_days": "10",
    "link_days": "3",
    "file_name_pattern": "{{domain}} {{export_name}}",
    "export_in_seconds": "on",
}


def test_the_domain_is_changed(as_administrator: Client) -> None:
    assert as_administrator.post("/settings/domain/", DOMAIN)["Location"] == "/settings/domain/"
    domain = Domain.current()
    assert (domain.name, domain.locale, domain.timezone) == ("Support", "fr_CA", "America/Toronto")
    assert (domain.first_day_of_week, domain.retention_days, domain.link_days) == (6, 10, 3)
    assert domain.export_in_seconds
    assert domain.file_name_pattern == "{{domain}} {{export_name}}"


def test_the_journal_says_which_settings_changed(as_administrator: Client) -> None:
    as_administrator.post("/settings/domain/", DOMAIN)
    ((name, details),) = journal()
    assert name == "settings.updated"
    assert set(details["changed"]) == set(DOMAIN)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("timezone", "Europe/Atlantis"),
        ("locale", "tlh"),
        ("first_day_of_week", "7"),
        ("retention_days", "0"),
        ("link_days", "-1"),
        ("file_name_pattern", "exports"),
        ("file_name_pattern", "{{export_name}}/{{day}}"),
        ("file_name_pattern", "{{export_name}} {{password}}"),
        ("file_name_pattern", "{{export_name"),
    ],
)
def test_settings_that_make_no_sense_are_refused(field: str, value: str, as_administrator: Client) -> None:
    response = as_administrator.post("/settings/domain/", {**DOMAIN, field: value})
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert Domain.current().name == "Test domain"


def test_languages_begin_with_a_capital_and_keep_those_within(as_administrator: Client) -> None:
    page = text(as_administrator.get("/settings/domain/"))
    assert "English (Canada)" in page
    assert "Français (Canada)" in page


# Extensions.


def test_an_extension_is_switched_on_and_off(as_administrator: Client, administrator: User) -> None:
    as_administrator.post("/settings/extensions/add/", {"name": "automatic_exports"})
    assert Extension.objects.get().added_by == administrator
    as_administrator.get("/settings/extensions/automatic_exports/remove/")
    assert Extension.objects.exists()
    as_administrator.post("/settings/extensions/automatic_exports/remove/")
    assert not Extension.objects.exists()
    assert journal() == [
        ("extension.created", {"extension": "automatic_exports"}),
        ("extension.destroyed", {"extension": "automatic_exports"}),
    ]


def test_only_extensions_that_are_off_are_offered(as_administrator: Client) -> None:
    Extension.objects.create(name="automatic_exports")
    page = as_administrator.get("/settings/extensions/add/")
    assert {name for name, _ in page.context["form"].fields["name"].choices} == set(EXTENSIONS) - {"automatic_exports"}


def test_with_all_extensions_on_there_is_nothing_to_add(as_administrator: Client) -> None:
    Extension.objects.bulk_create(Extension(name=name) for name in EXTENSIONS)
    assert "/settings/extensions/add/" not in text(as_administrator.get("/settings/extensions/"))
    assert "All extensions are on already" in text(as_administrator.get("/settings/extensions/add/"))


@pytest.mark.parametrize("name", ["nothing", "reply_assistant"])
def test_what_is_not_on_cannot_be_removed(name: str, as_administrator: Client) -> None:
    assert as_administrator.post(f"/settings/extensions/{name}/remove/").status_code == 404


def test_automated_exports_say_where_they_are_switched_on(as_administrator: Client, as_supervisor: Client) -> None:
    assert 'href="/settings/extensions/">' in text(as_administrator.get("/digital/automated/")).split("</h1>")[1]
    assert "Automated exports are off" in text(as_supervisor.get("/digital/automated/"))
    Extension.objects.create(name="automatic_exports")
    assert "No tasks yet" in text(as_supervisor.get("/digital/automated/"))


# The journal.


def event_at(name: str, user: User, *when: int, **details: Any) -> Event:
    """Record an event as of another moment, in UTC."""
    year, month, day, hour, minute, second = (*when, 0, 0, 0)[:6]
    instant = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    event = record(name, Actor(user, "192.0.2.1"), **details)
    # The table only grows: a row of another time has to be written as such.
    return Event.objects.create(name=name, created_at=instant, who=event.who, user_id=event.user_id, details=details)


def shown(response: Any) -> Any:
    return [(event.name, event.who) for event in response.context["events"]]


def test_events_are_shown_in_words_in_the_readers_zone(as_auditor: Client, supervisor: User) -> None:
    event_at("export.requested", supervisor, 2026, 1, 31, 23, 30, rows=12408, sensitive_columns=["author_name"])
    page = text(as_auditor.get("/settings/journal/"))
    assert "Feb 1, 2026, 12:30:00" in page
    assert "Export requested" in page
    assert "<span>sensitive fields:</span> author_name" in page
    assert "<span>rows:</span> 12,408" in page


def test_days_are_the_readers_both_included(as_auditor: Client, supervisor: User) -> None:
    for hour in (22, 23):  # in Paris 31 January 23:00, and 1 February
        event_at("export.created", supervisor, 2026, 1, 31, hour)
    event_at("export.created", supervisor, 2026, 2, 1, 22, 59)
    event_at("export.created", supervisor, 2026, 2, 1, 23)
    found = as_auditor.get("/settings/journal/", {"start": "2026-02-01", "end": "2026-02-01"}).context["events"]
    assert [one.created_at.hour for one in found] == [22, 23]


def test_events_are_filtered_by_name_and_user(as_auditor: Client, supervisor: User, administrator: User) -> None:
    record("export.created", Actor(supervisor))
    record("export.created", Actor(administrator))
    record("role.created", Actor(supervisor))
    chosen = {"name": "export.created", "who": supervisor.email}
    assert shown(as_auditor.get("/settings/journal/", chosen)) == [("export.created", supervisor.email)]


@pytest.mark.parametrize("wrong", [{"start": "2026-02-02", "end": "2026-02-01"}, {"start": "soon"}, {"name": "x"}])
def test_a_filter_that_makes_no_sense_says_so(wrong: Any, as_auditor: Client) -> None:
    response = as_auditor.get("/settings/journal/", wrong)
    assert response.status_code == 200
    assert "invalid-feedback" in text(response)


def test_older_events_are_one_page_further(as_auditor: Client, supervisor: User) -> None:
    for number in range(120):
        record("export.created", Actor(supervisor), rows=number)
    seen: list[int] = []
    address = "/settings/journal/?name=export.created"
    while address:
        response = as_auditor.get(address)
        seen += [event.details["rows"] for event in response.context["events"]]
        older = response.context.get("older")
        address = f"/settings/journal/?{older.urlencode()}" if older else ""
    assert seen == list(reversed(range(120)))


def test_a_journal_without_matches_says_so(as_auditor: Client) -> None:
    assert "No events match" in text(as_auditor.get("/settings/journal/", {"start": "2100-01-01"}))


def test_what_somebody_wrote_is_never_markup(as_auditor: Client, supervisor: User) -> None:
    record("role.created", Actor(supervisor), role="<script>alert(1)</script>")
    assert "<script>alert" not in text(as_auditor.get("/settings/journal/"))


# Connectors.


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Any]:
    """A home folder of its own for the console."""
    with override_settings(NAVETTE=django_settings.NAVETTE.model_copy(update={"home": tmp_path})):
        yield tmp_path


def test_an_empty_store_says_how_to_fill_it(as_administrator: Client, home: Path) -> None:
    page = text(as_administrator.get("/settings/connectors/"))
    assert "No data yet" in page
    assert "navette load files FOLDER" in page


def test_the_stores_tables_are_shown_with_their_rows(as_administrator: Client, home: Path) -> None:
    load(DemoDomain(messages=50, seed=7), Store(home / "store"))
    tables = {one.name: one for one in as_administrator.get("/settings/connectors/").context["tables"]}
    assert tables["contents"].rows >= 50
    assert (datetime.now(UTC) - tables["contents"].changed_at).total_seconds() < 600


# One's own profile.


def test_users_choose_their_language_and_time_zone(as_auditor: Client, auditor: User) -> None:
    as_auditor.post("/profile/", {"locale": "fr_BE", "timezone": "Europe/Brussels"})
    auditor.refresh_from_db()
    assert (auditor.locale, auditor.timezone) == ("fr_BE", "Europe/Brussels")
    assert journal() == [("user.updated", {"user": auditor.email, "changed": ["locale", "timezone"]})]
    assert "Modifications enregistrées." in text(as_auditor.get("/profile/"))


def test_users_change_nothing_else_of_themselves(as_auditor: Client, auditor: User, roles: dict[str, Role]) -> None:
    as_auditor.post("/profile/", {"locale": "", "timezone": "", "role": roles["Administrator"].pk, "email": "x@y.org"})
    auditor.refresh_from_db()
    assert (auditor.role, auditor.email) == (roles["Auditor"], "auditor@example.org")


# Translated names do not leak into what is stored.


def test_a_page_in_french_stores_the_same(as_administrator: Client, administrator: User) -> None:
    administrator.locale = "fr"
    administrator.save()
    as_administrator.post("/settings/domain/", DOMAIN)
    assert Domain.current().first_day_of_week == 6


def test_a_pattern_of_former_versions_is_converted(db: None) -> None:
    renaming = import_module("navette.control.migrations.0005_variables_in_double_braces")
    for former, now in (
        ("{export}_{date}", "{{export_name}}_{{year}}-{{month}}-{{day}}"),
        ("{domain} {time} {export}", "{{domain}} {{hour}}{{minute}}{{second}} {{export_name}}"),
    ):
        Domain.objects.update_or_create(pk=1, defaults={"file_name_pattern": former})
        renaming.rename(apps, None)
        assert Domain.objects.get().file_name_pattern == now
        check_pattern(now)
