"""The promise as a machine of random acts: one person alone never gets it done, whatever they try in whatever order."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from server.accounts.directory import standing
from server.accounts.models import Staff
from server.approvals import service
from server.approvals.models import Approval
from server.columns import now
from server.db import Database
from server.errors import Refused
from server.jobs.runner import Runner
from server.settings import Settings

START = dt.datetime(2026, 12, 1, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def reached() -> set[str]:
    """The proposals that the machine got done: a machine that never gets there proves nothing."""
    return set()


@pytest.fixture
def alone(
    sqlite_template: Path, burnt: list[str], reached: set[str]
) -> Iterator[Callable[..., type[RuleBasedStateMachine]]]:
    """Make the machine, for a city that lets one person be on duty alone or not."""
    with tempfile.TemporaryDirectory() as folder:
        yield lambda **rules: machine(Path(folder), sqlite_template, burnt, reached, **rules)


def machine(
    folder: Path, template: Path, burnt: list[str], reached: set[str], *, single: bool, unchecked: bool = False
) -> type[RuleBasedStateMachine]:
    """Return a machine whose acts are all of one administrator. `unchecked` turns the database's own check off."""
    made = Settings(data_dir=folder, database_url="", single_on_duty=single, single_delay_hours=24, sign_in_hours=24)

    class OneAlone(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.travel = time_machine.travel(START, tick=False)
            self.clock = self.travel.start()
            shutil.copyfile(template, made.sqlite_file)
            self.database = Database(made)
            burnt.clear()

        @initialize()
        def hired(self) -> None:
            with self.database.session() as db:
                staff = Staff(login="one@city.example", name="一人", roles=["administrator", "auditor"])
                db.add(staff)
                db.flush()
                self.who = replace(standing(db, staff.id), proved_at=now())
            self.proposals: list[str] = []

        def attempt(self, act: Callable[..., object], *arguments: object, **named: object) -> None:
            try:
                with self.database.session() as db:
                    if unchecked:
                        db.execute(text("PRAGMA ignore_check_constraints = ON"))
                    act(db, self.who, *arguments, **named)
            except (Refused, service.StaleProofError, LookupError):
                pass

        @precondition(lambda self: len(self.proposals) < 3)
        @rule()
        def propose(self) -> None:
            with self.database.session() as db:
                made_one = service.propose(db, self.who, act="test.burn", payload={"thing": "paper"}, reason="why")
                self.proposals.append(made_one.id)

        def prove(self) -> None:
            self.clock.shift(dt.timedelta(seconds=20))
            self.who = replace(self.who, proved_at=now())

        @rule()
        def prove_again(self) -> None:
            self.prove()

        @rule(minutes=st.sampled_from([1, 9, 11, 60 * 12, 60 * 24, 60 * 24 * 15]))
        def wait(self, minutes: int) -> None:
            self.clock.shift(dt.timedelta(minutes=minutes))

        @precondition(lambda self: self.proposals)
        @rule(data=st.data(), approve=st.booleans())
        def decide(self, data: st.DataObject, approve: bool) -> None:
            self.attempt(service.decide, data.draw(st.sampled_from(self.proposals)), approve=approve)

        @precondition(lambda self: self.proposals)
        @rule()
        def approve_with_a_proof(self) -> None:
            self.prove()
            self.attempt(service.decide, self.proposals[-1], approve=True)

        @precondition(lambda self: self.proposals)
        @rule(data=st.data())
        def withdraw(self, data: st.DataObject) -> None:
            self.attempt(service.withdraw, data.draw(st.sampled_from(self.proposals)))

        @precondition(lambda self: self.proposals)
        @rule(data=st.data())
        def review(self, data: st.DataObject) -> None:
            self.attempt(service.review, data.draw(st.sampled_from(self.proposals)), note="")

        @precondition(lambda self: self.proposals)
        @rule(data=st.data())
        def hurry(self, data: st.DataObject) -> None:
            self.attempt(
                lambda db, _who, one: service.carry_out_due(db, one), data.draw(st.sampled_from(self.proposals))
            )

        @rule()
        def night(self) -> None:
            Runner(self.database).drain()  # what the database refuses there is a failed job

        @invariant()
        def nothing_is_done_alone(self) -> None:
            with self.database.reading() as db:
                done = list(db.scalars(select(Approval).where(Approval.state == "done")))
            assert len(burnt) == len(done)
            if not single:
                assert burnt == []
            for one in done:
                assert one.alone
                assert one.run_after is not None
                assert one.decided_at is not None
                assert one.settled_at is not None
                assert one.settled_at >= one.run_after == one.decided_at + dt.timedelta(hours=24)
                assert one.decided_at > one.proposed_at, "proved before it was proposed"
                assert one.needs_review, "reviewed by who did it"
                reached.add(one.id)

        def teardown(self) -> None:
            self.database.close()
            self.travel.stop()

    return OneAlone


QUICK = settings(
    max_examples=80,
    stateful_step_count=20,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("single", [False, True])
def test_one_person_alone_never_gets_it_done(
    alone: Callable[..., type[RuleBasedStateMachine]], reached: set[str], single: bool
) -> None:
    run_state_machine_as_test(alone(single=single), settings=QUICK)
    assert bool(reached) == single


FAULTS = {
    "whoever decides counts as a second person": ("is_own", lambda _who, _found: False),
    "the delay is not waited for": ("is_due", lambda found: found.state == "waiting"),
}


@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("unchecked", [False, True], ids=["refused by the database", "seen by the machine"])
def test_a_planted_fault_is_seen(
    alone: Callable[..., type[RuleBasedStateMachine]], monkeypatch: pytest.MonkeyPatch, fault: str, unchecked: bool
) -> None:
    """The control: the database refuses what each fault would do; without its constraints the machine sees it done."""
    monkeypatch.setattr(service, *FAULTS[fault])
    with pytest.raises(AssertionError if unchecked else IntegrityError):
        run_state_machine_as_test(alone(single=True, unchecked=unchecked), settings=QUICK)
