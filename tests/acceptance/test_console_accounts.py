"""The console's doors in a real browser: passwords, one-time links, the second factor, a provider, and who sees what."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect
from tests.acceptance.browser import PASSWORD, needs_chromium

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]


def test_a_wrong_password_says_so_and_the_right_one_leads_to_the_exports(visit, language):
    door = visit()
    door.open("/")
    door.sign_in(f"supervisor-{language}@example.org", "not the password")
    expect(door.page.get_by_role("alert")).to_have_text(door.say("The e-mail address or the password is wrong."))
    door.sign_in(f"supervisor-{language}@example.org")
    expect(door.heading("Exports")).to_be_visible()
    assert door.page.url.endswith("/digital/exports/")
    door.page.locator(".menu-user summary").click()
    door.button("Sign out").click()
    expect(door.heading("Sign in")).to_be_visible()
