"""A real browser in front of a console of its own: whose window it is, and what must never happen in one."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, ViewportSize, expect
from tests.acceptance.console_words import Words
from tests.acceptance.installation import Installation, eventually
from tests.mail_server import Mailbox
from tests.oidc_provider import Provider

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None,
    reason="SKIPPED LOUDLY: Chromium is not installed: apt-get install --no-install-recommends chromium",
)
SIZE: ViewportSize = {"width": 1280, "height": 900}
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"

UNREMARKABLE = (
    "Failed to load resource",  # of a status: which of them are problems, ``Window._answered`` knows
    "htmx:afterRequest, ",  # of a request that a newer one, or another page, took the place of
    "htmx:sendAbort, ",
)
"""How the errors begin that a browser's console shows though nothing is wrong."""

PASSWORD = "long enough a password"

AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    "preload": False,  # of style sheets and films, which only rules outside these tags look at
}

expect.set_options(timeout=30_000)
PATIENCE = 60_000
"""Milliseconds in which a worker has done a small run and mailed it, whatever else the machine does."""


STICKING_OUT = """() => {
    const page = document.documentElement;
    const out = one => Math.round(one.getBoundingClientRect().right - page.clientWidth);
    const named = one => `${out(one)} pixels: ${one.outerHTML.slice(0, 200)}`;
    const scrolls = one => one && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
    const sticks = one => out(one) > 0 && one.checkVisibility() && !scrolls(one.parentElement);
    if (page.scrollWidth <= page.clientWidth) return [];
    return [`${page.scrollWidth} pixels`, ...[...document.querySelectorAll("body *")].filter(sticks).map(named)];
}"""


@dataclass
class Console:
    """A console that runs, everything that it needs around it, and who is signed in there already."""

    url: str
    installation: Installation
    mailbox: Mailbox
    provider: Provider
    signed_in: dict[str, Any] = field(default_factory=dict)

    def mail_of(self, sha256: str, number: int = 1, name: str = "") -> EmailMessage:
        """The nth mail about the file of that hash, and of that name where one is given, once it is there."""
        seconds = PATIENCE / 1000
        eventually(lambda: len(self._mails_of(sha256, name)) >= number, seconds)
        return self._mails_of(sha256, name)[number - 1]

    def _mails_of(self, sha256: str, name: str) -> list[EmailMessage]:
        return [mail for mail in self.mailbox.mails if sha256 in (text := plain_text_of(mail)) and name in text]


def plain_text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else body.get_content()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@dataclass
class Window:
    """A browser window of one person. ``problems`` is what went on in it that no page of ours may do."""

    console: Console
    page: Page
    say: Words
    person: str | None = None
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._answered)
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(UNREMARKABLE):
            self.problems.append(f"{self.page.url}: {message.text}")

    def _answered(self, response: Response) -> None:
        is_page = response.request.resource_type in ("document", "xhr")
        if response.status >= 500 or (response.status >= 400 and not is_page):
            self.problems.append(f"{response.url}: {response.status}")

    def _asked(self, request: Request) -> None:
        ours = (self.console.url, self.console.provider.url, "data:", "blob:")
        if not request.url.startswith(ours):
            self.problems.append(f"{self.page.url} asks for {request.url}")

    def open(self, path: str) -> None:
        """Go to an address of the console."""
        self.page.goto(self.console.url + path)

    def button(self, english: str, **values: object) -> Locator:
        return self.page.get_by_role("button", name=self.say(english, **values), exact=True)

    def link(self, english: str, **values: object) -> Locator:
        return self.page.get_by_role("link", name=self.say(english, **values), exact=True)

    def field(self, english: str) -> Locator:
        return self.page.locator("main").get_by_label(self.say(english), exact=True)

    def text(self, english: str, **values: object) -> Locator:
        return self.page.get_by_text(self.say(english, **values))

    def heading(self, english: str, **values: object) -> Locator:
        return self.page.get_by_role("heading", name=self.say(english, **values))

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """From the page of signing in, by its form."""
        self.page.locator("#id_login").fill(email)
        self.page.locator("#id_password").fill(password)
        self.page.locator("main").get_by_role("button", name=self.say("Sign in"), exact=True).click()

    def confirm(self, then: Locator, password: str = PASSWORD) -> None:
        """Where the password is asked for once more before something goes on, give it."""
        asked = self.page.locator('form[action="/account/confirm/"] input[type=password]')
        expect(asked.or_(then)).to_be_visible()
        if asked.is_visible():
            asked.fill(password)
            self.page.keyboard.press("Enter")
        expect(then).to_be_visible()

    def end(self) -> None:
        """Leave; nothing may have gone wrong on the way."""
        self.page.goto("about:blank")
        problems, self.problems[:] = "\n".join(self.problems), []
        assert not problems, problems

    def violations(self) -> str:
        """What axe-core finds wrong with the page as it stands, for people; nothing where it finds nothing."""
        found = Axe().run(self.page, options=AXE)
        return found.generate_report() if found.violations_count else ""

    def overflow(self) -> list[str]:
        """What makes the page wider than its window; nothing where it is not."""
        return self.page.evaluate(STICKING_OUT)

    def tab_to(self, locator: Locator, most: int = 80) -> None:
        """Press Tab until the focus is there."""
        for _ in range(most):
            if locator.evaluate("one => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{most} times Tab, and the focus is on {self.focused()}, not on {locator}")

    def focused(self) -> str:
        return self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")

    def download(self, locator: Locator) -> tuple[str, bytes]:
        """The name and the bytes of the file that a link leads to."""
        with self.page.expect_download() as begun:
            locator.click()
        return begun.value.suggested_filename, Path(begun.value.path()).read_bytes()


@dataclass
class Visits:
    """The windows that tests open in one browser. Somebody's window is kept, with what the browser loaded already."""

    console: Console
    browser: Browser
    kept: dict[tuple[Any, ...], Window] = field(default_factory=dict)

    @contextmanager
    def window(self, language: str, person: str | None = None, **options: Any) -> Iterator[Window]:
        """A window in that language, of somebody who is signed in, or of nobody yet; it ends without problems."""
        if person is None:
            opened = self._opened(language, **options)
            with closing(opened.page.context):
                yield opened
                opened.end()
            return
        key = (language, person, *options.items())
        opened = self.kept[key] = self.kept.get(key) or self._signed_in(language, person, **options)
        opened.page.set_viewport_size(SIZE)
        yield opened
        opened.end()

    def _opened(self, language: str, **options: Any) -> Window:
        context = self.browser.new_context(locale=language, timezone_id="Europe/Paris", viewport=SIZE, **options)
        return Window(self.console, context.new_page(), Words(language))

    def _signed_in(self, language: str, person: str, **options: Any) -> Window:
        """In a new window, with the session of an earlier one if there was any."""
        state = self.console.signed_in.get(person)
        opened = self._opened(language, storage_state=state, **options)
        opened.person = person
        if state is None:
            opened.open("/")
            opened.sign_in(person)
            opened.page.wait_for_url(lambda url: "sign-in" not in url)
            self.console.signed_in[person] = opened.page.context.storage_state()
        return opened


class Visit(Protocol):
    """Opens a window, of a person of the test's language where it is told one's name."""

    def __call__(self, name: str | None = None, **options: Any) -> Window: ...
