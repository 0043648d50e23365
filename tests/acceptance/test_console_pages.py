"""Every page of the console in both languages: no obstacle that axe-core knows, nothing that is wider than a phone."""

import pytest
from playwright.sync_api import expect
from tests.acceptance.browser import SCREENSHOTS, needs_chromium

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]

WIDE, PHONE, NARROWEST = (1440, 900), (390, 844), (320, 640)
"""Windows. A page must not need to be scrolled sideways at 320 pixels (WCAG 2.2, 1.4.10), nor on any wider phone."""

BEFORE_SIGN_IN = {
    "sign-in": "/",
    "password-forgotten": "/account/password/reset/",
    "password-link-sent": "/account/password/reset/sent/",
    "password-link-spent": "/account/password/reset/key/1-nothing/",
    "account-closed": "/account/closed/",
    "provider-failed": "/account/provider/error/",
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
    "second-factor-set-up": "/account/second-factor/totp/activate/",
    "not-found": "/nothing/here/",
}


def look_at(window, name):
    """Look at a page in wide and narrow windows, keep pictures of it, and find nothing wrong."""
    page = window.page
    expect(page.locator("html")).to_have_attribute("lang", window.say.language)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    problems = []
    for width, height in (WIDE, PHONE, NARROWEST):
        page.set_viewport_size({"width": width, "height": height})
        if (width, height) != NARROWEST:
            page.screenshot(path=SCREENSHOTS / f"{name}-{window.say.language}-{width}.png", full_page=True)
        if (width, height) != PHONE:
            problems.append(window.violations())
        if over := window.overflow():
            problems.append(f"{over} pixels wider than a window of {width}")
    assert not any(problems), "\n".join(problems)


@pytest.mark.parametrize("name", BEFORE_SIGN_IN)
def test_a_page_before_sign_in(name, visit):
    window = visit()
    window.open(BEFORE_SIGN_IN[name])
    look_at(window, name)


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_a_page(name, visit):
    window = visit("administrator")
    window.open(ADMINISTRATORS[name])
    look_at(window, name)
