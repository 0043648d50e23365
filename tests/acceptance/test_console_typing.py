"""Choosing by typing: what Enter chooses is what fits what was typed, however fast somebody types."""

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.acceptance.browser import Visit, Window, needs_chromium
from tests.acceptance.console_pages import Panel

pytestmark = [needs_chromium, pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")]

SPEEDS = (0, 20, 60, 150)
"""Milliseconds between two keys. Enter follows the last one at once."""


def typed(window: Window, selector: Any, text: str, speed: Any) -> Any:
    """Type into a selector, press Enter, and give what is chosen in it."""
    selector.focus()
    window.page.keyboard.type(text, delay=speed)
    window.page.keyboard.press("Enter")
    return selector.locator("xpath=ancestor::*[contains(@class, 'ts-wrapper')]").locator(".item")


@pytest.mark.parametrize("speed", SPEEDS)
def test_enter_chooses_the_typed_filter_value(visit: Visit, speed: Any) -> None:
    window = visit("administrator")
    window.open("/digital/exports/messages/")
    panel = Panel(window).ready()
    team, agent = panel.body.locator("#filter_team-ts-control"), panel.body.locator("#filter_agent-ts-control")
    expect(typed(window, team, "Care London", speed)).to_contain_text(["Care London"])
    name = panel.body.locator("#filter_agent option").last.inner_text().strip()
    expect(typed(window, agent, name, speed)).to_contain_text([name])


@pytest.mark.parametrize("speed", SPEEDS)
def test_typed_fields_are_chosen_one_after_another(visit: Visit, speed: Any) -> None:
    window = visit("administrator")
    window.open("/digital/exports/identities/")
    panel = Panel(window).ready()
    panel.button("Remove all").click()
    fields = panel.body.locator("#fields-ts-control")
    for column in ("tw_followers_count", "screenname"):
        chosen = typed(window, fields, column, speed)
    expect(chosen.locator("xpath=self::*[@data-value]")).to_have_count(2)
    assert {one.get_attribute("data-value") for one in chosen.all()} == {"tw_followers_count", "screenname"}


def test_the_arrow_keys_start_at_the_typed_option(visit: Visit) -> None:
    window = visit("administrator")
    window.open("/digital/exports/messages/")
    panel = Panel(window).ready()
    fitting = [one for one in panel.body.locator("#filter_source option").all_inner_texts() if "Paris" in one]
    panel.body.locator("#filter_source-ts-control").click()
    window.page.keyboard.type("Paris")
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("Enter")
    expect(panel.body.locator("#filter_source + .ts-wrapper .item")).to_contain_text([fitting[1].strip()])


def test_leaving_a_selector_while_typing_does_not_move_the_focus_back(visit: Visit) -> None:
    window = visit("administrator")
    window.open("/digital/exports/messages/")
    panel = Panel(window).ready()
    panel.body.locator("#filter_team-ts-control").focus()
    window.page.keyboard.type("Care")
    panel.field("Start date").focus()
    window.page.wait_for_function("() => !document.querySelector('#filter_team').tomselect.refreshTimeout")
    expect(panel.field("Start date")).to_be_focused()
    expect(panel.body.locator(".ts-dropdown:visible")).to_have_count(0)


def test_typing_that_matches_no_option_chooses_nothing(visit: Visit) -> None:
    window = visit("administrator")
    window.open("/digital/exports/messages/")
    panel = Panel(window).ready()
    chosen = typed(window, panel.body.locator("#filter_team-ts-control"), "no such team", 0)
    expect(chosen).to_have_count(0)
