"""What the console shows of requests that take long, that fail, and that never come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from tests.acceptance.browser import Visit, Window, needs_chromium
from tests.acceptance.console_pages import Panel

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]

DELAY = """button => {
    button.click();
    const [animation] = document.querySelector("#preview > .waiting").getAnimations();
    return animation.effect.getComputedTiming().endTime;
}"""
"""Milliseconds after which the page shows that it waits: declared, as a loaded machine draws pages when it can."""

FAILED = ("htmx:sendError", "htmx:timeout", "Response Status Error Code", "htmx:responseError")
"""How the browser's console tells what these tests bring about."""


@contextmanager
def failing(window: Window) -> Iterator[Any]:
    """Failed requests are no problem of the window's here."""
    yield
    window.page.wait_for_timeout(0)  # what the browser told by now is heard
    kept = [one for one in window.problems if not any(told in one for told in FAILED) and not one.endswith(": 503")]
    window.problems[:] = kept


@contextmanager
def held(window: Window, address: str) -> Iterator[Any]:
    """Requests to that address get no answer until the block ends."""
    waiting = []
    window.page.route(address, lambda route: waiting.append(route))  # noqa: PLW0108 # Playwright asks for its parameters
    yield
    for route in waiting:
        route.continue_()
    window.page.unroute(address)


def failure(window: Window) -> Any:
    return window.page.locator(".failure")


def test_a_slow_preview_shows_at_once_that_it_is_in_progress(visit: Visit) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Agents")
    with held(window, "**/preview/"):
        assert panel.button("Preview").evaluate(DELAY) < 200
        expect(panel.body.locator("#preview")).to_have_text(window.say("Preparing the preview…"))
        expect(panel.body.locator("#preview .waiting")).to_be_in_viewport(ratio=1)
    expect(panel.body.locator("#preview table")).to_be_visible()
    expect(panel.body.locator(".waiting")).to_have_count(0)


def test_a_slow_count_shows_that_it_is_in_progress(visit: Visit) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Agents")
    with held(window, "**/count/"):
        panel.choose("This year")
        expect(panel.body.locator("#count .waiting")).to_have_text(window.say("Counting…"))
    expect(panel.body.locator("#count .waiting")).to_have_count(0)
    expect(panel.body.locator("#count [data-rows]")).to_be_visible()


def test_the_dialog_shows_an_unreachable_server_until_it_is_back(visit: Visit) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Agents")
    with failing(window):
        window.page.context.set_offline(True)
        panel.button("Preview").click()
        expect(panel.body.get_by_role("alert")).to_contain_text(window.say("Navette cannot be reached."))
        expect(failure(window)).to_be_in_viewport(ratio=1)
        expect(panel.body.locator("#preview")).to_be_empty()
        window.page.context.set_offline(False)
    panel.preview()
    expect(failure(window)).to_have_count(0)


def test_the_page_says_why_an_export_does_not_open(visit: Visit) -> None:
    window = visit("supervisor")
    window.open("/digital/exports/")
    with failing(window):
        window.page.context.set_offline(True)
        window.link("Export: Agents").click()
        expect(failure(window)).to_contain_text(window.say("Navette cannot be reached."))
        expect(failure(window)).to_be_in_viewport(ratio=1)
        window.page.context.set_offline(False)
    failure(window).get_by_role("button", name=window.say("Close")).click()
    expect(failure(window)).to_have_count(0)


def test_a_request_without_an_answer_times_out_with_a_notice(visit: Visit) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Agents")
    window.page.evaluate("htmx.config.timeout = 300")
    with failing(window), held(window, "**/preview/"):
        panel.button("Preview").click()
        expect(failure(window)).to_contain_text(window.say("Navette took too long to answer."))


def test_an_error_of_navette_is_shown_unchanged(visit: Visit) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Agents")
    window.page.evaluate("document.body.removeAttribute('hx-headers')")  # as from a page that is too old
    window.page.locator("#panel [name=csrfmiddlewaretoken]").evaluate_all("all => all.forEach(one => one.remove())")
    with failing(window):
        panel.button("Preview").click()
        expect(failure(window)).to_contain_text(window.say("The form has expired"))
        expect(panel.body).to_be_visible()


def test_the_answer_of_a_proxy_is_not_shown(visit: Visit) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Agents")
    window.page.route("**/preview/", lambda route: route.fulfill(status=503, body="<h1>nginx</h1>"))
    with failing(window):
        panel.button("Preview").click()
        expect(failure(window)).to_contain_text(window.say("Something went wrong."))
        expect(failure(window)).not_to_contain_text("nginx")
    window.page.unroute("**/preview/")


def test_a_sentence_that_has_its_place_is_shown_there(visit: Visit) -> None:
    window = visit("supervisor")
    panel = Panel.opened(window, "Export: Agents")
    busy = {"status": 503, "headers": {"HX-Retarget": "#preview", "HX-Reswap": "innerHTML"}, "body": "Not your turn."}
    window.page.route("**/preview/", lambda route: route.fulfill(**busy))
    with failing(window):
        panel.button("Preview").click()
        expect(panel.body.locator("#preview")).to_have_text("Not your turn.")
        expect(failure(window)).to_have_count(0)
    window.page.unroute("**/preview/")


def test_the_page_of_a_run_shows_a_lost_connection_until_it_is_back(visit: Visit) -> None:
    window = visit("patient")
    window.open("/digital/runs/?state=writing")
    window.page.locator("a.whole").first.click()
    expect(window.page.locator("#run[data-polls]")).to_be_attached()
    with failing(window):
        window.page.context.set_offline(True)
        expect(failure(window)).to_contain_text(window.say("Navette cannot be reached."))
        window.page.context.set_offline(False)
        expect(failure(window)).to_have_count(0)


def test_a_double_click_asks_once(visit: Visit) -> None:
    window, asked = visit("patient"), []

    def answer(route: Route) -> None:
        asked.append(route.request.method)
        route.fulfill(status=204)  # the browser stays where it is

    window.open("/digital/runs/?state=writing")
    window.page.locator("a.whole").first.click()
    window.page.route("**/again/", answer)
    with window.page.expect_request("**/again/"):
        window.button("Run again").dblclick(delay=100)
    window.page.unroute("**/again/")
    assert asked == ["POST"]
