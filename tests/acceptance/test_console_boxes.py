"""Everything that opens on a page of the console lies in the window, whatever its size, and nothing lies over it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tests.acceptance.browser import Console, Visit, Window, needs_chromium
from tests.acceptance.conftest import running_console
from tests.acceptance.console_pages import Panel
from tests.acceptance.test_console_pages import ADMINISTRATORS, BEFORE_SIGN_IN

from navette.core.settings import Settings

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]

SIZES = ((1440, 900), (1024, 768), (390, 844))

PAGES = {**ADMINISTRATORS, "task-add": "/digital/automated/add/"}

SWITCH_ON = """
from navette.site.start import start_django
start_django()
from navette.control.models import Extension
Extension.objects.create(name="automatic_exports")
"""

WRONG = """async box => {
    // What opens takes its place in the next frame.
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    const {left, top, right, bottom, width, height} = box.getBoundingClientRect();
    const wrong = [];
    if (width < 40 || height < 20) wrong.push("too small to be read");
    if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) wrong.push("outside the window");
    for (const x of [left + 5, (left + right) / 2, right - 5]) for (const y of [top + 5, bottom - 5]) {
        const seen = document.elementFromPoint(x, y);
        if (seen && !box.contains(seen)) wrong.push(`covered at ${x}, ${y} by ${seen.outerHTML.slice(0, 80)}`);
    }
    const where = [left, top, right, bottom].map(Math.round);
    return wrong.map(what => `${what}: ${box.className} at ${where} of ${innerWidth} by ${innerHeight}`);
}"""
"""What is wrong with where a box lies."""


OFFERS = """wrapper => {
    const {items, options} = wrapper.previousElementSibling.tomselect;
    return items.length < Object.keys(options).length;
}"""
"""Whether a selector has something left to choose from."""


@pytest.fixture(scope="module")
def console(demo: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A console of this module alone, with automated exports."""
    with running_console(demo, tmp_path_factory.mktemp("boxes")) as running:
        running.installation.script(SWITCH_ON, [])
        yield running


def shown(locators: Locator) -> list[Locator]:
    return [one for one in locators.all() if one.is_visible()]


def wrong(box: Locator, opener: Locator) -> list[str]:
    """What is wrong with a box, once it shows."""
    try:
        expect(box).to_be_visible(timeout=10_000)
    except AssertionError:
        return [f"nothing opens at {opener}"]
    return box.evaluate(WRONG)


def wrong_boxes(window: Window, within: str = "body") -> list[str]:
    """What is wrong with the boxes that open: menus, lists to choose from, help."""
    page, found = window.page, []
    inside = page.locator(within)
    for menu in shown(inside.locator("details[data-menu]")):
        menu.locator("summary").click()
        found += wrong(menu.locator(".menu-panel"), menu)
        menu.locator("summary").click()
    for selector in [one for one in shown(inside.locator(".ts-wrapper")) if one.evaluate(OFFERS)]:
        selector.locator("input").click()
        found += wrong(selector.locator(".ts-dropdown"), selector)
        selector.locator("input").press("Escape")
    for tip in shown(inside.locator(".tip")):
        tip.locator("button").focus()
        found += wrong(tip.locator(".tip-text"), tip)
        tip.locator("button").blur()
    for name in shown(inside.locator("th:has(> .about)")):
        name.locator("a").hover()
        found += wrong(name.locator(".about"), name)
    return found


def resized(window: Window, bottom: bool = False) -> Iterator[Any]:
    """The window in every size, at the top or at the bottom of its page."""
    for width, height in SIZES:
        window.page.set_viewport_size({"width": width, "height": height})
        window.page.evaluate("bottom => scrollTo(0, bottom ? document.documentElement.scrollHeight : 0)", bottom)
        yield f"{width} by {height}"


@pytest.mark.parametrize("name", PAGES)
def test_menus_and_help_fit_in_the_window(name: str, visit: Visit) -> None:
    window = visit("administrator")
    window.open(PAGES[name])
    if name == "task-add":
        for box in window.page.locator(".task-export input[name=exports]").all()[:4]:
            box.check()
    for _ in resized(window):
        assert wrong_boxes(window) == []


@pytest.mark.parametrize("name", BEFORE_SIGN_IN)
def test_menus_before_sign_in_fit_in_the_window(name: str, visit: Visit) -> None:
    window = visit()
    window.open(BEFORE_SIGN_IN[name])
    for _ in resized(window):
        assert wrong_boxes(window) == []


@pytest.mark.parametrize("icon", ["Export: Agents", "Export: Identities"])
def test_the_dialog_and_its_menus_fit_in_the_window(icon: Any, visit: Visit) -> None:
    window = visit("administrator")
    panel = Panel.opened(window, icon)
    for _ in resized(window):
        assert wrong(panel.body, panel.body) == []
        assert wrong_boxes(window, "#panel") == []


@pytest.mark.parametrize("name", ["exports", "export-messages", "task-add", "journal", "domain"])
def test_the_bar_and_its_menus_stay_at_hand_at_the_end_of_a_page(name: str, visit: Visit) -> None:
    window = visit("administrator")
    window.open(PAGES[name])
    for _ in resized(window, bottom=True):
        assert window.page.locator(".topbar").evaluate("bar => bar.getBoundingClientRect().top") == 0
        assert window.page.evaluate("scrollY") > 0
        assert wrong_boxes(window, ".topbar") == []
