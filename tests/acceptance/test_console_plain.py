"""The core of the console without JavaScript: the same pages, of forms and links alone."""

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.acceptance.browser import PATIENCE, Console, Visit, Window, needs_chromium
from tests.acceptance.console_pages import Panel, RunPage, digits
from tests.acceptance.installation import eventually

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]


def test_the_whole_way_without_javascript(visit: Visit, console: Console, language: str) -> None:
    window = visit(java_script_enabled=False)
    window.open("/")
    window.sign_in(f"administrator-{language}@example.org")
    window.link("Export: Identities").click()
    panel = Panel(window)
    expect(window.heading("New export – Identities")).to_be_visible()
    panel.field("Start date").fill("2025-12-01")
    panel.field("End date").fill("2025-12-31")
    panel.choose("Update date")
    panel.field("Format").select_option("JSON Lines")
    chosen = panel.field("Fields").evaluate("one => [...one.selectedOptions].map(option => option.value)")
    panel.field("Fields").select_option([*chosen, "screenname"])
    panel.button("Count").click()
    expect(panel.counted().body.locator("#count")).to_contain_text(window.say("items to export"))
    rows = panel.rows
    assert rows > 0
    expect(panel.field("Start date")).to_have_value("2025-12-01")
    assert len(panel.preview()) == 1 + min(rows, 20)
    run = panel.export()
    eventually(lambda: reloaded(window) == window.say("Done"), PATIENCE / 1000, every=0.3)
    assert digits(run.fact("Rows")) == rows
    name, content = run.download()
    assert content.count(b"\n") == rows
    assert b'"screenname"' in content
    [attached] = console.mail_of(run.sha256).iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (name, content)
    window.open("/digital/runs/")
    expect(window.page.locator(f'a[href="{run.path}"]')).to_be_visible()


def reloaded(window: Window) -> Any:
    """The state of the run, once more from the server."""
    window.page.reload()
    return window.page.locator("#run .badge-large").inner_text()


def test_settings_again_and_out_without_javascript(visit: Visit, language: str) -> None:
    window, name = visit("supervisor", java_script_enabled=False), f"Plain {language}"
    window.open("/digital/exports/agents/")
    panel = Panel(window)
    panel.field("Format").select_option("BI")
    panel.body.locator(".save summary").click()
    panel.field("Settings name").fill(name)
    panel.body.locator("#save-button").click()
    expect(window.text("Settings saved as “{name}”.", name=name)).to_be_visible()
    window.open("/digital/exports/agents/")
    panel.body.get_by_role("link", name=name).click()
    expect(panel.field("Format")).to_have_value("bi")
    panel.button("Delete the settings “{name}”", name=name).click()
    expect(panel.body.get_by_role("link", name=name)).to_have_count(0)
    first = panel.export()
    window.button("Run again").click()
    window.page.wait_for_url(lambda url: url != first.address)
    RunPage.reached(window)


def test_mistakes_are_reported_without_javascript(visit: Visit) -> None:
    window = visit("supervisor", java_script_enabled=False)
    window.open("/digital/exports/agents/")
    panel = Panel(window)
    panel.field("Start date").fill("2025-12-31")
    panel.field("End date").fill("2025-12-01")
    panel.button("Export").click()
    sentence = window.say("The end is before the start: choose an end on or after the start.")
    expect(panel.body.locator("#end-error")).to_have_text(sentence)
    panel.field("Start date").fill("1999-12-01")
    panel.field("End date").fill("1999-12-31")
    panel.button("Count").click()
    expect(panel.body.locator("#count")).to_contain_text(window.say("No items to export"))
    expect(panel.button("Export")).to_be_disabled()
