"""The frame around every page: navigation by role, languages, errors in words, and probes."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from navette.control.errors import ForbiddenError
from navette.control.models import Domain, User
from navette.core.errors import ConfigurationError, RequestError, TryLaterError
from navette.core.settings import Settings
from navette.site import urls

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return response.content.decode()


# The navigation.


def test_an_administrator_sees_every_page_of_the_navigation(as_administrator: Client) -> None:
    page = text(as_administrator.get("/profile/"))
    for label in ("Exports", "Automated exports", "History", "Domain", "Users", "Roles", "Connectors", "Extensions"):
        assert f"<span>{label}</span>" in page


def test_an_auditor_sees_the_journal_and_the_runs_alone(as_auditor: Client) -> None:
    page = text(as_auditor.get("/profile/"))
    shown = [line.split("<span>")[1].split("</span>")[0] for line in page.splitlines() if "<li><a href" in line]
    assert set(shown) == {"History", "Audit log"}


def test_the_page_that_is_open_is_marked(as_administrator: Client) -> None:
    page = text(as_administrator.get("/settings/users/"))
    assert '<a href="/settings/users/" aria-current="page">' in page
    assert page.count('aria-current="page"') == 2  # the navigation of the phone is the same once more


@pytest.mark.parametrize(
    ("client", "start"), [("as_administrator", "/digital/exports/"), ("as_auditor", "/digital/runs/")]
)
def test_the_start_page_is_the_first_that_one_may_see(client: Client, start: datetime, request: Any) -> None:
    assert request.getfixturevalue(client).get("/").url == start


def test_who_may_nothing_starts_at_their_profile(as_auditor: Client, auditor: User) -> None:
    auditor.role.permissions = []
    auditor.role.save()
    assert as_auditor.get("/")["Location"] == "/profile/"
    assert "ask an administrator" in text(as_auditor.get("/profile/"))


@pytest.mark.parametrize("page", ["/", "/profile/", "/settings/users/", "/settings/journal/", "/digital/exports/"])
def test_nothing_is_shown_before_sign_in(page: str, domain: Domain) -> None:
    assert Client().get(page)["Location"] == f"/account/sign-in/?next={page}"


# Languages and time zones.


def test_before_sign_in_the_browser_chooses_the_language(domain: Domain) -> None:
    assert '<html lang="fr">' in text(Client().get("/account/sign-in/", headers={"accept-language": "fr-CA,en;q=0.5"}))
    assert '<html lang="en">' in text(Client().get("/account/sign-in/", headers={"accept-language": "en"}))


def test_a_browser_that_says_nothing_gets_the_domains_language(domain: Domain) -> None:
    domain.locale = "fr_BE"
    domain.save()
    assert '<html lang="fr">' in text(Client().get("/account/sign-in/"))


def test_before_sign_in_the_language_is_kept_by_the_browser(domain: Domain) -> None:
    client = Client(headers={"accept-language": "en"})
    client.post("/language/", {"language": "fr", "next": "/account/sign-in/"})
    assert '<html lang="fr">' in text(client.get("/account/sign-in/"))


def test_a_user_changes_their_language_for_good(as_administrator: Client, administrator: User) -> None:
    response = as_administrator.post("/language/", {"language": "fr", "next": "/settings/users/"})
    assert response["Location"] == "/settings/users/"
    administrator.refresh_from_db()
    assert administrator.locale == "fr"
    assert "<h1>Utilisateurs</h1>" in text(as_administrator.get("/settings/users/"))


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", ""])
def test_the_language_leads_back_to_pages_of_ours_alone(elsewhere: Path, as_administrator: Client) -> None:
    assert as_administrator.post("/language/", {"language": "fr", "next": elsewhere})["Location"] == "/"


def test_an_unknown_language_changes_nothing(as_administrator: Client, administrator: User) -> None:
    as_administrator.post("/language/", {"language": "xx"})
    administrator.refresh_from_db()
    assert administrator.locale == ""


# Errors.

ERRORS = {
    "forbidden": (ForbiddenError("you may not."), 403),
    "request": (RequestError("ask for something else."), 400),
    "later": (TryLaterError("the server is busy."), 503),
    "configuration": (ConfigurationError("NAVETTE_X is wrong."), 500),
}
NO_TEXT = DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")


def failing(request: Any, name: str) -> HttpResponse:
    raise ERRORS[name][0]


def looking(request: Any, key: str) -> HttpResponse:
    """As PostgreSQL does it."""
    raise NO_TEXT


urlpatterns = [*urls.urlpatterns, path("failing/<str:name>/", failing), path("looking/<str:key>/", looking)]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@pytest.mark.parametrize("name", ERRORS)
@override_settings(ROOT_URLCONF=__name__)
def test_an_error_of_ours_is_a_page_with_its_sentence(name: str, as_administrator: Client) -> None:
    error, status = ERRORS[name]
    response = as_administrator.get(f"/failing/{name}/")
    assert response.status_code == status
    assert str(error)[1:] in text(response)


@override_settings(ROOT_URLCONF=__name__)
def test_htmx_gets_the_sentence_alone(as_administrator: Client) -> None:
    response = as_administrator.get("/failing/request/", headers={"hx-request": "true"})
    assert response.status_code == 400
    assert "Ask for something else." in text(response)
    assert "<html" not in text(response)


@override_settings(ROOT_URLCONF=__name__)
def test_a_mistake_of_ours_is_a_page_that_says_so(as_administrator: Client) -> None:
    as_administrator.raise_request_exception = False
    response = as_administrator.get("/failing/nothing-of-that-name/")
    assert response.status_code == 500
    assert "Something went wrong here" in text(response)
    assert "KeyError" not in text(response)


@pytest.mark.parametrize(
    ("page", "form", "status"),
    [
        ("/looking/a%00b/", {}, 400),
        ("/looking/a/?run=%00", {}, 400),
        ("/looking/a/", {"task": "a\0"}, 400),
        ("/looking/a/", {"task": "a"}, 500),
    ],
)
@override_settings(ROOT_URLCONF=__name__)
def test_a_value_that_no_database_can_hold_is_a_bad_request(
    as_administrator: Client, page: str, form: Any, status: int
) -> None:
    as_administrator.raise_request_exception = False
    assert as_administrator.post(page, form).status_code == status


def test_an_unknown_address_is_a_page_that_leads_back(as_administrator: Client) -> None:
    response = as_administrator.get("/nothing/")
    assert response.status_code == 404
    assert "Page not found" in text(response)


def test_a_form_from_elsewhere_is_refused_in_words(administrator: User, domain: Domain) -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    response = client.post("/account/sign-in/", {"login": "a@example.org", "password": "x"})
    assert response.status_code == 403
    assert "The form was not accepted" in text(response)


def test_a_forbidden_page_names_what_is_missing(as_auditor: Client) -> None:
    response = as_auditor.get("/settings/users/")
    assert response.status_code == 403
    assert "Manage users" in text(response)


# Probes.


def test_live_needs_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/health/live").json() == {"status": "ok"}


def test_ready_looks_at_the_database_and_the_home_folder() -> None:
    assert Client().get("/health/ready").json() == {"status": "ok", "database": "ok", "home": "ok"}


def test_not_ready_says_which_part_is_failing(tmp_path: Path, settings: Settings) -> None:
    from django.conf import settings as django_settings  # noqa: PLC0415 # the fixture has the same name

    gone = settings.model_copy(update={"home": tmp_path / "gone"})
    assert django_settings.NAVETTE.home != gone.home
    with override_settings(NAVETTE=gone):
        response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {"status": "failing", "database": "ok", "home": "failing"}


@pytest.mark.parametrize("whose", ["user", "domain"])
def test_a_zone_that_the_tz_database_dropped_can_be_corrected(
    whose: str, as_administrator: Client, administrator: User
) -> None:
    stored = User.objects.filter(pk=administrator.pk) if whose == "user" else Domain.objects
    stored.update(timezone="US/Pacific-New")
    for page in ("/", "/digital/runs/", "/digital/automated/", "/settings/domain/", "/profile/"):
        assert as_administrator.get(page, follow=True).status_code == 200
    assert Client().get("/account/sign-in/").status_code == 200
    chosen = {"locale": "", "timezone": "Asia/Tokyo"}
    assert as_administrator.post("/profile/", chosen)["Location"] == "/profile/"
    administrator.refresh_from_db()
    assert administrator.zone.key == "Asia/Tokyo"
