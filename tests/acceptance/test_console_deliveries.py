"""Mails that do not arrive, and files that are too large for one, as people meet them in a real browser."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.acceptance.browser import PATIENCE, Console, Visit, needs_chromium, plain_text_of
from tests.acceptance.console_pages import Panel
from tests.mail_server import Mailbox

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]


def test_a_refused_mail_shows_the_servers_words_and_is_sent_again(
    visit: Visit, mailbox: Mailbox, console: Console, language: str
) -> None:
    mailbox.on_recipient = "550 5.1.1 no such mailbox here"
    window = visit("supervisor")
    run = Panel.opened(window, "Export: Agents").export().expect_state("Delivery failed")
    expect(window.page.locator(".delivery-line .badge")).to_have_text(window.say("Failed"))
    expect(window.page.locator(".delivery-error")).to_contain_text("5.1.1 no such mailbox here")
    name, content = run.download()
    window.open("/digital/runs/")
    line = window.page.get_by_role("row").filter(has=window.page.locator(f'a[href="{run.path}"]'))
    expect(line).to_contain_text(window.say("Delivery failed"))
    mailbox.on_recipient = "250 OK"
    window.page.goto(run.address)
    window.button("Resend").click()
    expect(window.page.locator(".delivery-line .badge").last).to_have_text(window.say("Delivered"), timeout=PATIENCE)
    [attached] = console.mail_of(run.sha256, name=name).iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (name, content)


def test_an_archive_where_that_makes_the_file_fit(visit: Visit, console: Console, language: str) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Messages")
    panel.after(lambda: panel.field("Start date").fill("2025-07-01"))
    run = panel.export().expect_state("Done")
    expect(window.page.locator(".delivery-line")).to_contain_text(window.say("as an attachment"))
    name, content = run.download()
    [attached] = console.mail_of(run.sha256).iter_attachments()
    assert attached.get_filename() == f"{name}.zip"
    with zipfile.ZipFile(io.BytesIO(attached.get_content())) as archive:
        assert archive.read(name) == content


def test_a_link_where_the_file_is_too_large_that_asks_to_sign_in_and_can_be_revoked(
    visit: Visit, console: Console, language: str
) -> None:
    window = visit("supervisor")
    run = Panel.opened(window, "Export: Messages").export().expect_state("Done")
    expect(window.page.locator(".delivery-line")).to_contain_text(window.say("as a link"))
    mail = console.mail_of(run.sha256)
    assert list(mail.iter_attachments()) == []
    text = plain_text_of(mail)
    assert window.say("too large to attach") in text
    [link] = re.findall(r"http\S+/digital/deliveries/\S+", text)
    stranger = visit("busy")
    stranger.page.goto(link)
    expect(stranger.heading("Permission denied")).to_be_visible()
    reader = visit()
    reader.page.goto(link)
    expect(reader.heading("Sign in")).to_be_visible()
    with reader.page.expect_download() as begun:
        reader.sign_in(f"supervisor-{language}@example.org")
    assert (begun.value.suggested_filename, Path(begun.value.path()).read_bytes()) == run.download()
    window.button("Revoke the link").click()
    expect(window.text("The link in that e-mail no longer works.")).to_be_visible()
    expect(window.button("Revoke the link")).to_have_count(0)
    reader.page.goto(link)
    expect(reader.text("This download link has expired")).to_be_visible()
