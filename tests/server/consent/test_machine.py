"""Nothing stands without a live consent for its purpose, whatever happens in whatever order.

A machine does at random what people, stations, clerks, nights and restored backups do. After every act the database
is searched for rows about somebody whose consent does not hold. The planted faults below prove that it would find one.
"""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import time_machine
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from drill.record.channels import CHANNELS, POSE
from drill.record.run import RunHeader
from drill.record.wire import Hello
from server import privacy
from server.analysis.models import RunAnalysis
from server.columns import now
from server.consent import service as consent
from server.consent.models import Consent, PersonConsent
from server.db import Database
from server.drills import service as drills
from server.drills.models import Run
from server.features import load_models
from server.live import service as live
from server.live.ingest import Refused, without_gaze
from server.live.models import Chunk, RunStream
from server.people import service as people
from server.people.models import Person, TicketClaim
from server.requests import service as requests
from server.requests import suspensions, tombstones
from server.retention import service as retention
from server.settings import Settings
from server.tickets import service as tickets
from server.tickets.models import Ticket

START = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
PURPOSES = st.sampled_from((consent.RECORDING, consent.GAZE, consent.RESEARCH))
PERSONS = st.sampled_from(consent.ABOUT["person"])
FRAME = struct.Struct("<I7f7f7fB3f")
"""One pose row with gaze: time, three poses, tracked, gaze."""


def gaze_row() -> bytes:
    """A batch of one row whose gaze looks somewhere."""
    return FRAME.pack(0, *([0.0] * 21), 7, 0.0, 0.6, 0.8)


def unconsented(database: Database) -> list[str]:
    """Return what stands in the database about somebody whose consent for it does not hold. Reads tables only."""
    found: list[str] = []
    with database.reading() as db:
        live_for = {(c.subject_kind, c.subject, c.purpose) for c in db.scalars(select(Consent)) if not c.withdrawn_at}
        known_as = {person.id: person.merged_into or person.id for person in db.scalars(select(Person))}
        while any(known_as.get(to, to) != to for to in known_as.values()):
            known_as = {one: known_as.get(to, to) for one, to in known_as.items()}
        results = {
            known_as.get(c.person_id, c.person_id)
            for c in db.scalars(select(PersonConsent))
            if not c.withdrawn_at and c.purpose == consent.RESULTS
        }
        runs = {run.run_id: run for run in db.scalars(select(Run)) if run.locomotion != "scripted"}
        for run in runs.values():
            whose = ("ticket", run.ticket_hash) if run.ticket_hash else ("run", run.run_id)
            if (*whose, consent.RECORDING) not in live_for:
                found.append(f"run {run.run_id[:6]} of a {whose[0]}")
        streams = {s.id: s for s in db.scalars(select(RunStream))}
        found += [f"stream of no run {s.id}" for s in streams.values() if s.run_id not in runs]
        for chunk in db.scalars(select(Chunk)):
            run = runs.get(streams[chunk.stream_id].run_id) if chunk.stream_id in streams else None
            if run is None:
                found.append(f"batch {chunk.id} of no run")
                continue
            whose = ("ticket", run.ticket_hash) if run.ticket_hash else ("run", run.run_id)
            seen = chunk.gaze and without_gaze(chunk.payload, chunk.n) != chunk.payload
            if seen and (*whose, consent.GAZE) not in live_for:
                found.append(f"gaze of run {run.run_id[:6]}")
        found += [f"figures of no run {a.run_id[:6]}" for a in db.scalars(select(RunAnalysis)) if a.run_id not in runs]
        found += [
            f"tie of person {c.person_id[:6]}"
            for c in db.scalars(select(TicketClaim))
            if known_as.get(c.person_id, c.person_id) not in results
        ]
    return found


class House(RuleBasedStateMachine):
    """What may happen to consents and to what stands on them."""

    template: ClassVar[Path]
    folders: ClassVar[Iterator[Path]]
    acts: ClassVar[int] = 0

    ticket_keys = Bundle("tickets")
    persons = Bundle("persons")
    runs = Bundle("runs")

    @initialize()
    def open(self) -> None:
        self.folder = next(self.folders)
        self.settings = Settings(data_dir=self.folder / "var", database_url="")
        self.settings.data_dir.mkdir(parents=True)
        shutil.copyfile(self.template, self.settings.sqlite_file)
        self.database = Database(self.settings)
        self.clock = time_machine.travel(START, tick=False)
        self.traveller = self.clock.start()
        self.numbers = itertools.count(1)
        self.backups: list[Path] = []
        self.erased: set[tuple[str, str]] = set()
        self.spools: dict[str, tuple[str, dt.datetime, str]] = {}
        self.last_word: dict[tuple[str, str, str], bool] = {}

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.clock.stop()
            shutil.rmtree(self.folder)

    @contextmanager
    def writing(self) -> Iterator[Any]:
        type(self).acts += 1
        self.traveller.shift(dt.timedelta(seconds=1))
        with self.database.session() as db:
            yield db

    # --- people ---------------------------------------------------------------------------------------------------

    @rule(target=ticket_keys)
    def issue(self) -> str:
        with self.writing() as db:
            code = tickets.issue(db)[0]
            return str(tickets.lookup(db, code).hash)  # type: ignore[union-attr]  # it was issued just now

    @rule(target=persons)
    def register(self) -> str:
        with self.writing() as db:
            return people.new_person(db, name=f"𠮷田 {next(self.numbers)}", actor="staff:x").id

    @rule(person=persons, ticket=ticket_keys)
    def claim(self, person: str, ticket: str) -> None:
        with self.writing() as db:
            if ("person", person) in self.erased or ("ticket", ticket) in self.erased:
                return
            try:
                people.claim_ticket(db, person, ticket, actor=f"person:{person}")
            except (people.ClaimedError, people.UnknownPersonError, consent.ConsentError):
                return

    @rule(person=persons, ticket=ticket_keys)
    def agree_and_claim(self, person: str, ticket: str) -> None:
        self.answer_at_home(person, consent.RESULTS, given=True)
        self.claim(person, ticket)

    @rule(person=persons)
    def cut(self, person: str) -> None:
        with self.writing() as db:
            try:
                claims = people.claims_of(db, person)
            except people.UnknownPersonError:
                return
            for one in claims[:1]:
                people.cut_link(db, person, one.id, actor=f"person:{person}")

    @rule(first=persons, second=persons)
    def merge(self, first: str, second: str) -> None:
        with self.writing() as db:
            try:
                kept, gone = people.get(db, first), people.get(db, second)
            except people.UnknownPersonError:
                return
            if kept.id != gone.id:
                gone.merged_into = kept.id

    # --- consents -------------------------------------------------------------------------------------------------

    @rule(ticket=ticket_keys, purpose=PURPOSES)
    def agree(self, ticket: str, purpose: str) -> None:
        with self.writing() as db:
            if db.get(Ticket, ticket) is not None:
                consent.give(db, kind="ticket", subject=ticket, purpose=purpose, version="1", source="device:x")
                self.last_word["ticket", ticket, purpose] = True

    @rule(ticket=ticket_keys, purpose=PURPOSES)
    def take_back(self, ticket: str, purpose: str) -> None:
        with self.writing() as db:
            consent.withdraw(db, kind="ticket", subject=ticket, purpose=purpose, source="device:x")
            self.last_word["ticket", ticket, purpose] = False

    @rule(ticket=ticket_keys)
    def change_ones_mind(self, ticket: str) -> None:
        """Agree to be recorded and take it back, while a station still has the bundle of before."""
        self.agree(ticket, consent.RECORDING)
        self.take_back(ticket, consent.RECORDING)

    @rule(run=runs, purpose=PURPOSES, given=st.booleans())
    def answer_at_station(self, run: str, purpose: str, given: bool) -> None:
        with self.writing() as db:
            if given and db.get(Run, run) is not None:
                consent.give(db, kind="run", subject=run, purpose=purpose, version="1", source="device:x")
                self.last_word["run", run, purpose] = True
            elif not given:
                consent.withdraw(db, kind="run", subject=run, purpose=purpose, source="device:x")
                self.last_word["run", run, purpose] = False

    @rule(person=persons, purpose=PERSONS, given=st.booleans())
    def answer_at_home(self, person: str, purpose: str, given: bool) -> None:
        with self.writing() as db:
            if db.get(Person, person) is None:
                return
            for one in people.ids_of(db, person):
                if given:
                    consent.give(db, kind="person", subject=one, purpose=purpose, version="1", source=f"person:{one}")
                else:
                    consent.withdraw(db, kind="person", subject=one, purpose=purpose, source=f"person:{one}")

    # --- stations -------------------------------------------------------------------------------------------------

    @rule(
        target=runs,
        ticket=ticket_keys,
        of_ticket=st.booleans(),
        ago=st.integers(0, 40),
        said=st.sampled_from(("", "1")),
    )
    def play(self, ticket: str, of_ticket: bool, ago: int, said: str) -> str:
        run_id = f"{next(self.numbers):032x}"
        self.spools[run_id] = (ticket if of_ticket else "", now() - dt.timedelta(days=ago), said)
        if ticket in self.in_bundles() or not of_ticket:
            self.upload(run_id, *self.spools[run_id])
        return run_id

    def in_bundles(self) -> set[str]:
        """Return the tickets that a station may know: it plays none that is not in its bundle."""
        with self.database.reading() as db:
            return set(db.scalars(select(Ticket.hash)))

    @rule(run=runs)
    def come_again(self, run: str) -> None:
        """A station that was switched off for days offers a run again, from its spool."""
        self.upload(run, *self.spools[run])

    def upload(self, run_id: str, ticket: str, started: dt.datetime, said: str) -> None:
        header = RunHeader(
            run_id=run_id, scenario="gym-flood", scenario_hash="f" * 64, seed=7, build="0.1.0", profile="lab",
            device="test", locomotion="walked", started_at=started.isoformat(), consent=said, ticket_hash=ticket,
        )  # fmt: skip
        hello = Hello(proto="sonae-upload/1", run_id=run_id, first_seq=0, next_seq=1)
        try:
            with self.writing() as db:
                opened = live.open_stream(db, hello, header, device_id="x")
                if opened.w == 0:
                    payload = gaze_row() if opened.gaze else without_gaze(gaze_row(), 1)
                    db.add(
                        Chunk(
                            stream_id=opened.stream_id, seq=0, channel=CHANNELS.index(POSE), t0_us=0, n=1, gaze=True,
                            segment=0, length=len(payload), crc32=0, payload=payload,
                        )
                    )  # fmt: skip
                    db.get_one(RunStream, opened.stream_id).w = 1
                    db.merge(RunAnalysis(run_id=run_id, definitions_version=1, metrics={}, made_at=now()))
        except Refused:
            return
        assert ("run", run_id) not in self.erased, "an erased run was taken in again"

    # --- the office -----------------------------------------------------------------------------------------------

    @rule(person=persons)
    def erase_person(self, person: str) -> None:
        with self.writing() as db:
            try:
                subject = people.subject_of(db, person)
            except people.UnknownPersonError:
                return
            self._note_erased(db, subject)
            requests.erase(db, subject, actor="staff:x")

    @rule(ticket=ticket_keys)
    def erase_ticket(self, ticket: str) -> None:
        with self.writing() as db:
            subject = privacy.Subject(tickets=(ticket,))
            self._note_erased(db, subject)
            requests.erase(db, subject, actor="staff:x")

    def _note_erased(self, db: Any, subject: privacy.Subject) -> None:
        self.erased |= {("person", one) for one in (subject.person_id, *subject.merged) if one}
        self.erased |= {("ticket", one) for one in subject.tickets}
        self.erased |= {("run", r.run_id) for one in subject.tickets for r in drills.runs_of_ticket(db, one)}

    @rule(ticket=ticket_keys, held=st.booleans())
    def suspend(self, ticket: str, held: bool) -> None:
        with self.writing() as db:
            act = suspensions.suspend if held else suspensions.resume
            act(db, privacy.Subject(tickets=(ticket,)), actor="staff:x")

    @rule(days=st.integers(1, 500))
    def sleep_and_purge(self, days: int) -> None:
        type(self).acts += 1
        self.traveller.shift(dt.timedelta(days=days))
        retention.purge(self.database)

    # --- backups --------------------------------------------------------------------------------------------------

    @rule()
    def back_up(self) -> None:
        type(self).acts += 1
        target = self.folder / f"backup-{next(self.numbers)}.sqlite"
        connection = self.database.raw_connection()
        try:
            connection.cursor().execute("VACUUM INTO ?", (str(target),))
        finally:
            connection.close()
        self.backups.append(target)

    @rule(which=st.integers(0, 9))
    def restore(self, which: int) -> None:
        if not self.backups:
            return
        type(self).acts += 1
        self.database.close()
        for leftover in self.settings.data_dir.glob("sonae.sqlite*"):
            leftover.unlink()
        shutil.copyfile(self.backups[which % len(self.backups)], self.settings.sqlite_file)
        self.database = Database(self.settings)
        with self.database.session() as db:
            tombstones.reapply(db)

    # --- what must hold -------------------------------------------------------------------------------------------

    @invariant()
    def nothing_stands_without_consent(self) -> None:
        if hasattr(self, "database"):
            assert unconsented(self.database) == []

    @invariant()
    def a_no_is_a_no(self) -> None:
        """A consent in the database is not enough when the last that somebody said was no."""
        if not hasattr(self, "database"):
            return
        with self.database.reading() as db:
            for run in db.scalars(select(Run)):
                whose = ("ticket", run.ticket_hash) if run.ticket_hash else ("run", run.run_id)
                assert self.last_word.get((*whose, consent.RECORDING), True), f"run {run.run_id[:6]} after a no"

    @invariant()
    def what_was_erased_is_gone(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.reading() as db:
            for model, column, kind in (
                (Person, Person.id, "person"),
                (Ticket, Ticket.hash, "ticket"),
                (Run, Run.run_id, "run"),
            ):
                gone = [key for of, key in self.erased if of == kind]
                assert db.scalar(select(func.count()).select_from(model).where(column.in_(gone))) == 0, kind


def check(sequences: int, *, house: type[House], number: int | None = None) -> None:
    """Let a house live through some sequences of 50 acts; the same again for the same number."""
    if number is not None:
        seed(number)(house)
    chosen = settings(
        max_examples=sequences,
        stateful_step_count=50,
        deadline=None,
        derandomize=number is None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(house, settings=chosen)


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> type[House]:
    load_models()

    def folders() -> Iterator[Path]:
        for number in itertools.count():
            folder = tmp_path / str(number)
            folder.mkdir()
            yield folder

    class Here(House):
        template = sqlite_template
        folders: ClassVar[Iterator[Path]]
        acts = 0

    Here.folders = folders()
    return Here


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of commits prove nothing about the disk here: `tests/faults` does that."""
    monkeypatch.setattr("os.fsync", lambda _: None)


def test_a_slice_of_random_acts_leaves_nothing_without_consent(house: type[House]) -> None:
    check(10, house=house)
    assert house.acts > 200


PARTS = 10


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("number", range(PARTS))
def test_ten_thousand_random_acts_leave_nothing_without_consent(house: type[House], number: int) -> None:
    check(40, house=house, number=number)
    assert house.acts >= 10_000 // PARTS, house.acts


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "taking back deletes nothing": lambda patch: patch.setattr(privacy, "consent_ended", lambda *_, **__: {}),
    "a station's old word counts": lambda patch: patch.setattr(consent, "was_withdrawn", lambda *_, **__: False),
    "erased is forgotten": lambda patch: patch.setattr(tombstones, "is_erased", lambda *_: False),
    "a restore brings all back": lambda patch: patch.setattr(tombstones, "reapply", lambda _: {}),
    "gaze is kept for all": lambda patch: patch.setattr(live, "_gaze_agreed", lambda *_: True),
}


STORIES: dict[str, Callable[[House], None]] = {}


def story(fault: str) -> Callable[[Callable[[House], None]], Callable[[House], None]]:
    """Register the shortest tale that a fault spoils."""

    def keep(tale: Callable[[House], None]) -> Callable[[House], None]:
        STORIES[fault] = tale
        return tale

    return keep


@story("taking back deletes nothing")
def _takes_back(house: House) -> None:
    ticket = house.issue()
    house.agree(ticket, consent.RECORDING)
    house.play(ticket, of_ticket=True, ago=0, said="1")
    house.take_back(ticket, consent.RECORDING)


@story("a station's old word counts")
def _old_bundle(house: House) -> None:
    ticket = house.issue()
    house.agree(ticket, consent.RECORDING)
    house.take_back(ticket, consent.RECORDING)
    house.traveller.shift(dt.timedelta(days=1))
    house.play(ticket, of_ticket=True, ago=0, said="1")


@story("erased is forgotten")
def _spool(house: House) -> None:
    ticket = house.issue()
    run = house.play(ticket, of_ticket=True, ago=0, said="1")
    house.erase_ticket(ticket)
    house.come_again(run)


@story("a restore brings all back")
def _old_backup(house: House) -> None:
    person, ticket = house.register(), house.issue()
    house.agree_and_claim(person, ticket)
    house.play(ticket, of_ticket=True, ago=0, said="1")
    house.back_up()
    house.erase_person(person)
    house.restore(0)


@story("gaze is kept for all")
def _gaze(house: House) -> None:
    house.play(house.issue(), of_ticket=False, ago=0, said="1")


def tell(house: type[House], tale: Callable[[House], None]) -> None:
    one = house()
    one.open()
    try:
        tale(one)
        one.nothing_stands_without_consent()
        one.a_no_is_a_no()
        one.what_was_erased_is_gone()
    finally:
        one.teardown()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_seen(house: type[House], monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """The control: the same story ends well with the rule and is seen to end badly without it."""
    tell(house, STORIES[fault])
    FAULTS[fault](monkeypatch)
    with pytest.raises(AssertionError):
        tell(house, STORIES[fault])


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("fault", FAULTS)
def test_random_acts_find_each_planted_fault(house: type[House], monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    FAULTS[fault](monkeypatch)
    with pytest.raises(AssertionError):
        check(200, house=house)


def test_the_row_that_carries_gaze_is_one() -> None:
    blank = without_gaze(gaze_row(), 1)
    assert np.frombuffer(gaze_row()[-12:], "<f4").tolist() == pytest.approx([0.0, 0.6, 0.8])
    assert blank[:-12] == gaze_row()[:-12]
    assert not any(blank[-12:])
