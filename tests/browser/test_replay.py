"""The replay follows the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def player(page: Page, town) -> Page:
    page.goto(f"{town.flood}/replay?t=10")
    page.locator('#player[data-ready="true"]').wait_for(state="attached")
    return page


def seconds(page: Page) -> float:
    return float(page.locator("#scrubber").input_value())


def arrow(page: Page) -> str:
    return page.locator("#people path").get_attribute("transform") or ""


def test_it_begins_where_the_link_says(player: Page) -> None:
    assert seconds(player) == pytest.approx(10, abs=0.05)
    assert player.locator("#clock").inner_text().startswith("0:10 /")


def test_scrubber_moves_by_keyboard_and_people_move_with_it(player: Page) -> None:
    slider = player.get_by_role("slider", name="時間の位置")
    slider.focus()
    before, crowd = arrow(player), player.locator("#crowd circle").first.get_attribute("cx")
    player.keyboard.press("End")
    assert seconds(player) == pytest.approx(float(slider.get_attribute("max") or 0), abs=0.11)
    assert arrow(player) != before
    assert player.locator("#crowd circle").first.get_attribute("cx") != crowd
    player.keyboard.press("Home")
    assert seconds(player) == 0
    player.keyboard.press("ArrowRight")
    assert seconds(player) == pytest.approx(0.1, abs=0.01)
    assert slider.get_attribute("aria-valuetext") == "0:00"


def test_keys_anywhere_on_the_page(player: Page) -> None:
    player.locator("h1").click()
    player.keyboard.press("ArrowRight")
    assert seconds(player) == pytest.approx(15, abs=0.05)
    player.keyboard.press("ArrowLeft")
    player.keyboard.press("ArrowLeft")
    assert seconds(player) == pytest.approx(5, abs=0.05)
    player.keyboard.press(".")
    assert seconds(player) == pytest.approx(5.1, abs=0.05)
    player.keyboard.press(",")
    assert seconds(player) == pytest.approx(5, abs=0.05)
    player.keyboard.press("3")
    third = player.locator("#events button").nth(2)
    assert third.get_attribute("aria-current") == "true"
    assert player.locator("#caption").inner_text() == third.inner_text().replace("\n", " ").replace("\t", " ")


def test_space_plays_and_pauses(player: Page) -> None:
    player.locator("h1").click()
    player.keyboard.press("Space")
    assert player.locator("#play").inner_text() == "一時停止"
    for _ in range(100):
        if seconds(player) > 10.3:
            break
        player.wait_for_timeout(50)
    assert seconds(player) > 10.3
    player.keyboard.press("Space")
    assert player.locator("#play").inner_text() == "再生"
    stopped = seconds(player)
    player.wait_for_timeout(250)
    assert seconds(player) == stopped


def test_water_rises_on_the_plan(player: Page) -> None:
    water = player.locator('#hazards [data-zone="hall"][data-kind="water"]')
    player.locator("h1").click()
    player.get_by_role("slider").focus()
    player.keyboard.press("Home")
    dry = float(water.get_attribute("opacity") or 0)
    player.keyboard.press("End")
    assert float(water.get_attribute("opacity") or 0) > dry


def test_an_event_is_a_button(player: Page) -> None:
    last = player.locator("#events button").last
    last.focus()
    player.keyboard.press("Enter")
    assert seconds(player) > 30


def test_a_record_that_cannot_be_loaded_says_so(context, town) -> None:
    page = context.new_page()
    page.route("**/replay.json*", lambda route: route.abort())
    page.goto(f"{town.flood}/replay")
    page.get_by_text("記録を読み込めませんでした").wait_for()
