from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from fastapi import APIRouter, FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import select

from server.access import limits
from server.access.limits import RULES, LimitRuleError, hit, limiter_of, rules_of
from server.access.models import TryCount
from server.app import create_app
from server.audit import service as audit
from server.db import Database
from server.settings import Settings

START = dt.datetime(2026, 12, 1, 1, 0, tzinfo=dt.UTC)


def tried(app: FastAPI) -> FastAPI:
    """Give the app an address where every rule can be tried."""
    router = APIRouter()

    @router.post("/try/{rule}")
    def attempt(request: Request, rule: str, account: str = "", target: str = "") -> dict[str, bool]:
        hit(request, rule, account=account, target=target)
        return {"through": True}

    app.include_router(router)
    return app


@pytest.fixture
def at() -> Iterator[Any]:
    """A clock that stands until it is moved."""
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def tries(settings: Settings, at: Any) -> Iterator[TestClient]:
    """A client before every rule, once on each engine."""
    with TestClient(tried(create_app(settings)), base_url="http://127.0.0.1", client=("10.0.0.7", 5000)) as made:
        yield made


@pytest.fixture
def quick(sqlite_settings: Settings, at: Any) -> Iterator[TestClient]:
    """As `tries`, on SQLite alone."""
    with TestClient(tried(create_app(sqlite_settings)), base_url="http://127.0.0.1", client=("10.0.0.7", 5000)) as made:
        yield made


def through(client: TestClient, rule: str, **whom: str) -> bool:
    answer = client.post(f"/try/{rule}", params=whom)
    assert answer.status_code in (200, 429)
    return answer.status_code == 200


def test_n_pass_and_one_more_fails_until_the_window_is_over(tries: TestClient, at: Any) -> None:
    for _ in range(10):
        assert through(tries, "sign_in", account="a@city.example")
    at.shift(dt.timedelta(minutes=14))
    refused = tries.post("/try/sign_in", params={"account": "a@city.example"})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    assert refused.json()["error"]["code"] == "too_often"
    assert "1 minute," in refused.json()["error"]["en"]
    assert through(tries, "sign_in", account="b@city.example")
    at.shift(dt.timedelta(seconds=61))
    assert through(tries, "sign_in", account="a@city.example")


def test_every_limit_lets_n_through_and_not_one_more(quick: TestClient) -> None:
    """Each limit by itself: the counts of the others are forgotten before."""
    limiter = limiter_of(quick.app)  # type: ignore[arg-type]  # the app is ours
    seen = 0
    for rule, found in limiter.rules.items():
        for of, item in found.items():
            limiter.storage.reset()
            for _ in range(item.amount - 1):
                limiter.count(rule, of, "10.0.0.7" if of == "address" else "x")
            whom = {} if of == "address" else {str(of): "x"}
            assert through(quick, rule, **whom), (rule, of)
            assert not through(quick, rule, **whom), (rule, of)
            seen += 1
    assert seen == sum(map(len, RULES.values()))


def test_a_page_says_in_words_when_to_come_back(quick: TestClient) -> None:
    for _ in range(5):
        through(quick, "ticket", target="t")
    page = quick.post("/try/ticket", params={"target": "t"}, headers={"accept": "text/html"})
    assert page.status_code == 429
    assert page.headers["retry-after"] == "900"
    assert "15分ほど待ってから" in page.text


def test_300_pupils_behind_one_address_sign_up_and_enter(quick: TestClient) -> None:
    """Requirement 30: one school is one address."""
    for pupil in range(300):
        assert through(quick, "sign_up", account=f"pupil {pupil}")
        assert through(quick, "ticket", target=f"ticket {pupil}")
        assert through(quick, "mail_link", target=f"p{pupil}@school.example")


def test_one_address_does_not_try_for_ever(quick: TestClient) -> None:
    passed = sum(through(quick, "sign_in", account=f"somebody {n}") for n in range(310))
    assert passed == 300


def test_what_an_unknown_sender_writes_about_its_address_changes_nothing(quick: TestClient) -> None:
    for n in range(60):
        forged = {"x-forwarded-for": f"192.0.2.{n}"}
        assert quick.post("/try/run_code", headers=forged).status_code == 200
    assert quick.post("/try/run_code", headers={"x-forwarded-for": "192.0.2.99"}).status_code == 429


@pytest.mark.parametrize(
    ("trusted", "forwarded", "found"),
    [
        ((), ["192.0.2.1"], "10.0.0.7"),
        (("10.0.0.7",), [], "10.0.0.7"),
        (("10.0.0.7",), ["192.0.2.1"], "192.0.2.1"),
        (("10.0.0.0/24",), ["203.0.113.9, 192.0.2.1, 10.0.0.8"], "192.0.2.1"),
        (("10.0.0.7",), ["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
        (("10.0.0.7",), ["203.0.113.9", "192.0.2.1"], "192.0.2.1"),
        (("10.0.0.7",), ["192.0.2.1, no address"], "10.0.0.7"),
        (("10.0.0.8",), ["192.0.2.1"], "10.0.0.7"),
        (("10.0.0.7",), ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        (("10.0.0.7",), ["::ffff:192.0.2.1"], "192.0.2.1"),
    ],
)
def test_only_a_trusted_proxy_is_believed(trusted: tuple[str, ...], forwarded: list[str], found: str) -> None:
    app = FastAPI()
    app.state.settings = Settings.model_validate({"trusted_proxies": trusted})
    scope = {
        "type": "http",
        "client": ("10.0.0.7", 5000),
        "headers": [(b"x-forwarded-for", text.encode()) for text in forwarded],
        "app": app,
    }
    assert limits.client_address(Request(scope)) == found


def test_the_first_refusal_is_recorded_without_saying_who(tries: TestClient) -> None:
    for _ in range(13):
        through(tries, "sign_in", account="a@city.example")
    database: Database = tries.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.reading() as db:
        found = audit.newest(db, action="limit.reached")
        assert [(e.actor, e.target, e.detail) for e in found] == [("system", "limit:sign_in.account", {})]


def test_tries_count_although_the_request_holds_the_database(sqlite_settings: Settings, at: Any) -> None:
    """A route may have begun to write before it counts: the one lock of the embedded database is not waited for."""
    app = create_app(sqlite_settings)
    router = APIRouter()

    @router.post("/late")
    def late(request: Request) -> None:
        with app.state.database.session() as db:
            audit.record(db, "system", "test.late", "x")
            hit(request, "run_code", target="t")

    app.include_router(router)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert [client.post("/late").status_code for _ in range(6)] == [200] * 5 + [429]


def test_counts_in_the_database_name_nobody_and_go(settings: Settings, at: Any) -> None:
    if not settings.database_url:
        pytest.skip("the embedded database has one process: its counts are in memory")
    app = tried(create_app(settings))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        through(client, "sign_in", account="taro@city.example")
        with app.state.database.reading() as db:
            keys = list(db.scalars(select(TryCount.key)))
        assert len(keys) == 2
        assert "taro" not in str(keys)
        storage = limiter_of(app).storage
        storage._until_purge = 1  # type: ignore[attr-defined]  # the next try purges
        at.shift(dt.timedelta(hours=1))
        through(client, "run_code", target="x")
        with app.state.database.reading() as db:
            left = {key.split("/")[1] for key in db.scalars(select(TryCount.key))}
        assert left == {"run_code"}
        assert storage.check()
        assert storage.reset() == 2


def test_processes_count_together(settings: Settings) -> None:
    """Two apps before one PostgreSQL: what one lets through, the other counts too; also when both ask at once."""
    if not settings.database_url:
        pytest.skip("the embedded database is served by one process alone")
    with time_machine.travel(START, tick=False):
        apps = [create_app(settings), create_app(settings)]
        counts: list[int] = []

        def count(n: int) -> None:
            counts.append(limiter_of(apps[n % 2]).count("sign_in", "account", "a")[0])

        threads = [threading.Thread(target=count, args=(n,)) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(counts) == list(range(1, 13))
    for app in apps:
        app.state.database.close()


def test_settings_change_a_rate_and_nothing_else(sqlite_settings: Settings) -> None:
    changed = rules_of(sqlite_settings.model_copy(update={"rate_limits": {"sign_up.address": "2000/hour"}}))
    assert changed["sign_up"]["address"].amount == 2000
    assert changed["sign_in"] == rules_of(sqlite_settings)["sign_in"]
    for wrong in ({"sign_up.shoe_size": "1/hour"}, {"burn.account": "1/hour"}, {"sign_up.address": "often"}):
        with pytest.raises(LimitRuleError, match="rate_limits"):
            rules_of(sqlite_settings.model_copy(update={"rate_limits": wrong}))


def test_an_unknown_rule_is_a_fault_of_ours(quick: TestClient) -> None:
    assert quick.post("/try/burn").status_code == 500


def test_every_rule_counts_somebody() -> None:
    assert all(RULES.values())
