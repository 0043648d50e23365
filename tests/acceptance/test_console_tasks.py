"""Automated exports as an administrator meets them: the extension, a task, its server's key, and files that arrive."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect
from tests.acceptance.browser import PATIENCE, Console, Visit, Window, needs_chromium
from tests.acceptance.conftest import running_console
from tests.acceptance.console_pages import look_at
from tests.acceptance.installation import eventually
from tests.fake_clock import LIBRARY, FakeClock, needs_fake_clock
from tests.ssh_server import Running, running_sshd

from navette.core.settings import Settings

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]

OUR_KEY = """
from navette.site.start import start_django
start_django()
from navette.control.ssh_keys import key_pairs
print(key_pairs()[0].public)
"""


ZONE = """
from navette.site.start import start_django
start_django()
from navette.control.models import Domain
print(Domain.current().timezone)
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> FakeClock:
    return FakeClock(tmp_path_factory.mktemp("time") / "clock")


@pytest.fixture(scope="module")
def console(demo: Settings, tmp_path_factory: pytest.TempPathFactory, clock: FakeClock) -> Iterator[Console]:
    """A console of this module alone: its extensions are active and off, and its clock steps."""
    home = tmp_path_factory.mktemp("automated")
    variables = clock.variables if LIBRARY else {}
    variables |= {"NAVETTE_SFTP_ALLOWED": "127.0.0.0/8", "NAVETTE_RUNS_PER_USER": "8"}
    with running_console(demo, home, **variables) as running:
        yield running


@pytest.fixture
def server(console: Console) -> Iterator[Any]:
    with running_sshd(console.installation.script(OUR_KEY, []).strip()) as running:
        yield running


def switch_on(window: Window) -> None:
    """By the menu: Settings > Extensions > Add, unless it is on."""
    window.open("/settings/extensions/")
    window.link("Add").first.click()
    choices = window.page.locator("#id_name option")
    if "automatic_exports" in [one.get_attribute("value") for one in choices.all()]:
        window.page.locator("#id_name").select_option("automatic_exports")
        window.button("Add").click()
        expect(window.page.locator("#notices")).to_contain_text(window.say("Automated exports"))


def fill(window: Window, label: str, server: Running, directory: str) -> None:
    """The form of a new task: two exports, to that server."""
    window.open("/digital/automated/")
    window.link("Add").click()
    window.page.locator("#id_label").fill(label)
    window.page.locator("#export-agents").check()
    window.page.locator("#export-messages").check()
    window.page.locator("#period-messages").select_option("beginning")
    fill_server(window, 0, server, directory)
    expect(window.page.locator("#names")).to_contain_text("_messages.csv")


def fill_server(window: Window, number: int, server: Running, directory: str) -> None:
    for field, value in {"host": "127.0.0.1", "port": server.port, "user": server.user}.items():
        window.page.locator(f"#id_sftp-{number}-{field}").fill(str(value))
    window.page.locator(f"#id_sftp-{number}-directory").fill(directory)


def accept(window: Window, number: int = 0) -> None:
    """Test connection, trust the server's key, and test again."""
    result = window.page.locator(f"#test-sftp-{number}")
    window.button("Test connection").nth(number).click()
    expect(result).to_contain_text(window.say("This server is new."), timeout=PATIENCE)
    result.get_by_role("checkbox").check()
    window.button("Test connection").nth(number).click()
    expect(result).to_contain_text(window.say("The connection works: files can be delivered."), timeout=PATIENCE)


def same_bytes(console: Console, folder: Path) -> Any:
    """Whether what arrived is, file for file, what the runs made."""
    made = {Path(run["path"]).name: console.installation.home / "files" / run["path"] for run in runs(console)}
    return all(path.read_bytes() == made[path.name].read_bytes() for path in folder.iterdir())


def runs(console: Console) -> Any:
    return console.installation.runs().values()


def test_from_the_extension_to_files_on_the_server(
    visit: Visit, console: Console, server: Running, language: str
) -> None:
    window, label = visit("administrator"), f"Nightly-{language}"
    folder, directory = server.folder()
    switch_on(window)
    fill(window, label, server, directory)
    accept(window)
    look_at(window, "task-add")
    window.page.locator("#task-form .btn-primary").click()
    expect(window.page.locator("#notices")).to_contain_text(label)
    look_at(window, "tasks")
    window.button("Run “{task}” now", task=label).click()
    expect(window.page.locator("#slot .badge-large")).to_have_class(re.compile("state-done"), timeout=PATIENCE)
    look_at(window, "slot")
    names = sorted(path.name for path in folder.iterdir())
    assert [name.rpartition("_")[2] for name in names] == ["agents.csv", "messages.csv"]
    assert same_bytes(console, folder)


@needs_fake_clock
def test_the_scheduled_run_is_on_time(
    visit: Visit, console: Console, server: Running, language: str, clock: FakeClock
) -> None:
    window, label = visit("administrator"), f"Scheduled-{language}"
    folder, directory = server.folder()
    zone = ZoneInfo(console.installation.script(ZONE, []).strip())
    due = (clock.now + timedelta(minutes=20)).replace(second=0, microsecond=0)
    switch_on(window)
    fill(window, label, server, directory)
    window.page.locator("#id_at").fill(f"{due.astimezone(zone):%H:%M}")
    accept(window)
    window.page.locator("#task-form .btn-primary").click()
    expect(window.page.locator("#notices")).to_contain_text(label)
    clock.set(due - timedelta(seconds=5))
    eventually(lambda: len(list(folder.iterdir())) == 2)
    window.page.get_by_role("link", name=label, exact=True).click()
    window.page.locator("#content").get_by_role("link", name=window.say("History"), exact=True).click()
    slot = window.page.locator("tbody tr")
    expect(slot).to_have_count(1)
    expect(slot).to_contain_text(window.say("on time"))
    look_at(window, "task-history")
    assert same_bytes(console, folder)


def test_several_servers_each_get_all_of_the_files(
    visit: Visit, console: Console, server: Running, language: str
) -> None:
    window, label = visit("administrator"), f"Twice-{language}"
    (one, directory), (other, elsewhere) = server.folder(), server.folder()
    switch_on(window)
    fill(window, label, server, directory)
    accept(window)
    window.button("Add another server").click()
    fill_server(window, 1, server, elsewhere + "/{{year}}")
    accept(window, 1)
    window.button("Add another server").click()
    window.button("Remove this server").nth(1).click()
    look_at(window, "task-servers")
    window.page.locator("#task-form .btn-primary").click()
    window.button("Run “{task}” now", task=label).click()
    expect(window.page.locator("#slot .badge-large")).to_have_class(re.compile("state-done"), timeout=PATIENCE)
    [made] = other.iterdir()
    assert [path.name for path in one.iterdir()] == [path.name for path in made.iterdir()]
    assert same_bytes(console, one)
    assert same_bytes(console, made)


def test_a_server_with_another_key_gets_nothing_until_that_is_accepted(
    visit: Visit, console: Console, server: Running, language: str
) -> None:
    window, label = visit("administrator"), f"Changed-{language}"
    folder, directory = server.folder()
    switch_on(window)
    fill(window, label, server, directory)
    kept = {"sftp-0-host_key": ANOTHER_KEY, "sftp-0-key_of": f"127.0.0.1 {server.port}"}
    window.page.locator("#task-form").evaluate(ACCEPT, kept)
    window.page.locator("#task-form .btn-primary").click()
    window.button("Run “{task}” now", task=label).click()
    expect(window.page.locator(".delivery-error")).to_be_visible(timeout=PATIENCE)
    look_at(window, "slot-failed")
    assert list(folder.iterdir()) == []
    window.open("/digital/automated/")
    window.page.get_by_role("link", name=label, exact=True).click()
    expect(window.text("The server's key has changed.")).to_be_visible()
    window.button("Test connection").click()
    expect(window.page.locator("#test-sftp-0 .alert-danger")).to_be_visible(timeout=PATIENCE)
    look_at(window, "task-other-key")


ACCEPT = """(form, kept) => {
    for (const [name, value] of Object.entries(kept)) {
        form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
    }
}"""
ANOTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMjLLyRcHBVMqrfSMzgFVDmlTfECPFkdNpbpKRzS0mwC"
