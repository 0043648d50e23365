"""What the settings change, what the journal says of it, and who sees what, in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.acceptance.browser import Console, Visit, Window, needs_chromium
from tests.acceptance.console_pages import Panel, look_at

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]

SENSITIVE = ("screenname", "firstname", "lastname", "home_phone", "mobile_phone")


NAVIGATION = {
    "Digital": ["Exports", "Automated exports", "History"],
    "Settings": ["Domain", "Users", "Roles", "Connectors", "Extensions", "Audit log"],
}


def test_the_navigation_has_the_briefs_words(visit: Visit) -> None:
    window = visit("administrator")
    window.open("/")
    expect(window.page.locator(".topbar-areas")).to_have_text(window.say("Administrator"))
    bar = window.page.locator(".sidebar")
    expect(bar.get_by_role("heading")).to_have_text([window.say(section) for section in NAVIGATION])
    lines = [line for lines in NAVIGATION.values() for line in lines]
    expect(bar.get_by_role("link")).to_have_text([window.say(line) for line in lines])
    for line in lines:
        bar.get_by_role("link", name=window.say(line), exact=True).click()
        expect(bar.locator('[aria-current="page"]')).to_have_text(window.say(line))


def test_the_navigation_of_a_phone_opens_and_closes_by_keyboard(visit: Visit) -> None:
    window = visit("administrator")
    window.page.set_viewport_size({"width": 360, "height": 640})
    window.open("/")
    opener, line = window.page.locator(".menu-navigation summary"), window.link("Domain")
    expect(line).to_be_hidden()
    window.tab_to(opener)
    window.page.keyboard.press("Enter")
    expect(line).to_be_visible()
    assert not window.violations()
    window.page.keyboard.press("Escape")
    expect(line).to_be_hidden()
    expect(opener).to_be_focused()
    window.page.keyboard.press("Enter")
    window.tab_to(line)
    window.page.keyboard.press("Enter")
    expect(window.heading("Domain")).to_be_visible()


def test_an_extension_brings_its_exports_and_takes_them_away(visit: Visit) -> None:
    window = visit("administrator")
    responses = window.page.locator('a[href="/digital/exports/responses/"]')
    window.open("/settings/extensions/")
    window.link("Add").first.click()
    window.field("Extension").select_option(window.say("Customer satisfaction"))
    window.button("Add").click()
    look_at(window, "extensions-on")
    window.open("/digital/exports/")
    expect(responses.first).to_be_visible()
    window.open("/settings/extensions/")
    window.page.get_by_role("row").filter(has_text=window.say("Customer satisfaction")).get_by_role("link").click()
    look_at(window, "extension-remove")
    window.button("Turn off").click()
    window.open("/digital/exports/")
    expect(responses).to_have_count(0)
    expect_event(window, "extension.created", window.say("Customer satisfaction"))
    expect_event(window, "extension.destroyed", window.say("Customer satisfaction"))


def expect_event(window: Window, name: str, detail: Any) -> None:
    """The newest event of that name, by who looks, has that detail."""
    window.open(f"/settings/journal/?name={name}&who={window.person}")
    newest = window.page.locator("tbody tr").first
    expect(newest).to_contain_text(name)
    expect(newest).to_contain_text(detail)


def test_the_domains_settings_are_kept_and_hold_for_the_next_file(visit: Visit, console: Console) -> None:
    window = visit("administrator")
    window.open("/settings/domain/")
    keep_domain(window, pattern="{{year}}")
    expect(window.page.locator("#id_file_name_pattern_error")).to_be_visible()
    keep_domain(window, pattern="{{export_name}}_of_{{domain}}")
    expect(window.text("Settings saved.")).to_be_visible()
    expect(window.page.locator("#id_file_name_pattern")).to_have_value("{{export_name}}_of_{{domain}}")
    expect_event(window, "settings.updated", window.say("pattern of file names"))
    run = Panel.opened(window, "Export: Agents").export().expect_state("Done")
    assert run.download()[0].startswith("agents_of_Navette")
    window.open("/settings/domain/")
    keep_domain(window, pattern="{{export_name}}_{{year}}-{{month}}-{{day}}")


def keep_domain(window: Window, pattern: str) -> None:
    window.page.locator("#id_file_name_pattern").fill(pattern)
    window.button("Save").click()


def test_a_role_is_added_changed_and_deleted(visit: Visit, language: str) -> None:
    # As long as a name may be, and nowhere a place to break it.
    window, name = visit("administrator"), f"Night_shift_{language}_".ljust(100, "n")
    window.open("/settings/roles/add/")
    window.field("Name").fill(name)
    window.page.locator("#may_read_export").check()
    window.button("Add").click()
    window.confirm(window.page.get_by_role("link", name=name))
    window.page.get_by_role("link", name=name).click()
    expect(window.page.locator("#may_read_export")).to_be_checked()
    look_at(window, "role")
    window.page.locator("#may_search_event").check()
    window.button("Save").click()
    window.confirm(window.page.get_by_role("link", name=name))
    window.page.get_by_role("link", name=name).click()
    window.link("Delete").click()
    look_at(window, "role-delete")
    window.button("Delete").click()
    window.confirm(window.page.locator("#notices .alert-success"))
    expect(window.page.get_by_role("link", name=name)).to_have_count(0)
    for event in ("role.created", "role.updated", "role.destroyed"):
        expect_event(window, event, name)


def test_the_language_is_changed_from_the_menu(visit: Visit, language: str) -> None:
    window = visit("auditor")
    for code in ({"fr", "en"} - {language}).pop(), language:
        window.open("/profile/")
        window.page.locator(".menu-user summary").click()
        window.page.locator(f'.menu-languages button[value="{code}"]').click()
        expect(window.page.locator("html")).to_have_attribute("lang", code)


def test_a_supervisor_meets_no_sensitive_column(visit: Visit, language: str) -> None:
    boss, window = visit("administrator"), visit("supervisor")
    panel = Panel.opened(boss, "Export: Identities")
    panel.after(lambda: panel.field("Start date").fill("2025-12-01"))
    panel.selector("Fields").fill("screenname")
    panel.body.locator("#fields-ts-dropdown .option").first.click()
    run = panel.export().expect_state("Done")
    window.open("/digital/exports/")
    without_sensitive(window)
    panel = Panel.opened(window, "Export: Identities")
    panel.after(lambda: panel.field("Start date").fill("2025-12-01"))
    panel.preview()
    without_sensitive(window)
    window.open("/digital/runs/")
    without_sensitive(window)
    expect(window.page.locator(f'a[href="{run.path}"]')).to_have_count(0)
    for path in (run.path, f"{run.path}file", f"/digital/exports/identities/?run={run.key}"):
        window.open(path)
        without_sensitive(window)
    window.open(run.path)
    expect(window.heading("Permission denied")).to_be_visible()


def without_sensitive(window: Window) -> None:
    page = window.page.content()
    assert [name for name in SENSITIVE if name in page] == []
    expect(window.page.locator('use[href$="#lock"]')).to_have_count(0)


def test_an_auditor_sees_the_runs_and_the_journal_and_nothing_else(visit: Visit) -> None:
    boss, window = visit("administrator"), visit("auditor")
    run = Panel.opened(boss, "Export: Agents").export().expect_state("Done")
    window.open("/")
    shown = window.page.locator(".sidebar a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert shown == ["/digital/runs/", "/settings/journal/"]
    look_at(window, "history-of-an-auditor")
    window.open(run.path)
    expect(window.page.get_by_role("heading", name="Agents")).to_be_visible()
    expect(window.page.locator("#download")).to_have_count(0)
    closed = ("users", "roles", "domain", "extensions", "connectors")
    for path in (
        f"{run.path}file",
        "/digital/exports/",
        "/digital/exports/agents/",
        *(f"/settings/{one}/" for one in closed),
    ):
        window.open(path)
        expect(window.heading("Permission denied")).to_be_visible()
    look_at(window, "forbidden")
