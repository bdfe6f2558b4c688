"""Requirements 1 and 2: every address has its row in the matrix, and every cell of it is asked for real."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import APIRouter
from house_asking import Answer, put
from house_routes import COLUMNS, Address, addresses, matrix
from house_world import World

from server.access.enforcing import PolicyMissingError, check

ROWS = matrix()


def test_every_address_has_its_row(world: World) -> None:
    known = {one.name for one in addresses(world.client.app)}
    assert known - ROWS.keys() == set(), "add their rows: python -m tools.security_matrix, then read them"
    assert ROWS.keys() - known == set(), "no such address any more: take these rows out"


def test_the_matrix_says_what_the_policies_say(world: World) -> None:
    """The file is read by people, the policy by the machine: where they differ, one of them is wrong."""
    for one in addresses(world.client.app):
        row, policy = ROWS[one.name], one.policy
        audience = "anyone" if policy is None else policy.audience
        assert row["nobody"] is (audience == "anyone"), one.name
        assert row["resident"] is (audience in ("anyone", "resident")), one.name
        if policy is not None and policy.fresh:
            assert not row["stale"], one.name


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_row(world: World, name: str, tally: Callable[[int], None]) -> None:
    wrong = faults(world, name, ROWS[name])
    tally(len(COLUMNS))
    assert wrong == {}


def faults(world: World, name: str, row: dict[str, bool]) -> dict[str, str]:
    """Ask for an address as everybody and return what came otherwise than the row says."""
    found: dict[str, str] = {}
    # A machine proves itself behind the door, and a mounted folder has none.
    watched = {a.name for a in addresses(world.client.app) if a.policy is not None and a.policy.audience != "device"}
    for column in COLUMNS:
        caller = world.caller(column, row)
        asked, answer = put(world, name, caller)
        fault = judged(answer, allowed=row[column], good=asked.good, watched=name in watched)
        if fault:
            found[column] = fault
    return found


def judged(answer: Answer, *, allowed: bool, good: tuple[int, ...], watched: bool) -> str:
    """Return what is wrong with an answer, or nothing. The door's own word is believed before the answer's."""
    if watched and answer.let_in is not allowed:
        return f"{'let in' if answer.let_in else 'stopped at the door'}, answered {answer.status}"
    if not allowed:
        return "" if answer.denied else f"let in with {answer.status}"
    if answer.denied:
        return f"refused with {answer.status}"
    return "" if answer.status in (*good, 101) else f"let in, but answered {answer.status}: {answer.text[:300]}"


# --- controls --------------------------------------------------------------------------------------------------------


def test_a_hole_is_seen(world: World) -> None:
    """A row that forbids what the house allows, and one that allows what it forbids: each wrong cell is named."""
    shut = dict.fromkeys(COLUMNS, False)
    assert set(faults(world, "GET /metrics", shut)) == set(COLUMNS)
    wide = dict.fromkeys(COLUMNS, True)
    assert set(faults(world, "GET /api/jobs", wide)) - {"stale"} == {
        c for c, may in ROWS["GET /api/jobs"].items() if not may
    }


def test_a_planted_hole_is_seen(world: World) -> None:
    """The door itself is taken off one route: the same request now succeeds for all, and the matrix says so."""
    route = next(a.route for a in addresses(world.client.app) if a.name == "GET /api/jobs")
    assert route is not None
    name = "GET /api/jobs"
    assert faults(world, name, ROWS[name]) == {}
    guard = next(d for d in route.dependencies if hasattr(d.dependency, "policy")).dependency
    kept, guard.policy = guard.policy, next(a.policy for a in addresses(world.client.app) if a.name == "GET /metrics")
    try:
        assert set(faults(world, name, ROWS[name])) == {c for c, may in ROWS[name].items() if not may}
    finally:
        guard.policy = kept


def test_a_missing_row_is_seen(world: World) -> None:
    found = {Address("GET", "/new").name, *(a.name for a in addresses(world.client.app))}
    assert found - ROWS.keys() == {"GET /new"}


def test_an_included_router_and_a_mounted_app_are_looked_at_too() -> None:
    """What a feature includes or mounts inside its router cannot slip past the policies."""
    inner, outer = APIRouter(), APIRouter()
    inner.add_api_route("/open", lambda: None)
    outer.include_router(inner, prefix="/in")
    with pytest.raises(PolicyMissingError, match="/open declares 0"):
        check([outer])
    mounting = APIRouter()
    mounting.mount("/app", lambda: None)
    with pytest.raises(PolicyMissingError, match="/app is a Mount"):
        check([mounting])
