"""Every page of the console in both languages: no obstacle that axe-core knows, nothing that is wider than a phone."""

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.acceptance.browser import Visit, needs_chromium
from tests.acceptance.console_pages import Panel, look_at

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]

BEFORE_SIGN_IN = {
    "sign-in": "/",
    "password-forgotten": "/account/password/reset/",
    "password-link-sent": "/account/password/reset/sent/",
    "account-closed": "/account/closed/",
    "provider-cancelled": "/account/provider/cancelled/",
}

ADMINISTRATORS = {
    "exports": "/digital/exports/",
    "export-messages": "/digital/exports/messages/",
    "export-identities": "/digital/exports/identities/",
    "export-roles": "/digital/exports/roles/",
    "history": "/digital/runs/",
    "history-empty": "/digital/runs/?until=2000-01-01",
    "automated": "/digital/automated/",
    "domain": "/settings/domain/",
    "users": "/settings/users/",
    "user-add": "/settings/users/add/",
    "roles": "/settings/roles/",
    "role-add": "/settings/roles/add/",
    "connectors": "/settings/connectors/",
    "extensions": "/settings/extensions/",
    "extension-add": "/settings/extensions/add/",
    "journal": "/settings/journal/",
    "journal-empty": "/settings/journal/?end=2000-01-01",
    "profile": "/profile/",
    "password": "/account/password/change/",
    "second-factor": "/account/second-factor/",
    "password-again": "/account/confirm/",
    "not-found": "/nothing/here/",
}


@pytest.mark.parametrize("name", BEFORE_SIGN_IN)
def test_a_page_before_sign_in(name: str, visit: Visit) -> None:
    window = visit()
    window.open(BEFORE_SIGN_IN[name])
    look_at(window, name)


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_a_page(name: str, visit: Visit) -> None:
    window = visit("administrator")
    window.open(ADMINISTRATORS[name])
    look_at(window, name)


@pytest.mark.parametrize("icon", ["Export: Agents", "Export: Identities"])
def test_the_open_dialog(icon: Any, visit: Visit) -> None:
    window = visit("administrator")
    panel = Panel.opened(window, icon)
    look_at(window, f"panel-{icon.split()[-1].lower()}")
    panel.preview()
    look_at(window, f"preview-{icon.split()[-1].lower()}")


def test_the_page_of_a_run(visit: Visit) -> None:
    window = visit("administrator")
    Panel.opened(window, "Export: Agents").export().expect_state("Done")
    expect(window.page.locator(".deliveries")).to_be_visible()
    look_at(window, "run")
    window.open("/digital/runs/")
    look_at(window, "history-with-runs")
