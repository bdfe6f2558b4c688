"""The menu and the first page offer what whoever asks may open, and nothing else."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from server.access.enforcing import COOKIE, policy_of, routes_of
from server.accounts import sign_ins
from server.accounts.directory import standing
from server.accounts.models import Staff
from server.accounts.principal import NOBODY, ROLES, Principal, Role
from server.approvals import service as approvals
from server.columns import now
from server.db import Database
from server.drills import service as drills
from server.drills.schemas import NewDay
from server.features import modules
from server.web.navigation import ENTRIES, Entry, is_here, menu_for

ADDRESS = re.compile(r'href="(/[^"#?]*)')
EVERYBODY: list[tuple[Role, ...]] = [*((role,) for role in ROLES), ROLES]


def wrong(entries: tuple[Entry, ...]) -> list[str]:
    """Return the places that lead nowhere, or whose policy is not the page's."""
    pages = {
        route.path: policy_of(route).name
        for module in modules("routes")
        for route in routes_of(module.router)
        if "GET" in getattr(route, "methods", ())
    }
    return [entry.address for entry in entries if pages.get(entry.address) != entry.policy]


def test_every_place_of_the_menu_is_there_under_its_policy() -> None:
    assert wrong(ENTRIES) == []


def test_a_place_that_leads_nowhere_or_is_offered_wrongly_is_seen() -> None:
    """The control."""
    assert wrong((Entry("/burn", "nav.home", "public"), Entry("/audit", "nav.audit", "public"))) == ["/burn", "/audit"]


def test_a_menu_for_each() -> None:
    assert [entry.address for entry in menu_for(NOBODY)] == ["/", "/metrics"]
    assert [entry.address for entry in menu_for(Principal(kind="resident", id="x"))] == ["/", "/my", "/metrics"]
    auditor = Principal(kind="staff", id="x", roles=frozenset({"auditor"}))
    assert "/audit" in [entry.address for entry in menu_for(auditor)]
    assert "/people" not in [entry.address for entry in menu_for(auditor)]
    limited = [entry.address for entry in menu_for(replace(auditor, limited=True))]
    assert limited == ["/", "/metrics"]


@pytest.mark.parametrize(
    ("address", "path", "said"),
    [
        ("/", "/", "page"),
        ("/", "/days", ""),
        ("/days", "/days", "page"),
        ("/days", "/days/1", "true"),
        ("/my", "/myth", ""),
    ],
)
def test_where_one_is(address: str, path: str, said: str) -> None:
    assert is_here(address, path) == said


@pytest.fixture
def town(sqlite_client: TestClient) -> TestClient:
    """A town with a day and a proposal that waits."""
    database: Database = sqlite_client.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.session() as db:
        drills.create_day(db, NewDay(place="体育館", date=dt.date(2026, 12, 6), title="秋の訓練"))
        staff = Staff(login="a@city.example", name="申請者", roles=["analyst"])
        db.add(staff)
        db.flush()
        who = replace(standing(db, staff.id), proved_at=now())
        payload = {"since": "2026-04-01", "until": "2027-03-31"}
        approvals.propose(db, who, act="runs.export", payload=payload, reason="計画")
    return sqlite_client


@pytest.mark.parametrize("roles", EVERYBODY, ids=lambda roles: "all" if len(roles) > 1 else roles[0])
def test_no_link_of_the_first_page_is_refused(
    town: TestClient, staff_key: Callable[..., str], roles: tuple[Role, ...]
) -> None:
    database: Database = town.app.state.database  # type: ignore[attr-defined]  # the app is ours
    town.cookies.set(COOKIE, staff_key(database, *roles))
    page = town.get("/")
    assert page.status_code == 200
    links = {link for link in ADDRESS.findall(page.text) if not link.startswith("/static/")}
    assert len(links) >= 4
    refused = {link: town.get(link).status_code for link in links if town.get(link).status_code != 200}
    assert refused == {}


@pytest.mark.parametrize("roles", EVERYBODY, ids=lambda roles: "all" if len(roles) > 1 else roles[0])
def test_no_link_or_form_of_a_days_page_is_refused(
    town: TestClient, staff_key: Callable[..., str], roles: tuple[Role, ...]
) -> None:
    database: Database = town.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.reading() as db:
        day = f"/days/{drills.list_days(db)[0].id}"
    town.cookies.set(COOKIE, staff_key(database, *roles))
    page = town.get(day)
    if page.status_code == 403:
        return
    forms = {action for action in re.findall(r'method="post" action="([^"]+)"', page.text) if action != "/signout"}
    assert not [form for form in forms if town.post(form).status_code in (401, 403)]
    links = {link for link in ADDRESS.findall(page.text) if link.startswith(day)}
    assert not [link for link in links if town.get(link).status_code != 200]


def test_a_visitor_is_shown_the_ways_in_and_nothing_of_the_office(visitor: TestClient) -> None:
    page = visitor.get("/").text
    links = set(ADDRESS.findall(page))
    assert {"/signin", "/signin/ticket", "/run-code", "/staff/signin", "/register"} <= links
    assert not links & {"/days", "/runs", "/my", "/approvals", "/audit"}
    assert "127.0.0.1" not in page, "the notice about loopback is for staff"
    assert 'action="/signout"' not in page
    refused = {link: visitor.get(link).status_code for link in links if visitor.get(link).status_code != 200}
    assert refused == {}


def test_a_resident_is_shown_the_way_to_what_is_theirs(visitor: TestClient) -> None:
    database: Database = visitor.app.state.database  # type: ignore[attr-defined]  # the app is ours
    with database.session() as db:
        key = sign_ins.sign_in_resident(db, database.settings, method="ticket", ticket_hash="a" * 64)
    visitor.cookies.set(COOKIE, key)
    page = visitor.get("/").text
    assert {"/my", "/my/consents", "/my/requests"} <= set(ADDRESS.findall(page))
    assert 'action="/signout"' in page
    assert "/staff/signin" not in page
    assert "127.0.0.1" not in page


def test_staff_see_what_waits_for_them(town: TestClient, staff_key: Callable[..., str]) -> None:
    database: Database = town.app.state.database  # type: ignore[attr-defined]  # the app is ours
    for role, waits in (("administrator", True), ("instructor", False), ("analyst", False)):
        town.cookies.set(COOKIE, staff_key(database, role))
        assert ("承認を待っている申請（1件）" in town.get("/").text) == waits, role
    town.cookies.set(COOKIE, staff_key(database, "administrator"))
    assert "127.0.0.1" in town.get("/").text


def test_staff_without_second_factor_are_led_to_it(town: TestClient, staff_key: Callable[..., str]) -> None:
    database: Database = town.app.state.database  # type: ignore[attr-defined]  # the app is ours
    town.cookies.set(COOKIE, staff_key(database, limited=True))
    page = town.get("/").text
    assert "あと一つ、準備が必要です" in page
    assert "秋の訓練" not in page
    assert "承認を待っている" not in page


def test_signing_out_by_the_button(town: TestClient) -> None:
    assert town.get("/days").status_code == 200
    assert town.post("/signout", follow_redirects=False).status_code == 303
    assert town.get("/days").status_code == 401
