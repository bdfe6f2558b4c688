from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from drill.ticket import ticket_hash
from server import privacy
from server.accounts import sign_ins
from server.audit.models import AuditEntry
from server.consent import service as consent
from server.db import Base, Database
from server.people import acting, mandates, service, store, tying
from server.privacy import Subject
from server.tickets import service as tickets

Add = Callable[..., str]


def a_ticket(database: Database) -> str:
    with database.session() as db:
        return ticket_hash(tickets.issue(db)[0])


def test_a_person_is_kept_as_typed_and_found_by_any_way_they_hold(database: Database, add: Add) -> None:
    aoi = add(database, "aoi")
    with database.session() as db:
        for kind, issuer, subject in (("oidc", "https://idp.example", "pair-1"), ("mail", "", "aoi@example.jp")):
            service.add_identity(db, aoi, kind=kind, issuer=issuer, subject=subject, actor="test")  # type: ignore[arg-type] - a literal of the loop
    with database.reading() as db:
        found = service.person_of_identity(db, kind="oidc", issuer="https://idp.example", subject="pair-1")
        assert found is not None
        assert (found.id, found.name, found.name_kana) == (aoi, "髙﨑 葵", "タカサキ アオイ")
        assert service.person_of_identity(db, kind="oidc", issuer="https://other.example", subject="pair-1") is None
        assert [one.kind for one in service.identities_of(db, aoi)] == ["oidc", "mail"]


def test_a_way_leads_to_one_person_only(database: Database, add: Add) -> None:
    aoi, kiyo = add(database, "aoi"), add(database, "kiyo")
    with database.session() as db:
        first = service.add_identity(db, aoi, kind="mail", subject="a@example.jp", actor="test")
        assert service.add_identity(db, aoi, kind="mail", subject="a@example.jp", actor="test").id == first.id
        with pytest.raises(service.IdentityTakenError):
            service.add_identity(db, kiyo, kind="mail", subject="a@example.jp", actor="test")
        assert not service.remove_identity(db, kiyo, first.id, actor="test")
        assert service.remove_identity(db, aoi, first.id, actor="test")
        assert service.person_of_identity(db, kind="mail", subject="a@example.jp") is None


def test_a_ticket_is_claimed_once_and_never_by_two(database: Database, add: Add) -> None:
    aoi, kiyo = (add(database, who, agreed=True) for who in ("aoi", "kiyo"))
    key = a_ticket(database)
    with database.session() as db:
        first = service.claim_ticket(db, aoi, key, actor="test")
        assert service.claim_ticket(db, aoi, key, actor="test").id == first.id
        with pytest.raises(service.ClaimedError):
            service.claim_ticket(db, kiyo, key, actor="test")
        assert service.subject_of(db, aoi) == Subject(aoi, (key,))
        assert service.subject_of(db, kiyo) == Subject(kiyo)
        owner = service.claimant(db, key)
        assert owner is not None
        assert owner.id == aoi


def test_no_ticket_is_tied_without_consent_and_taking_it_back_cuts_all(database: Database, add: Add) -> None:
    aoi, key = add(database, "aoi"), a_ticket(database)
    child, settings = add(database, "haruto"), database.settings
    words = {"version": "results-1", "language": "ja", "actor": "test"}
    with database.session() as db:
        with pytest.raises(consent.ConsentError):
            service.claim_ticket(db, aoi, key, actor="test")
        for version in ("", "results-0", "recording-1"):
            with pytest.raises(consent.ConsentError):
                tying.tie(db, settings, aoi, key, given_by="self", **(words | {"version": version}))
        with pytest.raises(consent.GuardianNeededError):
            tying.tie(db, settings, child, key, given_by="self", **words)
        assert store.claim(db, key) is None
        tying.tie(db, settings, aoi, key, given_by="self", **words)
        tying.tie(db, settings, aoi, "b" * 64, given_by="self", **(words | {"version": ""}))  # asked once
        assert len(service.claims_of(db, aoi)) == 2
        consent.withdraw(db, kind="person", subject=aoi, purpose=consent.RESULTS, source="test")
        assert service.claims_of(db, aoi) == []
        with pytest.raises(consent.ConsentError):
            service.claim_ticket(db, aoi, key, actor="test")


def tied(database: Database, person_id: str, key: str) -> list[str]:
    """Return the tables where one row, or one entry of the record, names both a person and a ticket."""
    found: list[str] = []
    with database.reading() as db:
        for table in Base.metadata.sorted_tables:
            for row in db.execute(select(table)):
                told = repr(tuple(row))
                if person_id in told and key[:12] in told:
                    found.append(table.name)
    return found


def test_a_cut_link_is_gone_from_every_table_also_from_the_record(database: Database, add: Add) -> None:
    aoi, kiyo = (add(database, who, agreed=True) for who in ("aoi", "kiyo"))
    key = a_ticket(database)
    with database.session() as db:
        claim = service.claim_ticket(db, aoi, key, actor=f"person:{aoi}").id
    assert tied(database, aoi, key) == ["ticket_claim"]  # the control: the link is seen where it is kept
    with database.session() as db:
        assert not service.cut_link(db, kiyo, claim, actor="test")
        assert service.cut_link(db, aoi, claim, actor=f"person:{aoi}")
        assert not service.cut_link(db, aoi, claim, actor="test")
    assert tied(database, aoi, key) == []
    with database.reading() as db:
        acts = [entry.action for entry in db.scalars(select(AuditEntry)) if entry.action.startswith("ticket.c")]
        assert acts == ["ticket.claim", "ticket.cut"]


def test_the_record_names_fields_and_never_values(database: Database, add: Add) -> None:
    aoi = add(database, "aoi")
    with database.session() as db:
        service.change_person(
            db, aoi, name="髙﨑 あおい", name_kana="タカサキ アオイ", birth_date=dt.date(1986, 4, 3), actor="test"
        )
    with database.reading() as db:
        entries = list(db.scalars(select(AuditEntry)))
    told = repr([(e.actor, e.action, e.target, e.detail) for e in entries])
    assert entries[-1].detail == {"fields": ["name", "birth_date"], "verified": False}
    for value in ("髙﨑", "アオイ", "1986"):
        assert value not in told


@pytest.mark.parametrize("born", [dt.date(1899, 12, 31), dt.date(2026, 11, 25)])
def test_a_birth_date_lies_between_1900_and_today_in_japan(database: Database, add: Add, born: dt.date) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC), tick=False):  # the 24th in Japan
        add(database, "aoi", birth_date=dt.date(2026, 11, 24))
        with pytest.raises(ValueError, match="between 1900 and today"):
            add(database, "aoi", birth_date=born)


def test_a_person_is_disclosed_and_erased_whole(database: Database, add: Add) -> None:
    aoi, haruto, key = add(database, "aoi", agreed=True), add(database, "haruto"), a_ticket(database)
    with database.session() as db:
        service.add_identity(db, aoi, kind="mail", subject="aoi@example.jp", actor="test")
        service.claim_ticket(db, aoi, key, actor="test")
        mandate = mandates.give(
            db,
            kind="parent",
            for_person_id=haruto,
            holder_person_id=aoi,
            channel="counter",
            proof="household",
            actor="test",
        )
        who = sign_ins.principal_of(
            db, database.settings, sign_ins.sign_in_resident(db, database.settings, method="mail", person_id=aoi)
        )
        acting.start(db, who, mandate.id)
    with database.reading() as db:
        told = privacy.disclose(db, service.subject_of(db, aoi))["people"]
    assert told["people"][0]["name"] == "髙﨑 葵"
    assert [one["subject"] for one in told["identities"]] == ["aoi@example.jp"]
    assert (len(told["tickets"]), told["mandates"][0]["role"]) == (1, "holder")
    with database.session() as db:
        privacy.erase(db, service.subject_of(db, aoi))
    with database.reading() as db:
        assert privacy.disclose(db, Subject(aoi, (key,))) == {}
        assert mandates.given_for(db, haruto) == []
        with pytest.raises(service.UnknownPersonError):
            service.get(db, aoi)
        assert service.get(db, haruto).name == "髙﨑 陽翔"


def test_who_was_not_here_for_three_years_is_purged_and_who_was_stays(database: Database, add: Add) -> None:
    start = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False):
        aoi, kiyo = add(database, "aoi"), add(database, "kiyo")
    with time_machine.travel(start + dt.timedelta(days=1000), tick=False), database.session() as db:
        service.note_seen(db, kiyo)
    kept: Any = next(one for said in privacy.statements() for one in said.keeps if one.table == "person")
    with database.session() as db:
        assert kept.purges(db, start + dt.timedelta(days=1), {"person": [aoi]}) == 0  # a legal hold keeps them
        assert kept.purges(db, start + dt.timedelta(days=1), {}) > 0
        assert store.person(db, aoi) is None
        assert store.person(db, kiyo) is not None
