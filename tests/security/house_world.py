"""A small city to ask questions of: who asks, and things with real ids that are asked about."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.orm import Session

from drill.record.batches import Batch
from drill.record.run import RunHeader
from drill.ticket import ticket_hash
from server.access.enforcing import COOKIE
from server.accounts import codes, sign_ins
from server.accounts.models import SignIn, Staff
from server.accounts.principal import ROLES, Principal
from server.analysis.importing import import_trajectories
from server.approvals.models import Approval
from server.audit.models import AuditEntry
from server.columns import now
from server.consent import service as consent
from server.consent import wording
from server.db import Database
from server.devices import service as devices
from server.devices.models import Device
from server.drills import service as drills
from server.drills.models import DrillDay
from server.drills.schemas import NewDay, NewSession, NewStation
from server.jobs.models import FAILED, Job
from server.mail import batches
from server.mail.batches import Recipient
from server.people import doubles, mandates, viewing
from server.people import service as people
from server.requests import service as requests
from server.retention import service as retention
from server.settings import Settings
from server.tickets.printing import print_tickets

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

ADULT = dt.date(1984, 2, 29)
STALE = dt.timedelta(hours=1)
WALK = "# framerate: 10 fps\n# id frame x/m y/m z/m\n" + "\n".join(
    f"{p} {f + 8 * p} {0.3 * (p % 5):.3f} {f * 0.12:.3f} 1.65" for p in range(1, 13) for f in range(60)
)


class Caller(NamedTuple):
    """Somebody who asks: the headers that prove it, and who they are as far as the house knows."""

    headers: dict[str, str]
    key: str = ""
    staff_id: str = ""
    person_id: str = ""
    device_id: str = ""
    sign_in: str = ""


@dataclasses.dataclass
class World:
    """The app with its database; each method makes one more thing and returns its id."""

    client: TestClient
    store_run: Callable[..., str]
    doors: list[str] = dataclasses.field(default_factory=list)
    """Policies that let somebody through, in order, since the list was last emptied."""
    counted: int = 0
    marker: str = ""
    """What stands in every name, title and reason that is made next."""
    department: str = ""
    """Whose business everything is that is made next; empty means the whole city's."""

    @property
    def database(self) -> Database:
        return self.client.app.state.database

    @property
    def settings(self) -> Settings:
        return self.client.app.state.settings

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self.database.session() as db:
            yield db

    # --- who asks ------------------------------------------------------------------------------------------------

    def caller(self, column: str, allowed: dict[str, bool] | None = None) -> Caller:
        """Return somebody of a column of the matrix. `stale` is the first whom `allowed` lets in."""
        if column == "nobody":
            return Caller({})
        if column == "resident":
            return self.resident()
        if column == "device":
            return self.device()
        if column == "limited":
            return self.staff(*ROLES, limited=True)
        if column == "stale":
            first = next((c for c in ("resident", *ROLES) if (allowed or {}).get(c)), "administrator")
            made = self.caller(first)
            with self.writing() as db:
                opened = db.get(SignIn, made.sign_in)
                assert opened is not None
                opened.proved_at = now() - STALE
            return made
        return self.staff(column)

    def staff(self, *roles: str, department: str = "", limited: bool = False) -> Caller:
        """Sign a new staff member in."""
        with self.writing() as db:
            made = Staff(
                login=f"s{os.urandom(6).hex()}@city.example", name=f"髙﨑{self.marker}"[:80], roles=list(roles)
            )
            made.department = department
            db.add(made)
            db.flush()
            key = sign_ins.sign_in_staff(db, self.settings, made, method="totp", limited=limited)
            principal = sign_ins.principal_of(db, self.settings, key)
            return Caller({"cookie": f"{COOKIE}={key}"}, key, staff_id=made.id, sign_in=principal.sign_in)

    def resident(self, person_id: str = "") -> Caller:
        """Sign a resident in, a new one unless told whom."""
        person_id = person_id or self.person()
        with self.writing() as db:
            key = sign_ins.sign_in_resident(db, self.settings, method="passkey", person_id=person_id)
            principal = sign_ins.principal_of(db, self.settings, key)
        return Caller({"cookie": f"{COOKIE}={key}"}, key, person_id=person_id, sign_in=principal.sign_in)

    def ticket_holder(self) -> Caller:
        """Sign somebody in who is known by a ticket alone."""
        key_of_ticket = ticket_hash(self.ticket()[0])
        with self.writing() as db:
            key = sign_ins.sign_in_resident(db, self.settings, method="ticket", ticket_hash=key_of_ticket)
        return Caller({"cookie": f"{COOKIE}={key}"}, key)

    def audit_count(self, actor: str, target: str) -> int:
        """Return how many entries of the audit record tell of somebody's acts at something."""
        with self.database.reading() as db:
            return db.query(AuditEntry).filter(AuditEntry.actor == actor, AuditEntry.target == target).count()

    def device(self, station_id: str = "") -> Caller:
        """Pair a machine, with a station where one is named."""
        with self.writing() as db:
            code = devices.new_pairing_code(db, self.settings, name=f"機器{self.marker}", station_id=station_id or None)
            paired = devices.pair(db, code=code, name="x")
            assert paired is not None
            if paired.station_id:
                drills.attach_device(db, paired.station_id, paired.device.id)
            return Caller({"authorization": f"Device {paired.device.id}.{paired.key}"}, device_id=paired.device.id)

    def principal(self, db: Session, caller: Caller) -> Principal:
        return sign_ins.principal_of(db, self.settings, caller.key)

    # --- people --------------------------------------------------------------------------------------------------

    def kana(self) -> str:
        """Return how nobody else is read."""
        self.counted += 1
        return "タカサキ " + "".join("アイウエオカキクケコ"[int(digit)] for digit in str(self.counted))

    def person(self, **changes: Any) -> str:
        """Make a resident who is like nobody else."""
        values: dict[str, Any] = {"name_kana": self.kana(), "birth_date": ADULT}
        values["name"] = f"髙﨑 {values['name_kana'][5:]}{self.marker}"[:80]
        with self.writing() as db:
            return people.new_person(db, **(values | changes), actor="test").id

    def opened(self, caller: Caller) -> str:
        """Make a person whose record the caller has open, where the caller may open one."""
        person_id = self.person()
        if caller.staff_id:
            with self.writing() as db:
                viewing.open_record(db, self.principal(db, caller), person_id, "counter")
        return person_id

    def acted_for(self, caller: Caller) -> str:
        """Make a person whose record the caller has open and for whom the caller acts as proxy."""
        person_id = self.opened(caller)
        if caller.staff_id:
            with self.writing() as db:
                mandates.give(
                    db, kind="proxy", for_person_id=person_id, holder_staff_id=caller.staff_id, channel="counter",
                    proof="document", actor="test",
                )  # fmt: skip
        return person_id

    def mandate(self, holder: str, whom: str, kind: str = "carer") -> str:
        """Let one person act for another."""
        proof = "letter" if kind == "carer" else "household"
        with self.writing() as db:
            return mandates.give(
                db, kind=kind, for_person_id=whom, holder_person_id=holder, channel="counter", proof=proof, actor="test"
            ).id  # type: ignore[arg-type]

    def double(self, caller: Caller, *, merged: bool = False) -> tuple[str, str]:
        """Make two people who look like one, both records open to the caller; return the pair's id and one's."""
        alike = {"name_kana": self.kana(), "birth_date": ADULT}
        first, second = self.person(**alike), self.person(**alike)
        with self.writing() as db:
            found = next(p.double.id for p in doubles.queue(db) if {one.id for one in p.people} == {first, second})
            if caller.staff_id:
                for one in (first, second):
                    viewing.open_record(db, self.principal(db, caller), one, "doubles")
            if merged:
                doubles.merge(db, found, keep=first, actor="test")
        return found, first

    def ticket(self, slot: str = "") -> tuple[str, str]:
        """Print a ticket; return its code and PIN."""
        with self.writing() as db:
            made = print_tickets(db, self.settings, count=1, session_id=slot or None, actor="test")[0]
            return made.code, made.pin

    def claim(self, person_id: str, code: str = "") -> str:
        """Tie a ticket to a person; return the claim's id."""
        code = code or self.ticket()[0]
        with self.writing() as db:
            consent.give(db, kind="person", subject=person_id, purpose="results", version="results-1", source="test")
            return people.claim_ticket(db, person_id, ticket_hash(code), actor="test").id

    def own_run(self, person_id: str) -> str:
        """Make a run of a ticket that the person claimed."""
        code = self.ticket()[0]
        self.claim(person_id, code)
        return self.run(ticket_hash=ticket_hash(code), scenario_hash=self.scenario())

    def identity(self, person_id: str) -> str:
        """Give a person a way in; return its id."""
        with self.writing() as db:
            subject = f"{secrets.token_hex(6)}@example.jp"
            return people.add_identity(db, person_id, kind="mail", subject=subject, actor="test").id

    def staff_code(self, purpose: str = "link") -> str:
        """Make a one-time code for a new staff member."""
        with self.writing() as db:
            made = Staff(login=f"s{os.urandom(6).hex()}@city.example", name="𠮷田 職員", roles=["clerk"])
            db.add(made)
            db.flush()
            return codes.new_code(db, self.settings, purpose=purpose, staff_id=made.id)  # type: ignore[arg-type]

    # --- the office ----------------------------------------------------------------------------------------------

    def approval(self, *, proposed_by: str, done_alone: bool = False) -> str:
        """Leave a proposal that waits, or one that one person did alone and nobody looked at since."""
        clerk = self.staff("clerk")
        payload = {"staff_id": clerk.staff_id, "roles": ["analyst"], "department": "", "enabled": True}
        at = now()
        with self.writing() as db:
            made = Approval(
                act="staff.rights", payload=payload, reason=f"異動{self.marker}", proposed_by=proposed_by,
                department=self.department, expires_at=at + dt.timedelta(days=7),
            )  # fmt: skip
            if done_alone:
                made.state, made.alone, made.decided_by = "done", True, proposed_by
                made.decided_at = made.run_after = made.settled_at = at
            db.add(made)
            db.flush()
            return made.id

    def approved_export(self, caller: Caller) -> str:
        """Leave an export that the caller proposed and another approved."""
        at = now()
        with self.writing() as db:
            made = Approval(
                act="runs.export", payload={"since": "2026-12-01", "until": "2026-12-31", "department": ""},
                reason=f"報告{self.marker}", proposed_by=caller.staff_id or "x", department=self.department,
                state="done", expires_at=at + dt.timedelta(days=7), decided_by="another", decided_at=at, settled_at=at,
            )  # fmt: skip
            db.add(made)
            db.flush()
            return made.id

    def mail_batch(self) -> str:
        """Draft a letter to two people."""
        to = [Recipient(f"{secrets.token_hex(6)}@example.jp", "訓練のお知らせ") for _ in range(2)]
        with self.writing() as db:
            return batches.draft(
                db,
                kind="notice",
                subject="お知らせ",
                preview="訓練のお知らせ",
                recipients=to,
                actor="test",
                department=self.department,
            ).id

    def data_request(self, person_id: str, kind: str = "disclosure") -> str:
        """Write down what a person asks about their data."""
        with self.writing() as db:
            return requests.make(db, kind=kind, person_id=person_id, about=f"記録{self.marker}", actor="test").id

    def hold(self) -> str:
        """Forbid that a person's rows are purged."""
        person = self.person()
        with self.writing() as db:
            retention.hold(db, kind="person", subject=person, reason=f"訴訟{self.marker}", actor="test")
            return retention.holds(db)[0].id

    def consent_version(self, purpose: str) -> str:
        return wording.current(purpose)

    # --- what is asked about -------------------------------------------------------------------------------------

    def day(self, department: str | None = None) -> str:
        with self.writing() as db:
            self.counted += 1
            title = f"訓練 {self.counted}{self.marker}"
            wanted = NewDay(place=f"体育館{self.marker}", date=dt.date(2026, 12, 6), title=title)
            made = drills.create_day(db, wanted)
            row = db.get(DrillDay, made.id)
            assert row is not None
            row.department = self.department if department is None else department
            return made.id

    def slot(self, day_id: str) -> str:
        starts = dt.datetime(2026, 12, 6, 1, 0, tzinfo=dt.UTC)
        with self.writing() as db:
            wanted = NewSession(starts_at=starts, ends_at=starts + dt.timedelta(minutes=30), capacity=8)
            return drills.add_session(db, day_id, wanted).id

    def station(self, day_id: str) -> str:
        with self.writing() as db:
            return drills.add_station(db, day_id, NewStation(name=f"場所{self.marker}", scenario_hash=None)).id

    def scenario(self) -> str:
        with self.writing() as db:
            return self.scenario_in(db, "gym-flood")

    def scenario_in(self, db: Session, name: str) -> str:
        """Return the hash of a shipped scenario."""
        known = drills.list_versions(db, newest_only=True) or drills.import_shipped(db)
        return next(version.hash for version in known if version.scenario_id == name)

    def run(self, department: str | None = None, batches: Sequence[Batch] = (), **changes: Any) -> str:
        """Store a run, without rows unless some are given; of a department's day where one is named."""
        department = department or self.department
        session = self.slot(self.day(department)) if department else ""
        values: dict[str, Any] = {
            "run_id": secrets.token_hex(16),
            "scenario": "gym-flood",
            "scenario_hash": "ab" * 32,
            "seed": 7,
            "build": "test",
            "profile": "lab",
            "device": f"端末{self.marker}",
            "station": f"場所{self.marker}",
            "locomotion": "smooth",
            "started_at": "2026-12-06T10:00:00+09:00",
            "consent": "recording-1",
            "session": session,
        }
        with self.writing() as db:
            return self.store_run(db, RunHeader(**(values | changes)), batches)

    def measured(self) -> str:
        """Take a measured file in, whose every page has content; the same run each time."""
        file = self.settings.data_dir / "walk.txt"
        file.write_text(WALK, "utf-8")
        return import_trajectories(self.database, file)[0]

    def pairing_code(self) -> str:
        with self.writing() as db:
            return devices.new_pairing_code(db, self.settings, name="gym left")

    def socket_pass(self, device_id: str, purpose: str) -> str:
        with self.writing() as db:
            device = db.get(Device, device_id)
            assert device is not None
            return devices.new_pass(db, self.settings, device=device, purpose=purpose)  # type: ignore[arg-type]

    def failed_job(self) -> str:
        """Leave a job that was given up."""
        run = self.run()
        with self.writing() as db:
            made = Job(kind="analysis.run", payload={"run_id": run}, state=FAILED, error="test", attempts=9)
            db.add(made)
            db.flush()
            return made.id
