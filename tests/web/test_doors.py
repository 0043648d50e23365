"""Who gets in, through which door, and who is put out when something about their account changes."""

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as django_settings
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse
from pydantic import SecretStr
from tests.oidc_provider import Provider
from tests.outbox import password_links

from navette.control.models import Event, Role, User
from navette.web.settings import urls as settings_urls
from navette.work.worker import Worker

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough pass phrase"
PROVIDER = "/account/provider/oidc/oidc/login/"


@pytest.fixture(autouse=True)
def no_failures_yet() -> None:
    cache.clear()


def text(response: Any) -> str:
    return response.content.decode()


def form_of(user: User, **changes: Any) -> dict[str, Any]:
    """The form of a user as it stands, with changes; a value of None leaves the field out."""
    form = {"name": user.name, "email": user.email, "role": user.role_id, "locale": user.locale, "is_active": "on"}
    return {name: value for name, value in {**form, **changes}.items() if value is not None}


def changed(client: Client, user: User, **changes: Any) -> Any:
    """What an administrator's form answers."""
    return client.post(f"/settings/users/{user.pk}/", form_of(user, **changes))


def signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


# Through a provider.


def through(provider: Provider, client: Client, process: str = "login", **claims: Any) -> Any:
    """What the console answers to who comes back from the provider, which says that of them."""
    provider.claims = {"sub": "subject-1", **claims}
    away = client.post(f"{PROVIDER}?process={process}")["Location"]
    state = re.findall(r"state=([^&]+)", away)[0]
    return client.get(f"{PROVIDER}callback/", {"code": "code", "state": state})


@pytest.mark.parametrize(
    ("verified", "gets_in"),
    [
        (True, True),
        (False, False),
        ("false", False),
        ("0", False),
        ("no", False),
        ("true", False),
        (0, False),
        (None, 0),
    ],
)
def test_only_an_address_that_the_provider_calls_verified_outright_opens(
    verified: Any, gets_in: Any, provider: Provider, supervisor: User
) -> None:
    client = Client(headers={"accept-language": "en"})
    through(provider, client, email=supervisor.email, email_verified=verified)
    assert signed_in(client) == bool(gets_in)
    assert SocialAccount.objects.filter(user=supervisor).exists() == bool(gets_in)


@pytest.mark.parametrize("process", ["connect", "redirect"])
def test_nobody_links_another_identity_to_the_account_that_is_signed_in(
    process: str, provider: Provider, as_supervisor: Client, supervisor: User
) -> None:
    answer = through(provider, as_supervisor, process, email="somebody@example.org", email_verified=True)
    assert answer.url == "/profile/"
    assert not SocialAccount.objects.filter(user=supervisor).exists()
    stranger = Client()
    through(provider, stranger, email="somebody@example.org", email_verified=True)
    assert not signed_in(stranger)


def test_another_address_breaks_with_the_identity_of_the_old_one(
    provider: Provider, as_administrator: Client, supervisor: User
) -> None:
    through(provider, Client(), email=supervisor.email, email_verified=True)
    changed(as_administrator, supervisor, email="successor@example.org")
    before = Client()
    through(provider, before, email="supervisor@example.org", email_verified=True)
    assert not signed_in(before)
    successor = Client()
    through(provider, successor, email="successor@example.org", email_verified=True)
    assert signed_in(successor)


def test_another_name_leaves_the_identity(provider: Provider, as_administrator: Client, supervisor: User) -> None:
    through(provider, Client(), email=supervisor.email, email_verified=True)
    changed(as_administrator, supervisor, name="Samantha Supervisor")
    assert SocialAccount.objects.filter(user=supervisor).exists()


# By mail.


@pytest.fixture
def silent_server() -> Iterator[Any]:
    """A mail server that takes connections and says nothing; mails go there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = SecretStr(f"smtp://127.0.0.1:{server.getsockname()[1]}")
        with override_settings(NAVETTE=django_settings.NAVETTE.model_copy(update={"smtp_url": url})):
            yield server


@pytest.mark.parametrize("email", ["supervisor@example.org", "nobody@example.org"])
def test_requesting_a_link_does_not_wait_for_a_mail_server(email: str, silent_server: Any, supervisor: User) -> None:
    answer = Client().post("/account/password/reset/", {"email": email})
    assert answer["Location"] == "/account/password/reset/sent/"
    silent_server.close()
    Worker(django_settings.NAVETTE).step("mail")
    request = password_links().get()
    if email == supervisor.email:
        assert request.state == "queued"
        assert "the mail server cannot accept this e-mail now" in str(request.error)
    else:
        assert (request.state, request.error) == ("cancelled", None)


# Sessions end with what they were begun with.


def test_a_closed_account_that_opens_again_has_none_of_its_old_sessions(
    as_administrator: Client, as_supervisor: Client, supervisor: User
) -> None:
    changed(as_administrator, supervisor, is_active=None)
    changed(as_administrator, supervisor)
    assert User.objects.get(pk=supervisor.pk).is_active
    assert not signed_in(as_supervisor)


@pytest.mark.parametrize("what", ["role", "email"])
def test_another_role_or_address_ends_a_users_sessions(
    what: str, as_administrator: Client, as_supervisor: Client, supervisor: User, roles: dict[str, Role]
) -> None:
    changes = {"role": roles["Auditor"].pk, "email": "other@example.org"}
    changed(as_administrator, supervisor, **{what: changes[what]})
    assert not signed_in(as_supervisor)
    assert signed_in(as_administrator)


def test_another_name_ends_no_session(as_administrator: Client, as_supervisor: Client, supervisor: User) -> None:
    changed(as_administrator, supervisor, name="Samantha")
    assert signed_in(as_supervisor)


def test_what_is_refused_ends_no_session(as_administrator: Client, as_supervisor: Client, supervisor: User) -> None:
    changed(as_administrator, supervisor, email="administrator@example.org")
    assert signed_in(as_supervisor)


def test_who_changes_their_own_address_stays_where_they_do_it_alone(
    as_administrator: Client, administrator: User, supervisor: User, roles: dict[str, Role]
) -> None:
    give_password(supervisor, role=roles["Administrator"])
    elsewhere = Client()
    elsewhere.force_login(administrator)
    changed(as_administrator, administrator, email="ada@example.org")
    assert signed_in(as_administrator)
    assert not signed_in(elsewhere)


def test_without_a_second_factor_the_sessions_begun_with_it_end(
    as_administrator: Client, as_supervisor: Client, supervisor: User
) -> None:
    TOTP.activate(supervisor, generate_totp_secret())
    as_administrator.post(f"/settings/users/{supervisor.pk}/second-factor/")
    assert not Authenticator.objects.filter(user=supervisor).exists()
    assert not signed_in(as_supervisor)


# An administrator's own password is asked for again, and theirs is changed in their profile.


def give_password(user: User, **changes: Any) -> None:
    user.set_password(PASSWORD)
    for name, value in changes.items():
        setattr(user, name, value)
    user.save()


DOORS = ["link/", "second-factor/"]


@pytest.fixture
def with_password(administrator: User) -> Any:
    """The administrator, signed in with a password."""
    give_password(administrator)
    client = Client(headers={"accept-language": "en"})
    client.post("/account/sign-in/", {"login": administrator.email, "password": PASSWORD})
    return client


@pytest.mark.parametrize("door", DOORS)
def test_who_opens_anothers_account_says_their_own_password_again(
    door: Any, with_password: Any, supervisor: User
) -> None:
    TOTP.activate(supervisor, generate_totp_secret())
    page = f"/settings/users/{supervisor.pk}/{door}"
    confirm = with_password.post(page).url
    assert confirm == f"/account/confirm/?next={page.replace('/', '%2F')}"
    assert Authenticator.objects.filter(user=supervisor).exists()
    assert not Event.objects.exclude(name="session.created").exists()
    with_password.post(confirm, {"password": PASSWORD})
    (event,) = Event.objects.exclude(name="session.created")
    assert event.details["user"] == supervisor.email


def test_a_link_is_shown_once_the_password_is_confirmed(with_password: Any, supervisor: User) -> None:
    confirm = with_password.post(f"/settings/users/{supervisor.pk}/link/").url
    page = text(with_password.post(confirm, {"password": PASSWORD}))
    assert f"{django_settings.NAVETTE.url}/account/password/reset/" in page


WITHOUT = {
    *("domain", "journal", "connectors"),
    *("extensions", "add_extension", "remove_extension"),
}
"""The pages under Settings whose forms give nobody more rights, and open nobody's account."""


def test_every_form_of_users_and_roles_asks_for_the_password_again(
    with_password: Any, supervisor: User, roles: dict[str, Role]
) -> None:
    keys = {"user": supervisor.pk, "password_link": supervisor.pk, "remove_second_factor": supervisor.pk}
    keys |= {"role": roles["Auditor"].pk, "delete_role": roles["Auditor"].pk}
    routes = {
        route.name: reverse(route.name, args=[keys[route.name]] if route.name in keys else [])
        for route in settings_urls.urlpatterns
        if route.name != "remove_extension"
    }
    asked = {
        name
        for name, page in routes.items()
        if "/account/confirm/" in with_password.post(page).headers.get("Location", "")
    }
    assert asked == routes.keys() - WITHOUT


def test_another_address_or_role_is_stored_once_the_password_is_entered_again(
    with_password: Any, supervisor: User, roles: dict[str, Role]
) -> None:
    confirm = changed(with_password, supervisor, email="other@example.org", role=roles["Auditor"].pk).url
    assert User.objects.get(pk=supervisor.pk).email == supervisor.email
    answer = with_password.post(confirm, {"password": PASSWORD})
    assert answer.url == "/settings/users/"
    stored = User.objects.get(pk=supervisor.pk)
    assert (stored.email, stored.role) == ("other@example.org", roles["Auditor"])


def test_a_form_with_an_error_stands_at_its_own_address_after_the_password(
    with_password: Any, supervisor: User, roles: dict[str, Role]
) -> None:
    forms = {
        f"/settings/users/{supervisor.pk}/": form_of(supervisor, email="nobody"),
        "/settings/users/add/": form_of(supervisor),
        f"/settings/roles/{roles['Auditor'].pk}/": {"label": "", "permissions": ["search_event"]},
        "/settings/roles/add/": {"label": "Auditor"},
    }
    for page, form in forms.items():
        confirm = with_password.post(page, form).url
        shown = text(with_password.post(confirm, {"password": PASSWORD}))
        assert f'<form method="post" action="{page}"' in shown
        assert "invalid-feedback" in shown
        forget_confirmation(with_password)


def forget_confirmation(client: Client) -> None:
    """As if the password had been entered long ago."""
    session = client.session
    session["account_authentication_methods"] = []
    session.save()


@pytest.mark.parametrize("door", DOORS)
def test_nobody_opens_their_own_account_past_their_password(
    door: Any, as_administrator: Client, administrator: User
) -> None:
    answer = as_administrator.post(f"/settings/users/{administrator.pk}/{door}")
    assert answer.status_code == 400
    assert "in your profile" in text(answer)


@pytest.mark.parametrize("door", DOORS)
def test_the_page_of_a_user_offers_that_for_others_alone(
    door: Any, as_administrator: Client, administrator: User, supervisor: User
) -> None:
    for one in (administrator, supervisor):
        TOTP.activate(one, generate_totp_secret())
    own, anothers = (text(as_administrator.get(f"/settings/users/{one.pk}/")) for one in (administrator, supervisor))
    assert f"{supervisor.pk}/{door}" in anothers
    assert f"{administrator.pk}/{door}" not in own


# Somebody who can sign in always manages users and roles.


def test_who_cannot_sign_in_is_not_who_is_left_in_charge(
    as_administrator: Client, administrator: User, supervisor: User, roles: dict[str, Role]
) -> None:
    supervisor.role = roles["Administrator"]
    supervisor.save()
    assert "This would leave nobody" in text(changed(as_administrator, administrator, role=roles["Auditor"].pk))
    administrator.refresh_from_db()
    assert administrator.role == roles["Administrator"]


@pytest.mark.parametrize("way_in", ["password", "provider"])
def test_who_can_sign_in_is_left_in_charge(
    way_in: Any, as_administrator: Client, administrator: User, supervisor: User, roles: dict[str, Role]
) -> None:
    supervisor.role = roles["Administrator"]
    supervisor.save()
    if way_in == "password":
        give_password(supervisor)
    else:
        SocialAccount.objects.create(user=supervisor, provider="oidc", uid="sam")
    changed(as_administrator, administrator, role=roles["Auditor"].pk)
    administrator.refresh_from_db()
    assert administrator.role == roles["Auditor"]


def test_the_rules_of_passwords_are_shown_as_a_list(with_password: Any) -> None:
    assert "<ul><li>Your password" in text(with_password.get("/account/password/change/"))
