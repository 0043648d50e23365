"""The pages under Settings: who may do what there, what is refused, and that the journal knows of it."""

import re
from datetime import UTC, datetime
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.conf import settings as django_settings
from django.test import override_settings
from tests.outbox import password_links, send_mails

from navette.connectors import DemoDomain
from navette.control.actor import Actor
from navette.control.extensions import EXTENSIONS
from navette.control.journal import record
from navette.control.models import Domain, Event, Extension, Role, User
from navette.control.permissions import PERMISSIONS
from navette.control.run_file_names import check_pattern
from navette.ingesting.load import load
from navette.store import Store
from navette.work.worker import Worker

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


def text(response):
    return response.content.decode()


def journal():
    """Names and details of what was done, the oldest first; signing in is left out."""
    return [(one.name, one.details) for one in Event.objects.exclude(name="session.created").order_by("number")]


@pytest.fixture
def permit():
    """Give a user exactly those permissions."""

    def permit(user, *permissions):
        user.role, _ = Role.objects.update_or_create(label="Made to measure", defaults={"permissions": permissions})
        user.save()

    return permit


# Who may see which page.


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_for_who_has_its_permission_alone(page, as_supervisor, supervisor, permit):
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


def test_the_domain_is_changed(as_administrator):
    assert as_administrator.post("/settings/domain/", DOMAIN).url == "/settings/domain/"
    domain = Domain.current()
    assert (domain.name, domain.locale, domain.timezone) == ("Support", "fr_CA", "America/Toronto")
    assert (domain.first_day_of_week, domain.retention_days, domain.link_days) == (6, 10, 3)
    assert domain.export_in_seconds
    assert domain.file_name_pattern == "{{domain}} {{export_name}}"


def test_the_journal_says_which_settings_changed(as_administrator):
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
def test_settings_that_make_no_sense_are_refused(field, value, as_administrator):
    response = as_administrator.post("/settings/domain/", {**DOMAIN, field: value})
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert Domain.current().name == "Test domain"


def test_languages_begin_with_a_capital_and_keep_those_within(as_administrator):
    page = text(as_administrator.get("/settings/domain/"))
    assert "English (Canada)" in page
    assert "Français (Canada)" in page


# Users.


def person(user, **changes):
    """The form of a user as it stands, with changes."""
    form = {"name": user.name, "email": user.email, "role": user.role_id, "locale": user.locale}
    return {**form, "timezone": user.timezone, "is_active": "on", **changes}


def test_no_role_is_selected_by_default_for_a_new_user(as_administrator, roles):
    page = text(as_administrator.get("/settings/users/add/"))
    choices = re.search(r'<select name="role".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r'<option value="([^"]*)"( selected)?', choices)[0] == ("", " selected")
    form = {"name": "Nadia", "email": "nadia@example.org", "role": "", "locale": "", "timezone": ""}
    assert "role" in as_administrator.post("/settings/users/add/", form).context["form"].errors
    assert not User.objects.filter(email="nadia@example.org").exists()


def test_a_user_is_added_without_a_password(as_administrator, roles):
    form = {"name": "Nora", "email": "Nora@Example.org", "role": roles["Auditor"].pk, "locale": "fr", "timezone": ""}
    answer = as_administrator.post("/settings/users/add/", form)
    added = User.objects.get(email="nora@example.org")
    assert answer.url == f"/settings/users/{added.pk}/"
    assert (added.role, added.locale, added.zone.key) == (roles["Auditor"], "fr", "Europe/Paris")
    assert not added.has_usable_password()
    assert journal() == [("user.created", {"user": "nora@example.org", "role": "Auditor"})]


def test_one_address_is_one_user_whatever_its_case(as_administrator, supervisor):
    form = person(supervisor, email="SUPERVISOR@example.org")
    assert "email" in as_administrator.post("/settings/users/add/", form).context["form"].errors


def test_a_user_is_changed_and_the_journal_says_what(as_administrator, supervisor, roles):
    form = person(supervisor, role=roles["Auditor"].pk, timezone="Asia/Tokyo")
    as_administrator.post(f"/settings/users/{supervisor.pk}/", form)
    supervisor.refresh_from_db()
    assert (supervisor.role, supervisor.timezone) == (roles["Auditor"], "Asia/Tokyo")
    ((name, details),) = journal()
    assert name == "user.updated"
    assert set(details["changed"]) == {"role", "timezone"}


def test_an_account_is_closed_and_opened_again(as_administrator, supervisor):
    closed = person(supervisor)
    del closed["is_active"]
    for form, active in ((closed, False), (person(supervisor), True)):
        as_administrator.post(f"/settings/users/{supervisor.pk}/", form)
        supervisor.refresh_from_db()
        assert supervisor.is_active is active
    assert [details["is_active"] for _, details in journal()] == [False, True]


def test_nobody_closes_their_own_account(as_administrator, administrator):
    form = person(administrator)
    del form["is_active"]
    assert "is_active" in as_administrator.post(f"/settings/users/{administrator.pk}/", form).context["form"].errors


def test_the_last_who_may_manage_users_and_roles_keeps_that_role(as_administrator, administrator, roles):
    form = person(administrator, role=roles["Supervisor"].pk)
    page = text(as_administrator.post(f"/settings/users/{administrator.pk}/", form))
    assert "Nobody would be left who may manage users and roles" in page
    administrator.refresh_from_db()
    assert administrator.role == roles["Administrator"]
    assert journal() == []


def test_with_another_in_charge_one_may_step_down(as_administrator, administrator, supervisor, roles):
    supervisor.role = roles["Administrator"]
    supervisor.set_password("a long enough pass phrase")
    supervisor.save()
    as_administrator.post(f"/settings/users/{administrator.pk}/", person(administrator, role=roles["Supervisor"].pk))
    administrator.refresh_from_db()
    assert administrator.role == roles["Supervisor"]


def test_who_manages_users_alone_gives_no_more_than_they_have(as_supervisor, supervisor, auditor, roles, permit):
    permit(supervisor, "manage_users", *roles["Auditor"].permissions)
    offered = text(as_supervisor.get(f"/settings/users/{auditor.pk}/"))
    assert roles["Administrator"].pk not in offered
    forged = as_supervisor.post(f"/settings/users/{auditor.pk}/", person(auditor, role=roles["Administrator"].pk))
    assert forged.status_code == 403
    auditor.refresh_from_db()
    assert auditor.role == roles["Auditor"]


def test_who_manages_users_alone_does_not_lift_themselves(as_supervisor, supervisor, roles, permit):
    permit(supervisor, "manage_users")
    form = person(supervisor, role=roles["Administrator"].pk)
    assert as_supervisor.post(f"/settings/users/{supervisor.pk}/", form).status_code == 403


@pytest.mark.parametrize("what", ["", "link/", "second-factor/"])
def test_who_manages_users_alone_touches_nobody_who_may_do_more(what, as_supervisor, supervisor, administrator, permit):
    permit(supervisor, "manage_users")
    assert as_supervisor.post(f"/settings/users/{administrator.pk}/{what}", person(administrator)).status_code == 403


def test_a_link_is_shown_once_and_recorded_without_the_link(as_administrator, supervisor):
    page = text(as_administrator.post(f"/settings/users/{supervisor.pk}/link/"))
    assert "http://127.0.0.1:8000/account/password/reset/" in page
    assert "/password/reset/" not in text(as_administrator.get(f"/settings/users/{supervisor.pk}/"))
    assert journal() == [("user.password_recovery_instructions_sent", {"user": supervisor.email})]


def test_a_link_is_mailed_in_the_users_language(as_administrator, supervisor, mails):
    supervisor.locale = "fr"
    supervisor.save()
    as_administrator.post(f"/settings/users/{supervisor.pk}/link/", {"mail": "1"})
    (message,) = send_mails()
    assert message["To"] == supervisor.email
    assert message["Subject"] == "Choisissez votre mot de passe pour Navette"
    assert "http://127.0.0.1:8000/account/password/reset/" in message.get_body(["plain"]).get_content()


def test_the_page_says_what_became_of_a_mailed_link(as_administrator, supervisor, mails):
    page = f"/settings/users/{supervisor.pk}/"
    shown = text(as_administrator.post(f"{page}link/", {"mail": "1"}, follow=True))
    assert f"The link is being sent to {supervisor.email}" in shown
    assert "Waiting" in shown
    send_mails()
    assert "Delivered" in text(as_administrator.get(page))


def test_where_no_mail_goes_out_the_page_offers_to_show_a_link(as_administrator, supervisor, away):
    page = f"/settings/users/{supervisor.pk}/"
    as_administrator.post(f"{page}link/", {"mail": "1"})
    Worker(django_settings.NAVETTE).step("mail")
    shown = text(as_administrator.get(page))
    assert "Retrying" in shown
    assert "You can show a link instead" in shown


def test_no_secret_of_a_mailed_link_is_stored(as_administrator, supervisor, mails):
    as_administrator.post(f"/settings/users/{supervisor.pk}/link/", {"mail": "1"})
    [message] = send_mails()
    secret = re.search(r"/password/reset/([^/]+)/", message.get_body(["plain"]).get_content())[1]
    [delivery] = password_links().values()
    assert secret not in str(delivery)


@pytest.fixture
def second_factor(supervisor):
    """The authenticator app and the recovery codes of the supervisor."""
    TOTP.activate(supervisor, generate_totp_secret())
    RecoveryCodes.activate(supervisor)
    return Authenticator.objects.filter(user=supervisor)


def test_a_lost_second_factor_is_removed_and_the_journal_says_whose(as_administrator, supervisor, second_factor):
    assert second_factor.count() == 2
    offered = text(as_administrator.get(f"/settings/users/{supervisor.pk}/"))
    assert f'action="/settings/users/{supervisor.pk}/second-factor/"' in offered
    page = text(as_administrator.post(f"/settings/users/{supervisor.pk}/second-factor/", follow=True))
    assert "Sam Supervisor can now sign in without a second factor." in page
    assert "Remove the second factor" not in page
    assert not second_factor.exists()
    assert journal() == [("security.updated", {"what": "second_factor_removed", "user": supervisor.email})]


def test_where_there_is_no_second_factor_nothing_is_removed_or_recorded(as_administrator, supervisor):
    as_administrator.post(f"/settings/users/{supervisor.pk}/second-factor/")
    assert journal() == []


def test_a_link_to_the_removal_removes_nothing(as_administrator, supervisor, second_factor):
    assert as_administrator.get(f"/settings/users/{supervisor.pk}/second-factor/").status_code == 405
    assert second_factor.exists()


def test_who_may_not_manage_users_removes_no_second_factor(as_auditor, supervisor, second_factor):
    assert as_auditor.post(f"/settings/users/{supervisor.pk}/second-factor/").status_code == 403
    assert second_factor.exists()
    assert journal() == []


# Roles.


def test_a_role_is_added_with_its_permissions_in_order(as_administrator):
    as_administrator.post("/settings/roles/add/", {"label": "Analyst", "permissions": ["search_event", "read_export"]})
    assert Role.objects.get(label="Analyst").permissions == ["read_export", "search_event"]
    assert journal() == [("role.created", {"role": "Analyst", "permissions": ["read_export", "search_event"]})]


def test_a_changed_role_holds_at_once(as_administrator, as_auditor, roles):
    assert as_auditor.get("/settings/journal/").status_code == 200
    form = {"label": "Auditor", "permissions": ["read_export"]}
    as_administrator.post(f"/settings/roles/{roles['Auditor'].pk}/", form)
    assert as_auditor.get("/settings/journal/").status_code == 403
    assert journal() == [
        ("role.updated", {"role": "Auditor", "added": ["read_export"], "removed": ["search_event", "read_all_runs"]})
    ]


@pytest.mark.parametrize(
    "form",
    [
        {"label": "", "permissions": []},
        {"label": "Auditor", "permissions": []},
        {"label": "Other", "permissions": ["become_king"]},
    ],
)
def test_a_role_that_makes_no_sense_is_refused(form, as_administrator, roles):
    before = Role.objects.count()
    assert as_administrator.post("/settings/roles/add/", form).status_code == 200
    assert Role.objects.count() == before


def test_the_last_role_that_manages_users_and_roles_keeps_doing_so(as_administrator, roles):
    role = roles["Administrator"]
    form = {"label": role.label, "permissions": ["read_export"]}
    page = text(as_administrator.post(f"/settings/roles/{role.pk}/", form))
    assert "Nobody would be left who may manage users and roles" in page
    role.refresh_from_db()
    assert role.permissions == list(PERMISSIONS)


def test_who_manages_roles_alone_adds_no_permission_that_they_lack(as_supervisor, supervisor, permit):
    permit(supervisor, "manage_roles")
    own = f"/settings/roles/{supervisor.role_id}/"
    assert "You do not have it yourself" in text(as_supervisor.get(own))
    form = {"label": "Mine", "permissions": ["manage_roles", "view_sensitive_columns"]}
    assert as_supervisor.post(own, form).status_code == 403
    assert as_supervisor.post("/settings/roles/add/", {**form, "label": "New"}).status_code == 403
    supervisor.role.refresh_from_db()
    assert supervisor.role.permissions == ["manage_roles"]


def test_who_manages_roles_alone_changes_no_role_that_permits_more(as_supervisor, supervisor, roles, permit):
    permit(supervisor, "manage_roles")
    form = {"label": "Administrator", "permissions": []}
    assert as_supervisor.post(f"/settings/roles/{roles['Administrator'].pk}/", form).status_code == 403


def test_only_a_role_that_nobody_has_is_deleted(as_administrator, supervisor, roles):
    for label in ("Supervisor", "Auditor"):
        as_administrator.post(f"/settings/roles/{roles[label].pk}/delete/")
    assert set(Role.objects.values_list("label", flat=True)) == {"Administrator", "Supervisor"}
    assert journal() == [("role.destroyed", {"role": "Auditor"})]


def test_deleting_asks_first(as_administrator, roles):
    assert "cannot be undone" in text(as_administrator.get(f"/settings/roles/{roles['Auditor'].pk}/delete/"))
    assert Role.objects.filter(label="Auditor").exists()


# Extensions.


def test_an_extension_is_switched_on_and_off(as_administrator, administrator):
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


def test_only_extensions_that_are_off_are_offered(as_administrator):
    Extension.objects.create(name="automatic_exports")
    page = as_administrator.get("/settings/extensions/add/")
    assert {name for name, _ in page.context["form"].fields["name"].choices} == set(EXTENSIONS) - {"automatic_exports"}


def test_with_all_extensions_on_there_is_nothing_to_add(as_administrator):
    Extension.objects.bulk_create(Extension(name=name) for name in EXTENSIONS)
    assert "/settings/extensions/add/" not in text(as_administrator.get("/settings/extensions/"))
    assert "All extensions are on already" in text(as_administrator.get("/settings/extensions/add/"))


@pytest.mark.parametrize("name", ["nothing", "reply_assistant"])
def test_what_is_not_on_cannot_be_removed(name, as_administrator):
    assert as_administrator.post(f"/settings/extensions/{name}/remove/").status_code == 404


def test_automated_exports_say_where_they_are_switched_on(as_administrator, as_supervisor):
    assert 'href="/settings/extensions/">' in text(as_administrator.get("/digital/automated/")).split("</h1>")[1]
    assert "Automated exports are off" in text(as_supervisor.get("/digital/automated/"))
    Extension.objects.create(name="automatic_exports")
    assert "No tasks yet" in text(as_supervisor.get("/digital/automated/"))


# The journal.


def event_at(name, user, *when, **details):
    """Record an event as of another moment, in UTC."""
    event = record(name, Actor(user, "192.0.2.1"), **details)
    # The table only grows: a row of another time has to be written as such.
    return Event.objects.create(
        name=name, created_at=datetime(*when, tzinfo=UTC), who=event.who, user_id=event.user_id, details=details
    )


def shown(response):
    return [(event.name, event.who) for event in response.context["events"]]


def test_events_are_shown_in_words_in_the_readers_zone(as_auditor, supervisor):
    event_at("export.requested", supervisor, 2026, 1, 31, 23, 30, rows=12408, sensitive_columns=["author_name"])
    page = text(as_auditor.get("/settings/journal/"))
    assert "Feb 1, 2026, 12:30:00" in page
    assert "Export requested" in page
    assert "<span>sensitive fields:</span> author_name" in page
    assert "<span>rows:</span> 12,408" in page


def test_days_are_the_readers_both_included(as_auditor, supervisor):
    for hour in (22, 23):  # in Paris 31 January 23:00, and 1 February
        event_at("export.created", supervisor, 2026, 1, 31, hour)
    event_at("export.created", supervisor, 2026, 2, 1, 22, 59)
    event_at("export.created", supervisor, 2026, 2, 1, 23)
    found = as_auditor.get("/settings/journal/", {"start": "2026-02-01", "end": "2026-02-01"}).context["events"]
    assert [one.created_at.hour for one in found] == [22, 23]


def test_events_are_filtered_by_name_and_user(as_auditor, supervisor, administrator):
    record("export.created", Actor(supervisor))
    record("export.created", Actor(administrator))
    record("role.created", Actor(supervisor))
    chosen = {"name": "export.created", "who": supervisor.email}
    assert shown(as_auditor.get("/settings/journal/", chosen)) == [("export.created", supervisor.email)]


@pytest.mark.parametrize("wrong", [{"start": "2026-02-02", "end": "2026-02-01"}, {"start": "soon"}, {"name": "x"}])
def test_a_filter_that_makes_no_sense_says_so(wrong, as_auditor):
    response = as_auditor.get("/settings/journal/", wrong)
    assert response.status_code == 200
    assert "invalid-feedback" in text(response)


def test_older_events_are_one_page_further(as_auditor, supervisor):
    for number in range(120):
        record("export.created", Actor(supervisor), rows=number)
    seen, address = [], "/settings/journal/?name=export.created"
    while address:
        response = as_auditor.get(address)
        seen += [event.details["rows"] for event in response.context["events"]]
        older = response.context.get("older")
        address = older and f"/settings/journal/?{older.urlencode()}"
    assert seen == list(reversed(range(120)))


def test_a_journal_without_matches_says_so(as_auditor):
    assert "No events match" in text(as_auditor.get("/settings/journal/", {"start": "2100-01-01"}))


def test_what_somebody_wrote_is_never_markup(as_auditor, supervisor):
    record("role.created", Actor(supervisor), role="<script>alert(1)</script>")
    assert "<script>alert" not in text(as_auditor.get("/settings/journal/"))


# Connectors.


@pytest.fixture
def home(tmp_path):
    """A home folder of its own for the console."""
    with override_settings(NAVETTE=django_settings.NAVETTE.model_copy(update={"home": tmp_path})):
        yield tmp_path


def test_an_empty_store_says_how_to_fill_it(as_administrator, home):
    page = text(as_administrator.get("/settings/connectors/"))
    assert "No data yet" in page
    assert "navette load files FOLDER" in page


def test_the_stores_tables_are_shown_with_their_rows(as_administrator, home):
    load(DemoDomain(messages=50, seed=7), Store(home / "store"))
    tables = {one.name: one for one in as_administrator.get("/settings/connectors/").context["tables"]}
    assert tables["contents"].rows >= 50
    assert (datetime.now(UTC) - tables["contents"].changed_at).total_seconds() < 600


# One's own profile.


def test_users_choose_their_language_and_time_zone(as_auditor, auditor):
    as_auditor.post("/profile/", {"locale": "fr_BE", "timezone": "Europe/Brussels"})
    auditor.refresh_from_db()
    assert (auditor.locale, auditor.timezone) == ("fr_BE", "Europe/Brussels")
    assert journal() == [("user.updated", {"user": auditor.email, "changed": ["locale", "timezone"]})]
    assert "Modifications enregistrées." in text(as_auditor.get("/profile/"))


def test_users_change_nothing_else_of_themselves(as_auditor, auditor, roles):
    as_auditor.post("/profile/", {"locale": "", "timezone": "", "role": roles["Administrator"].pk, "email": "x@y.org"})
    auditor.refresh_from_db()
    assert (auditor.role, auditor.email) == (roles["Auditor"], "auditor@example.org")


# Translated names do not leak into what is stored.


def test_a_page_in_french_stores_the_same(as_administrator, administrator):
    administrator.locale = "fr"
    administrator.save()
    as_administrator.post("/settings/domain/", DOMAIN)
    assert Domain.current().first_day_of_week == 6


def test_a_pattern_of_former_versions_is_written_anew(db):
    renaming = import_module("navette.control.migrations.0005_variables_in_double_braces")
    for former, now in (
        ("{export}_{date}", "{{export_name}}_{{year}}-{{month}}-{{day}}"),
        ("{domain} {time} {export}", "{{domain}} {{hour}}{{minute}}{{second}} {{export_name}}"),
    ):
        Domain.objects.update_or_create(pk=1, defaults={"file_name_pattern": former})
        renaming.rename(apps, None)
        assert Domain.objects.get().file_name_pattern == now
        check_pattern(now)
