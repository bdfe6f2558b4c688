"""A day of drills from the plan to the debrief, without any script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_clerk_without_scripts_plans_a_day_and_reads_a_debrief(plain: Page, town) -> None:
    plain.goto("/")
    plain.get_by_role("link", name="訓練日をつくる").click()
    plain.get_by_label("名前").fill("髙﨑・𠮷田 冬の訓練")
    plain.get_by_label("場所").fill("髙﨑公民館")
    plain.get_by_label("日付").fill("2027-01-17")
    plain.get_by_role("button", name="保存する").click()
    assert plain.get_by_role("heading", level=1).inner_text() == "髙﨑・𠮷田 冬の訓練"

    plain.get_by_label("開始").fill("13:00")
    plain.get_by_label("終了").fill("13:30")
    plain.get_by_label("定員").fill("6")
    plain.get_by_role("button", name="時間枠を加える").click()
    assert plain.get_by_role("rowheader", name="13:00–13:30").is_visible()

    plain.get_by_label("ステーションの名前").fill("入口側")
    plain.get_by_role("button", name="ステーションを加える").click()
    plain.get_by_label("シナリオ").first.select_option(label="体育館に川の水が入ってくる 第1版")
    plain.get_by_role("button", name="このシナリオにする").click()
    assert plain.locator("option[selected]").first.inner_text() == "体育館に川の水が入ってくる 第1版"

    plain.get_by_role("button", name="ペアリングコードを出す").click()
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", plain.locator(".pairing").inner_text())

    plain.get_by_role("link", name="当日のようすを見る").click()
    assert plain.locator("svg.plan").first.is_visible()
    plain.get_by_role("link", name="5秒ごとに更新する").click()
    assert plain.get_by_role("link", name="自動の更新をやめる").is_visible()

    plain.goto("/runs")
    plain.locator(f'a[href="{town.flood}"]').click()
    assert plain.get_by_role("heading", name="めあてと結果").is_visible()
    answer = plain.locator(".questions details").first
    assert not answer.locator("p").first.is_visible()
    answer.locator("summary").click()
    assert answer.locator("p").first.is_visible()

    plain.get_by_role("link", name="避難完了までの時間").first.click()
    assert "t_s - t_c" in plain.locator("main").inner_text()
    plain.go_back()
    plain.get_by_role("link", name="もう一度見る（再生）").click()
    assert plain.locator(".stills figure").count() >= 3
    assert plain.locator(".stills svg").first.is_visible()
    assert not plain.locator("#player").is_visible()


def test_a_clerk_with_the_keyboard_alone_leaves_a_run_out_and_takes_it_back(page: Page, town) -> None:
    def go_to(name: str) -> None:
        """Tab until the focus is on what has this name, and press Enter."""
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent.trim()") == name:
                page.keyboard.press("Enter")
                return
        pytest.fail(f"{name!r} is not reached by Tab")

    page.goto(town.smoke)
    go_to("集計から外す")
    page.wait_for_url("**/exclude")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "reason":
            break
    page.keyboard.type("職員が機器を試した")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{town.smoke}")
    assert "理由：職員が機器を試した" in page.locator("main").inner_text()
    go_to("変える")
    page.wait_for_url("**/exclude")
    go_to("集計に戻す")
    page.wait_for_url(f"**{town.smoke}")
    assert "職員が機器を試した" not in page.locator("main").inner_text()


def test_a_clerk_without_scripts_takes_a_station_and_a_session_out(plain: Page, town) -> None:
    plain.goto("/days/new")
    for label, text in (("名前", "直す訓練日"), ("場所", "公民館"), ("日付", "2027-02-01")):
        plain.get_by_label(label).fill(text)
    plain.get_by_role("button", name="保存する").click()
    plain.get_by_role("button", name="時間枠を加える").click()
    plain.get_by_label("ステーションの名前").fill("左")
    plain.get_by_role("button", name="ステーションを加える").click()
    for part in ("10:00–10:30", "左"):
        name = re.compile(rf"取り消す\s*:\s*{part}")
        plain.get_by_role("link", name=name).click()
        plain.get_by_role("button", name="取り消す").click()
        assert plain.get_by_role("link", name=name).count() == 0
    assert plain.get_by_text("ステーションはまだありません。").is_visible()


def test_the_first_key_press_leads_past_the_menu(page: Page) -> None:
    page.goto("/days")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_focus_can_be_seen(page: Page) -> None:
    page.goto("/days")
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return [s.outlineStyle, parseFloat(s.outlineWidth)] })()"
        )
        assert style[0] == "solid"
        assert style[1] >= 3


def test_names_are_shown_in_our_own_type(page: Page, town) -> None:
    page.goto(town.day)
    if not page.locator('link[href*="vendor/noto"]').count():
        pytest.skip("assets were not built: run python -m server.web.assets")
    load = "([family, text]) => document.fonts.load(`16px '${family}'`, text).then(found => found.length)"
    assert page.evaluate(load, ["BIZ UDPGothic", "髙﨑"]) > 0
    assert page.evaluate(load, ["Noto Sans JP", "𠮷"]) > 0
