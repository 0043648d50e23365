"""An export by hand in a real browser, from signing in to the opened attachment, in French and in English."""

import csv
import gzip
import io
import re
import sqlite3
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from playwright.sync_api import expect
from tests.acceptance.browser import Console, Visit, needs_chromium, plain_text_of
from tests.acceptance.console_pages import Panel, RunPage, digits

from navette.core.periods import period
from navette.formats import FORMATS

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]

SEPARATORS = {"fr": ";", "en": ","}


def attachment(mail: EmailMessage) -> Any:
    """The name and the bytes of the one attachment of a mail."""
    [attached] = mail.iter_attachments()
    return attached.get_filename(), attached.get_content()


def lines(content: bytes, language: str) -> Any:
    """The lines of an Excel file as their cells."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=SEPARATORS[language]))


def december(panel: Any) -> Any:
    """Choose that month by hand; how many rows it has."""
    panel.after(lambda: panel.field("Start date").fill("2025-12-01"))
    return panel.after(lambda: panel.field("End date").fill("2025-12-31"))


def test_the_whole_way_from_the_icon_to_the_opened_attachment(visit: Visit, console: Console, language: str) -> None:
    window = visit("administrator")
    panel = Panel.opened(window, "Export: Identities")
    expect(panel.body.get_by_role("group", name=re.compile(window.say("Filtered by")))).to_be_visible()
    created = december(panel)
    updated = panel.after(lambda: panel.choose("Update date"))
    assert 0 < created != updated > 0
    shown = panel.preview()
    assert len(shown) == 1 + min(updated, 20)
    caption = window.say("The first {rows} rows, as in the file", rows=len(shown) - 1)
    expect(panel.body.locator("#preview caption")).to_have_text(caption)
    run = panel.export().expect_state("Done")
    assert digits(run.fact("Rows")) == updated
    mail = console.mail_of(run.sha256)
    assert window.say("is attached to this e-mail") in plain_text_of(mail)
    assert mail["To"] == f"administrator-{language}@example.org"
    assert " ".join(mail["Subject"].split()) == window.say("Identities: {rows} rows", rows=updated)
    name, content = attachment(mail)
    assert run.download() == (name, content)
    read = lines(content, language)
    assert read[: len(shown)] == shown
    assert len(read) == 1 + updated


def test_the_dialog_takes_the_focus_and_gives_it_back(visit: Visit) -> None:
    window = visit("supervisor")
    window.open("/digital/exports/")
    icon, dialog = window.link("Export: Agents"), window.page.get_by_role("dialog")
    icon.focus()
    window.page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    expect(dialog).to_have_accessible_name(window.say("New export – Agents"))
    expect(dialog.get_by_role("heading", name=window.say("New export – Agents"))).to_be_focused()
    window.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(icon).to_be_focused()
    icon.click()
    dialog.get_by_role("button", name=window.say("Close"), exact=True).click()
    expect(dialog).to_be_hidden()
    expect(icon).to_be_focused()


def test_help_shows_on_hover_and_on_focus(visit: Visit) -> None:
    window = visit("supervisor")
    window.open("/digital/exports/")
    name = window.page.locator('th a[href="/digital/exports/agents/"]')
    expect(window.page.locator("#about-agents")).to_be_hidden()
    name.hover()
    expect(window.page.locator("#about-agents")).to_be_visible()
    name.click()
    panel = Panel(window).ready()
    help_, told = panel.button("Help: {label}", label=window.say("Start date")), panel.body.locator("#help-start")
    expect(told).to_be_hidden()
    help_.focus()
    expect(told).to_be_visible()
    window.page.keyboard.press("Escape")
    expect(told).to_be_hidden()
    expect(panel.body).to_be_visible()
    panel.body.locator('.tag[data-value="created_at"]').hover()
    expect(panel.body.locator("#fields-about")).to_contain_text("created_at – ")


def test_the_chosen_formats_help_shows_and_compression_where_it_has_some(visit: Visit) -> None:
    panel = Panel.opened(visit("supervisor"), "Export: Agents").body
    for name, format_ in FORMATS.items():
        panel.locator("#format").select_option(name)
        expect(panel.locator("#formats li:visible")).to_have_attribute("data-format", name)
        expect(panel.locator("#compression")).to_be_visible(visible=format_.compressible)
        expect(panel.locator("#codec")).to_be_visible(visible=len(format_.codecs) > 1)


def test_quick_choices_set_both_dates_and_a_typed_date_takes_over(visit: Visit) -> None:
    panel = Panel.opened(visit("supervisor"), "Export: Agents")
    whole = panel.rows
    for label in ("This year", "Last week", "Last month", "Yesterday"):
        panel.choose(label)
        today = datetime.now(ZoneInfo("Europe/Paris")).date()
        first, last = period(label.lower().replace(" ", "_"), today, first_day=0)
        expect(panel.field("Start date")).to_have_value(first.isoformat())
        expect(panel.field("End date")).to_have_value(last.isoformat())
    expect(panel.body.locator("#count")).to_have_text(panel.window.say("No items to export"))
    expect(panel.button("Export")).to_be_disabled()
    panel.field("Start date").fill("2021-01-01")
    expect(panel.body.get_by_role("radio", name=panel.window.say("Custom"))).to_be_checked()
    expect(panel.body.locator("#count strong")).to_have_text(f"{whole} {panel.window.say('items to export')}")
    expect(panel.button("Export")).to_be_enabled()
    panel.field("End date").fill("2020-12-31")
    sentence = panel.window.say("The end is before the start: choose an end on or after the start.")
    expect(panel.body.locator("#count")).to_have_text(sentence)
    expect(panel.button("Export")).to_be_disabled()


def test_a_filter_and_a_workbook(visit: Visit, console: Console) -> None:
    panel = Panel.opened(visit("supervisor"), "Export: Agents")
    whole = panel.rows
    panel.selector("Role").click()
    option = panel.body.locator("#filter_role-ts-dropdown .option").first
    chosen = option.inner_text()
    rows = panel.after(option.click)
    assert 0 < rows < whole
    panel.field("Format").select_option("XLSX")
    expect(panel.field("Compression")).to_be_hidden()
    run = panel.export().expect_state("Done")
    assert run.fact("Role") == chosen
    name, content = attachment(console.mail_of(run.sha256))
    assert name.endswith(".xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet.max_row == 1 + rows


def test_settings_are_kept_under_a_name_and_come_back(visit: Visit, language: str) -> None:
    window, name = visit("supervisor"), f"Décembre, pour l’équipe {language}"
    panel = Panel.opened(window, "Export: Agents")
    panel.choose("Last month")
    panel.field("Format").select_option("BI")
    panel.field("Compression").select_option("gzip (.gz)")
    panel.body.locator(".save summary").click()
    panel.field("Settings name").fill(name)
    window.page.keyboard.press("Enter")
    expect(panel.body.get_by_text(window.say("Settings saved as “{name}”.", name=name))).to_be_visible()
    panel = Panel.opened(window, "Export: Agents")
    expect(panel.field("Format")).to_have_value("excel")
    panel.body.get_by_role("link", name=name).click()
    expect(panel.field("Format")).to_have_value("bi")
    expect(panel.field("Compression")).to_have_value("gzip")
    expect(panel.body.get_by_role("radio", name=window.say("Last month"))).to_be_checked()
    window.page.once("dialog", lambda asked: asked.accept())
    panel.button("Delete the settings “{name}”", name=name).click()
    expect(panel.body.get_by_text(window.say("Settings deleted."))).to_be_visible()
    expect(panel.body.get_by_role("link", name=name)).to_have_count(0)


def test_a_compressed_file_again_and_changed(visit: Visit, console: Console) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Agents")
    panel.field("Start date").fill("2021-01-01")
    panel.field("Format").select_option("JSON Lines")
    panel.field("Compression").select_option("gzip (.gz)")
    first = panel.export().expect_state("Done")
    name, content = attachment(console.mail_of(first.sha256))
    assert name.endswith(".jsonl.gz")
    assert gzip.decompress(content).count(b"\n") == digits(first.fact("Rows"))
    window.button("Run again").click()
    window.page.wait_for_url(lambda url: url != first.address)
    second = RunPage.reached(window).expect_state("Done")
    assert second.sha256 == first.sha256
    assert attachment(console.mail_of(first.sha256, number=2)) == (name, content)
    window.link("Edit and export").click()
    panel = Panel(window).ready()
    expect(panel.field("Start date")).to_have_value("2021-01-01")
    expect(panel.field("Compression")).to_have_value("gzip")


def test_sensitive_and_extra_columns_by_keyboard_alone(visit: Visit, console: Console, language: str) -> None:
    window = visit("administrator")
    keyboard = window.page.keyboard
    window.open("/digital/exports/")
    window.tab_to(window.link("Export: Identities"), most=150)
    keyboard.press("Enter")
    panel = Panel(window).ready()
    window.tab_to(panel.selector("Fields"))
    expect(panel.body.locator(".sensitive-why")).to_contain_text(window.say("Sensitive fields contain personal data"))
    for column, group in (("screenname", "Sensitive fields"), ("tw_followers_count", "Only for twitter")):
        keyboard.type(column)
        expect(panel.body.locator("#fields-ts-dropdown .option.active code")).to_have_text(column)
        expect(panel.body.locator("#fields-ts-dropdown .optgroup-header").first).to_have_text(window.say(group))
        keyboard.press("Enter")
        expect(panel.body.locator(f'.tag[data-value="{column}"]')).to_be_visible()
    keyboard.press("Escape")
    expect(panel.body).to_be_visible()
    expect(panel.body.locator('.tag[data-value="screenname"] use')).to_have_attribute("href", re.compile("#lock$"))
    window.tab_to(panel.button("Preview"))
    keyboard.press("Enter")
    expect(panel.body.locator("#preview th").get_by_label(window.say("sensitive")).first).to_be_visible()
    window.tab_to(panel.button("Export"), most=200)
    keyboard.press("Enter")
    run = RunPage.reached(window).expect_state("Done")
    expect(window.page.locator(".columns .sensitive")).to_have_text(["screenname"])
    mail = console.mail_of(run.sha256)
    assert f"screenname ({window.say('sensitive')})" in plain_text_of(mail)
    titles = lines(attachment(mail)[1], language)[0]
    assert {"screenname", "tw_followers_count"} <= set(titles)
    window.open("/digital/runs/")
    line = window.page.get_by_role("row").filter(has=window.page.locator(f'a[href="{run.path}"]'))
    expect(line.get_by_role("img", name=window.say("with sensitive fields"))).to_be_visible()


def test_without_columns_there_is_nothing_to_export(visit: Visit) -> None:
    panel = Panel.opened(visit("supervisor"), "Export: Agents")
    panel.button("Remove all").click()
    expect(panel.body.locator("#count")).to_have_text(panel.window.say("Choose at least one field."))
    expect(panel.button("Export")).to_be_disabled()
    panel.button("Default fields").click()
    expect(panel.button("Export")).to_be_enabled()


def test_the_history_has_the_run_and_the_journal_what_was_done(visit: Visit, language: str) -> None:
    window = visit("administrator")
    panel = Panel.opened(window, "Export: Agents")
    rows = panel.rows
    run = panel.export().expect_state("Done")
    _name, content = run.download()
    sha256 = run.sha256
    window.link("History").first.click()
    line = window.page.get_by_role("row").filter(has=window.page.locator(f'a[href="{run.path}"]'))
    expect(line).to_contain_text(window.say("Done"))
    expect(line.locator(".numeric").first).to_have_text(str(rows))
    assert window.download(line.get_by_role("link").last)[1] == content
    for event in ("export.requested", "export.created", "export.downloaded"):
        window.open(f"/settings/journal/?name={event}&who=administrator-{language}@example.org")
        expect(window.page.get_by_role("row").filter(has_text=run.key).first).to_contain_text("agents")
    window.open(f"/settings/journal/?name=export.created&who=administrator-{language}@example.org")
    expect(window.page.get_by_text(sha256).first).to_be_visible()


def test_a_run_shows_how_far_it_is_waits_for_its_turn_and_can_be_cancelled(
    visit: Visit, console: Console, language: str
) -> None:
    window = visit("busy")
    window.open("/digital/runs/")
    window.page.get_by_role("row").filter(has_text=window.say("Being written")).get_by_role("link").first.click()
    first = RunPage.reached(window)
    bar = window.page.get_by_role("progressbar")
    assert (bar.get_attribute("value"), bar.get_attribute("max")) == ("5000", "12408")
    told = re.sub(r"(?<=\d)[\s,](?=\d)", "", window.page.locator(".run-rate").inner_text())
    assert window.say("{done} of {counted} rows", done=5000, counted=12408) in told
    assert not window.violations()
    waiting = Panel.opened(window, "Export: Agents").export().expect_state("Waiting")
    window.button("Cancel").click()
    waiting.expect_state("Cancelled")
    window.page.goto(first.address)
    with sqlite3.connect(console.installation.home / "control.sqlite3", timeout=30) as database:
        # Its worker is gone: another one takes it over.
        database.execute("UPDATE control_run SET lease_until = '2000-01-01' WHERE id = ?", [first.key])
    database.close()
    window.page.evaluate("window.same = true")
    first.expect_state("Done")
    assert window.page.evaluate("window.same")
    expect(window.page.locator("#announced")).to_have_text(window.say("Done"))
