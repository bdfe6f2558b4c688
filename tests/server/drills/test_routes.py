from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from server.drills import service
from server.drills.models import DrillDay

DAY = {"title": "髙﨑・𠮷田地区 訓練", "place": "体育館", "date": "2026-12-06"}


@pytest.fixture
def day(sqlite_client: TestClient) -> str:
    with sqlite_client.app.state.database.session() as db:
        service.import_shipped(db)
    answer = sqlite_client.post("/days", data=DAY, follow_redirects=False)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def stored(client: TestClient, address: str) -> DrillDay:
    with client.app.state.database.reading() as db:
        day = service.get_day(db, address.rpartition("/")[2])
        assert len(day.sessions) + len(day.stations) >= 0
        return day


def test_a_day_is_made_and_changed(sqlite_client: TestClient, day: str) -> None:
    assert "髙﨑・𠮷田地区 訓練" in sqlite_client.get(day).text
    assert "髙﨑・𠮷田地区 訓練" in sqlite_client.get(f"{day}/edit").text
    answer = sqlite_client.post(day, data=DAY | {"place": "公民館"})
    assert answer.status_code == 200
    assert "公民館" in answer.text
    assert stored(sqlite_client, day).place == "公民館"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": " "}, "title"),
        ({"place": "x" * 121}, "place"),
        ({"date": "明日"}, "date"),
        ({"title": "a\nb"}, "title"),
    ],
)
def test_a_form_with_faults_comes_back_with_what_was_typed(
    sqlite_client: TestClient, change: dict[str, str], field: str
) -> None:
    answer = sqlite_client.post("/days", data=DAY | change)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "体育館" in answer.text or field == "place"


def test_sessions_are_in_japans_time(sqlite_client: TestClient, day: str) -> None:
    answer = sqlite_client.post(f"{day}/sessions", data={"starts": "10:00", "ends": "10:30", "capacity": "8"})
    assert "10:00–10:30" in answer.text
    (slot,) = stored(sqlite_client, day).sessions
    assert (slot.starts_at.hour, slot.capacity) == (1, 8)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"starts": "10:00", "ends": "09:00", "capacity": "8"}, "ends"),
        ({"starts": "", "ends": "09:00", "capacity": "8"}, "starts"),
        ({"starts": "10:00", "ends": "11:00", "capacity": "0"}, "capacity"),
        ({"starts": "10:00", "ends": "11:00", "capacity": "many"}, "capacity"),
    ],
)
def test_a_wrong_session_says_which_field(
    sqlite_client: TestClient, day: str, values: dict[str, str], field: str
) -> None:
    answer = sqlite_client.post(f"{day}/sessions", data=values)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert stored(sqlite_client, day).sessions == []


def test_station_scenario_and_pairing_code(sqlite_client: TestClient, day: str) -> None:
    page = sqlite_client.post(f"{day}/stations", data={"name": "ステーション1", "scenario": ""}).text
    address = re.search(rf"{day}/stations/[0-9a-f]+", page)
    scenario = re.search(r'value="([0-9a-f]{64})"', page)
    assert address
    assert scenario
    page = sqlite_client.post(f"{address[0]}/scenario", data={"scenario": scenario[1]}).text
    assert f'value="{scenario[1]}" selected' in page
    answer = sqlite_client.post(f"{address[0]}/pairing")
    code = re.search(r'class="pairing mono">([0-9A-Z]{4}-[0-9A-Z]{4})<', answer.text)
    assert code
    assert answer.headers["cache-control"] == "no-store"
    assert code[1] not in sqlite_client.get(day).text
    paired = sqlite_client.post("/api/station/pair", json={"code": code[1], "name": "PC"})
    assert paired.status_code == 200
    assert "機器を登録ずみ" in sqlite_client.get(day).text


@pytest.mark.parametrize("scenario", ["f" * 64, "no hash"])
def test_an_unknown_scenario_is_refused(sqlite_client: TestClient, day: str, scenario: str) -> None:
    answer = sqlite_client.post(f"{day}/stations", data={"name": "1", "scenario": scenario})
    assert answer.status_code in (404, 422)
    assert stored(sqlite_client, day).stations == []


def test_a_session_and_a_station_are_taken_out_after_a_question(sqlite_client: TestClient, day: str) -> None:
    sqlite_client.post(f"{day}/sessions", data={"starts": "10:00", "ends": "10:30", "capacity": "8"})
    page = sqlite_client.post(f"{day}/stations", data={"name": "髙﨑 左", "scenario": ""}).text
    addresses = re.findall(rf'href="({day}/(?:sessions|stations)/[0-9a-f]+/remove)"', page)
    assert len(addresses) == 2
    asked = [sqlite_client.get(address).text for address in addresses]
    assert "10:00–10:30" in asked[0]
    assert "髙﨑 左" in asked[1]
    assert len(stored(sqlite_client, day).sessions) == len(stored(sqlite_client, day).stations) == 1, "not yet"
    for address in addresses:
        assert sqlite_client.post(address, headers={"sec-fetch-site": "cross-site"}).status_code == 403
        assert sqlite_client.post(address, follow_redirects=False).headers["location"].startswith(day)
        assert sqlite_client.get(address).status_code == 404
        assert sqlite_client.post(address).status_code == 404
    assert stored(sqlite_client, day).sessions == stored(sqlite_client, day).stations == []
    other = sqlite_client.post("/days", data=DAY, follow_redirects=False).headers["location"]
    page = sqlite_client.post(f"{day}/stations", data={"name": "1", "scenario": ""}).text
    key = re.search(rf"{day}/stations/([0-9a-f]+)/remove", page)
    assert key
    assert sqlite_client.post(f"{other}/stations/{key[1]}/remove").status_code == 404, "of another day"
    assert sqlite_client.post(f"{day}/sessions/{key[1]}/remove").status_code == 404, "a station is no session"
    assert len(stored(sqlite_client, day).stations) == 1


def test_a_run_is_left_out_of_figures_with_a_reason_and_comes_back(sqlite_client: TestClient, header) -> None:
    with sqlite_client.app.state.database.session() as db:
        run_id = service.register_run(db, header()).run_id

    def reason() -> str:
        with sqlite_client.app.state.database.reading() as db:
            return service.get_run(db, run_id).excluded_reason

    address = f"/runs/{run_id}/exclude"
    assert "集計から外す" in sqlite_client.get(address).text
    for wrong in ("", "  ", "x" * 121, "a\nb"):
        answer = sqlite_client.post(address, data={"reason": wrong})
        assert answer.status_code == 422, wrong
        assert 'href="#reason"' in answer.text
    assert (
        sqlite_client.post(address, data={"reason": "x"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    )
    assert reason() == ""
    answer = sqlite_client.post(address, data={"reason": "職員が<b>試した"}, follow_redirects=False)
    assert answer.headers["location"] == f"/runs/{run_id}"
    assert reason() == "職員が<b>試した"
    assert "職員が&lt;b&gt;試した" in sqlite_client.get(address).text
    assert "集計に入れない" in sqlite_client.get("/runs").text
    assert sqlite_client.post(f"/runs/{run_id}/include", follow_redirects=False).status_code == 303
    assert reason() == ""
    assert sqlite_client.get("/runs/0000/exclude").status_code == 404
    assert sqlite_client.post("/runs/0000/include").status_code == 404


def test_live_page_without_a_machine(sqlite_client: TestClient, day: str) -> None:
    page = sqlite_client.post(f"{day}/stations", data={"name": "ステーション1", "scenario": ""}).text
    address = re.search(rf"{day}/stations/[0-9a-f]+", page)
    assert address
    live = sqlite_client.get(f"{day}/live").text
    assert "シナリオがまだ決まっていません" in live
    assert 'http-equiv="refresh"' not in live
    assert '<noscript><meta http-equiv="refresh"' in sqlite_client.get(f"{day}/live?reload=1").text
    answer = sqlite_client.post(f"{address[0]}/command", data={"action": "start"})
    assert answer.status_code == 200
    assert "ステーション1:" in answer.text
    assert sqlite_client.post(f"{address[0]}/command", data={"action": "explode"}).status_code == 400
    assert sqlite_client.post(f"{day}/stop").status_code == 200


def test_what_is_not_there(sqlite_client: TestClient, day: str) -> None:
    for address in ("/days/0", "/days/0/live", "/days/0/edit", "/runs?day=0"):
        assert sqlite_client.get(address).status_code == 404, address
    for address in ("/days/0", f"{day}/stations/0/scenario", f"{day}/stations/0/pairing", f"{day}/stations/0/command"):
        assert sqlite_client.post(address, data={"action": "start"}).status_code == 404, address


def test_a_station_of_another_day_is_not_found(sqlite_client: TestClient, day: str) -> None:
    page = sqlite_client.post(f"{day}/stations", data={"name": "1", "scenario": ""}).text
    key = re.search(rf"{day}/stations/([0-9a-f]+)", page)
    assert key
    other = sqlite_client.post("/days", data=DAY, follow_redirects=False).headers["location"]
    assert sqlite_client.post(f"{other}/stations/{key[1]}/pairing").status_code == 404


def test_a_form_of_another_site_is_refused(sqlite_client: TestClient) -> None:
    answer = sqlite_client.post("/days", data=DAY, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_runs_page_filters(sqlite_client: TestClient, day: str) -> None:
    for query in ("", "?state=complete", "?state=nonsense", f"?day={day.rpartition('/')[2]}", "?page=3"):
        assert sqlite_client.get(f"/runs{query}").status_code == 200
