"""Pages as a person sees them: any page looked at from all sides, the details panel, the page of a run."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, expect
from tests.acceptance.browser import PATIENCE, SCREENSHOTS, Window

WIDE, PHONE, NARROWEST = 1440, 390, 320
"""Windows, in pixels. At 320 too, no page may need to be scrolled sideways (WCAG 2.2, 1.4.10)."""


def look_at(window: Window, name: str) -> None:
    """Look at a page in wide and narrow windows, keep pictures of it, and find nothing wrong."""
    expect(window.page.locator("html")).to_have_attribute("lang", window.say.language)
    expect(window.page.get_by_role("heading", level=1)).to_have_count(1)
    problems = []
    for width in (WIDE, PHONE, NARROWEST):
        window.page.set_viewport_size({"width": width, "height": 900})
        window.page.evaluate("scrollTo(0, 0)")  # nothing lies half under what stays at the top
        if out := window.overflow():
            problems.append("\n".join([f"wider than a window of {width}:", *out]))
        if width in (WIDE, PHONE):
            window.page.screenshot(path=SCREENSHOTS / f"{name}-{window.say.language}-{width}.jpg", full_page=True)
        # Each layout in one language: the narrow one in French, whose words are longer.
        if width == {"en": WIDE, "fr": NARROWEST}[window.say.language]:
            problems.append(window.violations())
    assert not any(problems), "\n".join(problems)


CELLS = """table => {
    const shown = cell => cell.tagName === "TH" ? cell.innerText.trim() : cell.textContent;
    const value = cell => cell.querySelector(".nothing") ? "" : shown(cell);
    return [...table.rows].map(row => [...row.cells].map(value));
}"""
"""What stands in the cells of a preview; of a text that is there and empty, the page says so in words."""


def digits(text: str) -> int:
    """The number in a text, whatever parts its thousands."""
    return int(re.sub(r"\D", "", text))


@dataclass
class Panel:
    """The details panel of an export, in its dialog or on a page of its own."""

    window: Window

    @classmethod
    def opened(cls, window: Window, icon: str) -> "Panel":
        """From the list, by the icon of that name; what it holds is counted."""
        window.open("/digital/exports/")
        window.link(icon).click()
        return cls(window).ready()

    def ready(self) -> "Panel":
        """Wait until it is made comfortable, and its rows are counted."""
        expect(self.body.locator("#fields-ts-control")).to_be_attached()
        return self.counted()

    def counted(self) -> "Panel":
        expect(self.body.locator("#count [data-rows]")).to_be_visible()
        return self

    @property
    def body(self) -> Locator:
        return self.window.page.locator("#panel")

    @property
    def rows(self) -> int:
        return int(self.body.locator("#count [data-rows]").get_attribute("data-rows") or 0)

    def field(self, english: str) -> Locator:
        return self.body.get_by_label(self.window.say(english), exact=True)

    def selector(self, english: str) -> Locator:
        """Of filters or of fields: where one types what to choose."""
        return self.body.get_by_role("combobox", name=self.window.say(english), exact=True)

    def button(self, english: str, **values: object) -> Locator:
        return self.body.get_by_role("button", name=self.window.say(english, **values), exact=True)

    def choose(self, english: str) -> None:
        """A radio button that is drawn as a pill or a segment, by its label."""
        self.body.locator("label.btn").get_by_text(self.window.say(english), exact=True).click()
        expect(self.body.get_by_role("radio", name=self.window.say(english), exact=True)).to_be_checked()

    def after(self, change: Callable[..., Any]) -> int:
        """How many rows are counted after a change of the form."""
        with self.window.page.expect_response("**/count/") as answer:
            change()
        [rows] = re.findall(r'data-rows="(\d+)"', answer.value.text())
        expect(self.body.locator(f'#count [data-rows="{rows}"]')).to_be_visible()
        return int(rows)

    def preview(self) -> list[list[str]]:
        """The titles, then the rows, of a preview that is asked for now."""
        self.button("Preview").click()
        table = self.body.locator("#preview table")
        expect(table).to_be_visible()
        return table.evaluate(CELLS)

    def export(self) -> "RunPage":
        self.button("Export").click()
        return RunPage.reached(self.window)


@dataclass
class RunPage:
    """The page of one run."""

    window: Window
    address: str

    @classmethod
    def reached(cls, window: Window) -> "RunPage":
        window.page.wait_for_url(re.compile(r"/digital/runs/[^/]+/$"))
        return cls(window, window.page.url)

    def expect_state(self, english: str) -> "RunPage":
        """Wait, without loading the page again, until the run is so far."""
        state = self.window.page.locator("#run .badge-large")
        expect(state).to_have_text(self.window.say(english), timeout=PATIENCE)
        return self

    @property
    def path(self) -> str:
        return self.address.removeprefix(self.window.console.url)

    @property
    def key(self) -> str:
        return self.path.split("/")[3]

    @property
    def sha256(self) -> str:
        return self.window.page.locator("dd").get_by_text(re.compile(r"^[0-9a-f]{64}$")).inner_text()

    def fact(self, english: str) -> str:
        term = self.window.page.locator("dt").get_by_text(self.window.say(english), exact=True)
        return term.locator("xpath=following-sibling::dd[1]").inner_text()

    def download(self) -> tuple[str, bytes]:
        return self.window.download(self.window.page.locator("#download"))
