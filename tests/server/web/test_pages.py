from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from fastapi.testclient import TestClient

from server.web import assets, pages
from server.web.pages import clock, day, moment, number
from server.web.texts import Words

HTML = {"accept": "text/html"}


def test_home_speaks_japanese_first(sqlite_client: TestClient) -> None:
    answer = sqlite_client.get("/")
    assert answer.status_code == 200
    assert '<html lang="ja">' in answer.text
    assert "避難訓練を、準備からふりかえりまで" in answer.text
    assert "127.0.0.1" in answer.text


def test_language_is_kept_in_a_cookie(sqlite_client: TestClient) -> None:
    assert '<html lang="en">' in sqlite_client.get("/?lang=en").text
    assert '<html lang="en">' in sqlite_client.get("/days").text
    assert '<html lang="ja">' in sqlite_client.get("/days?lang=ja").text
    assert "<ruby>" in sqlite_client.get("/days?lang=ja-simple").text
    assert '<html lang="ja">' in sqlite_client.get("/days?lang=xx").text


def test_policy_forbids_everything_inline(sqlite_client: TestClient) -> None:
    policy = sqlite_client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(("language", "words"), [("ja", "見つかりません"), ("en", "Not found")])
def test_error_is_a_page_in_the_readers_language(sqlite_client: TestClient, language: str, words: str) -> None:
    answer = sqlite_client.get(f"/nowhere?lang={language}", headers=HTML)
    assert answer.status_code == 404
    assert words in answer.text
    assert "skip" in answer.text


def test_static_files_are_cached_by_their_stamp(sqlite_client: TestClient) -> None:
    stamped = pages.static("sonae.css")
    assert "immutable" in sqlite_client.get(stamped).headers["cache-control"]
    assert sqlite_client.get("/static/sonae.css").headers["cache-control"] == "no-cache"
    assert sqlite_client.get("/static/../pages.py").status_code == 404


def test_pages_work_without_vendor_assets(sqlite_client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pages.environment().globals, "vendor", list)
    answer = sqlite_client.get("/")
    assert answer.status_code == 200
    assert "vendor/" not in answer.text
    assert "sonae.css" in answer.text


def test_vendor_sheets_come_before_ours(sqlite_client: TestClient) -> None:
    if not assets.stylesheets():
        pytest.skip("assets were not built: run python -m server.web.assets")
    text = sqlite_client.get("/").text
    assert text.index("vendor/design-tokens") < text.index("sonae.css")


def test_metrics_have_a_page_each(sqlite_client: TestClient) -> None:
    assert sqlite_client.get("/metrics/pre_movement_time_s").status_code == 200
    assert "t_m - t_c" in sqlite_client.get("/metrics/pre_movement_time_s?lang=en").text
    assert sqlite_client.get("/metrics/none").status_code == 404


def test_writing_numbers_and_times() -> None:
    assert number(-1.25, 1) == "−1.2"
    assert number(None) == "–"
    assert clock(64.6) == "1:05"
    assert clock(None) == "–"
    assert day(date(2026, 11, 24), Words("ja")) == "2026年11月24日(火)"
    assert day("2026-11-24", Words("en")) == "Tue 24 Nov 2026"
    assert moment(datetime(2026, 11, 24, 20, 5, tzinfo=UTC), Words("ja")) == "2026年11月25日(水) 05:05"
    assert moment(None, Words("ja")) == "–"
