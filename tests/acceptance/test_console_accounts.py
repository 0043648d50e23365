"""The console's doors in a real browser: passwords, one-time links, the second factor, a provider."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect
from tests.acceptance.browser import Console, Visit, Window, needs_chromium
from tests.acceptance.console_pages import look_at

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]


def test_a_wrong_password_says_so_and_the_right_one_leads_to_the_exports(visit: Visit, language: str) -> None:
    door = visit()
    door.open("/")
    door.sign_in(f"supervisor-{language}@example.org", "not the password")
    expect(door.page.get_by_role("alert")).to_have_text(door.say("The e-mail address or the password is wrong."))
    door.sign_in(f"supervisor-{language}@example.org")
    expect(door.heading("Exports")).to_be_visible()
    assert door.page.url.endswith("/digital/exports/")
    sign_out(door)


def sign_out(window: Window) -> None:
    window.page.locator(".menu-user summary").click()
    window.button("Sign out").click()
    expect(window.heading("Sign in")).to_be_visible()


def test_a_new_user_chooses_a_password_by_a_link_that_works_once(visit: Visit, language: str) -> None:
    email, password = f"newcomer-{language}@example.org", "a new and long enough password"
    link = link_for_newcomer(visit("administrator"), email)
    newcomer = visit()
    newcomer.page.goto(link)
    look_at(newcomer, "password-link")
    for box in newcomer.page.locator("input[type=password]").all():
        box.fill(password)
    newcomer.page.locator("main form .btn-primary").click()
    expect(newcomer.page.get_by_role("status")).to_have_text(newcomer.say("Password saved. You can now sign in."))
    look_at(newcomer, "password-set")
    newcomer.sign_in(email, password)
    expect(newcomer.heading("Exports")).to_be_visible()
    late = visit()
    late.page.goto(link)
    look_at(late, "password-link-spent")
    expect(late.page.locator("input[type=password]")).to_have_count(0)


def link_for_newcomer(administrator: Window, email: str) -> Any:
    """The one-time link for a user whom the administrator adds."""
    administrator.open("/settings/users/")
    administrator.link("Add").click()
    administrator.field("Name").fill("Nadia Newcomer")
    administrator.field("E-mail address").fill(email)
    administrator.field("Role").select_option("Supervisor")
    administrator.field("Language").select_option(administrator.say.language)
    administrator.button("Add").click()
    administrator.confirm(administrator.page.locator("#notices .alert-success"))
    expect(administrator.page.locator("#notices")).to_contain_text("Nadia Newcomer")
    administrator.button("Show a link").click()
    link = administrator.page.locator("#link")
    administrator.confirm(link)
    look_at(administrator, "user")
    return link.inner_text()


def test_a_second_factor_is_added_used_and_removed(visit: Visit, language: str) -> None:
    careful, door = visit("careful"), visit()
    secret = add_second_factor(careful)
    door.open("/")
    door.sign_in(f"careful-{language}@example.org")
    look_at(door, "second-factor-asked")
    enter(door, "000000")
    expect(door.page.locator(".invalid-feedback")).to_be_visible()
    enter_code_of(door, secret)
    expect(door.heading("Exports")).to_be_visible()
    sign_out(door)
    remove_second_factor(visit("administrator"), f"Careful {language}")
    door.sign_in(f"careful-{language}@example.org")
    expect(door.heading("Exports")).to_be_visible()


def add_second_factor(window: Window) -> Any:
    """Set an authenticator app up, from the profile; its secret."""
    window.open("/profile/")
    window.link("Set up").click()
    window.page.locator('a[href$="/totp/activate/"]').click()
    window.confirm(window.page.locator("input[name=code]"))
    look_at(window, "second-factor-set-up")
    [secret] = re.findall(r"\b[A-Z2-7]{32}\b", window.page.locator("main").evaluate(VALUES))
    enter_code_of(window, secret)
    window.page.wait_for_url("**/recovery-codes/**")
    look_at(window, "recovery-codes")
    for name, path in SECOND_FACTOR.items():
        window.open(f"/account/second-factor/{path}")
        look_at(window, name)
    return secret


SECOND_FACTOR = {
    "second-factor-on": "",
    "second-factor-off": "totp/deactivate/",
    "recovery-codes-anew": "recovery-codes/generate/",
    "code-again": "reauthenticate/",
}
"""Pages of who has one, below their common address."""

VALUES = "main => [...main.querySelectorAll('input')].map(one => one.value).join(' ') + main.innerText"
"""What a page shows: its text, and what stands in its fields."""


def remove_second_factor(administrator: Window, name: str) -> None:
    administrator.open("/settings/users/")
    administrator.page.get_by_role("link", name=name).click()
    look_at(administrator, "user-with-second-factor")
    administrator.button("Remove the second factor").click()
    administrator.confirm(administrator.page.locator("#notices .alert-success"))


def code_of(secret: Any) -> Any:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def enter_code_of(window: Window, secret: Any) -> None:
    """As a person does it: where the code ran out on the way, once more with the next one."""
    enter(window, code_of(secret))
    if window.page.locator(".invalid-feedback").is_visible():
        enter(window, code_of(secret))


def enter(window: Window, code: str) -> None:
    window.page.locator("input[name=code]").fill(code)
    with window.page.expect_navigation():
        window.page.keyboard.press("Enter")


def test_a_provider_signs_in_who_is_a_user_and_nobody_else(visit: Visit, console: Console, language: str) -> None:
    door = visit()
    console.provider.claims = {"sub": language, "email": f"auditor-{language}@example.org", "email_verified": True}
    through_provider(door)
    expect(door.page.locator(".menu-user")).to_contain_text(f"Auditor {language}")
    sign_out(door)
    console.provider.claims = {"sub": "other", "email": "nobody@example.org", "email_verified": True}
    through_provider(door)
    look_at(door, "provider-unknown")
    expect(door.heading("No account")).to_be_visible()
    console.provider.claims = None
    through_provider(door)
    door.page.wait_for_url("**/provider/cancelled/")


def through_provider(door: Any) -> None:
    door.open("/")
    door.button("Sign in with Test provider").click()
