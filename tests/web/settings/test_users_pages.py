"""The pages of users and roles: who may change whom, and that somebody stays in charge."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as django_settings
from django.test import Client
from tests.outbox import password_links, plain_text_of, send_mails
from tests.web.settings.conftest import journal, text

from navette.control.models import Role, User
from navette.control.permissions import PERMISSIONS
from navette.work.worker import Worker

pytestmark = pytest.mark.django_db


# Users.


def person(user: User, **changes: Any) -> dict[str, Any]:
    """The form of a user as it stands, with changes."""
    form = {"name": user.name, "email": user.email, "role": user.role_id, "locale": user.locale}
    return {**form, "timezone": user.timezone, "is_active": "on", **changes}


def test_no_role_is_selected_by_default_for_a_new_user(as_administrator: Client, roles: dict[str, Role]) -> None:
    page = text(as_administrator.get("/settings/users/add/"))
    choices = re.findall(r'<select name="role".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r'<option value="([^"]*)"( selected)?', choices)[0] == ("", " selected")
    form = {"name": "Nadia", "email": "nadia@example.org", "role": "", "locale": "", "timezone": ""}
    assert "role" in as_administrator.post("/settings/users/add/", form).context["form"].errors
    assert not User.objects.filter(email="nadia@example.org").exists()


def test_a_user_is_added_without_a_password(as_administrator: Client, roles: dict[str, Role]) -> None:
    form = {"name": "Nora", "email": "Nora@Example.org", "role": roles["Auditor"].pk, "locale": "fr", "timezone": ""}
    answer = as_administrator.post("/settings/users/add/", form)
    added = User.objects.get(email="nora@example.org")
    assert answer["Location"] == f"/settings/users/{added.pk}/"
    assert (added.role, added.locale, added.zone.key) == (roles["Auditor"], "fr", "Europe/Paris")
    assert not added.has_usable_password()
    assert journal() == [("user.created", {"user": "nora@example.org", "role": "Auditor"})]


def test_one_address_is_one_user_whatever_its_case(as_administrator: Client, supervisor: User) -> None:
    form = person(supervisor, email="SUPERVISOR@example.org")
    assert "email" in as_administrator.post("/settings/users/add/", form).context["form"].errors


def test_a_user_is_changed_and_the_journal_says_what(
    as_administrator: Client, supervisor: User, roles: dict[str, Role]
) -> None:
    form = person(supervisor, role=roles["Auditor"].pk, timezone="Asia/Tokyo")
    as_administrator.post(f"/settings/users/{supervisor.pk}/", form)
    supervisor.refresh_from_db()
    assert (supervisor.role, supervisor.timezone) == (roles["Auditor"], "Asia/Tokyo")
    ((name, details),) = journal()
    assert name == "user.updated"
    assert set(details["changed"]) == {"role", "timezone"}


def test_an_account_is_closed_and_opened_again(as_administrator: Client, supervisor: User) -> None:
    closed = person(supervisor)
    del closed["is_active"]
    for form, active in ((closed, False), (person(supervisor), True)):
        as_administrator.post(f"/settings/users/{supervisor.pk}/", form)
        supervisor.refresh_from_db()
        assert supervisor.is_active is active
    assert [details["is_active"] for _, details in journal()] == [False, True]


def test_nobody_closes_their_own_account(as_administrator: Client, administrator: User) -> None:
    form = person(administrator)
    del form["is_active"]
    assert "is_active" in as_administrator.post(f"/settings/users/{administrator.pk}/", form).context["form"].errors


def test_the_last_who_may_manage_users_and_roles_keeps_that_role(
    as_administrator: Client, administrator: User, roles: dict[str, Role]
) -> None:
    form = person(administrator, role=roles["Supervisor"].pk)
    page = text(as_administrator.post(f"/settings/users/{administrator.pk}/", form))
    assert "This would leave nobody who can manage users and roles" in page
    administrator.refresh_from_db()
    assert administrator.role == roles["Administrator"]
    assert journal() == []


def test_with_another_in_charge_one_may_step_down(
    as_administrator: Client, administrator: User, supervisor: User, roles: dict[str, Role]
) -> None:
    supervisor.role = roles["Administrator"]
    supervisor.set_password("a long enough pass phrase")
    supervisor.save()
    as_administrator.post(f"/settings/users/{administrator.pk}/", person(administrator, role=roles["Supervisor"].pk))
    administrator.refresh_from_db()
    assert administrator.role == roles["Supervisor"]


def test_who_manages_users_alone_gives_no_more_than_they_have(
    as_supervisor: Client, supervisor: User, auditor: User, roles: dict[str, Role], permit: Callable[..., None]
) -> None:
    permit(supervisor, "manage_users", *roles["Auditor"].permissions)
    offered = text(as_supervisor.get(f"/settings/users/{auditor.pk}/"))
    assert roles["Administrator"].pk not in offered
    forged = as_supervisor.post(f"/settings/users/{auditor.pk}/", person(auditor, role=roles["Administrator"].pk))
    assert forged.status_code == 403
    auditor.refresh_from_db()
    assert auditor.role == roles["Auditor"]


def test_who_manages_users_alone_does_not_lift_themselves(
    as_supervisor: Client, supervisor: User, roles: dict[str, Role], permit: Callable[..., None]
) -> None:
    permit(supervisor, "manage_users")
    form = person(supervisor, role=roles["Administrator"].pk)
    assert as_supervisor.post(f"/settings/users/{supervisor.pk}/", form).status_code == 403


@pytest.mark.parametrize("what", ["", "link/", "second-factor/"])
def test_who_manages_users_alone_touches_nobody_who_may_do_more(
    what: str, as_supervisor: Client, supervisor: User, administrator: User, permit: Callable[..., None]
) -> None:
    permit(supervisor, "manage_users")
    assert as_supervisor.post(f"/settings/users/{administrator.pk}/{what}", person(administrator)).status_code == 403


def test_a_link_is_shown_once_and_recorded_without_the_link(as_administrator: Client, supervisor: User) -> None:
    page = text(as_administrator.post(f"/settings/users/{supervisor.pk}/link/"))
    assert "http://127.0.0.1:8000/account/password/reset/" in page
    assert "/password/reset/" not in text(as_administrator.get(f"/settings/users/{supervisor.pk}/"))
    assert journal() == [("user.password_recovery_instructions_sent", {"user": supervisor.email})]


def test_a_link_is_mailed_in_the_users_language(
    as_administrator: Client, supervisor: User, mails: dict[str, str]
) -> None:
    supervisor.locale = "fr"
    supervisor.save()
    as_administrator.post(f"/settings/users/{supervisor.pk}/link/", {"mail": "1"})
    (message,) = send_mails()
    assert message["To"] == supervisor.email
    assert message["Subject"] == "Choisissez votre mot de passe pour Navette"
    assert "http://127.0.0.1:8000/account/password/reset/" in plain_text_of(message)


def test_the_page_says_what_became_of_a_mailed_link(
    as_administrator: Client, supervisor: User, mails: dict[str, str]
) -> None:
    page = f"/settings/users/{supervisor.pk}/"
    shown = text(as_administrator.post(f"{page}link/", {"mail": "1"}, follow=True))
    assert f"The link is being sent to {supervisor.email}" in shown
    assert "Waiting" in shown
    send_mails()
    assert "Delivered" in text(as_administrator.get(page))


def test_where_no_mail_goes_out_the_page_offers_to_show_a_link(
    as_administrator: Client, supervisor: User, away: Any
) -> None:
    page = f"/settings/users/{supervisor.pk}/"
    as_administrator.post(f"{page}link/", {"mail": "1"})
    Worker(django_settings.NAVETTE).step("mail")
    shown = text(as_administrator.get(page))
    assert "Retrying" in shown
    assert "You can show a link instead" in shown


def test_after_five_links_within_an_hour_the_page_shows_one_instead(
    as_administrator: Client, supervisor: User, mails: dict[str, str]
) -> None:
    address = f"/settings/users/{supervisor.pk}/link/"
    for _ in range(5):
        assert as_administrator.post(address, {"mail": "1"}).status_code == 302
    page = text(as_administrator.post(address, {"mail": "1"}))
    assert "Several links were sent to this address within an hour." in page
    assert "http://127.0.0.1:8000/account/password/reset/" in page
    assert password_links().count() == 5


def test_no_secret_of_a_mailed_link_is_stored(
    as_administrator: Client, supervisor: User, mails: dict[str, str]
) -> None:
    as_administrator.post(f"/settings/users/{supervisor.pk}/link/", {"mail": "1"})
    [message] = send_mails()
    [secret] = re.findall(r"/password/reset/([^/]+)/", plain_text_of(message))
    [delivery] = password_links().values()
    assert secret not in str(delivery)


@pytest.fixture
def second_factor(supervisor: User) -> Any:
    """The authenticator app and the recovery codes of the supervisor."""
    TOTP.activate(supervisor, generate_totp_secret())
    RecoveryCodes.activate(supervisor)
    return Authenticator.objects.filter(user=supervisor)


def test_a_lost_second_factor_is_removed_and_the_journal_says_whose(
    as_administrator: Client, supervisor: User, second_factor: Any
) -> None:
    assert second_factor.count() == 2
    offered = text(as_administrator.get(f"/settings/users/{supervisor.pk}/"))
    assert f'action="/settings/users/{supervisor.pk}/second-factor/"' in offered
    page = text(as_administrator.post(f"/settings/users/{supervisor.pk}/second-factor/", follow=True))
    assert "Sam Supervisor can now sign in without a second factor." in page
    assert "Remove the second factor" not in page
    assert not second_factor.exists()
    assert journal() == [("security.updated", {"what": "second_factor_removed", "user": supervisor.email})]


def test_where_there_is_no_second_factor_nothing_is_removed_or_recorded(
    as_administrator: Client, supervisor: User
) -> None:
    as_administrator.post(f"/settings/users/{supervisor.pk}/second-factor/")
    assert journal() == []


def test_a_link_to_the_removal_removes_nothing(as_administrator: Client, supervisor: User, second_factor: Any) -> None:
    assert as_administrator.get(f"/settings/users/{supervisor.pk}/second-factor/").status_code == 405
    assert second_factor.exists()


def test_who_may_not_manage_users_removes_no_second_factor(
    as_auditor: Client, supervisor: User, second_factor: Any
) -> None:
    assert as_auditor.post(f"/settings/users/{supervisor.pk}/second-factor/").status_code == 403
    assert second_factor.exists()
    assert journal() == []


def test_users_and_roles_are_in_the_order_of_a_dictionary(
    as_administrator: Client, roles: dict[str, Role], supervisor: User
) -> None:
    for name in ("Zoë", "Élodie", "Łukasz", "edith"):
        User.objects.create_user(f"{len(name)}{ord(name[0])}@example.org", name=name, role=roles["Auditor"])
        Role.objects.create(label=name)
    for address in ("/settings/users/", "/settings/roles/", "/digital/runs/"):
        page = as_administrator.get(address).content.decode()
        shown = [page.index(f">{name}<") for name in ("edith", "Élodie", "Łukasz", "Zoë")]
        assert shown == sorted(shown), address


# Roles.


def test_a_role_is_added_with_its_permissions_in_order(as_administrator: Client) -> None:
    as_administrator.post("/settings/roles/add/", {"label": "Analyst", "permissions": ["search_event", "read_export"]})
    assert Role.objects.get(label="Analyst").permissions == ["read_export", "search_event"]
    assert journal() == [("role.created", {"role": "Analyst", "permissions": ["read_export", "search_event"]})]


def test_a_changed_role_holds_at_once(as_administrator: Client, as_auditor: Client, roles: dict[str, Role]) -> None:
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
def test_a_role_that_makes_no_sense_is_refused(form: Any, as_administrator: Client, roles: dict[str, Role]) -> None:
    before = Role.objects.count()
    assert as_administrator.post("/settings/roles/add/", form).status_code == 200
    assert Role.objects.count() == before


def test_the_last_role_that_manages_users_and_roles_keeps_doing_so(
    as_administrator: Client, roles: dict[str, Role]
) -> None:
    role = roles["Administrator"]
    form = {"label": role.label, "permissions": ["read_export"]}
    page = text(as_administrator.post(f"/settings/roles/{role.pk}/", form))
    assert "This would leave nobody who can manage users and roles" in page
    role.refresh_from_db()
    assert role.permissions == list(PERMISSIONS)


def test_who_manages_roles_alone_adds_no_permission_that_they_lack(
    as_supervisor: Client, supervisor: User, permit: Callable[..., None]
) -> None:
    permit(supervisor, "manage_roles")
    own = f"/settings/roles/{supervisor.role_id}/"
    assert "You do not have this permission yourself" in text(as_supervisor.get(own))
    form = {"label": "Mine", "permissions": ["manage_roles", "view_sensitive_columns"]}
    assert as_supervisor.post(own, form).status_code == 403
    assert as_supervisor.post("/settings/roles/add/", {**form, "label": "New"}).status_code == 403
    supervisor.role.refresh_from_db()
    assert supervisor.role.permissions == ["manage_roles"]


def test_who_manages_roles_alone_changes_no_role_that_permits_more(
    as_supervisor: Client, supervisor: User, roles: dict[str, Role], permit: Callable[..., None]
) -> None:
    permit(supervisor, "manage_roles")
    form = {"label": "Administrator", "permissions": []}
    assert as_supervisor.post(f"/settings/roles/{roles['Administrator'].pk}/", form).status_code == 403


def test_only_a_role_that_nobody_has_is_deleted(
    as_administrator: Client, supervisor: User, roles: dict[str, Role]
) -> None:
    for label in ("Supervisor", "Auditor"):
        as_administrator.post(f"/settings/roles/{roles[label].pk}/delete/")
    assert set(Role.objects.values_list("label", flat=True)) == {"Administrator", "Supervisor"}
    assert journal() == [("role.destroyed", {"role": "Auditor"})]


def test_deleting_asks_first(as_administrator: Client, roles: dict[str, Role]) -> None:
    assert "cannot be undone" in text(as_administrator.get(f"/settings/roles/{roles['Auditor'].pk}/delete/"))
    assert Role.objects.filter(label="Auditor").exists()
