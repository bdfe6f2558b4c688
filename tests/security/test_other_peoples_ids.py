"""Requirements 3 and 5: what is another's answers 404, never 403 with data; one person's record asks for a purpose."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from house_asking import send
from house_asks import Ask, request_of
from house_routes import Address, addresses
from house_world import Caller, World

from server.accounts.principal import ROLES

WORDS = {"door", "code", "kind", "purpose", "file", "metric_id", "whose", "key"}
"""Parameters that are no ids of somebody's things, or are looked at under another name."""
OWN_BY_OTHERS = ("day_id", "station_id", "run_id", "batch_id", "staff_id", "approval_id")
"""Parameters whose things belong to a department."""


def with_ids(world: World, audience: str) -> Iterator[Address]:
    for one in addresses(world.client.app):
        names = {part.strip("{}").partition(":")[0] for part in one.path.split("/") if part.startswith("{")}
        if one.policy is not None and one.policy.audience == audience and names - WORDS:
            yield one


def answers(world: World, one: Address, asked: Ask, caller: Caller) -> str:
    answer = send(world.client, one.method, asked, caller, endless=one.path.endswith("/stream"))
    return "" if answer.status == 404 else f"{answer.status} {answer.text[:120]}"


def test_a_resident_finds_nothing_of_anothers(world: World) -> None:
    found, count = {}, 0
    for one in with_ids(world, "resident"):
        owner, other = world.resident(), world.resident()
        asked = request_of(one.name, world, owner)
        fault = answers(world, one, asked, other)
        if fault:
            found[one.name] = fault
        # The control: the owner is answered at the same address.
        assert send(world.client, one.method, asked, owner).status in asked.good, one.name
        count += 1
    assert found == {}
    assert count >= 8


def test_a_resident_acts_for_nobody_by_anothers_mandate(world: World) -> None:
    owner, other = world.resident(), world.resident()
    mandate = world.mandate(owner.person_id, world.person())
    asked = Ask("/my/acting", data={"mandate": mandate})
    assert send(world.client, "POST", asked, other).status == 404
    assert send(world.client, "POST", asked, owner).status == 303


def test_a_ticket_alone_finds_nothing_of_anothers(world: World) -> None:
    mine, other = world.resident(), world.ticket_holder()
    for path in (f"/my/runs/{world.own_run(mine.person_id)}", f"/my/tickets/{world.claim(mine.person_id)}/cut"):
        assert send(world.client, "GET", Ask(path), other).status == 404


def test_a_department_finds_nothing_of_anothers(world: World) -> None:
    """Every address that names a day, a run, a letter, a proposal or an account: the same request, from elsewhere."""
    found, count = {}, 0
    world.department = "福祉課"
    try:
        for one in with_ids(world, "staff"):
            if not any(f"{{{name}}}" in one.path for name in OWN_BY_OTHERS):
                continue
            own = world.staff(*ROLES, department="福祉課")
            asked = _of_department(world, one, own)
            fault = answers(world, one, asked, world.staff(*ROLES, department="学校教育課"))
            if fault:
                found[one.name] = fault
            answer = send(world.client, one.method, asked, own, endless=one.path.endswith("/stream"))
            assert answer.status in asked.good, (one.name, answer.status)
            count += 1
    finally:
        world.department = ""
    assert found == {}
    assert count >= 20


def _of_department(world: World, one: Address, own: Caller) -> Ask:
    if one.path.startswith("/runs/{run_id}"):
        return Ask(one.path.replace("{run_id}", world.run()), data={"reason": "装置の不具合"}, good=(200, 303, 404))
    return request_of(one.name, world, own)


def test_a_station_or_slot_is_found_at_its_own_day_alone(world: World) -> None:
    found = {}
    for one in with_ids(world, "staff"):
        if "{day_id}" not in one.path or one.path.count("{") < 2:
            continue
        caller = world.staff(*ROLES)
        asked = request_of(one.name, world, caller)
        day = asked.path.split("/")[2]
        moved = Ask(asked.path.replace(day, world.day()), data=asked.data)
        if fault := answers(world, one, moved, caller):
            found[one.name] = fault
    assert found == {}


@pytest.mark.parametrize("role", ["clerk", "health_worker"])
def test_a_record_without_a_stated_purpose_tells_nothing(world: World, role: str) -> None:
    """Requirement 5: 403 and nothing of the person; with a purpose the record opens, and the audit record says so."""
    person = world.person(name="合言葉 花子")
    count = 0
    for one in with_ids(world, "staff"):
        if not one.path.startswith("/people/{person_id}") or one.path.endswith("/open"):
            continue
        caller = world.staff(role)
        path = one.path.replace("{person_id}", person).replace("{mandate_id}", "x").replace("{claim_id}", "x")
        answer = send(world.client, one.method, Ask(path, data={}), caller)
        assert answer.status == 403, one.name
        assert "合言葉" not in answer.text
        count += 1
    assert count >= 8
    caller = world.staff(role)
    assert send(world.client, "POST", Ask(f"/people/{person}/open", data={"purpose": "counter"}), caller).status == 303
    shown = send(world.client, "GET", Ask(f"/people/{person}"), caller)
    assert shown.status == 200
    assert "合言葉" in shown.text
    assert world.audit_count(f"staff:{caller.staff_id}", f"person:{person}") == 1
