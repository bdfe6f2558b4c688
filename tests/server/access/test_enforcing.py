from __future__ import annotations

import pytest
from fastapi import APIRouter
from fastapi.routing import APIWebSocketRoute
from fastapi.testclient import TestClient

from server.access.enforcing import PolicyMissingError, allow, check, local_path, policy_of, routes_of
from server.access.policies import POLICIES
from server.accounts.principal import NOBODY, Principal
from server.features import modules


def test_every_route_and_socket_declares_one_policy() -> None:
    routers = [module.router for module in modules("routes")]
    check(routers)
    assert sum(1 for router in routers for _ in routes_of(router)) > 30


def test_no_socket_is_a_browsers() -> None:
    """Requirement 19: every socket is a machine's and opens with a one-use pass; pages get server-sent events."""
    sockets = [
        (route.path, policy_of(route).audience)
        for module in modules("routes")
        for route in routes_of(module.router)
        if isinstance(route, APIWebSocketRoute)
    ]
    assert sockets
    assert {audience for _, audience in sockets} == {"device"}, sockets


@pytest.mark.parametrize("declared", [[], ["public", "days.read"]])
def test_an_app_with_an_undeclared_route_does_not_start(declared: list[str]) -> None:
    """The control: a route without policy, or with two, is found."""
    router = APIRouter()
    router.add_api_route("/open", lambda: None, dependencies=[allow(name) for name in declared])
    with pytest.raises(PolicyMissingError, match=f"/open declares {len(declared)} policies"):
        check([router])


def test_a_policy_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(PolicyMissingError, match=r"'days\.burn'"):
        allow("days.burn")


def test_a_policy_is_found_on_its_route() -> None:
    router = APIRouter()
    router.add_api_route("/x", lambda: None, dependencies=[allow("audit")])
    assert [policy_of(route) for route in routes_of(router)] == [POLICIES["audit"]]


def test_admission() -> None:
    clerk = Principal(kind="staff", id="1", roles=frozenset({"clerk"}))
    half = Principal(kind="staff", id="1", roles=frozenset({"clerk"}), limited=True)
    resident = Principal(kind="resident", id="2")
    assert POLICIES["days.read"].admits(clerk)
    assert not POLICIES["days.read"].admits(half)
    assert POLICIES["account"].admits(half)
    assert not POLICIES["audit"].admits(clerk)
    assert not POLICIES["days.read"].admits(resident)
    assert not POLICIES["days.read"].admits(NOBODY)
    assert POLICIES["own"].admits(resident)
    assert not POLICIES["own"].admits(clerk)
    assert POLICIES["public"].admits(NOBODY)


def test_a_visitor_is_shown_the_way_and_a_program_gets_401(visitor: TestClient) -> None:
    page = visitor.get("/runs?state=complete", headers={"accept": "text/html"}, follow_redirects=False)
    assert page.status_code == 303
    assert page.headers["location"] == "/staff/signin?next=/runs%3Fstate%3Dcomplete"
    assert visitor.get("/runs").status_code == 401


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ("/days", "/days"), ("/days?x=1", "/days?x=1"), ("//evil.example", "/"), ("https://evil.example", "/"),
        ("/\\evil.example", "/"), ("/a\\b", "/"), ("/x\ny", "/"), ("", "/"), ("javascript:1", "/"),
    ],
)  # fmt: skip
def test_a_sign_in_never_leads_to_another_site(wanted: str, kept: str) -> None:
    assert local_path(wanted) == kept
