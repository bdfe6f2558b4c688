from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from sqlalchemy import select

from server.accounts.principal import Principal
from server.audit.models import AuditEntry
from server.columns import JST
from server.db import Database
from server.people import acting, mandates, service, store

Add = Callable[..., str]
TODAY = dt.datetime(2026, 11, 24, 1, tzinfo=dt.UTC)


@pytest.fixture
def family(database: Database, add: Add) -> dict[str, str]:
    return {who: add(database, who) for who in ("aoi", "haruto", "kiyo")}


def give(database: Database, kind: mandates.Kind, holder: str, person: str, **more: object) -> str:
    """Give a mandate as a clerk would; keywords change it."""
    proof = {"parent": "household", "carer": "present", "proxy": "document"}[kind]
    values: dict[str, object] = {"channel": "counter", "proof": proof, "actor": "staff:1"}
    values |= {"holder_staff_id" if kind == "proxy" else "holder_person_id": holder}
    with database.session() as db:
        return mandates.give(db, kind=kind, for_person_id=person, **(values | more)).id  # type: ignore[arg-type] - changed by the tests below


def test_a_parent_acts_for_a_child_until_the_child_is_18(database: Database, family: dict[str, str]) -> None:
    with time_machine.travel(TODAY, tick=False):
        give(database, "parent", family["aoi"], family["haruto"])
    # Born on 29 February 2016: 18 on 1 March 2034.
    end = dt.datetime(2034, 3, 1, tzinfo=JST)
    for moment, good in ((end - dt.timedelta(seconds=1), True), (end, False)):
        with time_machine.travel(moment, tick=False), database.reading() as db:
            held = service.acts_for(db, family["aoi"])
            assert [m.for_person_id for m in held] == ([family["haruto"]] if good else [])
            assert (mandates.may_act(db, family["aoi"], family["haruto"], kinds=("parent",)) is not None) is good
    with database.reading() as db:
        assert held == []
        assert mandates.given_for(db, family["haruto"])[0].last_day == dt.date(2034, 2, 28)


@pytest.mark.parametrize(
    ("born", "age", "day"),
    [
        (dt.date(2008, 2, 29), 18, dt.date(2026, 3, 1)),
        (dt.date(2008, 2, 29), 20, dt.date(2028, 2, 29)),
        (dt.date(2008, 11, 24), 18, dt.date(2026, 11, 24)),
    ],
)
def test_a_birthday_is_counted_by_date(born: dt.date, age: int, day: dt.date) -> None:
    assert mandates.birthday(born, age) == day


def test_each_mandate_is_in_the_record_with_its_proof_and_its_end(database: Database, family: dict[str, str]) -> None:
    with time_machine.travel(TODAY, tick=False):
        made = give(database, "carer", family["kiyo"], family["aoi"], proof="letter")
    with database.session() as db:
        assert mandates.revoke(db, made, actor="staff:2")
        assert not mandates.revoke(db, made, actor="staff:2")
        entries = [e for e in db.scalars(select(AuditEntry)) if e.action.startswith("mandate.")]
    assert [(e.actor, e.action, e.target) for e in entries] == [
        ("staff:1", "mandate.give", f"person:{family['aoi']}"),
        ("staff:2", "mandate.revoke", f"person:{family['aoi']}"),
    ]
    end = (TODAY + dt.timedelta(days=mandates.CARER_DAYS)).isoformat()
    assert entries[0].detail == {
        "mandate": made,
        "kind": "carer",
        "channel": "counter",
        "proof": "letter",
        "until": end,
    }


@pytest.mark.parametrize(
    ("kind", "holder", "person", "more", "fault"),
    [
        ("carer", "aoi", "aoi", {}, "self"),
        ("parent", "aoi", "kiyo", {}, "age"),
        ("carer", "aoi", "kiyo", {"until": TODAY}, "end"),
        ("carer", "aoi", "kiyo", {"until": TODAY + dt.timedelta(days=367)}, "end"),
        ("parent", "aoi", "haruto", {"until": dt.datetime(2034, 3, 2, tzinfo=JST)}, "end"),
        ("carer", "aoi", "kiyo", {"proof": "household"}, "proof"),
        ("carer", "aoi", "kiyo", {"proof": ""}, "proof"),
        ("carer", "aoi", "kiyo", {"channel": "telephone"}, "proof"),
        ("proxy", "0" * 16, "kiyo", {"until": TODAY + dt.timedelta(hours=9)}, "end"),
        ("proxy", "0" * 16, "kiyo", {"proof": "callback"}, "proof"),
        ("carer", "aoi", "kiyo", {"holder_staff_id": "0" * 16}, "holder"),
    ],
)
def test_what_may_not_be_given_is_refused(
    database: Database, family: dict[str, str], kind: mandates.Kind, holder: str, person: str, more: dict[str, object],
    fault: str,
) -> None:  # fmt: skip
    with time_machine.travel(TODAY, tick=False), pytest.raises(mandates.MandateError) as caught:
        give(database, kind, family.get(holder, holder), family[person], **more)
    assert caught.value.fault == fault


def test_a_parent_of_a_child_without_birth_date_cannot_be_entered(database: Database, add: Add) -> None:
    aoi, child = add(database, "aoi"), add(database, "haruto", birth_date=None)
    with pytest.raises(mandates.MandateError) as caught:
        give(database, "parent", aoi, child)
    assert caught.value.fault == "birth"


def test_staff_are_proxy_of_whom_they_noted_and_for_hours(
    database: Database, family: dict[str, str], clerk: Callable[..., Principal]
) -> None:
    who, other = clerk(database), clerk(database, "other@city.example")
    with time_machine.travel(TODAY, tick=False):
        give(database, "proxy", who.id, family["kiyo"], channel="telephone", proof="callback")
        with database.reading() as db:
            assert mandates.proxy_of(db, who.id, family["kiyo"]) is not None
            assert mandates.proxy_of(db, who.id, family["aoi"]) is None
            assert mandates.proxy_of(db, other.id, family["kiyo"]) is None
            assert mandates.proxy_of(db, "", family["kiyo"]) is None
    after = TODAY + dt.timedelta(hours=mandates.PROXY_HOURS)
    with time_machine.travel(after, tick=False), database.reading() as db:
        assert mandates.proxy_of(db, who.id, family["kiyo"]) is None


def test_a_sign_in_acts_for_another_until_the_mandate_ends(database: Database, family: dict[str, str]) -> None:
    made = give(database, "parent", family["aoi"], family["haruto"])
    who = Principal(kind="resident", id=family["aoi"], sign_in="s" * 16)
    with database.session() as db:
        assert acting.about(db, who).person_id == family["aoi"]
        acting.start(db, who, made)
        own = acting.about(db, who)
        assert (own.person_id, own.actor) == (family["haruto"], f"person:{family['aoi']}")
        assert own.detail == {"mandate": made, "for": f"person:{family['haruto']}"}
        assert own.fully
        mandates.revoke(db, made, actor="staff:1")
        assert acting.about(db, who).person_id == family["aoi"]


def test_nobody_acts_by_a_mandate_of_somebody_else(database: Database, family: dict[str, str]) -> None:
    made = give(database, "parent", family["aoi"], family["haruto"])
    with database.session() as db:
        for who in (
            Principal(kind="resident", id=family["kiyo"], sign_in="k" * 16),
            Principal(kind="resident", ticket_hash="a" * 64, sign_in="t" * 16),
        ):
            with pytest.raises(acting.NoMandateError):
                acting.start(db, who, made)
        # Planted: a row that says that another's sign-in acts by it changes nothing.
        store.act(db, "k" * 16, made)
        other = Principal(kind="resident", id=family["kiyo"], sign_in="k" * 16)
        assert acting.about(db, other).person_id == family["kiyo"]


def test_a_carer_may_not_do_everything(database: Database, family: dict[str, str]) -> None:
    made = give(database, "carer", family["kiyo"], family["aoi"])
    who = Principal(kind="resident", id=family["kiyo"], sign_in="k" * 16)
    with database.session() as db:
        acting.start(db, who, made)
        assert not acting.about(db, who).fully
        assert acting.stop(db, who)
        assert acting.about(db, who).fully
        assert not acting.stop(db, who)
