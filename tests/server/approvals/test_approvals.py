from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import time_machine
from pydantic import BaseModel, ValidationError
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from server.accounts.models import Staff
from server.accounts.principal import Principal
from server.approvals import acts, service
from server.approvals.models import Approval
from server.audit import service as audit
from server.columns import now
from server.db import Database
from server.errors import Refused
from server.jobs.runner import Runner
from server.settings import Settings

ACT = "test.burn"
Hire = Callable[..., Principal]


def fresh(who: Principal) -> Principal:
    """Prove again."""
    return replace(who, proved_at=now())


@pytest.fixture
def single(database: Database) -> Iterator[Database]:
    """The same database where one person may be on duty alone."""
    made = Database(database.settings.model_copy(update={"single_on_duty": True, "single_delay_hours": 24}))
    yield made
    made.close()


def proposed(database: Database, hire: Hire, thing: str = "paper") -> tuple[str, Principal, Principal]:
    """Return a proposal's id, its proposer and another administrator."""
    with database.session() as db:
        one, two = hire(db, "administrator"), hire(db, "administrator")
        made = service.propose(db, one, act=ACT, payload={"thing": thing}, reason="old")
        return made.id, one, two


def test_a_second_person_gets_it_done_and_the_record_says_who(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, one, two = proposed(database, hire)
    assert burnt == []
    with database.session() as db:
        found = service.decide(db, two, one_id, approve=True, note="seen")
        assert (found.state, found.alone, found.result) == ("done", False, {"burnt_for": one.id})
    assert burnt == ["paper"]
    with database.reading() as db:
        said = [(e.actor, e.action) for e in audit.newest(db, target=f"approval:{one_id}")]
        assert said == [
            (one.actor, "approval.done"),
            (two.actor, "approval.approve"),
            (one.actor, "approval.propose"),
        ]
        assert "old" not in str([e.detail for e in audit.newest(db)])


def test_nobody_decides_their_own_proposal(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, one, _ = proposed(database, hire)
    with database.session() as db, pytest.raises(Refused, match="your own"):
        service.decide(db, fresh(one), one_id, approve=True)
    assert burnt == []


def test_an_old_proof_does_not_decide(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, _, two = proposed(database, hire)
    old = replace(two, proved_at=now() - dt.timedelta(minutes=11))
    for stale in (old, replace(two, proved_at=None)):
        with database.session() as db, pytest.raises(service.StaleProofError):
            service.decide(db, stale, one_id, approve=True)
    assert burnt == []


def test_what_is_settled_stays_settled(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, one, two = proposed(database, hire)
    with database.session() as db:
        assert service.decide(db, two, one_id, approve=False, note="no").state == "refused"
    for again in (True, False):
        with database.session() as db, pytest.raises(Refused, match="settled"):
            service.decide(db, two, one_id, approve=again)
    with database.session() as db, pytest.raises(Refused, match="settled"):
        service.withdraw(db, one, one_id)
    assert burnt == []


def test_only_the_proposer_withdraws(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, one, two = proposed(database, hire)
    with database.session() as db, pytest.raises(LookupError):
        service.withdraw(db, two, one_id)
    with database.session() as db:
        assert service.withdraw(db, one, one_id).state == "withdrawn"
    assert burnt == []


def test_a_proposal_lapses(database: Database, hire: Hire, burnt: list[str]) -> None:
    start = now()
    one_id, _, two = proposed(database, hire)
    with time_machine.travel(start + service.LIVES + dt.timedelta(hours=1), tick=False):
        with database.session() as db, pytest.raises(Refused, match="settled"):
            service.decide(db, fresh(two), one_id, approve=True)
        Runner(database).drain()
        with database.reading() as db:
            assert service.get(db, two, one_id).state == "expired"
    assert burnt == []


def test_what_fails_leaves_nothing_and_says_so(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, _, two = proposed(database, hire, "wet")
    with database.session() as db:
        found = service.decide(db, two, one_id, approve=True)
        assert (found.state, found.error, found.result) == ("failed", "OSError", {})
    assert burnt == []


def test_who_lost_the_right_meanwhile_gets_nothing_done(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, one, two = proposed(database, hire)
    with database.session() as db:
        db.get_one(Staff, one.id).roles = ["clerk"]
    with database.session() as db:
        assert service.decide(db, two, one_id, approve=True).state == "failed"
    assert burnt == []


def test_who_may_propose_and_see(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, one, _ = proposed(database, hire)
    with database.session() as db:
        clerk, auditor = hire(db, "clerk"), hire(db, "auditor")
        elsewhere = hire(db, "administrator", department="福祉課")
        with pytest.raises(Refused, match="may not"):
            service.propose(db, clerk, act=ACT, payload={"thing": "x"}, reason="r")
        with pytest.raises(Refused, match="may not"):
            service.decide(db, auditor, one_id, approve=True)
        for nobody in (clerk, Principal(), Principal(kind="resident", id=one.id)):
            with pytest.raises(LookupError):
                service.get(db, nobody, one_id)
        assert service.get(db, auditor, one_id).id == one_id
        assert service.get(db, elsewhere, one_id).id == one_id  # of the whole city: everybody's business
        of_department = service.propose(db, elsewhere, act=ACT, payload={"thing": "x"}, reason="r")
        other = hire(db, "administrator", department="教育課")
        with pytest.raises(LookupError):
            service.decide(db, other, of_department.id, approve=True)
        with pytest.raises(Refused, match="1 to 500"):
            service.propose(db, one, act=ACT, payload={"thing": "x"}, reason="  ")
        with pytest.raises(ValidationError):
            service.propose(db, one, act=ACT, payload={"thing": "x", "more": 1}, reason="r")
        with pytest.raises(acts.ActError, match=r"no act 'test\.drown'"):
            service.propose(db, one, act="test.drown", payload={}, reason="r")
    assert burnt == []


def test_acts_are_registered_with_care(burnt: list[str]) -> None:
    class Loose(BaseModel):
        pass

    with pytest.raises(acts.ActError, match="takes unknown fields"):
        acts.act("test.loose", Loose, proposes="export", describe=lambda *_: {})(lambda *_: {})
    known = acts.act_of(ACT)
    with pytest.raises(acts.ActError, match="registered twice"):
        acts.act(ACT, known.payload, proposes="export", describe=lambda *_: {})(lambda *_: {})
    with pytest.raises(acts.ActError, match=r"not in server/access/policies\.py"):
        acts.act("test.other", known.payload, proposes="burn", describe=lambda *_: {})(lambda *_: {})
    assert burnt == []


def test_one_alone_on_duty_waits_and_is_reviewed(single: Database, hire: Hire, burnt: list[str]) -> None:
    start = now()
    with time_machine.travel(start, tick=False):
        one_id, one, two = proposed(single, hire)
        with single.session() as db, pytest.raises(service.StaleProofError):
            service.decide(db, one, one_id, approve=True)  # the proof is as old as the proposal
    with time_machine.travel(start + dt.timedelta(minutes=1), tick=False):
        with single.session() as db:
            assert service.decide(db, fresh(one), one_id, approve=True).state == "waiting"
        with single.session() as db, pytest.raises(Refused, match="already"):
            service.decide(db, fresh(one), one_id, approve=True)
        with single.reading() as db:
            assert [found.id for found in service.due(db, two)] == [one_id]
    with time_machine.travel(start + dt.timedelta(hours=24), tick=False):
        Runner(single).drain()
        assert burnt == []  # a minute too early
    with time_machine.travel(start + dt.timedelta(hours=24, minutes=2), tick=False):
        Runner(single).drain()
        assert burnt == ["paper"]
        with single.session() as db:
            found = service.get(db, two, one_id)
            assert (found.state, found.alone, found.needs_review) == ("done", True, True)
            with pytest.raises(Refused, match="Somebody else"):
                service.review(db, fresh(one), one_id, note="fine")
            service.review(db, fresh(two), one_id, note="fine")
            assert not service.get(db, two, one_id).needs_review
            with pytest.raises(Refused, match="nothing to review"):
                service.review(db, fresh(two), one_id, note="again")


@pytest.mark.parametrize("how", ["another", "self", "setting"])
def test_what_one_alone_approved_can_be_stopped(
    database: Database, single: Database, hire: Hire, burnt: list[str], how: str
) -> None:
    start = now()
    with time_machine.travel(start, tick=False):
        one_id, one, two = proposed(single, hire)
    with time_machine.travel(start + dt.timedelta(minutes=1), tick=False), single.session() as db:
        service.decide(db, fresh(one), one_id, approve=True)
    with time_machine.travel(start + dt.timedelta(hours=2), tick=False), single.session() as db:
        if how == "another":
            service.decide(db, fresh(two), one_id, approve=False)
        elif how == "self":
            service.withdraw(db, one, one_id)
    later = database if how == "setting" else single  # there, one alone is no longer allowed
    with time_machine.travel(start + dt.timedelta(days=2), tick=False):
        Runner(later).drain()
    assert burnt == []


def test_two_who_decide_at_once_do_it_once(database: Database, hire: Hire, burnt: list[str]) -> None:
    one_id, _, two = proposed(database, hire)
    with database.session() as db:
        service.decide(db, two, one_id, approve=True)
    with database.session() as db, pytest.raises(Refused, match="settled"):
        service.decide(db, two, one_id, approve=True)
    assert burnt == ["paper"]


@pytest.mark.parametrize(
    "planted", [{}, {"decided_by": "same"}, {"alone": True}], ids=["nobody decided", "the proposer decided", "no delay"]
)
def test_the_database_refuses_what_one_did_alone(
    database: Database, hire: Hire, burnt: list[str], planted: dict[str, object]
) -> None:
    """Planted: a fault in the rules that marks a proposal as done. The constraints refuse it."""
    one_id, one, _ = proposed(database, hire)
    values = {name: one.id if value == "same" else value for name, value in planted.items()}
    done = update(Approval).where(Approval.id == one_id).values(state="done", settled_at=now(), **values)
    with pytest.raises(IntegrityError), database.session() as db:
        db.execute(done)
    assert burnt == []


def test_settings_say_how_long_one_alone_waits() -> None:
    assert Settings(single_delay_hours=1).single_on_duty is False
    with pytest.raises(ValidationError):
        Settings(single_delay_hours=0)
